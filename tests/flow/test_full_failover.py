"""The runbook is a straight list in the plan's order, approved before anything, and ends in words."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import full_failover as runbook
from flows.full_failover import full_failover
from flows.gate import Beforehand
from model.answered import approval_data
from model.approval import Answer
from model.environment.document import Objectives, RegionKey
from model.errors import Refused, Transient, Unverified
from model.explore.world import World
from model.observation import Observation
from model.record import Record
from model.report.objectives import objectives
from model.runbooks import FULL_FAILOVER
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Mode, Steps
from tasks import bundles, cases, evidence, reports, signing
from tasks.approvals import terminal
from tasks.dns import claim
from tasks.dns import observe as dns
from tasks.run import digest
from tests.flow.recorders import BEFOREHAND, FIELDS, Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, intent, planned_world, switched, view, without
from tests.unit.model.logbook import BESIDE
from tests.unit.model.steady import RECORD, after_failover, silent, steady
from tests.unit.model.test_approval import approval, bounds

MODES: tuple[Mode, ...] = ("planned", "unplanned")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch)
    monkeypatch.setattr(runbook, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return found


async def run(
    mode: Mode = "planned",
    beforehand: Beforehand | None = BEFOREHAND,
    target: RegionKey = "region2",
    environment: str = "lab",
) -> State[str]:
    ended: Any = full_failover(
        environment=environment, target=target, mode=mode, reason="a test", beforehand=beforehand, return_state=True
    )
    state: State[str] = await ended
    return state


def kinds() -> list[str]:
    (case,) = evidence.cases("lab")
    return [entry.kind for entry in evidence.entries(case.name)]


def answering(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, str]) -> list[str]:
    """Let the terminal give these (approver, decision), in turn; return what was shown."""
    shown: list[str] = []
    left = list(answers)

    async def ask(question: str, text: str, _policy: object) -> Answer:
        shown.append(text)
        approver, decision = left.pop(0)
        return Answer(
            question=question, approver=approver, decision=decision, reason="seen", channel="terminal", at=steady().at
        )

    monkeypatch.setattr(terminal, "ask", ask)
    return shown


async def test_every_line_of_the_plan_is_awaited_once_in_its_order(recorder: Recorder) -> None:
    state = await run()
    assert state.name == "Completed"
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    assert [line for line in recorder.lines if line.startswith("after ")] == [
        "after fence", "after database", "after framework", "after names", "after prove",
    ]  # fmt: skip


async def test_every_line_is_given_to_the_act_of_its_verb(recorder: Recorder) -> None:
    """A line that stops with the act that starts would pass every test of order."""
    await run()
    plans = [FULL_FAILOVER.whole(view(planned_world(mode), mode)) for mode in MODES]
    off = (("dormant: stopped", "dormant: powered_off"),) * 2
    grounds = (BESIDE, off, (*BESIDE, *off))
    plans += [FULL_FAILOVER.whole(logbook.view(logbook.ground(*edits).steady(), edits=edits)) for edits in grounds]
    assert {found.id for found in plans[-1].log_servers} == {found.id for found in plans[-3].log_servers}
    drilled = planned_world("unplanned")._replace(walls=frozenset(FRAMEWORK["region2"]), copy=("region2", True))
    plans.append(FULL_FAILOVER.whole(view(drilled, "unplanned")))
    verbs = {name: step.verb for plan in plans for name in FIELDS for step in getattr(plan, name)}
    assert set(FIELDS) - set(verbs) <= {"waive"}
    named = {name: verb.replace("-", "_") for name, verb in verbs.items()}
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == named


async def test_nothing_is_done_before_somebody_said_go(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    line = recorder._line

    def noting(steps: Steps) -> None:
        seen.append(kinds())
        line(steps)

    monkeypatch.setattr(recorder, "_line", noting)
    await run()
    assert all("gate.answered" in found for found in seen)
    assert seen[0] == ["case.opened", "attempt.started", "sample.declared", "gate.asked", "gate.answered"]


async def test_the_report_is_written_and_the_case_closed(recorder: Recorder) -> None:
    state = await run()
    (case,) = evidence.cases("lab")
    assert recorder.lines
    assert case.outcome == "reached"
    assert "region2 is active. Report " in str(state.message)
    assert case.debts == ()
    assert objectives(evidence.entries(case.name)) == Objectives(rpo_s=60, rto_s=300)


async def test_every_form_of_the_report_is_in_the_bundle_that_is_signed_by_itself(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert recorder.lines == []
    monkeypatch.setenv("GDR_SIGNING_KEY", str(tmp_path / "signing.key"))
    signing.make()
    state = await run()
    (case,) = evidence.cases("lab")
    assert "bundle " in str(state.message)
    held = bundles.read(bundles.path(case.name))
    kept = reports.published(case.name)
    assert {kind: held[f"report.{kind}"].decode() for kind in ("md", "json", "html")} == kept
    assert json.loads(kept["json"])["closed_at"] is not None


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (Unverified("r1-db: nobody knows"), "Held"),
        (Transient("ns1: silent"), "Held"),
        (Refused("epoch is 9"), "Refused"),
    ],
)
async def test_a_failed_line_ends_in_words_and_leaves_the_case_open(
    recorder: Recorder, error: Exception, name: str
) -> None:
    recorder.fails["promote"] = error
    state = await run()
    assert (state.is_failed(), state.name) == (True, name)
    assert recorder.lines[-1] == "promote"
    assert str(error) in str(state.message)
    assert "`gdr run full-failover lab --target region2 --mode planned '--reason=a test'`" in str(state.message)
    assert evidence.open_case("lab") is not None


async def test_a_second_run_goes_on_with_the_approval_of_the_first(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.fails["promote"] = Unverified("nobody knows")
    await run()
    recorder.fails.clear()
    shown = answering(monkeypatch)
    assert (await run(beforehand=None)).name == "Completed"
    assert shown == []
    assert (kinds().count("case.opened"), kinds().count("gate.answered"), kinds().count("attempt.started")) == (1, 1, 2)


async def test_another_intent_is_refused_while_a_case_is_open(recorder: Recorder) -> None:
    recorder.fails["stop_scs"] = Unverified("nobody knows")
    await run()
    state = await run(target="region1")
    assert state.name == "Refused"
    assert (
        "is open: continue it with `gdr run full-failover lab --target region2 --mode planned '--reason=a test'`"
        in str(state.message)
    )


async def test_a_target_that_is_active_already_needs_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.cases.done", lambda _view: True)
    state = await run()
    assert (state.is_completed(), state.name) == (True, "Not needed")
    assert (recorder.lines, evidence.cases("lab")) == ([], ())


@pytest.mark.parametrize(
    ("seen", "mode", "says"),
    [
        (steady, "unplanned", "use mode planned"),
        (lambda: silent("r2-db"), "planned", "r2-db: does not answer"),
        (after_failover, "planned", "region2 is already the active region"),
    ],
)
async def test_a_rule_against_it_refuses_before_a_case_is_opened(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, seen: Callable[[], Observation], mode: Mode, says: str
) -> None:
    recorder.install(monkeypatch, seen)
    state = await run(mode)
    assert state.name == "Refused"
    assert says in str(state.message)
    assert "No case is open." in str(state.message)
    assert (recorder.lines, evidence.cases("lab")) == ([], ())


async def test_a_decline_closes_the_case_and_changes_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, ("bob", "decline"))
    Names(monkeypatch)
    state = await run(beforehand=None)
    (case,) = evidence.cases("lab")
    assert (state.is_completed(), state.name, state.message) == (True, "Declined", "bob declined: seen")
    assert (recorder.lines, case.outcome) == ([], "declined")


class Names:
    """The record in memory, as its writing server keeps it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, record: Record | None = RECORD) -> None:
        self.record, self.fails, self.released = record, False, False
        monkeypatch.setattr(dns, "record", self._read)
        monkeypatch.setattr(claim, "release", self._release)

    async def _read(self, _environment: Any) -> tuple[Record | None, str]:
        return self.record, "" if self.record else "no answer"

    async def _release(self, _environment: str, _case: str) -> None:
        if self.fails:
            raise Transient("ns1: no answer")
        self.released = True


async def declined(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, record: Record | None
) -> tuple[State[str], Names]:
    """Fail at the promotion, make what was approved worse, and let bob decline when he is asked again."""
    recorder.fails["promote"] = Unverified("nobody knows")
    await run()
    (case,) = evidence.cases("lab")
    evidence.append("lab", case.name, "a1", "act.before", {"step": "take-epoch:ns1"})
    recorder.install(monkeypatch, lambda: silent("r2-app-b"))
    answering(monkeypatch, ("bob", "decline"))
    names = Names(monkeypatch, record)
    return await run(beforehand=None), names


@pytest.mark.parametrize("record", [replace(RECORD, state="switching", target="region2"), None])
async def test_a_decline_in_the_middle_of_a_switch_is_held_with_the_way_on_and_back(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, record: Record | None
) -> None:
    state, names = await declined(recorder, monkeypatch, record)
    assert (state.is_failed(), state.name) == (True, "Held")
    assert "bob declined: seen. The switch has begun" in str(state.message)
    assert "Done so far: 0 steps. Case lab-" in str(state.message)
    assert "`gdr run full-failover lab --target region2 --mode planned '--reason=a test'`" in str(state.message)
    assert "To go back instead, while nothing is promoted: `gdr run full-failover lab --abort" in str(state.message)
    assert not names.released
    assert evidence.open_case("lab") is not None
    shown = answering(monkeypatch, ("alice", "go"))
    recorder.fails.clear()
    assert (await run(beforehand=None)).name == "Completed"
    assert len(shown) == 1, "the decline took the first go back"


async def test_a_decline_while_the_record_is_steady_closes_the_case(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, names = await declined(recorder, monkeypatch, RECORD)
    assert (state.name, names.released, evidence.open_case("lab")) == ("Declined", True, None)


async def test_a_decline_that_cannot_release_the_record_closes_the_case_and_says_so(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recorder.lines == []
    answering(monkeypatch, ("bob", "decline"))
    Names(monkeypatch).fails = True
    state = await run(beforehand=None)
    assert (state.is_completed(), state.name) == (True, "Declined")
    assert "still names the case (ns1: no answer)" in str(state.message)
    assert evidence.open_case("lab") is None


async def test_a_refusal_closes_a_case_of_which_nothing_is_in_force(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    await run(beforehand=None)
    assert evidence.open_case("lab") is not None
    recorder.install(monkeypatch, lambda: silent("r2-db"))
    state = await run(beforehand=None)
    assert (state.name, evidence.open_case("lab")) == ("Refused", None)
    assert "No case is open." in str(state.message)


async def test_a_waived_failover_killed_after_its_last_swap_is_closed_by_the_next_run(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unforeseen(*_: Any) -> None:
        raise AssertionError("a finished case is not named in the record again")

    writers = frozenset({"r1-db", "r1-fw-p", "r1-fw-b"})
    given = approval(
        steps=frozenset(step.id for step in plan_of_names(FullFailoverPlan).steps()), bounds=bounds(waived=writers)
    )
    opened = {"environment": "lab", "digest": digest("lab"), "intent": asdict(intent())}
    evidence.append("lab", "lab-1", "a0", "case.opened", opened)
    evidence.append("lab", "lab-1", "a0", "gate.answered", approval_data(given))
    recorder.install(monkeypatch, lambda: view(waived_and_done()).seen)
    monkeypatch.setattr(cases, "_claim", unforeseen)
    state = await run("unplanned")
    assert state.name == "Completed", state.message
    assert evidence.case_of("lab-1").outcome == "reached"
    (began,) = (entry for entry in evidence.entries("lab-1") if entry.kind == "attempt.started")
    assert began.data["breaches"] == []
    owed = {entry.data["target"] for entry in evidence.entries("lab-1") if entry.kind == "debt"}
    assert owed >= writers


def waived_and_done() -> World:
    world = without(switched("unplanned"), SOURCE_DBMS, *FRAMEWORK["region1"], on=True, silent=True)
    return world._replace(up=world.up - {"power"})


async def test_answers_that_do_not_count_are_recorded_and_asked_again(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = answering(monkeypatch, ("mallory", "go"), ("alice", "perhaps"), ("alice", "go"))
    assert (await run(beforehand=None)).name == "Completed"
    assert recorder.lines
    assert len(shown) == 3
    assert [kind for kind in kinds() if kind.startswith("gate.")] == [
        "gate.asked", "gate.refused", "gate.asked", "gate.refused", "gate.asked", "gate.answered",
    ]  # fmt: skip


async def test_an_answer_given_beforehand_that_does_not_count_refuses(recorder: Recorder) -> None:
    state = await run(beforehand=Beforehand(approver="mallory", reason="let me"))
    assert state.name == "Refused"
    assert "'mallory': not on the list" in str(state.message)
    assert recorder.lines == []


async def test_without_a_terminal_nobody_can_be_asked(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    state = await run(beforehand=None)
    assert state.name == "Refused"
    assert "no terminal to ask on" in str(state.message)
    assert recorder.lines == []


async def test_bad_parameters_are_refused_before_anything(recorder: Recorder) -> None:
    with pytest.raises(Exception, match="target"):
        await full_failover(environment="lab", target="region3", mode="planned", reason="a test")  # type: ignore[call-overload]
    state = await run(environment="nowhere")
    assert state.name == "Refused"
    assert "nowhere.yaml: no such environment; known here: " in str(state.message)
    assert recorder.lines == []
