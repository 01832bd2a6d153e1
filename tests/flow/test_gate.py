"""An answer approves what its question showed: the world may be another one when it is read."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import pytest

from flows.gate import Declined, gate
from model.approval import Answer, Identity
from model.errors import Overtaken, Refused, Transient
from model.explore.sight import NOW
from model.explore.world import World
from model.observation import Observation
from model.runbooks import FULL_FAILOVER
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Intent, Mode
from tasks import cases, evidence, show
from tasks.approvals import prefect_ui, who
from tasks.run import Run, digest
from tests.flow.recorders import Fixed
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, environment, region1_lost, steady, switched, view, without

CASE = "lab-20261121T120000-region2"
LOST = view(region1_lost()).seen
EXPIRES_S = environment().approval.expires_s
WRITERS = {"r1-db", "r1-fw-p", "r1-fw-b"}


class Suspended(BaseException):
    """The process ends here; another begins when somebody has answered."""


def silent() -> World:
    """Return region 1 silent, and its power source with it: nobody can prove it fenced."""
    world = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)
    return world._replace(up=world.up - {"power"})


UNPROVEN = view(silent()).seen


class Form:
    """A deployed run's form: what it showed, and the answers that lie there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[tuple[str, str]] = []
        self.pages: list[tuple[str, str]] = []
        self.given: dict[str, Answer] = {}
        monkeypatch.setattr(prefect_ui, "is_deployed", lambda: True)
        monkeypatch.setattr(prefect_ui, "answers", self._answers)
        monkeypatch.setattr(prefect_ui, "ask", self._ask)
        monkeypatch.setattr(show, "page", self._page)

    async def _answers(self, _stage: str, judged: Iterable[str]) -> dict[str, Answer]:
        return {key: answer for key, answer in self.given.items() if key not in set(judged)}

    async def _page(self, _run: Run, what: str, text: str) -> None:
        self.pages.append((what, text))

    async def _ask(self, question: str, text: str, _codes: str, *, in_slack: bool) -> None:
        assert not in_slack
        self.shown.append((question, text))
        raise Suspended

    def answer(
        self,
        decision: str = "go",
        question: str = "",
        approver: str = "alice",
        minutes: int = 0,
        after_s: float | None = None,
    ) -> None:
        """Answer so many seconds after the question was asked; unless given, long before it expires."""
        key, asked = question or self.shown[-1][0], evidence.case_of(CASE).question
        at = NOW if after_s is None or asked is None else asked.at + after_s
        self.given[f"run/{len(self.given)}"] = Answer(
            question=key,
            approver=approver,
            decision=decision,
            reason="fine by me",
            channel="prefect-ui",
            at=at,
            minutes=minutes,
        )


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Form:
    return Form(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, Observation]:
    now = {"seen": LOST}

    async def observed(_run: Run) -> Observation:
        return now["seen"]

    monkeypatch.setattr(cases, "observed", observed)
    return now


def opened(mode: Mode = "unplanned") -> Run:
    intent = Intent(runbook="full_failover", target="region2", mode=mode, reason="a test")
    data = {"environment": "lab", "digest": digest("lab"), "intent": asdict(intent)}
    evidence.append("lab", CASE, "a1", "case.opened", data)
    return Run(environment="lab", case=CASE, attempt="a1", intent=intent)


async def suspended(run: Run, seen: Observation) -> None:
    """Let a process of this run come to its gate and end there."""
    evidence.record(run, "sample.declared", sample=seen.sample and asdict(seen.sample), at=seen.at)
    with pytest.raises(Suspended):
        await gate(FULL_FAILOVER, run, seen, None)


async def resumed(run: Run, seen: Observation) -> tuple[Run, FullFailoverPlan]:
    return await gate(FULL_FAILOVER, run, seen, None)


def answered(kind: str = "gate.answered") -> list[dict[str, Any]]:
    return [dict(entry.data) for entry in evidence.entries(CASE) if entry.kind == kind]


def refused() -> list[tuple[str, str, list[str]]]:
    return [(said["key"], said["approver"], said["reasons"]) for said in answered("gate.refused")]


def is_not_open(question: str) -> list[str]:
    return [f"question {question}: is not the one that is open now: read what is shown, and answer that"]


async def test_a_go_counts_for_what_was_shown_while_the_world_is_the_same(
    form: Form, world: dict[str, Observation]
) -> None:
    run = opened()
    await suspended(run, LOST)
    form.answer()
    after, plan = await resumed(run, world["seen"])
    assert after.waived == frozenset()
    assert [step.host for step in plan.promote] == ["r2-db"]
    assert len(form.shown) == 1


def several(monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    """Put a policy in the place of the laboratory's one person."""
    known = environment(("  four_eyes: false\n", policy))
    monkeypatch.setattr("flows.gate.environment", lambda _name: known)


@pytest.mark.parametrize("policy", ["  four_eyes: true\n", "  quorum: 2\n"])
async def test_two_people_must_say_go_and_one_of_them_twice_is_not_two(
    form: Form, world: dict[str, Observation], monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    several(monkeypatch, policy)
    run = opened()
    await suspended(run, LOST)
    assert form.shown[0][1].startswith("**2 people must say go, of: alice, bob.** The question comes again until")
    form.answer()
    await suspended(run, world["seen"])
    assert "Asked again:** alice said go: 1 more must" in form.shown[1][1]
    form.answer()
    await suspended(run, world["seen"])
    assert "approver 'alice': has said go already: another person must" in form.shown[2][1]
    form.answer(approver="bob")
    _, plan = await resumed(run, world["seen"])
    assert plan.promote
    assert [said["approver"] for said in answered()] == ["alice", "bob"]


async def test_who_says_wait_is_heard_and_the_question_is_asked_again(
    form: Form, world: dict[str, Observation]
) -> None:
    run = opened()
    await suspended(run, LOST)
    form.answer("wait", minutes=30)
    await suspended(run, world["seen"])
    assert form.shown[1][1].startswith(
        "**alice says wait until 1970-01-12 14:16 UTC: fine by me. A go before that counts"
    )
    assert answered() == []
    world["seen"] = replace(world["seen"], at=NOW + 1801)
    form.answer("wait", question=form.shown[0][0], minutes=5)
    await suspended(run, world["seen"])
    assert "is not the one that is open now" in form.shown[2][1], "the first form was answered already"
    assert refused() == [("run/1", "alice", is_not_open(form.shown[0][0]))]
    assert "**alice said wait until 1970-01-12 14:16 UTC: fine by me. That time is over.**" in form.shown[2][1]
    world["seen"] = LOST
    form.answer(approver="bob")
    _, plan = await resumed(run, LOST)
    assert plan.promote


async def test_a_decline_of_the_second_takes_back_the_go_of_the_first(
    form: Form, world: dict[str, Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    several(monkeypatch, "  quorum: 2\n")
    run = opened()
    await suspended(run, LOST)
    form.answer()
    await suspended(run, world["seen"])
    form.answer("decline", approver="bob")
    with pytest.raises(Declined, match="bob declined"):
        await resumed(run, world["seen"])
    assert evidence.case_of(CASE).goes == ()


async def test_a_go_that_nothing_has_followed_is_asked_about_again_after_its_time(
    form: Form, world: dict[str, Observation]
) -> None:
    run = opened()
    await suspended(run, LOST)
    form.answer()
    world["seen"] = late = replace(world["seen"], at=world["seen"].at + 90_000)
    await suspended(run, late)
    assert "Asked again:** alice said go 1500 minutes ago: it holds for 1440" in form.shown[1][1]


async def test_a_go_waives_nothing_that_was_not_shown(form: Form, world: dict[str, Observation]) -> None:
    """The power source falls silent while alice thinks: she never saw that nobody can prove the fence."""
    run = opened()
    await suspended(run, LOST)
    form.answer()
    world["seen"] = UNPROVEN
    await suspended(run, UNPROVEN)
    (first,) = answered()
    assert first["bounds"]["waived"] == []
    assert "you waive" not in first["text"]
    assert first["levels"] == {"r1-db": 1, "r1-fw-p": 1, "r1-fw-b": 1}
    assert evidence.case_of(CASE).waived == frozenset()
    assert "Asked again:** r1-db: fence was not shown as waived" in form.shown[1][1]

    form.answer()
    after, _ = await resumed(run, UNPROVEN)
    assert after.waived == WRITERS
    assert answered()[1]["bounds"]["waived"] == sorted(WRITERS)


async def test_the_answer_to_an_older_question_is_refused_and_asked_again(
    form: Form, world: dict[str, Observation]
) -> None:
    assert world
    run = opened()
    await suspended(run, LOST)
    await suspended(run, LOST)
    form.answer(question=form.shown[0][0])
    await suspended(run, LOST)
    assert (answered(), refused()) == ([], [("run/0", "alice", is_not_open(form.shown[0][0]))])
    assert "is not the one that is open now" in form.shown[2][1]
    form.answer()
    await resumed(run, LOST)
    assert len(answered()) == 1


async def test_who_is_asked_again_hears_that_an_earlier_answer_cannot_be_read(
    form: Form, world: dict[str, Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def left(*_: Any) -> dict[str, Answer]:
        raise Transient("run f3a0 asked before")

    assert world
    monkeypatch.setattr(prefect_ui, "left", left)
    await suspended(opened(), LOST)
    assert "**Asked again:** run f3a0 asked before" in form.shown[0][1]


async def test_an_answer_that_another_process_has_just_judged_is_not_counted_again(
    form: Form, world: dict[str, Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world
    run = opened()
    await suspended(run, LOST)
    form.answer()
    known = who.identified

    def overtaken(*asked: Any) -> Identity:
        evidence.record(run, "gate.refused", key="run/0", approver="alice", reasons=["by the other process"])
        return known(*asked)

    monkeypatch.setattr(who, "identified", overtaken)
    with pytest.raises(Overtaken, match="another process of it has judged this answer meanwhile"):
        await resumed(run, LOST)
    assert answered() == []


async def test_an_answer_to_another_case_is_refused(form: Form, world: dict[str, Observation]) -> None:
    assert world
    run = opened()
    form.answer(question="declare-lab-0-1")
    await suspended(run, LOST)
    assert (answered(), refused()) == ([], [("run/0", "alice", is_not_open("declare-lab-0-1"))])
    assert "The last answer did not count" in form.shown[0][1]


async def test_a_name_that_is_none_lays_nothing_out_where_it_is_said_why_it_did_not_count(
    form: Form, world: dict[str, Observation]
) -> None:
    assert world
    run = opened()
    await suspended(run, LOST)
    form.answer(approver="`x` <b>")
    await suspended(run, LOST)
    assert "approver '\\`x\\` \\<b>': not on the list" in form.shown[-1][1]


async def test_whom_slack_turned_away_is_not_said_to_be_the_last_answer(
    form: Form, world: dict[str, Observation]
) -> None:
    run = opened()
    await suspended(run, LOST)
    form.answer()
    world["seen"] = UNPROVEN
    data = {"key": "slack/U0EVE/1", "approver": "nobody", "reasons": ["Slack member U0EVE: is no approver of lab"]}
    evidence.append("lab", CASE, "slack", "gate.refused", data)
    await suspended(run, UNPROVEN)
    assert "The last answer did not count" not in form.shown[1][1]


async def test_an_answer_to_a_question_that_has_expired_is_refused_recorded_and_asked_again(
    form: Form, world: dict[str, Observation]
) -> None:
    assert world
    run = opened()
    await suspended(run, LOST)
    form.answer(after_s=EXPIRES_S + 1)
    await suspended(run, LOST)
    expired = [f"question {form.shown[0][0]}: has expired: read what is shown now, and answer that"]
    assert refused() == [("run/0", "alice", expired)]
    assert f"**The last answer did not count:** question {form.shown[0][0]}: has expired" in form.shown[1][1]
    assert (answered(), evidence.case_of(CASE).outcome) == ([], None)
    form.answer(after_s=EXPIRES_S)
    _, plan = await resumed(run, LOST)
    assert plan.promote


async def test_a_decline_takes_back_the_go_before_it(form: Form, world: dict[str, Observation]) -> None:
    run = opened()
    await suspended(run, LOST)
    form.answer()
    await resumed(run, LOST)
    world["seen"] = UNPROVEN
    await suspended(run, UNPROVEN)
    form.answer("decline")
    with pytest.raises(Declined):
        await resumed(run, UNPROVEN)
    world["seen"] = LOST
    await suspended(run, LOST)


async def test_a_case_that_was_closed_meanwhile_is_not_gone_on_with(form: Form, world: dict[str, Observation]) -> None:
    assert world
    run = opened()
    await suspended(run, LOST)
    form.answer()
    evidence.record(run, "case.closed", outcome="declined")
    with pytest.raises(Refused, match="closed meanwhile: declined"):
        await resumed(run, LOST)
    assert answered() == []


async def test_a_case_is_escalated_once_that_is_approved_and_not_before(
    form: Form, world: dict[str, Observation]
) -> None:
    assert world
    run = replace(opened("planned"), intent=replace(opened_intent(), mode="unplanned"))
    await suspended(run, LOST)
    assert evidence.case_of(CASE).intent.mode == "planned"
    form.answer()
    await resumed(run, LOST)
    assert evidence.case_of(CASE).intent.mode == "unplanned"
    await resumed(run, LOST)
    assert [entry.kind for entry in evidence.entries(CASE)].count("intent.escalated") == 1


def opened_intent() -> Intent:
    return evidence.case_of(CASE).intent


async def test_nobody_is_asked_where_nothing_is_left(form: Form) -> None:
    nothing = FullFailoverPlan(**dict.fromkeys(FullFailoverPlan.__dataclass_fields__, ()))
    _, plan = await gate(Fixed(nothing), opened(), view(switched()).seen, None)
    assert list(plan.steps()) == []
    assert form.shown == []


async def test_what_is_no_answer_is_refused_once_and_asked_again(form: Form, world: dict[str, Observation]) -> None:
    run = opened()
    await suspended(run, LOST)
    form.given["run/x"] = prefect_ui._answer(form.shown[0][0], None, NOW)
    await suspended(run, LOST)
    assert form.shown[1][1].startswith("**The last answer did not count:** ")
    assert prefect_ui.STRANGE in form.shown[1][1].splitlines()[0]
    form.answer()
    assert (await resumed(run, world["seen"]))[1].promote
    assert len(form.shown) == 2
