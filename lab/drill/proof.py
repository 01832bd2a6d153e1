"""What is true on the hosts after a failover, asked of the hosts themselves, never of the product's evidence."""

from collections.abc import Iterator, Sequence

from lab.api import Lab
from lab.errors import LabError


def require_target(lab: Lab, target: str, living: Sequence[str], *, database: str = "") -> None:
    """Require that the target works and that every living proxy is in normal mode on it.

    Args:
        database: The region of the database, where that is another.
    """
    faults = [*_database(lab, database or target), *_primary(lab, target), *_names(lab, target)]
    faults += [fault for host in living for fault in _proxy(lab, host, target)]
    if faults:
        raise LabError("after the failover: " + "; ".join(faults))


def _database(lab: Lab, target: str) -> Iterator[str]:
    writable = []
    for region in lab.topology.regions:
        host = lab.topology.database(region).name
        if lab.is_on(host):
            said = lab.exec(
                host, ["psql", "-XqAt", "-d", "postgres", "-c", "select not pg_is_in_recovery()"], "postgres"
            )
            writable += [region] * (said.stdout.strip() == "t")
    if writable != [target]:
        yield f"writable databases: {writable}"


def _primary(lab: Lab, target: str) -> Iterator[str]:
    hosts = [(region, host.name) for region in lab.topology.regions for host in lab.topology.framework(region)]
    found = [region for region, name in hosts if lab.is_on(name) and _is_primary(lab, name)]
    if found != [target]:
        yield f"Primaries: {found}"


def _is_primary(lab: Lab, name: str) -> bool:
    return "Runmode: Primary" in lab.exec(name, ["/opt/genesys/bin/appstatus", "confserv"]).stdout


def _names(lab: Lab, target: str) -> Iterator[str]:
    wanted = [host.address for host in lab.topology.framework(target)]
    for name, address in zip(lab.topology.framework_names, wanted, strict=True):
        said = lab.exec(
            lab.topology.with_role("name_server")[0].name, ["dig", "@127.0.0.1", "+short", name]
        ).stdout.split()
        if said != [address]:
            yield f"{name}: {said}"


def _proxy(lab: Lab, host: str, target: str) -> Iterator[str]:
    status = lab.exec(host, ["/opt/genesys/bin/appstatus", "csproxy"]).stdout
    masters = {member.address for member in lab.topology.framework(target)}
    peers = lab.exec(host, ["ss", "-Htn", "state", "established", "dport", "=", ":2020"]).stdout
    if "Status: Running" not in status or not any(f"{master}:2020" in peers for master in masters):
        yield f"{host}: proxy is not in normal mode on {target}: {status.strip()!r}"
