"""gdr-host pg-seed: an empty cluster is copied over, and a standby goes on or is copied anew."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.old_primary import PRIMARY, SLOT, OldPrimary, record


@pytest.fixture
def host(tmp_path: Path) -> OldPrimary:
    old = OldPrimary(tmp_path)
    for own in ("base/1", "pg_tblspc"):
        (old.data / own).mkdir(parents=True)
    old.stopped()
    return old


def seed(host: OldPrimary, epoch: int = 12) -> str:
    done = host.run("gdr-host", epoch, "pg-seed", PRIMARY, SLOT)
    assert done.returncode == 0, done.stderr
    return str(host.kept("reseed.json")["done"])


def observed(host: OldPrimary):
    seen = json.loads(host.run("gdr-host", "observe").stdout)["database"]
    return {part: seen[part] for part in ("follows", "ready", "reseeding")}


def ran_since_it_was_copied(host: OldPrimary) -> None:
    seed(host)
    host.standby()
    (host.data / "backup_label").unlink(missing_ok=True)
    (host.data / "kept").touch()


def was_begun(host: OldPrimary) -> None:
    marker = {"done": "copied", "why": "a new region", "broken": False, "files": {}}
    host.var.mkdir(exist_ok=True)
    (host.var / "reseeding.json").write_text(json.dumps(marker))


def refused(host: OldPrimary) -> str:
    copied = host.calls("pg_basebackup")
    done = host.run("gdr-host", 13, "pg-seed", PRIMARY, SLOT)
    assert done.returncode == 1
    assert host.calls("pg_basebackup") == copied, "it begins no copy"
    return done.stderr


def test_a_cluster_that_nobody_has_used_is_copied_over(host: OldPrimary):
    assert seed(host) == "copied"
    assert observed(host) == {"follows": PRIMARY, "ready": 12, "reseeding": False}


def test_a_standby_goes_on_where_its_primary_has_the_log(host: OldPrimary):
    ran_since_it_was_copied(host)
    assert seed(host, 13) == "copied"  # as it was last made
    assert (host.data / "kept").exists()
    assert observed(host)["ready"] == 13


def test_a_standby_is_copied_anew_where_its_primary_has_the_log_no_more(host: OldPrimary):
    ran_since_it_was_copied(host)
    host.primary(log=["000000020000000000000005"])
    assert seed(host, 13) == "copied"
    assert host.kept("reseed.json")["why"] == "the primary no longer has the log from there on"
    assert not (host.data / "kept").exists()


def test_what_a_killed_copy_left_beside_a_standby_that_runs_is_removed(host: OldPrimary):
    seed(host)
    host.put("units.json", {"postgresql": {"state": "active"}})
    was_begun(host)
    assert observed(host)["reseeding"] is True
    seed(host)
    assert observed(host)["reseeding"] is False


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("primary", "words"),
    [
        ({"system": "1", "log": []}, "is cluster 1, and this is 77"),
        ({"system": "1", "timeline": 1, "left": {}, "log": []}, "they have nothing in common"),
        ({"end": "0/4000020"}, "has timeline 2 up to 0/4000020, and this standby up to 0/4000028: the newer copy is"),
        ({"end": "0/4000020", "log": []}, "the newer copy is here"),
        ({"timeline": 3, "left": {"2": "0/4000020"}}, "has timeline 2 up to 0/4000020, and this standby up to"),
        ({"timeline": 3, "left": {"1": "0/3000110"}}, "does not know timeline 2 of this standby"),
        ({"timeline": 1, "left": {}}, "its history, on timeline 1, does not know timeline 2 of this standby"),
    ],
)
def test_a_primary_that_is_another_or_behind_replaces_no_standby(host: OldPrimary, primary, words: str, begun):
    ran_since_it_was_copied(host)
    host.primary(**primary)
    if begun:
        was_begun(host)
    assert words in refused(host)
    assert (host.data / "kept").exists()


@pytest.mark.parametrize("begins", ["0/04000028", "0/04000050"])
def test_a_standby_that_has_received_more_than_it_has_replayed_is_not_replaced(host: OldPrimary, begins: str):
    ran_since_it_was_copied(host)
    host.standby(ends="0/4000020")
    host.put("wal.json", {"timeline": 2, "records": [record("XLOG", 34, 0, begins, "NEXTOID 24576")]})
    host.primary(timeline=3, left={"2": "0/4000028"}, log=[])
    assert "the newer copy is here" in refused(host)


def test_a_standby_of_an_earlier_timeline_that_has_nothing_more_is_copied_anew(host: OldPrimary):
    ran_since_it_was_copied(host)
    host.primary(timeline=3, left={"1": "0/3000110", "2": "0/4000028"})
    assert seed(host, 13) == "copied"
    assert not (host.data / "kept").exists()


def test_a_used_cluster_that_follows_nobody_is_kept_though_a_copy_was_begun(host: OldPrimary):
    (host.data / "base/16385").mkdir()
    was_begun(host)
    assert "holds databases 16385: only an empty cluster is replaced" in refused(host)
    assert (host.data / "base/16385").exists()


def test_tables_in_a_database_of_initdb_are_somebodys_as_well(host: OldPrimary):
    (host.data / "base/1/13410").touch()
    (host.data / "base/1/16390").touch()
    assert "holds databases tables in 1: only an empty cluster is replaced" in refused(host)
