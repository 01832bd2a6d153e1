"""Log message servers of framework hosts: they start and rest with their framework, and write like all others."""

from dataclasses import fields, replace
from typing import Any

import pytest

from model.conditions import failing
from model.environment.document import RegionKey
from model.explore.effects import effect
from model.explore.hazards import hazards
from model.explore.world import FRAMEWORK, Place, World
from model.logs import LogSeen
from model.observation import Guard, Observation
from model.readiness.line import Line
from model.readiness.logs import lines
from model.runbooks import ABORT, DBMS_FAILOVER, DEPLOY, FRAMEWORK_FAILOVER, FULL_FAILOVER, REPROTECT, RETURN_GUARD
from model.runbooks.readiness import steady_view
from model.scope import Scope, scope_of
from model.step import Intent, Step, Verb
from model.view import View
from tests.unit.model import logbook
from tests.unit.model.builders import intent, without
from tests.unit.model.logbook import BESIDE, CROSS, MADE_WITH_LOGS, MESSAGE_SERVER, SERVER, ground, logs

KIND, NAME, THERE = "log_message_server", "logdb.gen.test", ("198.18.2.31",)
WAITED_FOR = (Verb.START, Verb.AWAIT, Verb.STOP)
BY_SERVICE = (
    MESSAGE_SERVER,
    f"{MESSAGE_SERVER}          {SERVER}\n".replace("by: management_layer, s", "by: service, s"),
)


def view(world: World | None = None, **changes: Any) -> View:
    return logbook.view(world or ground(*BESIDE).steady(), edits=BESIDE, **changes)


def planned(runbook: Any, world: World | None = None, **changes: Any) -> Any:
    return runbook.whole(replace(view(world), **changes))


def ours(steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if step.unit == KIND]


def named(steps: Any) -> list[str]:
    return [step.id for step in steps]


def after() -> World:
    return ground(*BESIDE).after_switchover()


@pytest.mark.parametrize(
    ("edit", "verb"), [(BESIDE[0], Verb.AWAIT), (BY_SERVICE, Verb.START)], ids=["management layer", "service"]
)
def test_they_start_with_their_framework_as_the_file_says(edit: tuple[str, str], verb: Verb) -> None:
    known = replace(view(), environment=logs(edit))
    started = ours(FULL_FAILOVER.whole(known).start_log_servers)
    assert [(step.verb, step.host, step.must) for step in started] == [(verb, host, False) for host in
                                                                      ("r2-fw-p", "r2-fw-b")]  # fmt: skip
    assert {step.needs for step in started} == {("target_has_primary", "guard_open")}


def test_they_stop_with_their_framework_and_hold_up_no_stop() -> None:
    stops = planned(FULL_FAILOVER).stop_log_servers
    assert [(step.unit, step.must) for step in stops] == [(KIND, False)] * 2
    back = Intent(runbook="reprotect", target="region2", mode="planned", reason="back")
    assert named(planned(REPROTECT, after(), intent=back).stop_log_servers) == named(stops)
    undone = Intent(runbook="abort", undoes="full_failover", target="region1", mode="planned", reason="back")
    aborted = planned(ABORT, intent=undone)
    assert [(step.host, step.must) for step in aborted.stop_log_servers] == [
        ("r2-fw-b", False),
        ("r2-fw-p", False),
    ]
    assert [step.host for step in aborted.start_log_servers] == ["r1-fw-p", "r1-fw-b"]


@pytest.mark.parametrize("running", [True, False, None], ids=["runs", "rests", "not in host.json"])
def test_a_return_guard_stops_only_one_that_is_seen_to_run(running: bool | None) -> None:  # noqa: FBT001
    back = Intent(runbook="return_guard", target="region2", mode="unplanned", reason="back")
    known = replace(view(after()), intent=back)
    part = replace(known.host("r1-fw-p").component(KIND), running=running)
    changed = replace(known.host("r1-fw-p"), components={**known.host("r1-fw-p").components, KIND: part})
    known = replace(known, seen=replace(known.seen, hosts={**known.seen.hosts, "r1-fw-p": changed}))
    stops = [(step.id, step.must) for step in RETURN_GUARD.left(known).steps() if step.unit == KIND]
    assert stops == ([("stop:r1-fw-p/log_message_server", False)] if running else [])


def test_a_database_that_moves_alone_neither_stops_nor_starts_them_and_sees_them_connected() -> None:
    moves = Intent(runbook="dbms_failover", target="region2", home="region1", mode="planned", reason="test")
    plan = planned(DBMS_FAILOVER, intent=moves)
    assert {step.verb for step in plan.steps() if step.unit == KIND} == {Verb.AGREE, Verb.FLUSH, Verb.RESOLVE,
                                                                      Verb.RECONNECT}  # fmt: skip
    assert named(plan.see_log_name) == ["resolve:r1-fw-p/log_message_server", "resolve:r1-fw-b/log_message_server"]
    assert {"r1-fw-p", "r1-fw-b"} < {step.host for step in plan.log_servers}


def test_nothing_waits_for_one_whose_framework_rests_or_whose_region_is_lost() -> None:
    plan = planned(FULL_FAILOVER)
    sent = ["r1-app-p", "r2-fw-p", "r2-fw-b", "r2-app-p", "r2-app-b"]
    assert [step.host for step in plan.log_servers] == sent
    assert [step.host for step in plan.flush_log_hosts] == [host for host in sent if "app" in host]
    assert [step.host for step in plan.see_log_name] == ["r2-fw-p", "r2-fw-b"]
    assert named(plan.log_rows) == ["see-rows:region1", "see-rows:region2/framework", "see-rows:region2"]
    lost = without(ground(*BESIDE).steady(), Place("region1", "first"), *FRAMEWORK["region2"])
    left = planned(FULL_FAILOVER, lost)
    assert [step.host for step in left.log_servers] == ["r2-app-p", "r2-app-b"]
    assert named(left.log_rows) == ["see-rows:region2"]


def test_logs_of_framework_hosts_hold_up_nothing() -> None:
    for runbook in (FULL_FAILOVER, FRAMEWORK_FAILOVER, DBMS_FAILOVER):
        plan = planned(runbook)
        assert {step.must for step in plan.steps() if step.unit == KIND or "log" in step.verb} == {False}
    made = DEPLOY.whole(replace(view(), environment=logs(*BESIDE, *MADE_WITH_LOGS)))
    for line in (made.install, made.configure):
        assert {step.must for step in ours(line)} == {False}
        assert {step.must for step in line if step.unit != KIND} == {True}
    started = DEPLOY.whole(view()).start_log_servers
    assert [(step.unit, step.must) for step in started] == [(KIND, False)] * 2


SERVED: dict[Any, tuple[Intent, str]] = {
    FULL_FAILOVER: (intent(), "canary"),
    FRAMEWORK_FAILOVER: (Intent(runbook="framework_failover", target="region1", mode="planned", reason="test",
                                home="region2"), "canary"),
    ABORT: (Intent(runbook="abort", undoes="full_failover", target="region1", mode="planned", reason="back"), "stream"),
    DEPLOY: (intent(), "canary"),
    REPROTECT: (Intent(runbook="reprotect", target="region2", mode="planned", reason="back"), "catch_up"),
    RETURN_GUARD: (Intent(runbook="return_guard", target="region2", mode="unplanned", reason="back"), "stop_database"),
}  # fmt: skip


@pytest.mark.parametrize("runbook", SERVED, ids=lambda runbook: runbook.plan.__name__)
def test_nobody_waits_for_a_start_or_a_stop_of_one_before_the_clients_are_served(runbook: Any) -> None:
    wanted, last = SERVED[runbook]
    plan = planned(runbook, intent=wanted)
    lines = [field.name for field in fields(plan)]
    waits = {line for line in lines for step in getattr(plan, line) if step.unit == KIND and step.verb in WAITED_FOR}
    assert waits
    assert waits <= set(lines[lines.index(last) :])
    assert waits <= {"stop_log_servers", "start_log_servers"}, "a line of their own: no other component waits for them"


def test_one_starts_once_its_database_is_found_and_before_it_is_seen_there() -> None:
    for runbook in (FULL_FAILOVER, FRAMEWORK_FAILOVER, DEPLOY):
        lines = [field.name for field in fields(runbook.plan)]
        order = ["canary", "move_log_name", "see_log_name", "start_log_servers", "log_servers", "log_rows", "steady"]
        assert [line for line in lines if line in order] == order


def test_a_name_of_geo_dns_is_proven_there_and_not_waited_for() -> None:
    geo = ("logdb.gen.test, rows", "logs.geo.example, answered_by: geo_dns, rows")
    plan = FULL_FAILOVER.whole(replace(view(), environment=logs(*BESIDE, geo)))
    assert (plan.see_log_name, len(plan.log_servers)) == ((), 5)


def step_of(line: str, host: str) -> Step:
    found: Step = next(step for step in getattr(planned(FULL_FAILOVER), line) if step.host == host)
    return found


def of(known: Observation, name: str, **changes: Any) -> View:
    hosts = {**known.hosts, name: replace(known.hosts[name], **changes)}
    return replace(view(), seen=replace(known, hosts=hosts))


def test_a_framework_host_is_connected_where_the_database_is_once_it_works() -> None:
    step, see = step_of("log_servers", "r2-fw-p"), step_of("see_log_name", "r2-fw-p")
    there = view(after())
    assert (failing(step.proves, there, step), failing(see.proves, there, see)) == ((), ())
    assert there.host("r2-fw-p").log_peers == frozenset(THERE)
    left = after()._replace(log="region1")
    assert failing(see.proves, view(left), see) == (f"r2-fw-p: {NAME} resolves to 198.18.1.31",)
    (reason,) = failing(step.proves, view(), step)
    assert "does not run" in reason
    shut = after().set_database("region2", blocked=frozenset(FRAMEWORK["region2"]))
    assert failing(step.proves, view(shut), step) == (
        "r2-fw-p: its log message server is connected to nothing, not 198.18.2.31",
    )


def test_the_cure_restarts_one_process_and_only_where_that_can_come_back() -> None:
    step = step_of("log_servers", "r2-fw-p")
    assert step.command.endswith("gdr-host EPOCH component-restart log-message-server")
    known = view(after()).seen
    assert failing(step.needs, view(after()), step) == ()
    (closed,) = failing(step.needs, of(known, "r2-fw-p", guard=Guard.CLOSED), step)
    assert "boot guard is closed" in closed
    dead = after().set(Place("region2", "primary"), leads=False)
    assert [reason for reason in failing(step.needs, view(dead), step) if "no Configuration Server" in reason]
    application = step_of("log_servers", "r2-app-p")
    assert {"guard_open", "target_has_primary"}.isdisjoint(application.needs)


def test_a_pair_of_framework_hosts_restarts_in_turn_whatever_the_applications_have() -> None:
    step, known, names = step_of("log_servers", "r2-fw-p"), view(after()).seen, ("other_log_servers_run",)
    stopped = {**known.hosts["r2-fw-b"].components}
    stopped[KIND] = replace(stopped[KIND], running=False)
    (reason,) = failing(names, of(known, "r2-fw-b", components=stopped), step)
    assert "no other log message server runs while r2-fw-p restarts" in reason
    assert failing(names, of(known, "r2-app-p", components=stopped), step) == ()
    assert scope_of(names, view(), step) == Scope(hosts=frozenset({"r2-fw-p", "r2-fw-b"}))


@pytest.mark.parametrize(
    ("rows", "holds"),
    [({"r2-fw-b": 1.0}, True), ({"r2-app-p": 1.0}, False), ({"r2-fw-b": 9.0}, False)],
    ids=["its own", "an application host's", "replicated"],
)
def test_rows_of_the_framework_are_those_of_its_own_pair(rows: dict[str, float], holds: bool) -> None:  # noqa: FBT001
    step = next(step for step in planned(FULL_FAILOVER).log_rows if step.unit)
    seen = LogSeen(writable=True, sessions={"198.18.2.12": 5.0, "198.18.2.21": 5.0}, rows=rows)
    known = view(after())
    found = failing(step.proves, replace(known, seen=replace(known.seen, logs={"region2": seen})), step)
    assert (found == ()) is holds


def test_the_explorer_knows_what_a_wrong_restart_does() -> None:
    known, step, place = ground(*BESIDE), step_of("log_servers", "r2-fw-p"), Place("region2", "primary")
    assert KIND in effect(known, after(), step).machine(place).running
    assert hazards(known, after(), step, "planned", frozenset()) == ()
    early = after()._replace(active="region1", target="region1")
    assert KIND not in effect(known, early, step).machine(place).running
    (text,) = hazards(known, early, step, "planned", frozenset())
    assert "lets it not come back" in text
    silent = after().set(place, silent=True)
    assert effect(known, silent, step) == silent
    walled = after()._replace(walls=frozenset({place}))
    assert view(walled).host("r2-fw-p").log_peers == frozenset()


def ready(seen: Observation, *edits: tuple[str, str]) -> dict[tuple[str, str], Line]:
    return {(line.name, line.subject): line for line in lines(steady_view(logs(*BESIDE, *edits), seen))}


def steady(world: World | None = None) -> Observation:
    seen = view(world).seen
    return replace(seen, hosts={**seen.hosts, "r1-app-b": seen.hosts["r1-app-p"]})  # one class, to the explorer


@pytest.mark.parametrize(("active", "dormant"), [("region1", "r2"), ("region2", "r1")])
def test_readiness_asks_those_that_work_and_wants_the_others_asleep(active: RegionKey, dormant: str) -> None:
    found = ready(steady(ground(*BESIDE).together(active)))
    assert {line.verdict for line in found.values()} == {"green"}
    asleep = {subject for name, subject in found if name == "log message server sleeps"}
    assert asleep == {f"{dormant}-fw-p", f"{dormant}-fw-b"}
    writes = {subject for name, subject in found if name == "log message servers write"}
    assert writes == {"region1", "region2", f"{active} framework"}
    asked = {subject for name, subject in found if name == "log message server connected"}
    assert asked.isdisjoint(asleep)


@pytest.mark.parametrize(("running", "verdict"), [(True, "red"), (None, "unknown")])
def test_one_that_runs_beside_a_framework_that_rests_is_red_and_blocks_nothing(
    running: bool | None,  # noqa: FBT001
    verdict: str,
) -> None:
    seen = steady()
    part = replace(seen.hosts["r2-fw-p"].components[KIND], running=running)
    changed = replace(seen.hosts["r2-fw-p"], components={**seen.hosts["r2-fw-p"].components, KIND: part})
    line = ready(replace(seen, hosts={**seen.hosts, "r2-fw-p": changed}))["log message server sleeps", "r2-fw-p"]
    assert (line.verdict, line.blocks) == (verdict, ())


def test_a_log_server_of_the_framework_does_not_keep_its_host_from_being_fenced() -> None:
    world = ground(*BESIDE).steady()
    for place in FRAMEWORK["region1"]:
        world = world.set(place, running=frozenset({KIND}), leads=False)
    known = view(world)
    assert all(known.fence_level(host) is not None for host in known.environment.framework("region1"))


def test_under_cross_a_framework_writes_at_its_own_regions_log_server() -> None:
    known = logbook.view(ground(*BESIDE, *CROSS).after_switchover(), edits=(*BESIDE, *CROSS))
    assert known.host("r2-fw-p").log_peers == frozenset(THERE)
    plan = FULL_FAILOVER.left(known)
    assert (tuple(plan.log_servers), tuple(plan.log_rows)) == ((), ())
    assert named(FULL_FAILOVER.whole(known).log_rows)[1:] == ["see-rows:region2/framework", "see-rows:region2"]


def test_without_one_nothing_of_it_is_seen_or_done() -> None:
    known = View(environment=logs(), seen=logbook.view(ground().steady()).seen, intent=intent(), case="C")
    assert (FULL_FAILOVER.whole(known).start_log_servers, FULL_FAILOVER.whole(known).see_log_name) == ((), ())
    assert known.host("r2-fw-p").log_peers is None


def test_a_session_of_the_log_database_is_no_proof_of_a_configuration_servers_and_must_end_like_one() -> None:
    moves = Intent(runbook="dbms_failover", target="region2", home="region1", mode="planned", reason="test")
    apart = ground(*BESIDE).apart("region2")
    (start,) = planned(DBMS_FAILOVER, apart, intent=moves).start_primary
    assert failing(("sessions_on_target",), replace(view(apart), intent=moves), start) == ()
    known = replace(view(apart.set_database("region2", sessions=frozenset())), intent=moves)
    assert set(known.seen.database("region2").sessions or ()) == {"198.18.1.11", "198.18.1.12"}
    (reason,) = failing(("sessions_on_target",), known, start)
    assert reason.startswith("r2-db: no session from region1")
    (ends,) = planned(FULL_FAILOVER).end_sessions
    assert failing(ends.proves, view(), ends) == ("r1-db: sessions from 198.18.1.11, 198.18.1.12",)
