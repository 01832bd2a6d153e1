"""A log database: what the file may say of it, who writes there before and after a failover, what readiness says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.conditions import failing
from model.declaration import declare
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.environment.faults import InvalidEnvironment
from model.environment.load import parse
from model.explore.effects import effect
from model.explore.goal import wrong_end
from model.explore.nature import caught_up
from model.explore.quest import Memory
from model.explore.world import Place, World
from model.judgement import refusals
from model.logs import LogSeen
from model.observation import Observation
from model.readiness.line import Line
from model.readiness.logs import lines
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER, FULL_FAILOVER
from model.runbooks.pages import full_failover_page
from model.runbooks.readiness import steady_view
from model.runbooks.words import TITLES
from model.scope import scope_of, unseen, whole
from model.step import Mode, Step
from model.view import View
from tests.unit.model import logbook, steady
from tests.unit.model.builders import LAB, edited, intent, without
from tests.unit.model.logbook import EDITS, LOG, MESSAGE_SERVER, SERVER, ground, logs

NAME, HERE, THERE = "logdb.gen.test", ("198.18.1.31",), ("198.18.2.31",)
LINES = ("move_log_name", "log_secondaries", "flush_log_resolvers", "flush_log_hosts", "log_servers", "log_rows")
GEO = ("logdb.gen.test, rows", "logs.geo.example, answered_by: geo_dns, rows")
SITE1 = ("log_policy: replica", "log_policy: site1")
BY_SERVICE = SERVER.replace("management_layer", "service")
NO_SERVERS = (f"          {SERVER}\n", "")
ON_DBMS = "          - {kind: dbms, unit: postgresql@15-main, port: 5432}\n"

# (what is wrong, more edits, field, words of the message)
PLANTED = [
    ("a policy without a database", (f"  log: {LOG}\n", ""), "database.log_policy", "add database.log, or say none"),
    ("a database without a policy", ("log_policy: replica", "log_policy: none"), "database.log", "site1, or cross"),
    ("one database for both", ("database: logs", "database: config"), "database.log.database", "of its own"),
    ("a name outside the zone", ("logdb.gen.test", "logdb.other.example"), "database.log.name", "in the zone gen.test"),
    ("the name of something else", ("logdb.gen.test", "cfgdb-1.gen.test"), "database.log.name", "a name of its own"),
    ("a column that is none", ("host: hostname", "host: 'x; drop'"), "database.log.rows.host", "should match"),
    ("nobody writes", NO_SERVERS, "regions.region1.hosts", "at least one, on an application or framework"),
    ("started by systemd", (SERVER, BY_SERVICE), "regions.region1.hosts[2].components[3].started_by", "autostart"),
    (
        "on a DBMS host",
        (ON_DBMS, f"          {SERVER}\n{ON_DBMS}"),
        "regions.region1.hosts[4].components[0].kind",
        "an application host, or a framework host",
    ),
    (
        "one process for both",
        (MESSAGE_SERVER, f"{MESSAGE_SERVER}          {SERVER}\n".replace("log-message-server,", "message-server,")),
        "regions.region1.hosts[0].components",
        "each component has its own",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "edit", "field", "words"), PLANTED, ids=[planted[0] for planted in PLANTED])
def test_a_wrong_log_database_is_named_with_its_field(what: str, edit: tuple[str, str], field: str, words: str) -> None:
    text = edited(*EDITS)
    assert edit[0] in text, what
    with pytest.raises(InvalidEnvironment) as found:
        parse(text.replace(edit[0], edit[1], 1), "mine.yaml")
    assert [str(fault) for fault in found.value.faults if fault.field == field and words in fault.allowed], found.value


def test_without_a_log_database_everything_is_as_it_was() -> None:
    known = parse(LAB.read_text(), "lab.yaml")
    view = View(environment=known, seen=steady.steady(), intent=intent(), case="C")
    assert (known.log_name, known.moved_names, known.log_servers("region1")) == (None, known.aliases(), ())
    assert [name for name in LINES if getattr(FULL_FAILOVER.whole(view), name)] == []
    assert (list(lines(view)), whole(known).logs) == ([], frozenset())


def test_a_name_that_geo_dns_answers_is_never_moved_and_always_proven() -> None:
    known = logs(GEO)
    view = View(environment=known, seen=seen(), intent=intent("planned"), case="C")
    plan = FULL_FAILOVER.whole(view)
    assert [name for name in LINES if getattr(plan, name)] == ["log_servers", "log_rows"]
    assert all("log_name_resolves" in step.needs for step in plan.log_servers)
    assert known.moved_names == known.aliases()
    assert not [line for line in lines(steady_view(known, seen())) if line.name == "log name on the server"]


def seen(world: World | None = None) -> Observation:
    return logbook.view(world or ground().steady()).seen


def walked(world: World) -> list[tuple[Step, World]]:
    """Return every step of a planned failover with the world after it."""
    found = []
    for step in FULL_FAILOVER.left(logbook.view(world)).steps():
        world = effect(ground(), world, step)
        if failing(step.proves, logbook.view(world), step):
            world = caught_up(world)
        found.append((step, world))
    return found


def test_log_servers_are_sent_after_their_database_when_all_else_is_proven() -> None:
    steps = walked(ground().steady())
    ids = [step.id for step, _ in steps]
    assert ids.index("move-log-name:ns1") > ids.index("canary:r2-db")
    assert ids[-1] == "steady:ns1"
    ours = [step for step, _ in steps if step.unit == "log_message_server" or "log" in step.verb]
    assert ours
    assert {step.must for step in ours} == {False}
    end = steps[-1][1]
    assert end.log == "region2"
    assert not any(getattr(FULL_FAILOVER.left(logbook.view(end)), name) for name in LINES)


def test_a_log_database_that_is_left_behind_is_a_wrong_end() -> None:
    memory = Memory("planned", runbook="full_failover")
    end = walked(ground().steady())[-1][1]
    left = "wrong end: the name of the log database answers the source"
    assert left in wrong_end(ground(), end._replace(log="region1"), memory, untouched=True)
    assert left not in wrong_end(ground(), end, memory, untouched=True)


@pytest.mark.parametrize("runbook", [FULL_FAILOVER, DBMS_FAILOVER, FRAMEWORK_FAILOVER])
def test_every_failover_proves_the_logs_before_it_closes(runbook: Any) -> None:
    plan = runbook.whole(logbook.view(ground().steady()))
    names = [name for name in plan.__dataclass_fields__ if name in (*LINES, "canary", "steady")]
    assert names == ["canary", *LINES, "steady"]
    assert all(getattr(plan, name) for name in LINES)


def step_of(line: str, number: int = 0) -> Step:
    step: Step = tuple(getattr(FULL_FAILOVER.whole(logbook.view(ground().steady())), line))[number]
    return step


def of(known: Observation, name: str, **changes: Any) -> View:
    hosts = {**known.hosts, name: replace(known.hosts[name], **changes)}
    return replace(logbook.view(ground().steady()), seen=replace(known, hosts=hosts))


def at_target(**changes: Any) -> World:
    """Return a steady state in which the log database is where the failover wants it."""
    return ground().after_switchover()._replace(**changes)


def test_a_log_server_is_connected_where_the_database_is_and_a_backup_may_be_nowhere() -> None:
    known, step = seen(at_target()), step_of("log_servers")
    part = known.hosts["r1-app-p"].components["log_message_server"]
    assert failing(step.proves, of(known, "r1-app-p"), step) == ()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"log_peers": frozenset(HERE)}, "is connected to 198.18.1.31, not 198.18.2.31"),
        ({"log_peers": frozenset()}, "is connected to nothing"),
        ({"log_peers": None, "fault": "late"}, "is unknown late"),
        ({"components": {}}, "is not seen"),
        ({"components": {"log_message_server": replace(part, running=False)}}, "does not run"),
    ]
    for changes, words in cases:
        (reason,) = failing(step.proves, of(known, "r1-app-p", **changes), step)
        assert words in reason
    backup = {"log_message_server": replace(part, run_mode="Backup")}
    assert failing(step.proves, of(known, "r1-app-p", log_peers=frozenset(), components=backup), step) == ()


def test_a_log_server_restarts_only_while_another_of_its_region_runs() -> None:
    known, step = seen(at_target()), replace(step_of("log_servers"), host="r2-app-p")
    stopped = {"log_message_server": replace(known.hosts["r2-app-b"].components["log_message_server"], running=False)}
    names = ("other_log_servers_run",)
    assert failing(names, of(known, "r2-app-b"), step) == ()
    (reason,) = failing(names, of(known, "r2-app-b", components=stopped), step)
    assert "no other log message server runs while r2-app-p restarts" in reason
    assert failing(names, of(known, "r2-app-b", answers=False), step) == ()
    assert failing(names, of(known, "r2-app-p", components=stopped), step) == ()


def test_a_name_that_answers_the_old_database_is_found_out() -> None:
    world = at_target(log="region1")
    view, move, flush = logbook.view(world), step_of("move_log_name"), step_of("flush_log_hosts")
    assert failing(move.proves, view, move) == (f"ns1: {NAME} answers 198.18.1.31",)
    assert failing(flush.proves, view, flush) == (f"r1-app-p: {NAME} resolves to 198.18.1.31",)
    assert failing(move.proves, logbook.view(at_target()), move) == ()


def test_no_cache_is_emptied_before_the_secondary_has_the_name() -> None:
    follow, flush = step_of("log_secondaries"), step_of("flush_log_resolvers")
    assert (follow.id, follow.must) == ("agree:ns2/log_message_server", False)
    assert failing(follow.proves, logbook.view(at_target(log="region1")), follow) == (
        f"ns2: {NAME} answers 198.18.1.31",
    )
    assert failing(follow.proves, logbook.view(at_target()), follow) == ()
    ids = [step.id for step in FULL_FAILOVER.whole(logbook.view(ground().steady())).steps()]
    assert ids.index(follow.id) < ids.index(flush.id)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (LogSeen(fault="silent"), "is unknown: silent"),
        (LogSeen(writable=False), "it takes no rows"),
        (LogSeen(writable=True), "no row of its hosts is younger"),
        (LogSeen(writable=True, sessions={"198.18.1.21": 5.0}, rows={"r1-app-p": 9.0}), "no row of its hosts"),
        (LogSeen(writable=True, sessions={"198.18.1.21": 5.0}, rows={"r1-app-p": 1.0}), ""),
    ],
)
def test_rows_are_those_of_the_sessions_that_are_open(known: LogSeen, words: str) -> None:
    step, view = step_of("log_rows"), logbook.view(at_target())
    found = failing(step.proves, replace(view, seen=replace(view.seen, logs={"region2": known})), step)
    assert (len(found), words in "".join(found)) == (1 if words else 0, True)


def test_what_a_log_step_must_see_is_asked_and_silence_is_ignorance() -> None:
    step, view = step_of("log_rows"), logbook.view(ground().steady())
    scope = scope_of(step.proves, view, step)
    assert scope.logs == {"region2"}
    flush = step_of("flush_log_hosts")
    assert scope_of(flush.proves, view, flush).heard == {"r1-app-p"}
    assert scope.hosts == {"r2-db"}
    assert unseen(Observation(at=0), scope) == ("log of region2", "r2-db")
    assert unseen(replace(view.seen, logs={"region2": LogSeen(writable=False)}), scope) == ()


def ready(known: Environment, seen_: Observation) -> dict[tuple[str, str], Line]:
    return {(line.name, line.subject): line for line in lines(steady_view(known, seen_))}


def test_a_steady_log_database_is_green_in_every_line() -> None:
    known = seen()
    whole_ = replace(known, hosts={**known.hosts, "r1-app-b": known.hosts["r1-app-p"]})  # one class, to the explorer
    found = ready(ground().environment, whole_)
    assert {line.verdict for line in found.values()} == {"green"}
    assert found["log message servers write", "region2"].found == "newest row 1 s old"
    assert len(found) == 3 + 1 + 4 + 4 + 2


def test_site1_is_in_force_only_at_region_1() -> None:
    name = ("log policy in force", "lab")
    assert ready(logs(SITE1), seen())[name].verdict == "green"
    away = ready(logs(SITE1), seen(at_target()))[name]
    assert (away.verdict, away.found) == ("red", "site1: the log database in use is that of region2")
    assert ready(logs(), seen(at_target()))[name].verdict == "green"


def with_log(region: RegionKey, known: LogSeen) -> Observation:
    return replace(seen(), logs={**seen().logs, region: known})


def of_host(name: str, **changes: Any) -> Observation:
    return of(seen(), name, **changes).seen


RED: list[tuple[str, str, str, Callable[[], Observation]]] = [
    ("log database takes rows", "r1-db", "red", lambda: with_log("region1", LogSeen(writable=False))),
    ("log database takes rows", "r1-db", "unknown", lambda: with_log("region1", LogSeen(fault="silent"))),
    ("log database on the standby", "r2-db", "red", lambda: with_log("region2", LogSeen(writable=True))),
    ("log database on the standby", "r2-db", "unknown", lambda: with_log("region2", LogSeen(fault="silent"))),
    ("log message servers write", "region2", "unknown", lambda: with_log("region1", LogSeen(fault="silent"))),
    ("log message servers write", "region1", "red", lambda: with_log("region1", LogSeen(writable=True))),
    ("log name on the server", "ns1", "red", lambda: seen(ground().steady()._replace(log="region2"))),
    ("log name on the host", "r2-app-b", "red", lambda: of_host("r2-app-b", aliases={NAME: THERE})),
    ("log name on the host", "r2-app-b", "red", lambda: of_host("r2-app-b", aliases={NAME: ()})),
    ("log name on the host", "r2-app-b", "unknown", lambda: of_host("r2-app-b", aliases={})),
    ("log message server connected", "r2-app-b", "red", lambda: of_host("r2-app-b", log_peers=frozenset())),
    ("log message server connected", "r2-app-b", "unknown", lambda: of_host("r2-app-b", log_peers=None)),
    ("log message server connected", "r2-app-b", "unknown", lambda: of_host("r2-app-b", components={})),
]


@pytest.mark.parametrize(("name", "subject", "verdict", "known"), RED)
def test_what_is_wrong_with_logs_is_said_and_blocks_nothing(
    name: str, subject: str, verdict: str, known: Callable[[], Observation]
) -> None:
    line = ready(ground().environment, known())[name, subject]
    assert (line.verdict, line.blocks) == (verdict, ())


def test_a_log_database_that_nobody_can_see_is_a_debt_never_a_hold() -> None:
    world = without(ground().steady(), Place("region1", "first"))
    left = FULL_FAILOVER.left(logbook.view(world))
    assert {step.host for step in left.log_servers} == {"r2-app-p", "r2-app-b"}
    assert {step.host for step in left.log_rows} == {"region2"}


@pytest.mark.parametrize(("mode", "said"), [("planned", False), ("unplanned", True)])
def test_the_gate_says_that_log_rows_count_in_what_may_be_lost(mode: Mode, said: bool) -> None:  # noqa: FBT001  (a case)
    world = ground().steady() if mode == "planned" else without(ground().steady(), Place("region1", "dbms"))
    known = logbook.view(world, mode)
    case = Case(name="C", opened_at=0.0, environment="lab", digest="x", intent=intent(mode))
    text = declare(known, replace(case, sample=known.seen.sample, declared_at=known.seen.at), ()).text
    assert ("Log rows count in it" in text) is said


def test_the_printed_page_has_the_lines_of_logs() -> None:
    text = full_failover_page(logs())
    assert "Let the log database's name follow" in text
    assert "update gen.test: logdb.gen.test A 198.18.2.31; prerequisite: our record" in text
    titles = [TITLES[line] for line in ("canary", *LINES, "steady")]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)


def test_a_deploy_with_logs_is_refused_with_the_way() -> None:
    known = logs()
    deploy = replace(intent("planned"), runbook="deploy", target="region1")
    view = View(environment=known, seen=seen(), intent=deploy)
    assert [reason for reason in refusals(view) if "database.log: nothing says how it is made" in reason]
