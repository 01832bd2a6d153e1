"""Every host's disk, before its first boot."""

import concurrent.futures

from lab import disk as disks
from lab.credentials import Credentials
from lab.identity import CHECKOUT, Identity
from lab.services import bind, genesys, hostside, postgresql, power, prefect, sshd, unbound
from lab.topology import Host, Topology

_WORKERS = 4


def disks_of_all(lab: Identity, topology: Topology, credentials: Credentials) -> None:
    """Write all disks; the control host's is finished last, for it knows every host key."""
    (control,) = topology.with_role("control")
    others = [host for host in topology.hosts if host != control]
    known = [_build(lab, topology, control, credentials)]
    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as pool:
        known += pool.map(lambda host: _build(lab, topology, host, credentials), others)
    prefect.install(lab.disk(control.name), credentials, "".join(known))


def _build(lab: Identity, topology: Topology, host: Host, credentials: Credentials) -> str:
    """Write one disk; return the host's line for known_hosts."""
    disk = disks.mount(lab, host)
    disks.install(disk, topology, host, CHECKOUT.stat().st_uid)
    known = sshd.install(disk, host, credentials.ssh.public)
    match host.role:
        case "name_server":
            bind.install(disk, topology, host, credentials.tsig)
        case "power":
            power.install(disk)
        case "resolver" | "application":
            unbound.install(disk, topology, host)
        case "dbms":
            postgresql.install(disk, topology, host, credentials)
    if host.role not in ("name_server", "control"):
        hostside.install(disk, topology, host)
    if host.role in ("framework_primary", "framework_backup", "application", "control"):
        genesys.install(disk, host, topology=topology, account_password=credentials.account_password)
    return known
