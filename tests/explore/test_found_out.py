"""A flow that judges wrongly in one place is found out by the search of every state from one start."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from model.explore import search
from model.explore.judge import Judge
from model.explore.quest import Quest
from model.explore.search import Search
from model.explore.starts import starts
from model.judgement import refusals
from model.runbooks.runbook import Line
from model.view import View
from tests.unit.model.builders import ground


def only(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(search, "starts", lambda *words: [it for it in starts(*words) if it.name == name])


def texts() -> list[str]:
    return [found.text for found in Search(Judge(ground())).run(Quest("full_failover", "unplanned")).counterexamples]


TWO_PRIMARIES = "a Primary works in the other region, the record is lost"


def begun(monkeypatch: pytest.MonkeyPatch, name: str, dropped: str) -> str:
    """Deploy where refusals are missing, and say what was found."""
    only(monkeypatch, name)
    for each in dropped.split():
        monkeypatch.setattr(f"model.judgement.deploy.{each}", lambda *_: ())
    found = Search(Judge(ground()), faultless=True).run(Quest("deploy", "planned"))
    return " | ".join(example.text for example in found.counterexamples)


@pytest.mark.parametrize(
    ("name", "dropped", "words"),
    [
        ("somebody's tables", "foreign", "region2 dbms is somebody's"),
        ("somebody's databases where a copy is to be", "foreign", "region1 dbms is somebody's"),
        ("somebody's folder", "foreign", "region2 backup is somebody's"),
        ("somebody's listener", "foreign", "region2 backup is somebody's"),
        ("somebody's host side", "foreign", "region2 backup is somebody's"),
        ("an installer was cut off", "foreign", "nobody knows what was done there"),
        (TWO_PRIMARIES, "foreign _elsewhere", "a Primary works in the other region"),
        ("in use, other settings", "before_begun", "the DBMS that is in use would be restarted"),
        ("in use, settings that are not taken up", "before_begun", "the DBMS that is in use would be restarted"),
        ("in use, a component that nobody has marked", "foreign before_begun", "region2 first would be written over"),
        ("in use, its pair not proven", "before_begun", "a pair that serves would be switched over"),
    ],
)
def test_a_deploy_that_begins_where_it_must_be_refused_is_found_out(
    monkeypatch: pytest.MonkeyPatch, name: str, dropped: str, words: str
) -> None:
    assert words in begun(monkeypatch, name, dropped)


def test_a_waiver_of_a_writer_that_is_seen_alive_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "region1 silent, no power source")
    monkeypatch.setattr(View, "alive", lambda *_: False)
    assert any("goes on while r1-" in text and "can write" in text for text in texts())


def test_a_decline_that_closes_its_case_in_the_middle_of_a_switch_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "framework lost, no power source")
    monkeypatch.setattr("model.explore.judge.may_close", lambda *_: True)
    assert texts() == ["from here no end can be reached any more"]


def test_a_waived_case_that_cannot_be_closed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "region1 silent, no power source")
    monkeypatch.setattr("model.judgement.finished", lambda _view: False)
    monkeypatch.setattr(Judge, "refused", lambda self, at, memory: refusals(unwaived(self.view(at, memory))))
    assert texts() == ["from here no end can be reached any more"]


def unwaived(known: View) -> View:
    return replace(known, waived=frozenset())


def test_a_process_that_takes_the_epoch_and_never_gives_it_back_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(lines: Iterable[Line], is_done: Callable[[Line], bool]) -> tuple[Line, ...]:
        return tuple(line for line in lines if not is_done(line))

    only(monkeypatch, "open to both frameworks, nobody uses it, and no Backup")
    monkeypatch.setattr(search, "remaining", careless)
    assert any("the record says switching" in text for text in texts())


def test_an_abort_after_a_promotion_was_begun_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "steady")
    monkeypatch.setattr("model.judgement.abort._beyond", lambda *_, **__: ())
    careless = Judge(ground())
    folded = careless._folded
    monkeypatch.setattr(careless, "_folded", lambda *words: replace(folded(*words), no_return=False))
    examples = [found.text for found in Search(careless, most=3).run(Quest("full_failover", "planned")).counterexamples]
    assert any("both primary" in text or "beside one that was promoted" in text for text in examples), examples
