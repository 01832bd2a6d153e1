"""A host's disk, before its first boot."""

from lab import disk as disks
from lab.credentials import Credentials
from lab.identity import CHECKOUT, Identity
from lab.services import bare as bares
from lab.services import bind, genesys, hostside, log_servers, postgresql, power, prefect, sshd, unbound
from lab.topology import Host, Topology


def disk(lab: Identity, topology: Topology, credentials: Credentials, host: Host, *, bare: bool = False) -> None:
    """Write one host's disk; where the laboratory is bare, those of both regions are as a site hands them over."""
    target = disks.mount(lab, host)
    disks.install(target, topology, host, CHECKOUT.stat().st_uid)
    sshd.install(target, host, credentials)
    match host.role:
        case "control":
            prefect.install(target, topology, credentials, sshd.known_hosts(topology, credentials))
        case "name_server":
            bind.install(target, topology, host, credentials.tsig, bare=bare)
        case "power":
            power.install(target)
        case "resolver" | "application":
            unbound.install(target, topology, host)
        case "dbms" if not bare:
            postgresql.install(target, topology, host, credentials)
            log_servers.install(target, topology, host)
    if bare and host.region:
        bares.install(target, topology, host)
        log_servers.install(target, topology, host)
        return
    if host.role not in ("name_server", "control"):
        hostside.install(target, topology, host)
    if host.role in ("framework_primary", "framework_backup", "application", "control"):
        genesys.install(target, host, topology=topology, account_password=credentials.account_password)
