"""What is kept of hosts that may have no power the next time."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import Refused
from model.observation import HostSeen
from tasks import evidence, last_seen
from tests.unit.model.builders import environment
from tests.unit.model.steady import steady

KNOWN = environment(*[("dormant: stopped", "dormant: powered_off")] * 2)
PAIRS = {"r1-fw-p", "r1-fw-b", "r2-fw-p", "r2-fw-b"}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    return tmp_path


def test_what_is_up_is_kept_as_it_was_seen_and_what_is_silent_stays_as_it_was() -> None:
    first = steady()
    last_seen.keep(KNOWN, first)
    silent = {**first.hosts, "r2-fw-p": HostSeen(fault="no answer")}
    last_seen.keep(KNOWN, replace(first, at=first.at + 60, hosts=silent))
    found = last_seen.kept(KNOWN)
    assert {name: one.at - first.at for name, one in found.items()} == dict.fromkeys(PAIRS, 60) | {"r2-fw-p": 0}
    assert found["r2-fw-p"].host == first.hosts["r2-fw-p"]
    assert found["r2-fw-p"].inventory == first.inventories["r2-fw-p"]


def test_where_hosts_rest_stopped_nothing_is_kept(folder: Path) -> None:
    last_seen.keep(environment(), steady())
    assert list(folder.iterdir()) == []
    assert last_seen.kept(environment()) == {}


def test_what_cannot_be_read_was_never_seen(folder: Path) -> None:
    last_seen.keep(KNOWN, steady())
    last_seen.path("lab", "r1-fw-p").write_text("{}")
    last_seen.path("lab", "r1-fw-b").unlink()
    last_seen.path("lab", "r1-fw-b").mkdir()
    assert set(last_seen.kept(KNOWN)) == {"r2-fw-p", "r2-fw-b"}
    assert not list(folder.rglob("*.[0-9]*"))


def test_what_cannot_be_written_is_refused_with_the_files_name(folder: Path) -> None:
    (folder / "last-seen").write_text("in the way")
    with pytest.raises(Refused, match=r"last-seen/lab/r.-fw-.\.json: .*: make room"):
        last_seen.keep(KNOWN, steady())


def test_a_case_whose_journal_nobody_can_read_may_have_made_copies(folder: Path) -> None:
    (folder / "cases").mkdir()
    assert not evidence.is_of_copies("-")
    evidence.journal("lab-20261123T000000-region2").write_text("damaged\n")
    assert evidence.is_of_copies("lab-20261123T000000-region2")
