"""A bubble: step by step to a commit in a copy and back to nothing; and what it must not begin or go on with."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from model import commands
from model.bubble import Copy, Room, Walls, needed
from model.case import Case
from model.conditions import failing
from model.declaration import declare
from model.invariants import breaches
from model.judgement import done, finished, refusals
from model.machine import CutOff
from model.observation import ComponentSeen, Guard, HostSeen, Observation, Power
from model.record import Record, State
from model.runbooks import BUBBLE, DISCARD, FULL_FAILOVER, whole
from model.runbooks.bubble_page import bubble_page
from model.scope import of_runbook, scope_of
from model.step import Intent, Step, Verb
from model.view import View
from model.words import nothing_to_do, reached, title
from tests.unit.model.steady import lab, steady

INTENT = Intent(runbook="bubble", target="region1", mode="planned", reason="test")
DISCARDED = replace(INTENT, runbook="discard", mode="unplanned")
LOST = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="fire")
CASE, EPOCH, PAIR, DATABASE = "lab-20270101T000000-region1", 4, ("r2-fw-p", "r2-fw-b"), "r2-db"
WRITER, ORIGINALS = "198.18.0.53:53", {"r2-fw-p": "198.18.1.11:2020", "r2-fw-b": "198.18.1.12:2020"}
OLDER, TORN = Walls(case=CASE, epoch=3, whole=True, permit=True), Walls(case=CASE, epoch=EPOCH, permit=True)
LATE = Walls(case=CASE, epoch=EPOCH, whole=True)
ROOM = Room(size_bytes=1000, free_bytes=needed(1000), port_free=True, one_disk=True, plain=True)
Change = Callable[[Observation], Observation]


def view(seen: Observation, intent: Intent = INTENT, **changes: Any) -> View:
    return View(environment=lab(), seen=seen, intent=intent, **{"case": CASE, "epoch": EPOCH, **changes})


def with_host(seen: Observation, name: str, **changes: Any) -> Observation:
    return replace(seen, hosts={**seen.hosts, name: replace(seen.host(name), **changes)})


def with_copy(seen: Observation, **changes: Any) -> Observation:
    return with_host(seen, DATABASE, copy=replace(seen.host(DATABASE).copy or Copy(), **changes))


def with_part(seen: Observation, name: str, kind: str, **changes: Any) -> Observation:
    parts = seen.host(name).components
    return with_host(seen, name, components={**parts, kind: replace(parts[kind], **changes)})


def before() -> Observation:
    """Return what is seen before it begins."""
    seen = replace(steady(), rooms={DATABASE: ROOM}, tried={name: tried(name) for name in PAIR})
    for name in PAIR:
        seen = with_host(seen, name, walls=Walls())
    return with_host(seen, DATABASE, copy=Copy())


def tried(host: str, outward: str = "rejected", inward: str = "silent", control: str = "open") -> CutOff:
    places = (WRITER, ORIGINALS[host], "198.18.1.31:5432")
    return CutOff(
        outward=dict.fromkeys(places, outward),
        inward={f"{lab().host(host).address}:22": inward},
        control=dict.fromkeys(places, control),
    )


def fallen(seen: Observation) -> Observation:
    standby = replace(seen.database("region2"), streaming=False)
    return replace(seen, databases={**seen.databases, "region2": standby})


def record(seen: Observation, state: State, case: str = CASE) -> Observation:
    return replace(seen, record=Record(epoch=EPOCH, state=state, active="region1", target="region1", case=case))


def started(seen: Observation, step: Step) -> Observation:
    if step.unit != "confserv":
        return with_part(seen, step.host, step.unit, running=True)
    mode = "Primary" if step.host == PAIR[0] else "Backup"
    seen = with_part(seen, step.host, "confserv", running=True, run_mode=mode, status="Running")
    return with_copy(seen, sessions=frozenset({"198.18.2.11"}))


def left(seen: Observation, step: Step) -> Observation:
    parts = dict.fromkeys(seen.host(step.host).components, ComponentSeen(running=False))
    return with_host(seen, step.host, walls=Walls(), components=parts, guard=Guard.CLOSED)


EFFECTS: dict[Verb, Callable[[Observation, Step], Observation]] = {
    Verb.TAKE_EPOCH: lambda seen, _: record(seen, "drill"),
    Verb.RAISE_WALLS: lambda seen, step: with_host(seen, step.host, walls=replace(LATE, permit=True), guard=Guard.OPEN),
    Verb.TRY_WALLS: lambda seen, _: seen,
    Verb.COPY_DATABASE: lambda seen, _: with_copy(seen, case=CASE, serves=True),
    Verb.START: started,
    Verb.AWAIT: started,
    Verb.COMMIT_INSIDE: lambda seen, _: with_copy(seen, proven=CASE),
    Verb.LEAVE_BUBBLE: left,
    Verb.DROP_COPY: lambda seen, _: with_copy(seen, case="", serves=False, sessions=frozenset()),
    Verb.STEADY: lambda seen, _: record(seen, "steady"),
}


def walk(seen: Observation) -> Iterator[tuple[Observation, Step]]:
    """Yield what is seen before each step; each step needs what holds, proves what it did, and breaks no rule."""
    for step in BUBBLE.whole(view(seen)).steps():
        yield seen, step
        assert failing(step.needs, view(seen), step) == ()
        seen = EFFECTS[step.verb](seen, step)
        assert failing(step.proves, view(seen), step) == ()
        assert breaches(view(seen)) == ()


def at(verb: Verb, unit: str = "") -> tuple[Observation, Step]:
    """Return what is seen before a step of the primary host, or of the DBMS host."""
    hosts = (PAIR[0], DATABASE, "ns1")
    return next(
        (seen, step) for seen, step in walk(before()) if step.verb is verb and step.unit == unit and step.host in hosts
    )


def end() -> Observation:
    seen = before()
    for now, step in walk(before()):
        seen = EFFECTS[step.verb](now, step)
    return seen


def test_each_step_leads_to_the_next_and_in_the_end_nothing_is_left() -> None:
    planned = [step.id for step in BUBBLE.left(view(before(), epoch=None)).steps() if step.verb is not Verb.TRY_WALLS]
    assert planned == [step.id for _, step in walk(before()) if step.verb is not Verb.TRY_WALLS]
    assert done(view(end()))
    assert nothing_to_do(view(end())) == "the bubble of region2 is proven and taken down: nothing to do"
    assert not done(view(end(), case="-"))
    assert not done(view(end(), case="lab-later"))


def test_a_process_that_died_before_any_step_goes_on_with_the_rest() -> None:
    """A younger process raises its walls again, for the guard opens to the epoch that raised them."""
    looks = (Verb.RAISE_WALLS, Verb.TRY_WALLS, Verb.TAKE_EPOCH)
    steps = list(walk(before()))
    for number, (seen, _) in enumerate(steps):
        rest = [step.id for _, step in steps[number:] if step.verb not in looks]
        assert [step.id for step in BUBBLE.left(view(seen, epoch=None)).steps() if step.verb not in looks] == rest
        assert refusals(view(seen)) == ()


def test_what_was_proven_is_only_taken_down_and_its_end_alone_is_finished() -> None:
    seen, _ = at(Verb.LEAVE_BUBBLE)
    verbs = {step.verb for step in BUBBLE.left(view(seen)).steps()}
    assert verbs == {Verb.TAKE_EPOCH, Verb.LEAVE_BUBBLE, Verb.DROP_COPY, Verb.STEADY} - {Verb.TAKE_EPOCH}
    assert not finished(view(seen))
    assert finished(view(end()))


def test_what_runs_within_whole_walls_is_no_second_primary_and_what_runs_in_torn_ones_is() -> None:
    seen, _ = at(Verb.COMMIT_INSIDE)
    assert breaches(view(seen)) == ()
    torn = with_host(seen, PAIR[0], walls=Walls(case=CASE, epoch=EPOCH, whole=False))
    assert {text.partition(":")[0] for text in breaches(view(torn))} == {"V1", "V7", "V8"}


TOUCHING: list[tuple[Change, str]] = [
    (lambda seen: with_part(seen, PAIR[0], "scs", running=True), "V7: SCS runs in region1 and region2"),
    (lambda seen: with_part(seen, PAIR[0], "lca", running=True), "r2-fw-p: lca: not proven stopped: stop it first"),
    (lambda seen: with_part(seen, PAIR[1], "scs", running=None), "r2-fw-b: scs: not proven stopped"),
    (lambda seen: with_host(seen, PAIR[0], stranger="says that it is r1-fw-p"), "r2-fw-p: says that it is r1-fw-p"),
    (lambda seen: with_host(seen, PAIR[0], walls=None), "r2-fw-p: says nothing of walls: deploy gdr-host again"),
    (
        lambda seen: replace(seen, hosts={**seen.hosts, PAIR[1]: HostSeen(power=Power.OFF)}),
        "r2-fw-b: does not answer: a bubble of hosts that are powered off is not yet supported",
    ),
    (lambda seen: replace(seen, rooms={}), "r2-db: whether a copy has room is unknown: not asked"),
    (lambda seen: room(seen, free_bytes=needed(1000) - 1), "bytes free, there are"),
    (lambda seen: room(seen, one_disk=False), "r2-db: its cluster has a file system of its own"),
    (lambda seen: room(seen, one_disk=None), "r2-db: its cluster has a file system of its own"),
    (lambda seen: room(seen, port_free=False), "r2-db: port 5433: taken"),
    (lambda seen: room(seen, plain=False), "a copy of a cluster with tablespaces is not yet supported"),
    (fallen, "r2-db: is standby, not proven to stream"),
    (lambda seen: with_host(seen, DATABASE, blocked={5432: frozenset()}), "V9: 5432/tcp is open"),
    (lambda seen: with_host(seen, DATABASE, blocked={}), "r2-db: 5432/tcp: whom its rules shut out is unknown"),
    (lambda seen: with_part(seen, "r1-fw-p", "confserv", run_mode="Backup"), "no Configuration Server is"),
    (lambda seen: with_host(seen, "r1-fw-p", walls=TORN), "r1-fw-p: a bubble was left there: run discard first"),
    (lambda seen: record(seen, "switching", "other"), "case other is open (switching to region1)"),
    (lambda seen: record(seen, "drill", "other"), "case other is open (drill to region1)"),
]


@pytest.mark.parametrize(("change", "said"), TOUCHING)
def test_a_bubble_that_could_touch_production_is_refused_before_anything_is_changed(change: Change, said: str) -> None:
    assert refusals(view(before(), case="-")) == ()
    reasons = refusals(view(change(before()), case="-"))
    assert [reason for reason in reasons if said in reason], reasons


def room(seen: Observation, **changes: Any) -> Observation:
    return replace(seen, rooms={DATABASE: replace(ROOM, **changes)})


def test_no_bubble_is_made_of_the_active_region_nor_where_framework_and_database_are_apart() -> None:
    assert any("region1 is active" in reason for reason in refusals(view(before(), replace(INTENT, target="region2"))))
    apart = Record(epoch=EPOCH, state="steady", active="region1", target="region1", database="region2")
    assert any("its database in region2" in reason for reason in refusals(view(replace(before(), record=apart))))
    runs = with_host(before(), "r1-fw-p", walls=Walls())
    step = replace(at(Verb.RAISE_WALLS)[1], host="r1-fw-p")
    assert "r1-fw-p: lca, confserv, scs, message_server: not proven stopped" in failing(step.needs, view(runs), step)[0]


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (tried(PAIR[0], outward="open"), "its walls leak: it reaches 198.18.0.53:53"),
        (tried(PAIR[0], outward="refused"), "its walls leak: it reaches"),
        (tried(PAIR[0], inward="open"), "198.18.2.11:22 is reached"),
        (tried(PAIR[0], control="silent"), f"no other host reaches {WRITER}, {ORIGINALS[PAIR[0]]} now"),
        (replace(tried(PAIR[0]), inward={}), "nothing was tried"),
        (CutOff(fault="r2-fw-p: silent"), "whether its walls hold is not proven: r2-fw-p: silent"),
    ],
)
def test_nothing_starts_within_walls_that_are_not_proven_to_hold(cut: CutOff, said: str) -> None:
    seen, step = at(Verb.START, "lca")
    assert said in "; ".join(failing(step.needs, view(replace(seen, tried={PAIR[0]: cut})), step))


@pytest.mark.parametrize(
    ("verb", "unit", "change", "said"),
    [
        (Verb.START, "lca", lambda seen: with_copy(seen, serves=False), "no copy of this case serves"),
        (Verb.START, "lca", lambda seen: with_host(seen, PAIR[0], walls=OLDER), "does not stand"),
        (Verb.START, "lca", lambda seen: with_host(seen, PAIR[0], walls=TORN), "does not stand"),
        (Verb.START, "lca", lambda seen: with_host(seen, PAIR[0], walls=LATE), "does not stand"),
        (Verb.START, "confserv", lambda seen: with_part(seen, PAIR[0], "lca", running=False), "lca does not run"),
        (Verb.START, "scs", lambda seen: with_copy(seen, sessions=frozenset()), "is proven Primary on the copy"),
        (Verb.COMMIT_INSIDE, "", lambda seen: with_copy(seen, sessions=frozenset()), "is proven Primary on the copy"),
        (Verb.STEADY, "", lambda seen: with_host(seen, PAIR[1], walls=Walls(case=CASE)), "stands in a bubble"),
        (Verb.STEADY, "", lambda seen: with_copy(seen, case=CASE), "a copy is left"),
    ],
)  # fmt: skip
def test_no_step_goes_on_without_what_keeps_production_apart(verb: Verb, unit: str, change: Change, said: str) -> None:
    seen, step = at(verb, unit)
    assert said in "; ".join(failing(step.needs, view(change(seen)), step))


def test_a_host_without_power_has_left_its_bubble() -> None:
    seen, step = at(Verb.LEAVE_BUBBLE)
    off = replace(seen, hosts={**seen.hosts, PAIR[0]: HostSeen(power=Power.OFF)})
    assert failing(step.proves, view(off), step) == ()
    silent = replace(seen, hosts={**seen.hosts, PAIR[0]: HostSeen(fault="silent")})
    assert "stands in a bubble, or that is unknown silent" in failing(step.proves, view(silent), step)[0]


def test_a_discard_takes_down_whatever_stands_and_nothing_else() -> None:
    seen, _ = at(Verb.START, "scs")
    steps = DISCARD.left(view(seen, DISCARDED, epoch=None)).steps()
    assert [step.id for step in steps] == [
        "take-epoch:ns1", "leave-bubble:r2-fw-p", "leave-bubble:r2-fw-b", "drop-copy:r2-db", "steady:ns1",
    ]  # fmt: skip
    assert refusals(view(record(seen, "drill", "of another host"), DISCARDED)) == ()
    assert not done(view(seen, DISCARDED))
    assert done(view(before(), DISCARDED))
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="d", intent=INTENT)
    assert not case.clashes(DISCARDED)
    assert replace(case, intent=DISCARDED).clashes(INTENT)


def test_what_a_failover_has_left_where_it_went_is_discarded_there() -> None:
    """Region 2 took over; its Backup was left in a bubble, its DBMS with the copy, and region 1 has no power."""
    moved = Record(epoch=EPOCH, state="steady", active="region2", target="region2")
    seen = replace(lost(before()), record=moved)
    seen = with_copy(with_host(seen, PAIR[1], walls=TORN), case=CASE)
    discarded = replace(DISCARDED, target="region2")
    assert not done(view(seen, discarded))
    assert refusals(view(seen, discarded, case="-")) == ()
    steps = [step.id for step in DISCARD.left(view(seen, discarded, epoch=None)).steps()]
    assert steps == ["take-epoch:ns1", "leave-bubble:r2-fw-b", "drop-copy:r2-db", "steady:ns1"]
    assert done(view(with_copy(with_host(seen, PAIR[1], walls=Walls()), case=""), discarded))
    assert not done(view(with_host(seen, "r1-db", power=Power.UNKNOWN), discarded))


def test_who_stands_where_another_has_no_power_is_named() -> None:
    off = with_host(with_host(before(), DATABASE, power=Power.OFF), PAIR[0], walls=TORN)
    (step,) = DISCARD.whole(view(off, DISCARDED)).steady
    assert "r2-fw-p: stands in a bubble" in failing(("bubbles_are_gone",), view(off, DISCARDED), step)[0]


def test_no_bubble_is_made_beside_what_another_has_left() -> None:
    left = with_host(before(), "r1-fw-b", walls=Walls(case="lab-older"))
    assert "r1-fw-b: a bubble was left there: run discard first" in refusals(view(left, case="-"))


def test_an_emergency_takes_a_bubble_over_at_once_and_starts_only_what_has_left_it() -> None:
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="d", intent=INTENT)
    assert case.superseded_by(LOST)
    assert not case.superseded_by(replace(LOST, mode="planned"))
    stands = lost(at(Verb.COMMIT_INSIDE)[0])
    assert refusals(view(stands, LOST, case="-", superseded="-")) == ()
    planned = [step.id for step in FULL_FAILOVER.left(view(stands, LOST, epoch=None)).steps()]
    assert planned[:4] == ["take-epoch:ns1", "leave-bubble:r2-fw-p", "leave-bubble:r2-fw-b", "drop-copy:r2-db"]
    assert {f"start:{name}/{kind}" for name in PAIR for kind in ("lca", "confserv", "scs")} <= set(planned)
    again = replace(LOST, runbook="partial_failover")
    assert any(
        "is open (drill to region1): `gdr run discard lab" in reason
        for reason in refusals(view(stands, again, case="-"))
    )


@pytest.mark.parametrize("walls", [LATE, TORN])
def test_no_bubble_forbids_the_failover_that_takes_it_down_whatever_has_become_of_its_walls(walls: Walls) -> None:
    """Region 1 has lost its DBMS alone: its Configuration Server still says that it is Primary."""
    seen, _ = at(Verb.COMMIT_INSIDE)
    for name in PAIR:
        seen = with_host(seen, name, walls=walls)
    headless = replace(seen, databases={"region2": seen.database("region2")})
    assert refusals(view(headless, LOST, case="-")) == ()
    real = with_host(headless, PAIR[0], walls=Walls())
    assert any("two writers" in reason for reason in refusals(view(real, LOST, case="-")))


def test_what_runs_within_walls_whose_hours_are_over_is_no_second_primary() -> None:
    seen, _ = at(Verb.COMMIT_INSIDE)
    assert breaches(view(with_host(seen, PAIR[0], walls=LATE))) == ()


def lost(seen: Observation) -> Observation:
    """Take region 1 away."""
    gone = {host.name: HostSeen(power=Power.OFF) for host in lab().hosts("region1")}
    return record(replace(seen, hosts={**seen.hosts, **gone}, databases={"region2": seen.database("region2")}), "drill")


def test_no_failover_has_to_do_with_a_bubble_where_none_stands() -> None:
    steps = whole(view(lost(before()), LOST)).steps()
    assert not {step.verb for step in steps} & {Verb.LEAVE_BUBBLE, Verb.DROP_COPY}


def test_it_looks_for_room_and_tries_walls_only_where_that_is_judged() -> None:
    scope = of_runbook(lab(), INTENT)
    assert (scope.rooms, scope.tried) == (frozenset({DATABASE}), frozenset())
    asked = scope_of(("walls_tried", "room_for_copy"), view(before()), at(Verb.TRY_WALLS)[1])
    assert (set(asked.tried), set(asked.rooms), set(asked.hosts)) == ({PAIR[0]}, {PAIR[0]}, {PAIR[0], DATABASE})


def test_the_words_name_what_works_on_a_copy() -> None:
    assert title("lab", INTENT) == "Bubble of lab: region2 works on a copy, region1 stays active"
    assert title("lab", DISCARDED) == "Discard of lab: what a bubble has left in region2 is taken down"
    assert reached(INTENT) == "the framework of region2 worked on a copy, and nothing of that is left"
    assert reached(DISCARDED) == "nothing of a bubble is left in region2"
    assert nothing_to_do(view(before(), DISCARDED)) == "nothing of a bubble is left in region2: nothing to do"
    assert commands.run("lab", INTENT) == "gdr run drill lab --kind bubble --reason=test"
    assert commands.run("lab", DISCARDED) == "gdr run discard lab --reason=test"
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="d", intent=INTENT)
    text = declare(view(before()), case, whole(view(before())).steps()).text
    assert "r2-fw-p and r2-fw-b work within walls, on a copy of the database beside r2-db" in text
    assert "objective" not in text


def test_its_page_says_how_it_is_left() -> None:
    text = bubble_page(lab())
    assert "gdr run drill lab --kind bubble" in text
    assert "gdr run discard lab" in text
    assert "Raise walls around the dormant framework hosts" in text
