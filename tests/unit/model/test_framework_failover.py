"""Partial failover of the framework: it moves alone, its database stays and is found by an alias; and back."""

from dataclasses import replace

import pytest

from model import commands
from model.case import Case
from model.conditions import CONDITIONS
from model.declaration import declare
from model.environment.document import RegionKey
from model.explore.bubble import CASE
from model.explore.effects import effect
from model.explore.goal import aim, wrong_end
from model.explore.hazards import hazards
from model.explore.nature import caught_up, settle
from model.explore.quest import Memory
from model.explore.world import FRAMEWORK, Place, World
from model.judgement import done, refusals
from model.matrix import classify, situation
from model.runbooks import FRAMEWORK_FAILOVER, FULL_FAILOVER
from model.step import Intent, Mode, Verb
from model.view import Fence, View
from model.words import nothing_to_do, reached, title
from tests.unit.model.builders import environment, ground, intent, view, without


def wanted(mode: Mode = "unplanned", home: RegionKey = "region1") -> Intent:
    return Intent(runbook="framework_failover", target="region2", mode=mode, reason="test", home=home)


def seen(world: World, mode: Mode = "unplanned") -> View:
    return replace(view(world), intent=wanted(mode, world.home), lossy=False)


def leaves() -> World:
    """Return the steady state of region 2, whose framework is to leave for region 1."""
    return ground().together("region2")._replace(home="region1")


def lost() -> World:
    return settle(without(leaves(), *FRAMEWORK["region2"]))


def comes_back() -> World:
    """Return the framework in region 1 that is to come back to its database in region 2."""
    return ground().apart("region2")._replace(home="region2")


def refused(world: World, mode: Mode = "unplanned") -> str:
    return " | ".join(refusals(seen(world, mode)))


def walked(world: World, mode: Mode) -> World:
    for step in FRAMEWORK_FAILOVER.left(seen(world, mode)).steps():
        world = caught_up(effect(ground(), world, step))
    return world


@pytest.mark.parametrize(
    ("world", "mode"),
    [(leaves(), "planned"), (lost(), "unplanned"), (comes_back(), "planned")],
    ids=("leaves-planned", "lost-unplanned", "comes back-planned"),
)
def test_every_step_leads_to_the_framework_elsewhere_and_the_database_where_it_was(world: World, mode: Mode) -> None:
    assert refused(world, mode) == ""
    end, memory = walked(world, mode), Memory(mode, runbook="framework_failover")
    assert wrong_end(ground(), end, memory, untouched=True) == ()
    assert aim(ground(), end, memory) == "target"
    assert (end.active, end.names, end.data, end.held(end.home)) == (world.home, world.home, "region2", "region2")
    assert end.streams("region1"), "the standby follows throughout"
    assert done(seen(end, mode))
    assert classify(situation(seen(end, mode)))[0] == "legal"
    record = seen(end, mode).seen.record
    assert record is not None
    assert record.database == (None if world.home == "region2" else "region2")


def test_the_old_framework_is_fenced_before_the_new_one_may_start_and_no_dbms_is_stopped() -> None:
    steps = [(step.verb, step.host, step.unit) for step in FRAMEWORK_FAILOVER.whole(seen(leaves(), "planned")).steps()]
    order = [
        (Verb.TAKE_EPOCH, "ns1", ""),
        (Verb.STOP, "r2-fw-p", "scs"),
        (Verb.STOP, "r2-fw-b", "confserv"),
        (Verb.STOP, "r2-fw-p", "confserv"),
        (Verb.STOP, "r2-fw-p", "lca"),
        (Verb.CLOSE_DATABASE, "r2-db", ""),
        (Verb.END_SESSIONS, "r2-db", ""),
        (Verb.OPEN_DATABASE, "r2-db", ""),
        (Verb.MOVE_ALIAS, "ns1", ""),
        (Verb.START, "r1-fw-p", "confserv"),
        (Verb.MOVE_NAMES, "ns1", ""),
        (Verb.CANARY, "r2-db", ""),
    ]
    places = [steps.index(step) for step in order]
    assert places == sorted(places)
    touched = {verb for verb, host, _ in steps if host == "r1-db"}
    assert touched == set(), "the standby is left alone"
    assert not {Verb.PROMOTE, Verb.STOP_DATABASE, Verb.BLOCK_REPLICATION, Verb.RESTART} & {step[0] for step in steps}


def test_only_those_who_leave_are_shut_out() -> None:
    known = FRAMEWORK_FAILOVER.whole(seen(leaves(), "planned"))
    (shut,), (ended,), (opened,) = known.shut_out, known.end_frozen, known.open_database
    assert shut.command == "gdr-host EPOCH firewall-block 5432 198.18.2.11 198.18.2.12"
    assert ended.command == "gdr-host EPOCH pg-end-sessions 198.18.2.11 198.18.2.12"
    assert opened.command == "gdr-host EPOCH firewall-open 5432 198.18.1.11 198.18.1.12"
    (epoch,) = known.take_epoch
    assert "state=resting target=region1 database=region2" in epoch.command
    assert [host.name for host in seen(leaves()).writers] == ["r2-fw-p", "r2-fw-b"]


def test_nothing_can_be_lost_and_there_is_no_point_of_no_return() -> None:
    known = seen(lost())
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="", intent=known.intent)
    shown = declare(known, case, FRAMEWORK_FAILOVER.left(known).steps())
    assert shown.bounds.loss_changes == 0
    assert "May be lost: nothing: r2-db stays what it is" in shown.text
    assert "Point of no return: none: no DBMS is promoted" in shown.text
    assert shown.levels == dict.fromkeys(("r2-fw-p", "r2-fw-b"), Fence.POWERED_OFF)


# --- when it is not the way ---


def test_a_framework_that_works_is_moved_in_order_and_one_that_is_lost_is_not() -> None:
    works = refused(leaves())
    assert "region2: its Primary works: use mode planned" in works
    way = (
        "`gdr run partial-failover lab --lost framework --database stay --target region1 --mode planned --reason=test`"
    )
    assert way in works
    assert "r2-fw-p: does not answer; a planned move stops it in order" in refused(lost(), "planned")
    half = settle(without(leaves(), FRAMEWORK["region2"][1]))
    assert "r2-fw-b: lost, but region2 still has its Primary: that is the HA pair's business" in refused(half)


def test_it_needs_a_database_that_stays_and_can_be_found() -> None:
    bare = environment(("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", ""))
    known = replace(seen(lost()), environment=bare)
    assert any("lab: database.aliases: not given" in text for text in refusals(known))
    assert "r2-db: does not answer" in refused(settle(without(lost(), Place("region2", "dbms"))))
    assert "r2-db: is a standby: nothing that stays could be used" in refused(
        lost().set_database("region2", standby=True)
    )


def test_commits_that_wait_for_the_standby_refuse_it_before_anything_is_stopped() -> None:
    known = refused(leaves()._replace(waits=frozenset({"region2"})), "planned")
    assert "r2-db: commits wait for synchronous_standby_names = 'lost_standby'" in known
    assert "clear them, or let the database go along" in known


def test_where_the_framework_is_already_there_is_no_remedy() -> None:
    moved = walked(lost(), "unplanned")
    assert nothing_to_do(seen(moved)) == "region2 has the active DBMS, region1 the framework: nothing to do"
    broken = settle(without(moved, *FRAMEWORK["region1"]))._replace(home="region1")
    assert "region1 is already the region of the framework: start it" in refused(broken)
    both = settle(leaves().set(FRAMEWORK["region1"][0], running=frozenset({"confserv"}), leads=True))
    twice = both.set_alias("region1", "region2").set_database("region2", blocked=frozenset())
    assert "the present state is forbidden: two writers" in refused(settle(twice), "planned")


# --- what is said ---


def test_it_is_called_what_it_is() -> None:
    assert title("lab", wanted("planned")) == (
        "Planned partial failover of lab: the framework moves to region1, the database stays in region2"
    )
    assert reached(wanted()) == "the database is in region2, the framework in region1"
    assert commands.run("lab", wanted()) == (
        "gdr run partial-failover lab --lost framework --database stay --target region1 --mode unplanned --reason=test"
    )
    assert not wanted("planned").drains
    assert wanted().keeps


@pytest.mark.parametrize(
    ("opened", "then", "clashes"),
    [
        (wanted("planned"), wanted("unplanned"), False),
        (wanted("unplanned"), wanted("planned"), True),
        (wanted("planned"), wanted("planned", "region2"), True),
        (wanted("planned"), intent("unplanned"), False),
        (wanted("unplanned"), replace(intent("unplanned"), target="region1"), False),
        (wanted("unplanned"), intent("planned"), True),
        (intent("unplanned"), wanted("unplanned"), True),
    ],
)
def test_the_database_may_be_given_up_as_well_and_either_region_may_be_left(
    opened: Intent,
    then: Intent,
    clashes: bool,  # noqa: FBT001
) -> None:
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="", intent=opened)
    assert case.clashes(then) is clashes


def test_a_database_that_dies_meanwhile_is_a_full_failover_to_the_region_that_is_left() -> None:
    """The framework of region 2 is fenced, that of region 1 not yet started, and the DBMS of region 2 is gone."""
    steps = list(FRAMEWORK_FAILOVER.left(seen(leaves(), "planned")).steps())
    world = leaves()
    for step in steps[: [step.verb for step in steps].index(Verb.MOVE_ALIAS)]:
        world = effect(ground(), world, step)
    dead = settle(without(world, Place("region2", "dbms")))
    asked = replace(intent("unplanned"), target="region1")
    known = replace(view(dead), intent=asked)
    assert refusals(known) == ()
    verbs = {step.verb for step in FULL_FAILOVER.left(known).steps()}
    assert {Verb.PROMOTE, Verb.MOVE_ALIAS, Verb.MOVE_NAMES} <= verbs


def test_what_remembers_the_lost_database_is_stopped_by_hand_before_the_other_is_promoted() -> None:
    """The framework works in region 1 already when the DBMS of region 2 dies: it would never read the other one."""
    world = leaves()
    for step in FRAMEWORK_FAILOVER.left(seen(leaves(), "planned")).steps():
        if step.verb is Verb.MOVE_NAMES:
            break
        world = effect(ground(), world, step)
    dead = settle(without(world, Place("region2", "dbms")))
    asked = replace(intent("unplanned"), target="region1")
    found = refusals(replace(view(dead), intent=asked))
    assert [text.partition(" and")[0] for text in found] == [
        f"{host}: {kind} remembers the database of region2,"
        for kind in ("scs", "confserv")
        for host in ("r1-fw-p", "r1-fw-b")
    ]
    assert "systemctl stop" in found[0]
    stopped = dead
    for place in FRAMEWORK["region1"]:
        running = dead.machine(place).running - {"scs", "confserv"}
        stopped = settle(stopped.set(place, running=running, leads=False))
    assert refusals(replace(view(stopped), intent=asked)) == ()


def test_who_gives_a_database_up_that_works_is_told_so() -> None:
    asked = replace(view(lost()), intent=replace(intent("unplanned"), target="region1"))
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="", intent=wanted())
    told = "r2-db works: decline, and go on without losing anything: `gdr run partial-failover lab --lost framework"
    assert told in declare(asked, case, ()).text
    dead = replace(view(settle(without(lost(), Place("region2", "dbms")))), intent=asked.intent)
    assert told not in declare(dead, case, ()).text


def test_where_no_framework_can_start_the_way_out_is_named() -> None:
    taken = effect(ground(), leaves(), FRAMEWORK_FAILOVER.left(seen(leaves(), "planned")).take_epoch[0])
    dead = settle(without(taken, Place("region2", "dbms")))
    said = refused(dead, "planned")
    assert "r2-db: is lost, and no framework may start without it: give it up as well" in said
    assert "`gdr run full-failover lab --target region1 --mode unplanned --reason=test`" in said


# --- conditions and hazards ---


def test_a_session_of_the_framework_that_is_given_up_keeps_the_new_one_from_starting() -> None:
    mute = leaves()._replace(up=leaves().up - {"power"})
    for place in FRAMEWORK["region2"]:
        mute = mute.set(place, silent=True)
    known = FRAMEWORK_FAILOVER.whole(seen(mute))
    (start,) = known.start_primary
    said = CONDITIONS["given_up_holds_no_session"](seen(mute), start)
    assert said == "r2-db: sessions from 198.18.2.11"
    unknown = seen(settle(without(mute, Place("region2", "dbms")))._replace(cut=frozenset({"region2"})))
    assert "sessions are unknown" in str(CONDITIONS["given_up_holds_no_session"](unknown, start))
    early = hazards(ground(), mute, start, "unplanned", frozenset({"r2-fw-p", "r2-fw-b"}))
    assert any("a session of the framework that is given up is open" in text for text in early)
    ended = effect(ground(), effect(ground(), mute, known.shut_out[0]), known.end_frozen[0])
    assert CONDITIONS["given_up_holds_no_session"](seen(ended), start) is None


def test_a_standby_that_follows_no_more_is_a_wrong_end() -> None:
    end = walked(lost(), "unplanned")._replace(fallen=True)
    memory = Memory("unplanned", runbook="framework_failover")
    assert "wrong end: the standby follows no more" in wrong_end(ground(), end, memory, untouched=True)
