"""Partial failover of the DBMS: it moves alone, the framework rests meanwhile and follows its alias; and back."""

from dataclasses import replace

import pytest

from model import commands
from model.case import Case
from model.environment.document import RegionKey
from model.explore.bubble import CASE
from model.explore.effects import effect
from model.explore.goal import aim, wrong_end
from model.explore.hazards import hazards
from model.explore.nature import boot, caught_up, settle
from model.explore.quest import Memory
from model.explore.world import FRAMEWORK, World
from model.judgement import done, refusals
from model.matrix import classify, situation
from model.observation import DatabaseRole
from model.runbooks import DBMS_FAILOVER, FULL_FAILOVER
from model.step import Intent, Mode, Step, Verb
from model.view import View
from model.words import nothing_to_do, reached, title
from tests.unit.model.builders import SOURCE_DBMS, TARGET_DBMS, environment, ground, intent, steady, view, without

HOME = FRAMEWORK["region1"]


def wanted(mode: Mode = "unplanned", home: RegionKey = "region1") -> Intent:
    return Intent(runbook="dbms_failover", target="region2", mode=mode, reason="test", home=home)


def seen(world: World, mode: Mode = "unplanned") -> View:
    return replace(view(world), intent=wanted(mode, world.home), lossy=mode == "unplanned")


def stays() -> World:
    """Return the steady state of region 1, whose framework is to stay."""
    return steady()._replace(home="region1")


def lost() -> World:
    return settle(without(stays(), SOURCE_DBMS))


def apart() -> World:
    """Return the framework in region 2, where the database of region 1 is awaited."""
    return ground().apart("region1")


def refused(world: World, mode: Mode = "unplanned") -> str:
    return " | ".join(refusals(seen(world, mode)))


def walked(world: World, mode: Mode) -> World:
    for step in DBMS_FAILOVER.left(seen(world, mode)).steps():
        world = caught_up(effect(ground(), world, step))
    return world


@pytest.mark.parametrize(("world", "mode"), [(stays(), "planned"), (lost(), "unplanned"), (apart(), "planned")])
def test_every_step_leads_to_the_framework_where_it_was_and_the_database_in_the_target(
    world: World, mode: Mode
) -> None:
    end, memory = walked(world, mode), Memory(mode, runbook="dbms_failover")
    assert wrong_end(ground(), end, memory, untouched=True) == ()
    assert aim(ground(), end, memory) == "target"
    assert (end.active, end.names, end.data, end.held(end.home)) == (world.home, world.home, "region2", "region2")
    assert done(seen(end, mode))
    assert classify(situation(seen(end, mode)))[0] == "legal"
    record = seen(end, mode).seen.record
    assert record is not None
    assert record.database == (None if world.home == "region2" else "region2")


def test_the_framework_rests_before_the_switch_and_starts_after_its_alias() -> None:
    steps = [(step.verb, step.host, step.unit) for step in DBMS_FAILOVER.left(seen(stays(), "planned")).steps()]
    order = [
        (Verb.STOP, "r1-fw-p", "scs"),
        (Verb.STOP, "r1-fw-b", "confserv"),
        (Verb.STOP, "r1-fw-p", "confserv"),
        (Verb.STOP_DATABASE, "r1-db", ""),
        (Verb.DRAIN, "r1-db", ""),
        (Verb.PROMOTE, "r2-db", ""),
        (Verb.OPEN_DATABASE, "r2-db", ""),
        (Verb.MOVE_ALIAS, "ns1", ""),
        (Verb.RESOLVE, "r1-fw-p", ""),
        (Verb.START, "r1-fw-p", "confserv"),
        (Verb.START, "r1-fw-b", "confserv"),
        (Verb.START, "r1-fw-p", "scs"),
        (Verb.CANARY, "r2-db", ""),
    ]
    places = [steps.index(step) for step in order]
    assert places == sorted(places)
    assert not [host for _, host, _ in steps if host.startswith("r2-fw")], "the other framework is left alone"


def test_the_old_dbms_alone_is_fenced_and_the_new_one_open_to_the_framework_that_stays() -> None:
    known = DBMS_FAILOVER.whole(seen(lost()))
    assert [step.host for step in known.power_off] == ["r1-db"]
    (opened,), (blocked,) = known.open_database, known.block_replication
    assert opened.command == "gdr-host EPOCH firewall-open 5432 198.18.1.11 198.18.1.12"
    assert blocked.command == "gdr-host EPOCH firewall-block 5432 198.18.1.31 198.18.2.11 198.18.2.12"
    (epoch,) = known.take_epoch
    assert "state=resting target=region1 database=region2" in epoch.command


# --- two writers: refused before anything is changed ---


def test_a_partial_failover_that_would_leave_two_writable_databases_is_refused() -> None:
    """The old DBMS takes writes, and neither it nor its power source answers: nobody can stop it."""
    alive = stays().set(SOURCE_DBMS, silent=True)._replace(up=steady().up - {"power"})
    known = seen(alive)
    writes = replace(known.seen.database("region1"), role=DatabaseRole.PRIMARY)
    databases = {**known.seen.databases, "region1": writes}
    assert "r1-db: takes writes, but neither it nor its power source answers: reach one first" in " | ".join(
        refusals(replace(known, seen=replace(known.seen, databases=databases)))
    )
    both = settle(stays().set_database("region2", standby=False))
    assert "the present state is forbidden: two writers: stop and fence one region at once" in refused(both)


@pytest.mark.parametrize("kind", ["confserv", "scs"])
def test_a_partial_failover_beside_a_second_framework_is_refused(kind: str) -> None:
    other = settle(lost().set(FRAMEWORK["region2"][0], running=frozenset({kind})))
    assert f"r2-fw-p: {kind} runs although region1 is active: two frameworks would write" in refused(other)


def test_a_backup_that_nobody_can_stop_is_refused_until_the_database_has_moved() -> None:
    mute = lost().set(HOME[1], silent=True)._replace(up=steady().up - {"power"})
    assert "r1-fw-b: does not answer: its Configuration Server cannot be stopped first" in refused(mute)
    moved = walked(lost(), "unplanned").set(HOME[1], silent=True)._replace(up=steady().up - {"power"})
    assert "r1-fw-b" not in refused(moved)
    assert "r1-fw-b" not in refused(without(lost(), HOME[1])), "one without power does not run"


# --- when it is not the way ---


def test_it_needs_an_alias_and_says_which_field_to_add() -> None:
    bare = environment(("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", ""))
    assert (bare.alias("region1"), bare.aliases()) == (None, ())
    known = replace(seen(lost()), environment=bare)
    assert any("lab: database.aliases: not given" in text for text in refusals(known))
    full = FULL_FAILOVER.whole(replace(view(steady()), environment=bare))
    assert (full.move_alias, full.see_alias) == ((), ())
    assert "alias_resolves" not in full.start_primary[0].needs
    verdict, way = classify(situation(replace(seen(walked(lost(), "unplanned")), environment=bare)))
    assert (verdict, "no database.aliases" in way) == ("transient", True)


def test_a_database_that_works_is_moved_in_order_and_one_that_is_lost_is_not() -> None:
    assert refused(lost()) == refused(stays(), "planned") == refused(apart(), "planned") == ""
    works = refused(stays())
    assert "r1-db: works: use mode planned, and lose nothing" in works
    assert "`gdr run partial-failover lab --lost dbms --target region2 --mode planned --reason=test`" in works
    assert "r1-db: does not answer; a planned switchover stops it in order" in refused(lost(), "planned")
    assert "is not streaming" in refused(stays()._replace(fallen=True), "planned")


def test_where_the_database_is_already_there_is_no_remedy() -> None:
    moved = walked(lost(), "unplanned")
    assert nothing_to_do(seen(moved)) == "region2 has the active DBMS, region1 the framework: nothing to do"
    broken = without(moved, *HOME)
    assert "region2 has the active DBMS already: mend it" in refused(broken)


def test_a_full_failover_to_the_framework_names_the_way_for_its_database() -> None:
    """The framework is in region 2, the database in region 1: nothing of region 1's framework could be given up."""
    known = replace(view(apart(), "planned"), intent=intent("planned"))
    found = " | ".join(refusals(known))
    assert "region2 has the framework already, its database is in region1: move that alone" in found
    assert "gdr run partial-failover lab --lost dbms --target region2 --mode planned" in found


def test_a_full_failover_brings_a_framework_to_its_database_and_lets_none_start_before_the_other_is_fenced() -> None:
    world = ground().apart("region2")._replace(home="region2")
    known = replace(view(world, "planned"), intent=intent("planned"))
    assert refusals(known) == ()
    (epoch,) = FULL_FAILOVER.left(known).take_epoch
    assert "state=resting target=region2" in epoch.command
    bare = environment(("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", ""))
    (known_by_none,) = FULL_FAILOVER.left(replace(known, environment=bare)).take_epoch
    assert "state=switching target=region2" in known_by_none.command, "nothing would ever let it start"
    taken = effect(ground(), world, epoch)
    assert {taken.guard(place) for places in FRAMEWORK.values() for place in places} == {"closed"}


# --- what is said ---


def test_it_is_called_what_it_is() -> None:
    assert title("lab", wanted("planned")) == (
        "Planned partial failover of lab: the database moves to region2, the framework stays in region1"
    )
    assert reached(wanted()) == "the database is in region2, the framework in region1"
    assert commands.run("lab", wanted()).startswith("gdr run partial-failover lab --lost dbms --target region2 --mode")


@pytest.mark.parametrize(
    ("opened", "then", "clashes"),
    [
        (wanted("planned"), wanted("unplanned"), False),
        (wanted("planned"), intent("unplanned"), False),
        (wanted("unplanned"), intent("unplanned"), False),
        (wanted("unplanned"), wanted("planned"), True),
        (intent("unplanned"), wanted("unplanned"), True),
    ],
)
def test_more_may_be_given_up_for_the_same_target_and_never_less(opened: Intent, then: Intent, clashes: bool) -> None:  # noqa: FBT001
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="", intent=opened)
    assert case.clashes(then) is clashes


# --- conditions and hazards ---


def failing(world: World, name: str, step: Step) -> str:
    from model.conditions import CONDITIONS  # noqa: PLC0415  (one reader)

    return CONDITIONS[name](seen(world), step) or ""


def test_each_condition_of_its_own_says_why_it_does_not_hold() -> None:
    known = DBMS_FAILOVER.whole(seen(stays()))
    assert "cfgdb-1.gen.test answers 198.18.1.31, not 198.18.2.31" in failing(
        stays(), "alias_moved", known.move_alias[0]
    )
    assert "resolves to 198.18.1.31, not" in failing(stays(), "alias_resolves", known.see_alias[0])
    assert "confserv is not proven stopped" in failing(stays(), "rests_for_switch", known.rest_primary[0])
    assert "r1-fw-b: confserv is not" in failing(stays(), "home_backup_rests", known.rest_primary[0])
    assert "no session from region1 is seen" in failing(walked_without_session(), "sessions_on_target", known.canary[0])
    moved = walked(lost(), "unplanned")
    assert failing(moved, "rests_for_switch", known.rest_primary[0]) == "", "it was started since"
    resting = stays()._replace(state="resting")
    assert "lets no framework of region1 start" in failing(resting, "framework_may_start", known.move_alias[0])


def walked_without_session() -> World:
    return walked(lost(), "unplanned").set_database("region2", sessions=frozenset())


def test_what_a_start_or_a_promotion_would_do_too_early_is_known() -> None:
    known = DBMS_FAILOVER.whole(seen(stays()))
    early = hazards(ground(), stays(), known.promote[0], "unplanned", frozenset())
    assert any("goes on with what it remembers" in text for text in early)
    behind = walked(lost(), "unplanned").set_alias("region1", "region1")
    astray = hazards(ground(), behind, known.start_primary[0], "unplanned", frozenset())
    assert any("its alias names the other DBMS" in text for text in astray)
    asked = hazards(ground(), stays(), known.end_sessions[0], "unplanned", frozenset()) if known.end_sessions else ()
    assert not asked, "a DBMS that can be switched off is not asked to end sessions"
    ends = DBMS_FAILOVER.whole(seen(stays(), "planned")).end_sessions[0]
    assert any("come back at once" in text for text in hazards(ground(), stays(), ends, "planned", frozenset()))


def test_an_old_dbms_that_gets_power_stays_stopped_and_the_new_one_starts() -> None:
    moved = walked(lost(), "unplanned")
    assert boot(ground(), moved, SOURCE_DBMS).writable("region1") is False
    dark = settle(without(moved, TARGET_DBMS))
    assert boot(ground(), dark, TARGET_DBMS).writable("region2") is True
    assert boot(ground(), dark, TARGET_DBMS).serves("region1"), "its framework finds it again"


def test_an_administrators_session_ends_with_its_server() -> None:
    assert not settle(stays().set_database("region1", guest=True, running=False)).database("region1").guest
