"""What a host observes of its reseed, and positions in the log."""

import json
import os
from pathlib import Path

import pytest
from gdr_host import beyond, swap
from gdr_host.cluster import Cluster
from gdr_host.host import Fault
from gdr_host.primary import Primary
from gdr_host.wal import end_of, position, segment_of, summed, written

from tests.unit.host_fakes.old_primary import PRIMARY, STRANDED, OldPrimary, record
from tests.unit.host_fakes.stage import answer
from tests.unit.host_fakes.stage import record as activation

SEGMENT = 16 << 20


@pytest.fixture
def host(tmp_path: Path) -> OldPrimary:
    old = OldPrimary(tmp_path)
    old.crashed()
    return old


def observed(host: OldPrimary):
    seen = json.loads(host.run("gdr-host", "observe").stdout)["database"]
    return {part: seen[part] for part in ("follows", "stranded", "reseeding")}


def test_the_export_and_the_standby_are_observed(host: OldPrimary):
    assert observed(host) == {"follows": None, "stranded": None, "reseeding": False}
    assert host.export().returncode == 0
    exported = host.kept("stranded.json") | {"fits": True}
    assert observed(host) == {"follows": None, "stranded": exported, "reseeding": False}
    assert host.follow().returncode == 0
    assert observed(host) == {"follows": PRIMARY, "stranded": exported, "reseeding": False}


@pytest.mark.parametrize(
    ("settings", "follows"),
    [
        ("primary_conninfo = 'user=replica host=198.18.2.31 port=5432'\n", "198.18.2.31"),
        (
            "primary_conninfo = 'host=198.18.9.9'\nPRIMARY_CONNINFO='hostaddr = ''198.18.2.31'' port=5432'\n",
            "198.18.2.31",
        ),
        ("primary_conninfo = ''\n", None),
        ("# primary_conninfo = 'host=198.18.9.9'\n", None),
        ("", None),
    ],
)
def test_a_standby_tells_whom_it_follows(host: OldPrimary, settings: str, follows: str | None):
    host.standby()
    (host.data / "postgresql.auto.conf").write_text(settings)
    assert observed(host)["follows"] == follows


def test_a_note_that_cannot_be_read_and_an_older_description_hide_nothing_else(host: OldPrimary):
    host.standby()
    host.var.mkdir()
    (host.var / "stranded.json").write_text("{")
    del host.facts["database"]["replication_user"]
    host.describe(**host.facts)
    assert observed(host) == {"follows": "198.18.9.9", "stranded": None, "reseeding": None}


@pytest.mark.parametrize(("broken", "starts"), [(True, False), (False, True)])
def test_only_a_cluster_that_is_broken_is_held_back(host: OldPrimary, broken, starts):
    host.says(answer(activation()))
    host.var.mkdir()
    (host.var / "reseeding.json").write_text(json.dumps({"broken": broken}))
    assert (host.run("gdr-guard", "check", "--database").returncode == 0) is starts
    host.standby()
    assert host.run("gdr-guard", "check", "--database").returncode == 0


def test_a_marker_that_cannot_be_read_holds_back_what_is_no_standby(host: OldPrimary):
    host.says(answer(activation()))
    host.var.mkdir()
    (host.var / "reseeding.json").write_text("{")
    assert host.run("gdr-guard", "check", "--database").returncode == 2


@pytest.mark.parametrize("text", ["0/0", "0/3000110", "16/B374D848", "FFFFFFFF/FFFFFFF8"])
def test_a_position_is_read_and_written(text: str):
    assert written(position(text)) == text


def test_a_segment_is_named_by_its_number():
    assert segment_of(position("16/B374D848"), SEGMENT) == "00000016000000B3"
    assert segment_of(position("1/0"), SEGMENT) == "0000000100000000"


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("0/3011B88", 114, "0/3011C00"),  # as PostgreSQL 15 had it in its own control file and timeline history
        ("0/30003C8", 7349, "0/3002098"),
        ("0/3001FC0", 64, "0/3002000"),
        ("0/3001FC0", 65, "0/3002020"),
        ("0/3FFFFF0", 32, "0/4000038"),
    ],
)
def test_a_record_ends_behind_the_headers_of_the_pages_it_crosses(start: str, length: int, end: str):
    assert written(end_of(position(start), length, SEGMENT)) == end


def test_a_mount_point_is_never_renamed():
    cluster = Cluster("postgresql", Path("/proc"), Path("/x"), 5432, "replica")
    with pytest.raises(Fault, match="/proc: is a mount point, which cannot be renamed"):
        swap.replace(cluster, Primary(PRIMARY, "1", 2, 0, {}), "r1_db", {})


def test_an_export_onto_a_full_disk_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    full = os.statvfs_result((4096, 4096, 9, 9, 0, 9, 9, 9, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    with pytest.raises(Fault, match="the disk is full: make room"), beyond.private_file(tmp_path / "rows.jsonl"):
        pass


def test_only_what_was_committed_counts():
    dump = summed(
        ["first record is after 0/3000110, at 0/3000118, skipping over 8 bytes", *(record(*one) for one in STRANDED)]
    )
    assert (dump.commits, dump.xids, dump.deletes, dump.drops) == (3, {725, 726, 727, 728, 729}, 1, 2)
