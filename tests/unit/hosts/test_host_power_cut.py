"""What a host has told as done outlives a power cut, and a cut in the middle leaves what a repeat can end."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gdr_host import alone, cluster, export, follow, identity
from gdr_host.beyond import Beyond
from gdr_host.cluster import Cluster, Control
from gdr_host.primary import Primary

Files = dict[str, str]
Change = dict[str, str | None]
CONTROL = "198.18.0.10"
ORIGINAL, OWN = (json.dumps({"host": name}) for name in ("r1-fw-p", "r2-fw-p"))
COPIED = {"etc/host.json": ORIGINAL, "etc/counterpart.json": OWN, "var/pair.json": "{}"}
ADOPTED = {"etc/host.json": OWN, "etc/counterpart.json": ORIGINAL}


class Disk:
    """Two folders on a disk that keeps any part of what was done in one of them since it was synced last.

    A file that takes another's place unsynced is empty afterwards. A kill is the cut that loses nothing.
    """

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch):
        self.root, self.cuts = root, list[Files]()
        self.durable, self.pending, self.whole = Files(), list[Change](), set[int]()
        for folder in ("etc", "var"):
            (root / folder).mkdir()
        own_replace, self._unlink = Path.replace, Path.unlink

        def replace(path: Path, target: Path) -> None:
            text = path.read_text() if path.stat().st_ino in self.whole else ""
            self.change({self._name(target): text, self._name(path): None})
            own_replace(path, target)

        def unlink(path: Path, *, missing_ok: bool = False) -> None:
            self.change({self._name(path): None})
            self._unlink(path, missing_ok)

        monkeypatch.setattr(Path, "replace", replace)
        monkeypatch.setattr(Path, "unlink", unlink)
        monkeypatch.setattr(os, "fsync", self.sync)

    def lay(self, files: Files) -> None:
        """Start from these files, and from no others."""
        for path in self.root.glob("*/*"):
            self._unlink(path)
        for name, text in files.items():
            (self.root / name).write_text(text)
        self.whole = {path.stat().st_ino for path in self.root.glob("*/*")}
        self.durable, self.pending, self.cuts = dict(files), [], []

    def change(self, change: Change) -> None:
        self.cuts += self.left()
        self.pending.append(change)

    def sync(self, handle: int) -> None:
        self.cuts += self.left()
        found = Path(f"/proc/self/fd/{handle}").resolve()
        self.whole.add(found.stat().st_ino)
        done = [change for change in self.pending if (self.root / next(iter(change))).parent == found]
        self.pending = [change for change in self.pending if change not in done]
        self.durable = _after(self.durable, done)

    def left(self) -> Iterator[Files]:
        """Yield all that a power cut can leave now."""
        for kept in product((True, False), repeat=len(self.pending)):
            yield _after(self.durable, [change for change, keeps in zip(self.pending, kept, strict=True) if keeps])

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.root))


def _after(files: Files, changes: list[Change]) -> Files:
    changed: Change = {**files}
    for change in changes:
        changed |= change
    return {name: text for name, text in changed.items() if text is not None}


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(alone, "tools", list)
    monkeypatch.setattr(alone, "WANTED", tmp_path / "etc/alone.json")
    monkeypatch.setattr(identity, "alone", lambda: CONTROL)
    for name, file in (("OWN", "host.json"), ("OTHER", "counterpart.json"), ("PUT_ASIDE", "host.json.put-aside")):
        monkeypatch.setattr(identity, name, tmp_path / "etc" / file)
    monkeypatch.setattr(identity, "PAIR", tmp_path / "var/pair.json")
    monkeypatch.setattr(follow, "NOTE", tmp_path / "var/reseed.json")
    monkeypatch.setattr(follow, "MARKER", tmp_path / "var/reseeding.json")
    return Disk(tmp_path, monkeypatch)


def test_who_has_joined_does_not_stand_alone_again_after_a_power_cut(disk: Disk):
    alone.stand_alone({}, CONTROL)
    assert list(disk.left()) == [{"etc/alone.json": f'"{CONTROL}"\n'}]
    alone.join({})
    assert list(disk.left()) == [{}]


def adopted_from(disk: Disk, files: Files) -> list[Files]:
    """Adopt with these files on the disk, see it told as done, and return what cuts on the way leave."""
    disk.lay(files)
    identity.adopt(json.loads(files["etc/host.json"]), "r2-fw-p")
    assert list(disk.left()) == [ADOPTED]
    return disk.cuts


def test_a_copy_becomes_itself_however_often_it_is_killed_or_its_power_is_cut(disk: Disk):
    """Who is itself by both descriptions is never told to adopt again: nothing of its original may be left then."""
    seen, new = list[Files](), [COPIED]
    while new:
        files = new.pop()
        seen.append(files)
        assert files["etc/host.json"] == ORIGINAL or "var/pair.json" not in files
        assert OWN in (files["etc/host.json"], files.get("etc/counterpart.json"))
        new += [cut for cut in adopted_from(disk, files) if cut not in [*seen, *new]]
    assert {**ADOPTED} in seen
    assert {"etc/host.json": OWN, "etc/host.json.put-aside": ORIGINAL} in seen


def test_who_became_itself_before_its_originals_note_was_gone_loses_it_by_a_repeat(disk: Disk):
    adopted_from(disk, ADOPTED | {"var/pair.json": "{}"})


def test_a_reseed_that_has_ended_is_not_under_way_again_after_a_power_cut(disk: Disk):
    disk.lay({"var/reseeding.json": "{}"})
    way = follow.Way(follow.COPIED, "a new region")
    follow.keep_note(way, Primary("198.18.1.31", "1", 2, 0, {}), "r1_db", again=False)
    assert [list(files) for files in disk.left()] == [["var/reseed.json"]]
    assert all({"var/reseed.json", "var/reseeding.json"} & files.keys() for files in disk.cuts)


def test_a_reseed_that_was_tidied_up_is_not_under_way_again_after_a_power_cut(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "reseeding", lambda _: True)
    monkeypatch.setattr(follow, "remove", lambda *_: None)
    disk.lay({"var/reseeding.json": "{}"})
    follow.tidy(Cluster("postgresql", Path("/data"), Path("/x"), 5432, "replica"))
    assert list(disk.left()) == [{}]


def test_what_is_removed_of_a_cluster_is_synced(monkeypatch: pytest.MonkeyPatch):
    """A slot that came back would keep a standby's log until its disk is full."""
    ran = list[tuple[str, ...]]()
    monkeypatch.setattr(cluster, "must", lambda *argv, **_: ran.append(argv))
    cluster.remove(Path("/data/slot"), Path("/data/other"), Path("/copy"))
    assert ran == [("rm", "-rf", "--", "/data/slot", "/data/other", "/copy"), ("sync", "/", "/data")]
    cluster.remove()
    assert len(ran) == 2


def test_an_export_is_on_the_disk_before_it_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is exported is rewound next: no file may be gone then, nor the folder that holds it."""
    control = Control("1", "shut down", 1, 0, 0, 16 << 20, rewindable=True)
    synced = list[tuple[Path, bool]]()

    def sync(handle: int) -> None:
        found = Path(f"/proc/self/fd/{handle}").resolve()
        synced.append((found, (tmp_path / "stranded/7").exists()))

    def read_beyond(*words: Any) -> Beyond:
        words[-1].touch()
        return Beyond(0)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(export, "EXPORTS", tmp_path / "stranded")
    monkeypatch.setattr(export, "stored_epoch", lambda: 7)
    monkeypatch.setattr(export, "read_control", lambda _: control)
    monkeypatch.setattr(export, "read_beyond", read_beyond)
    export._export({}, Cluster("postgresql", tmp_path, tmp_path, 5432, "replica"), control, 0)
    rows = tmp_path / "stranded/7/rows.jsonl"
    assert synced == [(tmp_path, False), (rows.parents[1], True), (rows, True), (rows.parent, True)]
