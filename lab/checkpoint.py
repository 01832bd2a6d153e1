"""Go back to a saved moment: every disk but the control host's, which keeps running."""

import concurrent.futures
import pathlib
import shutil
import time
from collections.abc import Callable

from lab import host as hosts
from lab import meter, network, slow, state, up
from lab.command import run
from lab.errors import LabError
from lab.identity import Identity
from lab.services import postgresql, prefect
from lab.topology import Host, Topology

_CONTROL_STATE = ("cases", "reports", "samples")
_WORKERS = 4


def save(lab: Identity) -> None:
    """Save all disks. Hosts are switched off for it, databases stopped cleanly before, and booted again."""
    begun = time.monotonic()
    topology = state.load(lab).topology
    saved = _saved(lab)
    shutil.rmtree(saved / "control", ignore_errors=True)
    if not saved.is_dir():
        saved.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=3g,mode=700", lab.name("saved"), str(saved))
    # The primary first: a standby then holds all of it, and restoring finds nothing to catch up.
    for region in topology.regions:
        hosts.execute(lab, topology.database(region), ["systemctl", "stop", postgresql.UNIT])
    up.power_off(lab, _switched(topology))
    _copy_all([(lab.disk(host.name), saved / host.name) for host in _switched(topology)])
    _copy_all(_control_folders(lab, topology, saved, back=False))
    _boot(lab, topology, lambda _host: None)
    print(meter.line("saved", time.monotonic() - begun))


def restore(lab: Identity) -> None:
    """Put the saved disks back, and wait until everything answers as it did."""
    begun = time.monotonic()
    topology = state.load(lab).topology
    saved = _saved(lab)
    if not (saved / "control").is_dir():
        raise LabError(f"laboratory {lab.id}: no checkpoint: python -m lab checkpoint")
    _mend_wan(lab, topology)

    # All of them before the first boots: what still runs must not reach what is put back.
    up.power_off(lab, _switched(topology))
    _copy_all(_control_folders(lab, topology, saved, back=True))
    _boot(lab, topology, lambda host: _copy(saved / host.name, lab.disk(host.name)))
    print(meter.line("restored", time.monotonic() - begun))


def _saved(lab: Identity) -> pathlib.Path:
    return lab.state / "saved"


def _switched(topology: Topology) -> list[Host]:
    return [host for host in topology.hosts if host.role != "control"]


def _control_folders(
    lab: Identity, topology: Topology, saved: pathlib.Path, *, back: bool
) -> list[tuple[pathlib.Path, pathlib.Path]]:
    (control,) = topology.with_role("control")
    pairs = [(lab.disk(control.name) / prefect.STATE / folder, saved / "control" / folder) for folder in _CONTROL_STATE]
    return [(kept, live) if back else (live, kept) for live, kept in pairs]


def _copy_all(pairs: list[tuple[pathlib.Path, pathlib.Path]]) -> None:
    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(lambda pair: _copy(*pair), pairs))


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    """Make a folder's contents equal to another's; the folder itself stays, for it may be a mount."""
    target.mkdir(parents=True, exist_ok=True)
    run("find", str(target), "-xdev", "-mindepth", "1", "-delete")
    run("cp", "-a", f"{source}/.", str(target))


def _mend_wan(lab: Identity, topology: Topology) -> None:
    for number, one in enumerate(topology.sites):
        for other in topology.sites[number + 1 :]:
            slow.end(lab, topology, one, other)
            network.set_wan(lab, topology, one, other, cut=False)


def _boot(lab: Identity, topology: Topology, prepare: Callable[[Host], object]) -> None:
    up.boot(lab, topology, prepare)
    up.wait_for_hosts(lab, topology, topology.hosts)
    up.wait_for_standby(lab, topology)
    up.wait_for_framework(lab, topology)
