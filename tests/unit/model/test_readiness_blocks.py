"""What a readiness line blocks: a red one that only a reprotect minds must not look as if nothing could fail over."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.observation import DatabaseRole, Guard, Observation, Power
from model.readiness.blocked import DBMS, EVERY, FAILBACK, FRAMEWORK, PARTIAL, PLANNED, REPROTECT, UNPLANNED, Runbook
from model.readiness.line import Line, in_the_way
from model.readiness.page import ending, page
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model import steady as world
from tests.unit.model.steady import DAY, NOW, database, host, lab, part, record, server, setting, silent


def judged(seen: Observation) -> tuple[Line, ...]:
    return readiness(steady_view(lab(), seen), NOW, day=DAY)


def blocked(seen: Observation) -> set[Runbook]:
    lines = judged(seen)
    return {runbook for runbook in EVERY if in_the_way(lines, runbook)}


ALL = set(EVERY)
FORCED = {UNPLANNED, PARTIAL}
PROMOTING = {PLANNED, UNPLANNED, PARTIAL, DBMS}
BLOCKS: list[tuple[str, Callable[[], Observation], set[Runbook]]] = [
    ("nothing is wrong", world.steady, set()),
    ("region 2 is active and nothing is wrong", lambda: world.steady("region2"), set()),
    ("the clock of a resolver", lambda: host("fwd", clock_skew_s=-9.0), set()),
    ("an application host is silent", lambda: silent("r2-app-p"), set()),
    ("a proxy is read-only", lambda: part("r1-app-b", "proxy", status="Service Unavailable"), set()),
    ("a secondary name server is silent", lambda: server("ns2", answers=False), set()),
    ("the name writer is silent", lambda: server("ns1", answers=False), ALL),
    ("a case is open", lambda: record(case="lab-1"), ALL),
    ("pg_rewind is impossible", lambda: setting("region1", wal_log_hints="off"), {REPROTECT, FAILBACK}),
    ("the active backup host is silent", lambda: silent("r1-fw-b"), ALL),
    ("the active Backup is stopped", lambda: part("r1-fw-b", "confserv", running=False), set()),
    ("the standby has fewer connections", lambda: setting("region2", max_connections="50"), PROMOTING | {FAILBACK}),
    ("the standby has more connections", lambda: setting("region2", max_connections="150"), {REPROTECT, FAILBACK}),
    ("an active power source is silent", lambda: host("r1-fw-p", power=Power.UNKNOWN), FORCED | {FRAMEWORK}),
    ("a dormant power source is silent", lambda: host("r2-fw-p", power=Power.UNKNOWN), set()),
    ("the dormant DBMS names a standby", lambda: database("region2", sync_names="r1_db"), PROMOTING | {FAILBACK}),
    (
        "the active DBMS names a standby",
        lambda: database("region1", sync_names="r2_db"),
        {FRAMEWORK, REPROTECT, FAILBACK},
    ),
    ("a dormant hosts file", lambda: host("r2-fw-b", hosts_file=frozenset()), {REPROTECT, FAILBACK}),
    (
        "the active framework's power is silent",
        lambda: host("r1-fw-b", power=Power.UNKNOWN),
        {UNPLANNED, PARTIAL, FRAMEWORK},
    ),
    (
        "the active DBMS's power source is silent",
        lambda: host("r1-db", power=Power.UNKNOWN),
        {UNPLANNED, PARTIAL, DBMS},
    ),
    ("the dormant Primary's host is silent", lambda: silent("r2-fw-p"), ALL),
    ("the dormant DBMS is silent", lambda: silent("r2-db"), ALL),
    ("the active DBMS's host is silent", lambda: silent("r1-db"), ALL),
    ("a full disk of the dormant DBMS", lambda: host("r2-db", disk_free_bytes=0), ALL - {FRAMEWORK}),
    ("region 1 is off after a failover", world.region1_off, PROMOTING | {FRAMEWORK}),
]


@pytest.mark.parametrize(("seen", "runbooks"), [case[1:] for case in BLOCKS], ids=[name for name, _, _ in BLOCKS])
def test_a_line_blocks_the_runbooks_that_would_stop_there(
    seen: Callable[[], Observation], runbooks: set[Runbook]
) -> None:
    assert blocked(seen()) == runbooks


def test_a_standby_that_does_not_stream_can_still_be_promoted() -> None:
    lines = judged(database("region2", streaming=False))
    (found,) = [line for line in lines if line.name == "standby streams"]
    assert found.blocks == (PLANNED, PARTIAL)
    assert not [line for line in in_the_way(lines, UNPLANNED) if line.name == f"{UNPLANNED} would begin"]


def test_no_standby_blocks_every_failover_but_not_what_makes_one() -> None:
    seen = world.steady()
    stopped = replace(seen.databases["region2"], role=DatabaseRole.STOPPED, streaming=None)
    primary = replace(seen.databases["region1"], streaming=False)
    lines = judged(replace(seen, databases={"region1": primary, "region2": stopped}))
    assert {line.name for line in in_the_way(lines, REPROTECT)} == set()
    assert {line.name for line in in_the_way(lines, UNPLANNED)} >= {"standby streams", f"{UNPLANNED} would begin"}


def test_two_primaries_block_everything() -> None:
    lines = judged(part("r1-fw-b", "confserv", run_mode="Primary"))
    (found,) = [line for line in lines if line.name == "one Primary"]
    assert found.blocks == EVERY


@pytest.mark.parametrize("runbook", EVERY)
def test_each_runbook_is_judged_by_its_own_rules(runbook: Runbook) -> None:
    lines = judged(world.steady())
    (found,) = [line for line in lines if line.name == f"{runbook} would begin"]
    assert (found.verdict, found.blocks) == ("green", (runbook,))


def test_that_a_runbook_is_not_needed_now_does_not_make_it_red() -> None:
    lost = judged(part("r1-fw-p", "confserv", running=False))
    working = judged(world.steady())
    for lines in (lost, working):
        assert {line.verdict for line in lines if line.name == f"{PARTIAL} would begin"} == {"green"}


def test_a_failback_begins_with_a_reprotect_where_one_is_needed() -> None:
    lines = judged(world.region1_off())
    verdicts = {line.name: line.verdict for line in lines if line.name.endswith("would begin")}
    assert [verdicts[f"{runbook} would begin"] for runbook in EVERY] == [*["red"] * 5, "green", "green"]


def test_without_a_record_any_runbook_may_need_a_writer() -> None:
    lines = judged(replace(silent("r2-fw-b"), record=None))
    (found,) = [line for line in lines if (line.name, line.subject) == ("host answers", "r2-fw-b")]
    assert found.blocks == EVERY


def test_the_page_says_of_each_runbook_what_is_in_its_way() -> None:
    lines = judged(setting("region1", wal_log_hints="off"))
    text = page("lab", lines)
    assert "- full_failover unplanned: would begin\n" in text
    assert "- reprotect: 1 red: r1-db: pg_rewind possible\n" in text
    assert "[blocks reprotect, failback: fence]" in text
    assert ending(lines).count("1 red: r1-db: pg_rewind possible\n") == 2


def test_a_guard_that_is_off_with_its_host_is_no_reason_against_a_reprotect() -> None:
    lines = judged(world.region1_off())
    guards = [line for line in lines if line.name == "guard closed"]
    assert {line.verdict for line in guards} == {"unknown"}
    assert not [line for line in guards if REPROTECT in line.blocks]
    assert REPROTECT in blocked(host("r2-fw-p", guard=Guard.ABSENT))
