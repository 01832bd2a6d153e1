"""The software is replaced while a case is open: an older journal is gone on with, one of a later version is not."""

import ast
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows.full_failover import full_failover
from model.errors import Overtaken
from model.evidence import KINDS, faults, follow
from model.observation import Observation
from tasks import evidence, reports, run
from tests.architecture.repository import ROOT, parsed, sources
from tests.flow.recorders import Recorder
from tests.unit.kept.journals import CASE, ENVIRONMENT, OPEN, cut_short, entries


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Recorder]:
    """Put the open case of an earlier version where this version looks, with the environment file of its day."""
    shutil.copy(ENVIRONMENT, tmp_path)
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    _read_anew()
    evidence.journal(CASE).write_text(cut_short())
    found = Recorder()
    found.install(monkeypatch, last_seen)
    yield found
    _read_anew()


def _read_anew() -> None:
    run.environment.cache_clear()
    run.digest.cache_clear()


def last_seen() -> Observation:
    """Return what the earlier version saw last, as it wrote it down."""
    return evidence.load(entries()[OPEN - 1].data["observation"])


async def went_on() -> State[str]:
    ended: Any = full_failover(
        environment="lab", target="region2", mode="unplanned", reason="after the upgrade", return_state=True
    )
    state: State[str] = await ended
    return state


def added(kind: str, **data: Any) -> None:
    """Add a record as another version would."""
    known = evidence.entries(CASE)
    entry = follow(known[-1], at=known[-1].at + 1, case=CASE, attempt="later", kind=kind, data=data)
    evidence.journal(CASE).write_text("".join(one.line() + "\n" for one in (*known, entry)))


async def test_an_open_case_of_an_earlier_version_is_read_gone_on_with_and_closed(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = evidence.case_of(CASE)
    assert (before.outcome, before.version, before.approvals[0].approver) == (None, "", "alice")
    acted: list[str] = []
    monkeypatch.setattr(recorder, "_line", lambda steps: acted.extend(step.id for step in steps))
    state = await went_on()
    assert state.name == "Completed", state.message
    after = evidence.case_of(CASE)
    assert (after.outcome, after.attempts, after.version) == ("reached", before.attempts + 1, run.VERSION)
    assert after.approvals == before.approvals, "what alice approved then still covers what is left now"
    assert after.rounds == before.rounds
    assert {"start:r2-fw-p/lca", "move-names:ns1", "steady:ns1"} <= set(acted)
    assert "promote:r2-db" not in acted
    assert faults(evidence.entries(CASE)) == ()
    assert evidence.journal(CASE).read_text().startswith(cut_short())
    assert "alice" in reports.path(CASE).read_text()


async def test_a_case_with_each_kind_of_record_is_not_refused_for_it(recorder: Recorder) -> None:
    assert recorder.lines == []
    case = evidence.case_of(CASE)
    for kind in sorted(KINDS - {entry.kind for entry in evidence.entries(CASE)}):
        added(kind)
    evidence.require_whole(case, None)


async def test_what_only_a_later_version_knows_is_refused_with_its_name(recorder: Recorder) -> None:
    added("attempt.started", version="9.1", breaches=[], observation={"at": 1.0})
    added("intent.postponed", until=1.0)
    state = await went_on()
    assert (state.name, recorder.lines, evidence.case_of(CASE).outcome) == ("Refused", [], None)
    assert "record 22: intent.postponed: this version knows no such record" in str(state.message)
    assert f"go on with genesys-dr 9.1; this is {run.VERSION}" in str(state.message)


async def test_a_process_that_runs_does_nothing_more_once_a_later_version_has_said_what_it_cannot_know(
    recorder: Recorder,
) -> None:
    assert recorder.lines == []
    evidence.append("lab", CASE, "a9", "act.before", {"step": "start:r2-fw-p/lca"})
    added("intent.postponed", until=1.0)
    with pytest.raises(Overtaken, match=r"record 22: intent.postponed: this version knows no such record"):
        evidence.append("lab", CASE, "a9", "act.before", {"step": "start:r2-fw-p/lca"})
    evidence.append("lab", CASE, "a9", "act.after", {"step": "start:r2-fw-p/lca"})


async def test_an_intent_that_this_version_cannot_read_names_the_way_out(recorder: Recorder) -> None:
    added("intent.escalated", intent={"runbook": "full_failover", "target": "region2", "by": "noon"})
    state = await went_on()
    assert (state.name, recorder.lines) == ("Refused", [])
    assert "no case that this version can read" in str(state.message)
    assert "put it back from a copy, or go on with the version of genesys-dr that wrote it" in str(state.message)


def test_the_schema_knows_exactly_the_records_that_this_version_goes_on_with() -> None:
    schema = json.loads((ROOT / "tasks" / "schemas" / "journal.json").read_text())
    assert set(schema["$defs"]) == KINDS
    assert {one["if"]["properties"]["kind"]["const"] for one in schema["allOf"]} == KINDS


def test_no_other_record_is_written_anywhere() -> None:
    found = {word for path in sources(ROOT, "flows", "gdr", "tasks") for word in _recorded(parsed(path))}
    assert found <= KINDS
    assert len(found) > len(KINDS) // 2, "the search finds none any more"


def _recorded(tree: ast.Module) -> Iterator[str]:
    """Yield the words that stand where a record's kind does."""
    place = {"record": 1, "append": 3, "append_locked": 2}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if len(args) > place.get(
                name, 99
            ):
                word = args[place[name]]
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value
