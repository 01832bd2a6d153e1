"""The database cluster as files: what its control file says, and by whose hands it is touched.

Everything in its folder is read, written, moved and removed as its owner: whoever owns a folder can lay a link in it,
and root would follow that anywhere.
"""

import re
import subprocess
from pathlib import Path
from typing import IO, NamedTuple

from gdr_host.host import FAILED, Facts, Fault, under_root
from gdr_host.postgresql import controldata, unit_of
from gdr_host.program import DOWN, checked, run, said, unit_states
from gdr_host.wal import position

OWNER = ("runuser", "-u", "postgres", "--")
RUNS, STOPPED, NO_CLUSTER = 0, 3, 4


class Cluster(NamedTuple):
    """Where this host's cluster lies, and the account that fetches from its peer; its password is in .pgpass."""

    unit: str
    data: Path
    config: Path
    port: int
    user: str

    @classmethod
    def of(cls, facts: Facts) -> "Cluster":
        """Read it from host.json, whose older form does not know all of it."""
        known = facts["database"]
        missing = {"config_file", "replication_user"} - known.keys()
        if missing or not re.fullmatch("[a-z_][a-z0-9_]{0,62}", known["replication_user"]):
            what = f"lacks {', '.join(sorted(missing))}" if missing else "has no plain name as replication_user"
            raise Fault(FAILED, f"host.json: database {what}: deploy this host again")
        data, config = under_root(known["data_directory"]), under_root(known["config_file"])
        return cls(unit_of(facts), data, config, known["port"], known["replication_user"])

    @property
    def standby(self) -> bool:
        """Whether it starts as a standby, which writes nothing of its own."""
        return (self.data / "standby.signal").exists()

    def sibling(self, what: str) -> Path:
        """Name a folder beside it, to which it can be renamed."""
        return self.data.with_name(f"{self.data.name}.genesys-dr-{what}")


class Control(NamedTuple):
    """What the control file says."""

    system: str
    state: str
    timeline: int
    checkpoint: int
    ends: int
    segment: int
    rewindable: bool

    @property
    def clean(self) -> bool:
        """Whether a primary ended with the checkpoint that this file names."""
        return self.state == "shut down"


def read_control(facts: Facts) -> Control:
    """Read the control file. After a promotion it may know the new timeline by the end of recovery alone."""
    labels = controldata(facts)
    try:
        timelines = labels["Latest checkpoint's TimeLineID"], labels["Min recovery ending loc's timeline"]
        return Control(
            system=labels["Database system identifier"],
            state=labels["Database cluster state"],
            timeline=max(map(int, timelines)),
            checkpoint=position(labels["Latest checkpoint location"]),
            ends=position(labels["Minimum recovery ending location"]),
            segment=int(labels["Bytes per WAL segment"]),
            rewindable=_rewindable(labels),
        )
    except (KeyError, ValueError) as error:
        raise Fault(FAILED, f"pg_controldata: {error}: not understood: is its version the server's?") from error


def _rewindable(labels: dict[str, str]) -> bool:
    """Whether the WAL names every page that changed: without it pg_rewind would leave some as they are."""
    hinted = labels["wal_log_hints setting"] == "on" or labels["Data page checksum version"] != "0"
    return hinted and labels["Latest checkpoint's full_page_writes"] == "on"


def as_owner(
    *argv: str, given: str = "", within: float = 10, onto: IO[str] | None = None, holds: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a program as the cluster's owner; see `program.run`."""
    return run(*OWNER, *argv, given=given, within=within, onto=onto, holds=holds)


def must(*argv: str, given: str = "", within: float = 10) -> str:
    """Run a program as the cluster's owner that has to succeed; return what it printed."""
    return checked(*OWNER, *argv, given=given, within=within)


def require_down(cluster: Cluster) -> None:
    """Refuse to touch what systemd runs, or is about to run."""
    state = unit_states([cluster.unit])[cluster.unit]
    if state not in DOWN:
        raise Fault(FAILED, f"{cluster.unit}: is {state}: its files are left alone while it may run: pg-stop it first")


def require_stopped(cluster: Cluster) -> None:
    """Refuse to touch the files of a server that runs, whoever started it."""
    require_down(cluster)
    if serves(cluster):
        raise Fault(FAILED, f"{cluster.data}: a server runs on it past systemd: pg_ctl stop it first")


def serves(cluster: Cluster) -> bool:
    """Whether a server runs on the cluster, by its own process file."""
    ran = as_owner("pg_ctl", "-D", str(cluster.data), "status")
    if ran.returncode not in (RUNS, STOPPED, NO_CLUSTER):
        raise Fault(FAILED, f"pg_ctl status: exit {ran.returncode}: {said(ran)}")
    return ran.returncode == RUNS


def read(path: Path) -> str:
    """Read a file of the cluster; one that is not there holds nothing."""
    return must("cat", "--", str(path), within=2.5) if path.exists() else ""


def write(path: Path, text: str) -> None:
    """Replace a file of the cluster so that a kill leaves the old or the new text."""
    scratch = path.with_name(f"{path.name}.new")
    must("dd", f"of={scratch}", "conv=fsync", "status=none", given=text)
    must("chmod", "600", str(scratch))
    move(scratch, path)


def move(old: Path, new: Path) -> None:
    """Rename, and see it on the disk before anything else is done."""
    must("mv", "-T", "--", str(old), str(new))
    must("sync", str(new.parent), within=120)


def remove(*paths: Path) -> None:
    """Remove files or whole folders of the cluster, if they are there, so that no power cut brings them back."""
    if paths:  # without a folder, sync would wait for every disk
        must("rm", "-rf", "--", *map(str, paths), within=300)
        must("sync", *sorted({str(path.parent) for path in paths}), within=120)
