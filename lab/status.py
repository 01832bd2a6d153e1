"""Show a laboratory: who is on, who answers, and where the web interface is."""

from lab import host as hosts
from lab import leftovers, state, web
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Host, Topology


def show(lab: Identity) -> int:
    """Print one line per host and service; 1 when something does not answer."""
    try:
        kept = state.load(lab)
    except LabError as error:
        if leftovers.scan(lab).lines():
            raise LabError(f"laboratory {lab.id}: is there in pieces only: python -m lab down") from error
        raise
    rows = [_row(lab, kept.topology, host) for host in kept.topology.hosts]
    for host, power, ssh, failed in rows:
        print(f"{host.name:<12} {host.address:<14} {host.site:<8} {host.role:<18} {power:<4} {ssh:<7} {failed}")
    health = web.is_healthy(kept.port)
    print(f"Prefect      {web.address(kept.port)} {'answers' if health else 'is silent'} (python -m lab password)")
    return 0 if health and all(ssh == "ssh" and not failed for _, _, ssh, failed in rows) else 1


def _row(lab: Identity, topology: Topology, host: Host) -> tuple[Host, str, str, str]:
    if hosts.init_pid(lab, host) is None:
        return host, "off", "-", ""
    listed = hosts.execute(lab, host, ["systemctl", "--failed", "--plain", "--no-legend", "--no-pager"], check=False)
    failed = " ".join(line.split()[0] for line in listed.stdout.splitlines() if line.strip())
    return (
        host,
        "on",
        "ssh" if hosts.answers_ssh(lab, topology, host) else "silent",
        f"failed: {failed}" if failed else "",
    )
