"""Return guard: what it keeps out, whom it leaves alone, and when it stands back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from model import runbooks
from model.case import NOTHING, Case, Owed, is_guards, owed
from model.commands import run
from model.conditions import CONDITIONS, failing
from model.explore.effects import effect
from model.explore.faults import heard
from model.explore.goal import aim, wrong_end
from model.explore.quest import Memory
from model.explore.sight import observe
from model.explore.starts import starts
from model.explore.world import CLIENTS, Place, World
from model.judgement import done, idle, opening_view, refusals
from model.observation import DatabaseRole
from model.record import Record
from model.runbooks.pages import return_guard_page
from model.step import Intent, Step
from model.view import View
from model.words import nothing_to_do, reached, title
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, TARGET_DBMS, ground, without

INTENT = Intent(runbook="return_guard", target="region2", mode="unplanned", reason="test")
FAILOVER = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="lost")
MEMORY = Memory("unplanned", runbook="return_guard")
CLIENT = Place("region1", "first")


def returned(name: str) -> World:
    return next(start.world for start in starts(ground(), "unplanned", "return_guard") if start.name == name)


def forced() -> World:
    return returned("region1 started against its guards")


def view(world: World, **changes: Any) -> View:
    known: dict[str, Any] = {"epoch": world.epoch if world.ours else None}
    return View(environment=ground().environment, seen=observe(ground(), world), intent=INTENT, **(known | changes))


def left(world: World, **changes: Any) -> list[Step]:
    return list(runbooks.left(view(world, **changes)).steps())


def performed(world: World) -> Iterator[World]:
    for step in left(world):
        assert failing(step.needs, replace(view(world), case="C-1"), step) == (), step.id
        world = effect(ground(), world, step)
        yield world


def test_what_was_started_against_its_guards_is_kept_out_in_the_order_of_a_fence() -> None:
    assert [step.id for step in left(forced())] == [
        "take-epoch:ns1", "block-replication:r2-db", "close-database:r1-db",
        "stop:r1-fw-p/scs", "stop:r1-fw-b/scs", "stop:r1-fw-p/message_server", "stop:r1-fw-b/message_server",
        "stop:r1-fw-p/confserv", "stop:r1-fw-b/confserv", "stop:r1-fw-p/lca", "stop:r1-fw-b/lca",
        "end-sessions:r1-db", "stop-database:r1-db", "steady:ns1",
    ]  # fmt: skip
    *_, after = performed(forced())
    assert done(view(after))
    assert (after.database("region1").running, aim(ground(), after, MEMORY)) == (False, "guarded")


def test_who_does_not_answer_is_left_to_his_boot_guard_and_holds_up_nobody() -> None:
    world = forced().set(FRAMEWORK["region1"][0], silent=True)
    assert {step.host for step in left(world)} & {"r1-fw-p"} == set()
    *_, after = performed(world)
    assert done(view(after))
    assert after.runs(FRAMEWORK["region1"][0], "confserv")
    assert aim(ground(), after, MEMORY) == "guarded"
    assert not heard(ground(), after).runs(FRAMEWORK["region1"][0], "confserv")


@pytest.mark.parametrize(
    "changes",
    [
        {"follows": "r2-db.corp.example"},
        {"follows": None},
        {"role": DatabaseRole.UNKNOWN, "sessions": None, "follows": "198.18.2.31"},
        {"role": DatabaseRole.STOPPED, "follows": None},
    ],
    ids=("by its name", "by what nobody could read", "while it starts", "at rest"),
)
def test_a_standby_is_never_cut_off_by_ignorance(changes: dict[str, Any]) -> None:
    follows = returned("set up to follow, and left there").set_database("region1", running=True)
    known = view(follows)
    databases = {**known.seen.databases, "region1": replace(known.seen.database("region1"), **changes)}
    assert done(replace(known, seen=replace(known.seen, databases=databases)))


def test_a_standby_that_follows_is_left_alone() -> None:
    follows = returned("set up to follow, and left there")
    follows = follows.set_database("region1", running=True)
    assert done(view(follows))
    assert (
        nothing_to_do(view(follows)) == "nothing that answers in region1 does harm or is owed anything: nothing to do"
    )


def test_clients_are_sent_over_that_are_owed_it_and_answer() -> None:
    world = returned("switched over")
    assert left(world) == []
    steps = [step.id for step in left(world, owed=frozenset({"r1-app-p"}), lossy=True)]
    assert steps == [
        "take-epoch:ns1", "flush:r1-app-p", "reconnect:r1-app-p/proxy",
        "restart:r1-app-p/proxy", "restart:r1-app-p/scs", "steady:ns1",
    ]  # fmt: skip
    silent = world.set(CLIENT, silent=True)
    assert left(silent, owed=frozenset({"r1-app-p"}), lossy=True) == []


def test_it_is_steady_only_when_nothing_that_answers_runs() -> None:
    step = left(forced())[-1]
    found = failing(step.needs, view(forced()), step)
    (reason,) = found
    assert reason.startswith("r1-fw-p: scs, r1-fw-p: message_server, ")
    assert reason.endswith("r1-fw-b: lca not proven stopped; r1-db: is primary, not proven harmless")


def test_a_stopped_management_comes_before_what_it_would_start_again() -> None:
    step = next(step for step in left(forced()) if step.id == "stop:r1-fw-p/confserv")
    assert failing(step.needs, view(forced()), step) == ("r1-fw-p, r1-fw-b: scs is not proven stopped",)


@pytest.mark.parametrize(
    ("role", "words"),
    [(DatabaseRole.STANDBY, "r2-db: is standby, not primary"), (DatabaseRole.UNKNOWN, "r2-db: is unknown")],
)
def test_nothing_is_fenced_while_the_active_database_is_not_primary(role: DatabaseRole, words: str) -> None:
    known = view(forced())
    databases = {**known.seen.databases, "region2": replace(known.seen.database("region2"), role=role)}
    reasons = refusals(replace(known, seen=replace(known.seen, databases=databases)))
    assert len(reasons) == 1
    assert words in reasons[0]


def test_it_never_turns_against_the_active_region() -> None:
    assert refusals(view(ground().steady())) == (
        "region2: is not the active region: the return guard keeps the other one out",
        "r2-db: is standby, not primary: nothing is fenced by itself",
    )
    assert not done(view(ground().steady()))


def test_an_unknown_database_writes_perhaps() -> None:
    known = view(without(forced(), SOURCE_DBMS))
    databases = {**known.seen.databases, "region1": replace(known.seen.database("region1"), role=DatabaseRole.UNKNOWN)}
    step = next(step for step in left(forced()) if step.id == "stop-database:r1-db")
    unknown = replace(known, seen=replace(known.seen, databases=databases))
    assert "r1-db: is unknown, not proven harmless" in str(CONDITIONS["source_writes_nothing"](unknown, step))


def case(intent: Intent, outcome: str | None, *debts: str) -> Case:
    told = tuple((name, "did not answer") for name in debts)
    return Case(name="C", opened_at=0.0, environment="lab", digest="", intent=intent, outcome=outcome, debts=told)


def test_what_is_owed_is_what_the_newest_case_left_to_settle() -> None:
    assert owed(()) == NOTHING
    lost = case(FAILOVER, "reached", "r1-app-p", "r1-app-b")
    settled = case(INTENT, "reached", "r1-app-b")
    assert owed([lost]) == Owed(frozenset({"r1-app-p", "r1-app-b"}), lossy=True)
    assert owed([lost, settled]) == Owed(frozenset({"r1-app-b"}), lossy=True)
    assert owed([lost, case(INTENT, "superseded")]) == owed([lost])
    assert owed([lost, case(replace(FAILOVER, runbook="reprotect"), "reached", "x")]) == owed([lost])
    failed = case(FAILOVER, "reached", "flush:r2-app-p", "restart:r1-app-p/proxy")
    assert owed([failed]).hosts == {"r2-app-p", "r1-app-p"}
    assert owed([failed, case(INTENT, "reached", "restart:r1-app-p/proxy")]).hosts == frozenset()
    still = case(replace(FAILOVER, mode="planned"), "reached", "r1-app-p")
    assert owed([lost, still]) == Owed(frozenset({"r1-app-p"}), lossy=True)
    planned = case(replace(FAILOVER, mode="planned"), "reached")
    assert owed([lost, planned]) == NOTHING
    known = opening_view(ground().environment, view(forced()).seen, INTENT, None, owed=owed([lost]))
    assert (known.owed, known.lossy) == (frozenset({"r1-app-p", "r1-app-b"}), True)


def test_it_stands_in_nobodys_way() -> None:
    guarding = case(INTENT, None)
    assert guarding.superseded_by(FAILOVER)
    assert guarding.superseded_by(replace(FAILOVER, runbook="reprotect", target="region2"))
    assert not guarding.superseded_by(INTENT)
    assert is_guards("lab-20260101T000000-region1-GUARD")
    assert not is_guards("prod-guard-20260101T000000-region1")
    assert idle(guarding, Record(epoch=1, state="steady", active="region2", target="region2"))


def test_its_words() -> None:
    assert title("lab", INTENT) == "Return guard of lab: region1 is kept out, region2 is active"
    assert reached(INTENT) == "region1 is kept out"
    assert run("lab", INTENT) == "gdr run return-guard lab --reason=test"
    page = return_guard_page(ground().environment)
    assert "**4.1 Shut the old region out of the surviving DBMS**" in page
    assert "asks nobody" in page


def test_a_wrong_end_is_called_one() -> None:
    assert wrong_end(ground(), forced(), MEMORY, untouched=True) == (
        "wrong end: region1 primary answers and runs what must not run",
        "wrong end: region1 backup answers and runs what must not run",
        "wrong end: region1 dbms answers and runs what must not run",
        "wrong end: the source's DBMS is not closed to the framework",
        *(f"wrong end: {place} holds what the database may lack" for place in clients()),
    )
    stale = returned("switched over")._replace(forwarder="region1")
    assert "wrong end: the shared resolver answers the source" in wrong_end(ground(), stale, MEMORY, untouched=True)
    assert wrong_end(ground(), stale, MEMORY, untouched=False) == ()
    (first, *_) = wrong_end(ground(), forced()._replace(state="switching"), MEMORY, untouched=False)
    assert first == "wrong end: the record says switching region2, names answer region2"
    assert TARGET_DBMS.region == "region2"


def clients() -> list[str]:
    places = [Place(region, role) for region in ("region1", "region2") for role in CLIENTS]
    return [f"{place.region} {place.role}" for place in places if ground().hosts[place]]
