"""A region's database host after the failover away from it, and the primary that took its place."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

from tests.unit.host_fakes.stage import Stage

PRIMARY, SLOT = "198.18.2.31", "r1_db"
SYSTEM = "7710578007558986310"
FORK = "0/3000110"
CONTENT = "a row that nobody may see in a list of processes"
AUTO = "work_mem = '8MB'\nPrimary_ConnInfo = 'host=198.18.9.9 password=planted'\nsynchronous_standby_names = 'r2_db'\n"
STRANDED = (
    ("Heap", 59, 725, "0/03000110", "INSERT off 2 flags 0x00, blkref #0: rel 1663/5/16385 blk 0"),
    (
        "Transaction",
        34,
        725,
        "0/03000150",
        "COMMIT 2026-11-21 11:01:02.463021 UTC; rels: base/5/16385 base/5/16391; inval msgs: 7",
    ),
    ("Heap", 59, 727, "0/03000178", "INSERT off 3 flags 0x00, blkref #0: rel 1663/5/16385 blk 0"),
    ("Transaction", 46, 726, "0/030001B8", "COMMIT 2026-11-21 11:01:02.464027 UTC; subxacts: 727 728; inval msgs: 7"),
    ("Heap", 54, 729, "0/030001E8", "DELETE off 1 flags 0x00 KEYS_UPDATED , blkref #0: rel 1663/5/16385 blk 0"),
    ("Btree", 54, 725, "0/03000220", "DELETE nitems 1"),
    ("Transaction", 42, 0, "0/03000258", "COMMIT_PREPARED 729: 2026-11-21 11:06:57.876298 UTC"),
    ("Heap", 54, 730, "0/03000288", "DELETE off 1 flags 0x00 KEYS_UPDATED , blkref #0: rel 1663/5/16385 blk 0"),
    ("Transaction", 34, 730, "0/030002C0", "ABORT 2026-11-21 11:06:58.0 UTC"),
)
CHECKPOINT = "CHECKPOINT_SHUTDOWN redo 0/3000098; tli 1; prev tli 1; fpw true; xid 0:725; oid 16388; shutdown"
END = "0/30002E8"


def record(kind: str, length: int, xid: int, lsn: str, said: str) -> str:
    """Write a record as pg_waldump does."""
    sizes = f"len (rec/tot): {length:6}/{length:6}, tx: {xid:10}"
    return f"rmgr: {kind:<11} {sizes}, lsn: {lsn}, prev 0/03000000, desc: {said}"


class OldPrimary(Stage):
    """The host whose region was lost: its server is down, and its cluster is as the test leaves it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.with_database()
        self.put("units.json", {"postgresql": {"state": "inactive"}})
        self.data = self.root / "var/lib/postgresql/data"
        self.var = self.root / "var/lib/genesys-dr"
        for own in ("pg_wal", "pg_replslot/r2_db"):
            (self.data / own).mkdir(parents=True)
        (self.data / "postgresql.auto.conf").write_text(AUTO)
        self.primary()

    def twin(self, folder: Path) -> "OldPrimary":
        """Return another host that is as this one is now; what this one exported stays where it is."""
        shutil.copytree(self.root.parent, folder, symlinks=True)
        other = copy.copy(self)
        for own in ("root", "state", "programs", "data", "var"):
            setattr(other, own, folder / getattr(self, own).relative_to(self.root.parent))
        other.path = f"{other.programs}:{self.path}"
        return other

    def primary(self, **changes: Any) -> None:
        """Set what the new primary says."""
        control = {"Latest checkpoint's TimeLineID": "2", "Min recovery ending loc's timeline": "2"}
        known = {
            "address": PRIMARY,
            "system": SYSTEM,
            "timeline": 2,
            "left": {"1": FORK},
            "slots": {SLOT: "0/3000200"},
            "log": ["000000010000000000000002", "000000020000000000000003", "000000020000000000000004"],
            "control": control | {"Minimum recovery ending location": "0/4000028"},
        }
        self.put("primary.json", known | changes)

    def control(self, state: str, checkpoint: str, **labels: str) -> None:
        """Set what the cluster's control file says."""
        said = {"Database cluster state": state, "Latest checkpoint location": checkpoint}
        timelines = {"Latest checkpoint's TimeLineID": "1", "Min recovery ending loc's timeline": "0"}
        (self.data / "pg_control").write_text(json.dumps(said | timelines | labels))

    def crashed(self) -> None:
        """Leave it as a crash does, with transactions that nobody else has."""
        self.control("in production", "0/2000060")
        self.put("wal.json", {"timeline": 1, "records": [record(*one) for one in STRANDED]})
        row = {"database": "config", "table": "public.cfg_host", "row": {"name": CONTENT}}
        rows = [[xid, json.dumps(row | {"xid": xid})] for xid in (725, 727, 900)]
        self.put("rows.json", {"config": rows, "o'd\\d": [], "postgres": []})

    def stopped(self, *, checkpoint: str = "0/3000098") -> None:
        """Leave it as a clean stop does: its log ends with that checkpoint, by default where the primary left."""
        self.control("shut down", checkpoint)
        last = record("XLOG", 114, 0, checkpoint.replace("/3", "/03"), CHECKPOINT)
        self.put("wal.json", {"timeline": 1, "records": [last]})

    def standby(self, *, timeline: int = 2, ends: str = "0/4000028", new: bool = False) -> None:
        """Make it a standby that was stopped, or one that has never run."""
        labels = {"Min recovery ending loc's timeline": str(timeline), "Minimum recovery ending location": ends}
        self.control("shut down in recovery", "0/3000060", **labels)
        for name in ("standby.signal", "backup_label")[: 1 + new]:
            (self.data / name).write_text("")

    def kept(self, name: str) -> Any:
        """Return a note the host keeps."""
        return json.loads((self.var / name).read_text())

    def export(self, epoch: int = 12):
        """Export."""
        return self.run("gdr-host", epoch, "pg-export", PRIMARY)

    def follow(self, epoch: int = 12):
        """Follow."""
        return self.run("gdr-host", epoch, "pg-follow", PRIMARY, SLOT)
