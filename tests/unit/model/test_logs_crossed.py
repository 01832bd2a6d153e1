"""Log servers under `cross`: what the file may say, who writes where, how far a region is behind, and what is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.conditions import failing
from model.declaration import declare, sampled
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.environment.faults import InvalidEnvironment
from model.environment.load import parse
from model.explore.world import Place, World
from model.logs import Behind, LogSeen, behind, unsent
from model.observation import Observation
from model.readiness.line import Line
from model.readiness.logs import lines
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER, FULL_FAILOVER
from model.runbooks.pages import full_failover_page
from model.runbooks.readiness import steady_view
from model.runbooks.words import TITLES
from model.scope import Scope, scope_of, unseen
from model.sheets import sheets
from model.step import Intent, Mode, Step
from model.view import View
from tests.unit.model import logbook
from tests.unit.model.builders import edited, intent, without
from tests.unit.model.logbook import CROSS, EDITS, SERVERS, ground, logs
from tests.unit.model.test_report import journal, told

NAME, HERE, THERE = "logdb.gen.test", ("198.18.1.31",), ("198.18.2.31",)
APART = ("region2: 198.18.2.31, port", "region2: 203.0.113.9, port")
LIMIT = ("port: 5433,", "port: 5433, behind_s: 1,")
NOW = 1_000_000.0

# (what is wrong, edit, field, words of the message)
PLANTED = [
    ("no servers", (f", servers: {SERVERS}", ""), "database.log.servers", "region1, region2, port and replicated_by"),
    ("one answer for both", (", answered_by: geo_dns", ""), "database.log.answered_by", "geo_dns under cross"),
    ("no log database", ("log:", "logbook:"), "database.log_policy", "add database.log, or say none"),
    ("servers without cross", ("log_policy: cross", "log_policy: site1"), "database.log.servers", "log_policy: cross"),
    ("one for both", ("2: 198.18.2.31, p", "2: 198.18.1.31, p"), "database.log.servers.region2", "stands in region2"),
    ("one apart for both", ("1: 198.18.1.31, region2: 198.18.2.31", "1: 203.0.113.9, region2: 203.0.113.9"),
     "database.log.servers.region2", "a log server of its own"),
    ("on the writer", ("1: 198.18.1.31, r", "1: 198.18.0.53, r"), "database.log.servers.region1", "stands in region1"),
    ("on a framework host", ("1: 198.18.1.31, r", "1: 198.18.1.11, r"), "database.log.servers.region1", "a DBMS host"),
    ("the DBMS itself", ("port: 5433", "port: 5432"), "database.log.servers.port", "a port of its own on r1-db"),
    ("a port that is none", ("port: 5433", "port: 0"), "database.log.servers.port", "greater than or equal to 1"),
    ("a region too few", ("region2: 198.18.2.31, p", "p"), "database.log.servers.region2", "Field required"),
    ("nobody replicates", ("'GoldenGate MSP, MSS'", "' '"), "database.log.servers.replicated_by", "should match"),
    ("behind by nothing", ("port: 5433", "port: 5433, behind_s: 0"), "database.log.servers.behind_s", "greater than 0"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "edit", "field", "words"), PLANTED, ids=[planted[0] for planted in PLANTED])
def test_a_wrong_log_server_is_named_with_its_field(what: str, edit: tuple[str, str], field: str, words: str) -> None:
    text = edited(*EDITS, *CROSS)
    assert edit[0] in text, what
    with pytest.raises(InvalidEnvironment) as found:
        parse(text.replace(edit[0], edit[1], 1), "mine.yaml")
    hits = [fault for fault in found.value.faults if fault.field == field and words in fault.allowed]
    assert hits, found.value
    assert str(hits[0]).startswith("mine.yaml:3") or str(hits[0]).startswith("mine.yaml:4")


def test_a_log_server_is_another_port_of_the_dbms_or_a_machine_of_its_own() -> None:
    known = logs(*CROSS, APART)
    assert [known.log_place(key) for key in ("region1", "region2")] == [("198.18.1.31", 5433), ("203.0.113.9", 5433)]
    hosts = [known.log_host("region1"), known.log_host("region2")]
    assert [host.name if host else None for host in hosts] == ["r1-db", None]
    assert (known.is_crossed, known.moved_names) == (True, known.aliases())
    assert logs(*CROSS, ("database: logs", "database: config")).database.log


def view(world: World, mode: Mode = "planned") -> View:
    return logbook.view(world, mode, edits=CROSS)


def seen(world: World | None = None) -> Observation:
    return view(world or ground(*CROSS).steady()).seen


def lost(region: RegionKey) -> World:
    return without(ground(*CROSS).steady(), Place(region, "dbms"))


@pytest.mark.parametrize("runbook", [FULL_FAILOVER, DBMS_FAILOVER, FRAMEWORK_FAILOVER])
def test_no_failover_moves_a_name_and_each_sees_who_writes(runbook: Any) -> None:
    plan = runbook.whole(view(ground(*CROSS).steady()))
    names = ("move_log_name", "log_secondaries", "flush_log_resolvers", "flush_log_hosts")
    assert not any(getattr(plan, name) for name in names)
    assert {step.host for step in plan.log_rows} == {"region1", "region2"}
    assert {step.must for step in (*plan.log_servers, *plan.log_rows)} == {False}


def test_of_a_switchover_nothing_is_left_to_do_for_logs() -> None:
    left = FULL_FAILOVER.left(view(ground(*CROSS).after_switchover()))
    assert (tuple(left.log_servers), tuple(left.log_rows)) == ((), ())


def test_the_printed_page_moves_nothing_and_looks_at_both() -> None:
    text = full_failover_page(logs(*CROSS))
    assert TITLES["move_log_name"] not in text
    assert TITLES["log_servers"] in text
    assert TITLES["log_rows"] in text


def step_of(line: str, world: World | None = None) -> Step:
    step: Step = next(iter(getattr(FULL_FAILOVER.whole(view(world or ground(*CROSS).steady())), line)))
    return step


def with_log(region: RegionKey, known: LogSeen) -> Observation:
    return replace(seen(), logs={**seen().logs, region: known})


def test_each_region_writes_at_its_own_server_and_at_the_other_where_that_takes_no_rows() -> None:
    step, known = step_of("log_servers"), seen()
    host, resolved = (known.hosts["r1-app-p"], ("log_name_resolves", "log_server_connected"))
    away = replace(host, aliases={NAME: THERE}, log_peers=frozenset(THERE))

    def judged(region1: LogSeen, of: Any) -> tuple[str, ...]:
        hosts = {**known.hosts, "r1-app-p": of}
        some = replace(with_log("region1", region1), hosts=hosts)
        return failing(resolved, replace(view(ground(*CROSS).steady()), seen=some), step)

    takes, takes_none, silent = known.log("region1"), LogSeen(writable=False), LogSeen(fault="silent")
    assert judged(takes, host) == judged(silent, host) == judged(silent, away) == judged(takes_none, away) == ()
    assert judged(takes, away) == (
        f"r1-app-p: {NAME} resolves to 198.18.2.31",
        "r1-app-p: its log message server is connected to 198.18.2.31, not 198.18.1.31",
    )
    assert len(judged(takes_none, host)) == 2
    off = LogSeen(fault="powered off", off=True)
    assert (len(judged(off, host)), judged(off, away)) == (2, ()), "a dead connection is none"


def test_rows_are_seen_where_the_region_writes() -> None:
    step, known = step_of("log_rows"), view(ground(*CROSS).steady())
    assert failing(step.proves, known, step) == ()
    moved = replace(seen().log("region2"), sessions={"198.18.1.21": 9.0}, rows={"r1-app-p": 1.0})
    logs_: dict[RegionKey, LogSeen] = {"region1": LogSeen(fault="silent"), "region2": moved}
    assert failing(step.proves, replace(known, seen=replace(known.seen, logs=logs_)), step) == ()
    unread = replace(known, seen=with_log("region1", LogSeen(fault="silent")))
    assert failing(step.proves, unread, step) == (
        "region1: who writes into the log database of region1 is unknown: silent",
    )
    nobody = replace(known, seen=with_log("region1", LogSeen(writable=True)))
    (reason,) = failing(step.proves, nobody, step)
    assert "log database of region1: no row of its hosts" in reason


def test_a_region_whose_log_server_nobody_sees_is_left_to_readiness_until_it_writes_at_the_other() -> None:
    silent = ground(*CROSS).steady().set(Place("region1", "dbms"), silent=True)
    assert {step.host for step in FULL_FAILOVER.whole(view(silent)).log_rows} == {"region2"}
    off = replace(view(silent), seen=replace(seen(silent), logs={"region1": LogSeen(fault="powered off", off=True)}))
    assert {step.host for step in FULL_FAILOVER.whole(off).log_rows} == {"region1", "region2"}
    assert {step.host for step in FULL_FAILOVER.whole(view(lost("region1"))).log_rows} == {"region1", "region2"}


def test_what_must_be_seen_of_log_servers_is_asked_with_the_power_of_their_hosts() -> None:
    known, rows, server = view(ground(*CROSS).steady()), step_of("log_rows"), step_of("log_servers")
    scope = scope_of(rows.proves, known, rows)
    assert scope == Scope(logs=frozenset({"region1", "region2"}), hosts=frozenset({"r1-db", "r2-db"}))
    assert scope_of(server.proves, known, server) == Scope(
        hosts=frozenset({"r1-app-p", "r1-db"}), logs=frozenset({"region1"})
    )
    apart = replace(known, environment=logs(*CROSS, APART))
    assert scope_of(rows.proves, apart, rows).hosts == {"r1-db"}
    assert unseen(with_log("region2", LogSeen(fault="silent")), scope) == ("log of region2",)
    assert unseen(with_log("region2", LogSeen(fault="powered off", off=True)), scope) == (), "off is known"


def ready(seen_: Observation, known: Environment | None = None) -> dict[tuple[str, str], Line]:
    return {(line.name, line.subject): line for line in lines(steady_view(known or logs(*CROSS), seen_))}


def fresh(at: float = NOW) -> Observation:
    known = seen()
    sample = Behind(at=at, rows=0, seconds=0.0)
    hosts = {**known.hosts, "r1-app-b": replace(known.hosts["r1-app-p"])}  # one class, to the explorer
    return replace(known, hosts=hosts, logs={key: replace(one, sample=sample) for key, one in known.logs.items()})


def of_log(region: RegionKey, **changes: Any) -> Observation:
    known = fresh()
    return replace(known, logs={**known.logs, region: replace(known.log(region), **changes)})


def test_log_servers_of_both_regions_are_green_in_every_line() -> None:
    found = ready(fresh())
    assert {line.verdict for line in found.values()} == {"green"}
    assert len(found) == 2 * 3 + 4 + 4 + 2
    said = found["log rows at the other region", "region1"].found
    assert said.startswith("GoldenGate MSP, MSS: newest row at region2 2 s older than its own, about 0 rows behind, 60")
    apart = ready(fresh(), logs(*CROSS, APART))
    assert apart["log server takes rows", "203.0.113.9:5433"].verdict == "green"


RED: list[tuple[str, str, str, str, Callable[[], Observation]]] = [
    ("log server takes rows", "r1-db", "red", "takes no rows", lambda: of_log("region1", writable=False)),
    ("log server takes rows", "r2-db", "unknown", "gone", lambda: of_log("region2", writable=None, fault="gone")),
    ("log rows at the other region", "region1", "unknown", "gone", lambda: of_log("region2", fault="gone")),
    ("log rows at the other region", "region1", "unknown", "no row in the last", lambda: of_log("region1", rows={})),
    ("log rows at the other region", "region1", "red", "no row of the last hour", lambda: of_log("region2", rows={})),
    ("log rows at the other region", "region1", "red", "older than its own",
     lambda: of_log("region2", rows=dict.fromkeys(("r1-app-p", "r1-app-b"), 99.0))),
    ("log rows sampled", "region2", "red", "never", lambda: of_log("region2", sample=None)),
    ("log rows sampled", "region2", "red", "190 s ago", lambda: fresh(NOW - 190)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "subject", "verdict", "found", "known"), RED)
def test_a_region_that_falls_behind_is_red_and_blocks_nothing(
    name: str, subject: str, verdict: str, found: str, known: Callable[[], Observation]
) -> None:
    line = ready(known())[name, subject]
    assert (line.verdict, line.blocks) == (verdict, ())
    assert found in line.found


def test_of_a_region_that_logs_nothing_no_remedy_is_to_start_what_runs() -> None:
    quiet = of_log("region1", rows={}, sample=None)
    followed, sampled_ = (
        ready(quiet)[name, "region1"] for name in ("log rows at the other region", "log rows sampled")
    )
    assert (followed.verdict, sampled_.verdict) == ("unknown", "red")
    assert followed.remedy.startswith("see that its log message servers write")
    assert sampled_.remedy.endswith("and that the region logs: without rows, no sample")
    silent = ready(of_log("region1", fault="gone"))["log rows at the other region", "region1"]
    assert silent.remedy == "make it answer, then judge again"


def test_a_connection_to_a_log_server_that_is_silent_here_is_no_proof_and_one_to_the_others_is() -> None:
    def verdicts(known: Observation) -> set[str]:
        found = ready(known)
        lines_ = [found[name, "r1-app-p"] for name in ("log name on the host", "log message server connected")]
        assert all(line.remedy.startswith("make the log server") for line in lines_ if line.verdict == "unknown")
        return {line.verdict for line in lines_}

    gone = of_log("region1", writable=None, fault="gone")
    away = replace(gone.hosts["r1-app-p"], aliases={NAME: THERE}, log_peers=frozenset(THERE))
    moved = replace(gone, hosts={**gone.hosts, "r1-app-p": away})
    assert (verdicts(gone), verdicts(moved)) == ({"unknown"}, {"green"})
    off = replace(gone.log("region1"), off=True)
    assert verdicts(replace(gone, logs={**gone.logs, "region1": off})) == {"red"}


def test_how_far_a_region_may_be_behind_is_the_files_own_or_the_recovery_point() -> None:
    name = ("log rows at the other region", "region1")
    assert (ready(fresh())[name].verdict, ready(fresh(), logs(*CROSS, LIMIT))[name].verdict) == ("green", "red")


def test_what_one_has_and_the_other_has_not_is_counted_by_host_and_never_below_nothing() -> None:
    known = logs(*CROSS)
    here = LogSeen(rows={"r1-app-p": 1.0, "r1-app-b": 2.0}, counts={"r1-app-p": 9, "r1-app-b": 5})
    there = LogSeen(rows={"r1-app-p": 8.0, "r1-app-b": 1.0}, counts={"r1-app-p": 4, "r1-app-b": 6})
    both: dict[RegionKey, LogSeen] = {"region1": here, "region2": there}
    assert behind(known, both, "region1", 5.0) == Behind(at=5.0, rows=5, seconds=7.0)
    assert behind(known, {"region1": here}, "region1", 5.0) is None
    assert behind(known, {**both, "region2": LogSeen()}, "region1", 5.0) == Behind(at=5.0, rows=14, seconds=None)


def test_who_writes_where_is_shown_with_the_age_of_what_came_over() -> None:
    table = next(sheet for sheet in sheets(view(ground(*CROSS).steady())) if sheet.titles[0] == "log database")
    assert table.titles[-1] == "newest row at the other region"
    rows = {row[3]: row for row in table.rows}
    assert rows["r2-app-p"] == ("198.18.2.31:5433", "yes", "r2-app-p, r2-app-b", "r2-app-p", *THERE, *THERE, "3 s old")
    one_side = replace(view(ground(*CROSS).steady()), seen=with_log("region2", LogSeen(fault="silent")))
    other_side = replace(one_side, seen=with_log("region2", LogSeen(writable=True)))
    ages = [next(iter(sheet.rows))[-1] for known in (one_side, other_side) for sheet in sheets(known)
            if sheet.titles[0] == "log database"]  # fmt: skip
    assert ages == ["unknown", "none of the last hour"]


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_the_gate_says_of_log_rows_what_was_sampled(mode: Mode) -> None:
    known = view(ground(*CROSS).steady() if mode == "planned" else lost("region1"), mode)
    logs_ = {
        **known.seen.logs,
        "region1": LogSeen(fault="off", sample=Behind(at=known.seen.at - 4, rows=12, seconds=3.0)),
    }
    known = replace(known, seen=replace(known.seen, logs=logs_))
    case = Case(name="C", opened_at=0.0, environment="lab", digest="x", intent=intent(mode))
    text = declare(known, replace(case, sample=known.seen.sample, declared_at=known.seen.at), ()).text
    assert (
        "about 12 of the last hour's log rows of region1 had not been seen at region2 when last sampled, 4 s before"
        in text
    )
    assert "Log rows count in it" not in text
    assert "logs" not in sampled(logbook.view(ground().steady()))
    assert sampled(known)["logs"] == {"at": known.seen.at - 4, "rows": 12, "seconds": 3.0}


def test_the_gate_says_it_of_the_region_that_a_framework_leaves_although_no_change_may_be_lost() -> None:
    moves = Intent(runbook="framework_failover", target="region1", home="region2", mode="unplanned", reason="lost")
    known = replace(view(ground(*CROSS).steady(), "unplanned"), intent=moves)
    declared = declare(known, Case(name="C", opened_at=0.0, environment="lab", digest="x", intent=moves), ())
    assert declared.bounds.loss_changes == 0
    assert "Log rows do not count in it" in declared.text
    assert "how many log rows of region1 the other region has not seen is unknown" in declared.text


def test_of_rows_that_are_behind_by_more_than_is_counted_the_least_is_said() -> None:
    dead = Behind(at=10.0, rows=2000, seconds=None)
    assert unsent(dead, "region1", 14.0) == (
        "at least 2000 log rows of region1 had not been seen at region2 when last sampled, 4 s before; "
        "how far back is unknown; and those written since"
    )


def test_where_nobody_sampled_what_is_lost_is_unknown_and_the_report_says_so() -> None:
    assert "is unknown: they were never sampled" in unsent(None, "region1", 0.0)
    sample = {"at": 95.0, "rows": 12, "seconds": 3.0}
    for kept, words in (
        (sample, "about 12 of the last hour's log rows of region1 had not been seen at region2"),
        (None, "is unknown"),
    ):
        line = (105.0, "sample.declared", {"at": 105.0, "sample": None, "logs": kept, "ended": True})
        (said,) = [
            text
            for text in told(journal(line, mode="unplanned")).not_proven
            if text.startswith("What log rows were lost")
        ]
        assert words in said
        assert said.endswith(". They come if that log server still works, or works again.")
    assert not any("log rows" in text for text in told(journal(mode="unplanned")).not_proven)


def test_a_region_whose_log_rows_nobody_looked_for_is_in_the_report_and_in_no_other() -> None:
    declared = (105.0, "sample.declared", {"at": 105.0, "sample": None, "logs": None, "ended": False})
    found = (110.0, "act.found", {"step": "see-rows:region2"})
    debt = (111.0, "act.failed", {"step": "see-rows:region1", "error": "no row"})
    closed = (120.0, "case.closed", {"outcome": "reached"})

    def unseen_in(*lines_: Any) -> list[str]:
        return [text for text in told(journal(*lines_)).not_proven if "a row of theirs" in text]

    (said,) = unseen_in(declared, found, closed)
    assert said.startswith("That the application hosts of region1 log: nobody looked")
    framework = (111.0, "act.found", {"step": "see-rows:region1/framework"})
    assert unseen_in(declared, found, framework, closed) == [said], "the row of a framework host is not theirs"
    assert unseen_in(declared, found, debt, closed) == []
    assert unseen_in(declared, found) == [], "it may still be looked for"
    assert unseen_in(found, closed) == [], "no region has a log server of its own"
