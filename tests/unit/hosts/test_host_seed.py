"""gdr-host pg-seed: an empty cluster is copied over, and a standby goes on or is copied anew."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.old_primary import PRIMARY, SLOT, OldPrimary


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
    marker = {"done": "copied", "why": "a new region", "broken": False, "files": {}}
    (host.var / "reseeding.json").write_text(json.dumps(marker))
    assert observed(host)["reseeding"] is True
    seed(host)
    assert observed(host)["reseeding"] is False
