"""A partial failover carries out its lines in order, and says what it is not for."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import full_failover
from flows import partial_failover as runbook
from model.explore.nature import settle
from model.explore.sight import observe
from model.explore.world import FRAMEWORK, Place, World
from model.observation import DatabaseRole, Observation
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER
from model.runbooks.dbms_failover import DbmsFailoverPlan
from model.runbooks.framework_failover import FrameworkFailoverPlan
from model.runbooks.full_failover import FullFailoverPlan
from model.step import Intent, Mode
from model.view import View
from tasks import evidence
from tests.flow.recorders import BEFOREHAND, FIELDS, Fixed, Recorder, plan_of_names
from tests.unit.model import logbook
from tests.unit.model.builders import SOURCE_DBMS, ground, view, without
from tests.unit.model.logbook import BESIDE
from tests.unit.model.test_partial_failover import lost, seen


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: seen(lost()).seen, full_failover)
    found.install(monkeypatch, lambda: seen(lost()).seen, runbook)
    monkeypatch.setattr(runbook, "DBMS_FAILOVER", Fixed(plan_of_names(DbmsFailoverPlan)))
    monkeypatch.setattr(runbook, "FRAMEWORK_FAILOVER", Fixed(plan_of_names(FrameworkFailoverPlan)))
    monkeypatch.setattr(runbook, "PARTIAL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return found


async def run(**words: Any) -> State[str]:
    ended: Any = runbook.partial_failover(
        environment="lab", target="region2", reason="a test", beforehand=BEFOREHAND, **words, return_state=True
    )
    state: State[str] = await ended
    return state


async def test_every_line_of_a_dbms_failover_is_given_to_the_act_of_its_verb_in_order(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = ground().steady()._replace(home="region1")
    dead = without(dead, Place("region1", "dbms"))
    recorder.install(monkeypatch, lambda: observe(ground(), dead), runbook)
    state = await run(lost="dbms")
    assert state.name == "Completed", state.message
    names = [each.name for each in fields(DbmsFailoverPlan)]
    assert [line for line in recorder.lines if not line.startswith("after ")] == names
    (case,) = evidence.cases("lab")
    wanted = ("dbms_failover", "region2", "region1", "reached")
    assert (case.intent.runbook, case.intent.target, case.intent.home, case.outcome) == wanted
    assert "the database is in region2, the framework in region1" in str(state.message)
    whole = [dbms_view(dead, mode) for mode in ("planned", "unplanned")]
    verbs = {name: step.verb for view in whole for name in names for step in getattr(DBMS_FAILOVER.whole(view), name)}
    named = {name: verb.replace("-", "_") for name, verb in verbs.items()}
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == named


def dbms_view(world: World, mode: Mode) -> View:
    intent = Intent(runbook="dbms_failover", target="region2", mode=mode, reason="test", home="region1")
    return replace(view(world), intent=intent, lossy=True)


async def test_every_line_of_a_framework_that_moves_alone_is_given_to_the_act_of_its_verb_in_order(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = settle(without(ground().steady(), *FRAMEWORK["region1"]))
    recorder.install(monkeypatch, lambda: observe(ground(), dead), runbook)
    state = await run(database="stay")
    assert state.name == "Completed", state.message
    names = [each.name for each in fields(FrameworkFailoverPlan)]
    assert [line for line in recorder.lines if not line.startswith("after ")] == names
    (case,) = evidence.cases("lab")
    wanted = ("framework_failover", "region1", "region2", "reached")
    assert (case.intent.runbook, case.intent.target, case.intent.home, case.outcome) == wanted
    assert "the database is in region1, the framework in region2" in str(state.message)
    whole = [stay_view(dead, mode) for mode in ("planned", "unplanned")]
    logs = logbook.view(logbook.ground(*BESIDE).steady(), edits=BESIDE)
    left = [FRAMEWORK_FAILOVER.whole(view) for view in (*whole, replace(logs, intent=whole[0].intent))]
    assert left[-1].start_log_servers
    verbs = {name: step.verb for plan in left for name in names for step in getattr(plan, name)}
    named = {name: verb.replace("-", "_") for name, verb in verbs.items()}
    assert {name: recorder.acts[name].removesuffix("_management_layer") for name in verbs} == named


async def test_a_framework_that_works_moves_alone_to_its_end_and_its_database_stays(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.install(monkeypatch, lambda: observe(ground(), ground().steady()), runbook)
    state = await run(database="stay", mode="planned")
    assert state.name == "Completed", state.message
    names = [each.name for each in fields(FrameworkFailoverPlan)]
    assert [line for line in recorder.lines if not line.startswith("after ")] == names
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.intent.mode, case.outcome) == ("framework_failover", "planned", "reached")
    assert "the database is in region1, the framework in region2" in str(state.message)


def stay_view(world: World, mode: Mode) -> View:
    intent = Intent(runbook="framework_failover", target="region1", mode=mode, reason="test", home="region2")
    return replace(view(world), intent=intent, lossy=False)


async def test_every_line_is_awaited_once_in_the_order_of_a_full_failover(recorder: Recorder) -> None:
    state = await run()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.intent.mode, case.outcome) == ("partial_failover", "unplanned", "reached")


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ({"lost": "dbms", "database": "stay"}, "database is about a framework; a lost DBMS moves alone"),
        ({"mode": "planned"}, "what works is moved by full_failover, mode planned, or alone by database=stay"),
    ],
)
async def test_what_makes_no_sense_names_the_way_that_does(recorder: Recorder, words: dict[str, Any], way: str) -> None:
    state = await run(**words)
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ())
    assert way in str(state.message)


MOVE: dict[str, Any] = {}
STAY, DBMS = {"database": "stay"}, {"lost": "dbms"}
TWO = "the present state is forbidden: two writers: stop and fence one region at once"
UNSTOPPABLE = "r1-db: is primary no answer: it cannot be stopped in order: use full_failover, mode unplanned: `gdr run "
BESIDE_IT = "although region1 is active: two frameworks would write into one database: stop it at once (V1, V7)"
SILENT = "r1-db: takes writes, but neither it nor its power source answers: reach one first"


def whole() -> World:
    """Return the steady state of region 1, whose framework is to stay."""
    return ground().steady()._replace(home="region1")


def dbms_dead() -> World:
    return settle(without(whole(), SOURCE_DBMS))


def promoted(world: World) -> Observation:
    """Return what is seen where the standby takes writes as well."""
    return observe(ground(), settle(world.set_database("region2", standby=False)))


def out_of_reach(world: World) -> Observation:
    """Return what is seen of a DBMS that takes writes, and neither its host nor its power source answers."""
    mute = world.set(SOURCE_DBMS, silent=True)._replace(up=world.up - {"power"})
    found = observe(ground(), mute)
    writes = replace(found.database("region1"), role=DatabaseRole.PRIMARY)
    return replace(found, databases={**found.databases, "region1": writes})


def beside(world: World, kind: str, *, leads: bool = False) -> Observation:
    """Return what is seen where a component of the other region's framework runs."""
    there = FRAMEWORK["region2"][0]
    started = world.set(there, running=frozenset({kind}), leads=leads)
    if leads:
        started = started.set_alias("region2", "region1").set_database("region1", blocked=frozenset())
    return observe(ground(), settle(started))


def unstoppable_backup() -> Observation:
    world = dbms_dead().set(FRAMEWORK["region1"][1], silent=True)
    return observe(ground(), world._replace(up=world.up - {"power"}))


@pytest.mark.parametrize(
    ("words", "found", "says"),
    [
        (MOVE, lambda: promoted(lost()), TWO),
        (MOVE, lambda: out_of_reach(lost()), UNSTOPPABLE),
        (MOVE, lambda: beside(ground().steady(), "confserv", leads=True), TWO),
        (STAY, lambda: promoted(lost()), TWO),
        (STAY, lambda: beside(ground().steady(), "confserv", leads=True), TWO),
        ({**STAY, "mode": "planned"}, lambda: beside(ground().steady(), "confserv", leads=True), TWO),
        (DBMS, lambda: promoted(whole()), TWO),
        ({**DBMS, "mode": "planned"}, lambda: promoted(whole()), TWO),
        (DBMS, lambda: out_of_reach(whole()), SILENT),
        (DBMS, lambda: beside(dbms_dead(), "confserv"), f"r2-fw-p: confserv runs {BESIDE_IT}"),
        (DBMS, lambda: beside(dbms_dead(), "scs"), f"r2-fw-p: scs runs {BESIDE_IT}"),
        (DBMS, unstoppable_backup, "its Configuration Server cannot be stopped first: reach it, or power it off"),
    ],
    ids=(
        "move-two databases", "move-a database out of reach", "move-two frameworks",
        "stay-two databases", "stay-two frameworks", "stay-two frameworks-planned",
        "dbms-two databases", "dbms-two databases-planned", "dbms-a database out of reach",
        "dbms-a second framework", "dbms-a second scs", "dbms-a backup that cannot rest",
    ),
)  # fmt: skip
async def test_a_partial_failover_that_would_leave_two_writers_is_refused_before_any_change(
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    words: dict[str, Any],
    found: Callable[[], Observation],
    says: str,
) -> None:
    recorder.install(monkeypatch, found, runbook)
    recorder.bars(monkeypatch)
    state = await run(**words)
    message = str(state.message)
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ()), message
    assert says in message
    assert message.endswith("No case is open.")


async def test_the_first_change_of_one_that_may_begin_is_its_case_in_the_record(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.bars(monkeypatch)
    await run()
    assert recorder.lines[:2] == ["claim", FIELDS[0]]
