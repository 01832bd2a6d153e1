"""Go back to a saved moment: every disk but the control host's, which keeps running."""

import itertools
import pathlib
import time
from collections.abc import Callable

from lab import disk as disks
from lab import host as hosts
from lab import meter, slow, state, up
from lab.command import run, wait_until
from lab.errors import LabError
from lab.identity import Identity
from lab.services import postgresql, prefect
from lab.topology import Host, Topology

_CONTROL_STATE = ("cases", "reports", "drills")
_MACHINES = ("cables", "copies")  # what the hosts' parent notes of them
_SAMPLES = "samples"  # the clock does not go back: put back, they would show a hole as long as the tests since
_AT_WORK = "at_work"  # who was killed since is no death of what is put back


def save(lab: Identity) -> None:
    """Save all disks. Hosts are switched off for it, databases stopped cleanly before, and booted again.

    Raises:
        LabError: The first region is not the active one: what boots is waited for there.
    """
    begun = time.monotonic()
    topology = state.load(lab).topology
    first = topology.regions[0]
    if up.psql(lab, topology.database(first), "select pg_is_in_recovery();") != "f":
        raise LabError(f"laboratory {lab.id}: {first} is not active: go back to it first, or python -m lab restore")
    # The primary first: a standby then holds all of it, and restoring finds nothing to catch up.
    for region in topology.regions:
        hosts.execute(lab, topology.database(region), ["systemctl", "stop", postgresql.UNIT])
    _switch_off(lab, topology)
    for live, kept in _control_folders(lab, topology):
        _copy(live, kept)
    _boot(lab, topology, disks.keep)
    print(meter.line("saved", time.monotonic() - begun))


def restore(lab: Identity) -> None:
    """Put the saved disks back, and wait until everything answers as it did."""
    begun = time.monotonic()
    topology = state.load(lab).topology
    if not _saved(lab).is_dir():
        raise LabError(f"laboratory {lab.id}: no checkpoint: python -m lab checkpoint")
    # All of it before the first host boots: what still runs must not reach what is put back.
    acts: tuple[Callable[[], None], ...] = (
        lambda: _switch_off(lab, topology),
        lambda: slow.end(lab, topology, *itertools.combinations(topology.sites, 2)),
        lambda: _put_cases_back(lab, topology),
    )
    up.in_parallel(lambda act: act(), acts)
    _forget_since(lab, topology)
    _boot(lab, topology, disks.forget)
    samples = _control_folder(lab, topology) / _SAMPLES
    wait_until("the sampler's first line", lambda: any("\n" in it.read_text() for it in samples.glob("*.jsonl")), 30)
    print(meter.line("restored", time.monotonic() - begun))


def _switch_off(lab: Identity, topology: Topology) -> None:
    up.power_off(lab, [host for host in topology.hosts if host.role != "control"])


def _put_cases_back(lab: Identity, topology: Topology) -> None:
    for live, kept in _control_folders(lab, topology):
        _copy(kept, live)


def _forget_since(lab: Identity, topology: Topology) -> None:
    """Forget what was noted of hosts that are off now."""
    control = _control_folder(lab, topology)
    _empty(control / _SAMPLES, *(lab.state / folder for folder in _MACHINES))
    for note in (control / _AT_WORK).glob("*/*"):
        note.unlink(missing_ok=True)


def _saved(lab: Identity) -> pathlib.Path:
    return lab.state / "saved"


def _control_folders(lab: Identity, topology: Topology) -> list[tuple[pathlib.Path, pathlib.Path]]:
    """Return the folders of the running control host that are saved, each with the place where it is kept."""
    live = _control_folder(lab, topology)
    return [(live / folder, _saved(lab) / folder) for folder in _CONTROL_STATE]


def _control_folder(lab: Identity, topology: Topology) -> pathlib.Path:
    (control,) = topology.with_role("control")
    return lab.disk(control.name) / prefect.STATE


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    """Make a folder's contents equal to another's; the folder itself stays, for somebody may be in it."""
    _empty(target)
    run("cp", "-a", f"{source}/.", str(target))


def _empty(*folders: pathlib.Path) -> None:
    """Empty folders in which somebody may put a file in another one's place meanwhile."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    run("find", *map(str, folders), "-ignore_readdir_race", "-xdev", "-mindepth", "1", "-delete")


def _boot(lab: Identity, topology: Topology, put: Callable[[Identity, Host], None]) -> None:
    """Do something with each disk and boot its host: the disk of one while another boots."""
    up.boot(lab, topology, lambda host: put(lab, host))
    up.wait_for_hosts(lab, topology, topology.hosts)
    up.in_parallel(lambda wait: wait(lab, topology), (up.wait_for_standby, up.wait_for_framework))
    up.power_off(lab, topology.asleep)
