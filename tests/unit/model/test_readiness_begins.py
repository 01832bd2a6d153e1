"""Of each runbook that there is, readiness says that it would begin, or why not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.observation import Observation
from model.readiness.begins import ASKED
from model.readiness.blocked import ALL, BUBBLE, CLONE, DBMS, DEPLOY, EVERY, FAILBACK, FRAMEWORK, OTHERS, Runbook
from model.readiness.line import Line, not_ready, own, would_begin
from model.readiness.page import page, runbooks
from model.runbooks import RUNBOOKS
from model.runbooks.readiness import readiness, steady_view
from model.scope import of_readiness, of_runbook, whole
from model.step import Intent
from tests.unit.model import steady as world
from tests.unit.model import test_bubble, test_clone, test_deploy
from tests.unit.model.steady import DAY, NOW, lab

ALIASES = ("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")


def judged(seen: Observation, edit: tuple[str, str] = ("", "")) -> tuple[Line, ...]:
    return readiness(steady_view(lab(*edit), seen), NOW, day=DAY)


def line(lines: tuple[Line, ...], runbook: Runbook) -> Line:
    (found,) = [line for line in lines if line.name == own(runbook)]
    return found


def said(lines: tuple[Line, ...], runbook: Runbook) -> str:
    (found,) = [text for text in runbooks(lines) if text.startswith(f"{runbook}: ")]
    return found.removeprefix(f"{runbook}: ")


def test_no_runbook_is_forgotten() -> None:
    assert {runbook.split()[0] for runbook in ALL} == {*RUNBOOKS, FAILBACK}
    assert set(ASKED) == set(ALL)


@pytest.mark.parametrize("seen", [world.steady(), world.no_record(), world.after_failover()])
def test_the_page_says_of_each_runbook_whether_it_would_begin(seen: Observation) -> None:
    lines = judged(seen)
    assert [text.partition(": ")[0] for text in runbooks(lines)] == list(ALL)
    assert all(f"\n- {text.partition(': ')[0]}: " in page("lab", lines) for text in runbooks(lines))
    assert [said(lines, runbook) == "would begin" for runbook in ALL] == [would_begin(lines, one) for one in ALL]


def test_of_the_steady_laboratory_each_would_begin_that_needs_no_deployment_and_no_case() -> None:
    lines = judged(test_bubble.before())
    assert not not_ready(lines)
    assert {runbook for runbook in ALL if not would_begin(lines, runbook)} == {CLONE, DEPLOY, "abort"}
    assert said(lines, "abort") == "1 not yet: no case is open: there is no switch to abort"


@pytest.mark.parametrize(
    ("runbook", "seen"), [(BUBBLE, test_bubble.before), (CLONE, test_clone.before), (DEPLOY, test_deploy.deployed)]
)
def test_what_was_looked_at_for_a_runbook_lets_it_begin(runbook: Runbook, seen: Callable[[], Observation]) -> None:
    assert would_begin(judged(seen()), runbook)
    blind = line(judged(world.steady()), runbook)
    assert (blind.verdict, blind.blocks) == ("not_yet", (runbook,))


@pytest.mark.parametrize("runbook", OTHERS)
def test_what_no_emergency_waits_for_makes_nothing_red(runbook: Runbook) -> None:
    lines = judged(replace(world.record(state="drill", case="lab-1"), rooms={}))
    assert line(lines, runbook).verdict == "not_yet"
    assert line(lines, runbook) not in not_ready(lines)


@pytest.mark.parametrize("runbook", [FRAMEWORK, DBMS])
def test_a_half_that_the_environment_cannot_move_alone_is_no_fault(runbook: Runbook) -> None:
    lines = judged(world.steady(), ALIASES)
    assert not not_ready(lines)
    assert line(lines, runbook).verdict == "not_yet"
    assert said(lines, runbook).startswith("1 not yet: lab: database.aliases: not given: without it")
    assert {one for one in EVERY if would_begin(lines, one)} == set(EVERY) - {FRAMEWORK, DBMS}


def test_an_open_case_alone_knows_whether_it_can_be_aborted() -> None:
    lines = judged(world.record(state="switching", target="region2", case="lab-1"))
    assert said(lines, "abort") == "1 not yet: case lab-1 is open: whether it can be aborted, its journal says"


def test_without_a_record_nothing_is_said_to_begin() -> None:
    lines = judged(world.no_record())
    assert not [runbook for runbook in ALL if would_begin(lines, runbook)]
    assert said(lines, "discard") == "not judged: which region is active is not known"


def test_the_gravest_are_named_and_the_rest_counted() -> None:
    found = said(judged(world.region1_off()), FRAMEWORK)
    assert found.startswith("2 red, 32 unknown: r1-fw-p: host answers; ")
    assert found.endswith("; and 31 more")


def test_readiness_looks_at_all_that_any_runbook_looks_at() -> None:
    first, then = of_readiness(lab())
    for name in RUNBOOKS:
        for target in ("region1", "region2"):
            wanted = of_runbook(lab(), Intent(runbook=name, target=target, mode="planned", reason="x"))
            assert first | then | wanted == first | then
    assert first.inventories
    assert first.hosts == whole(lab()).hosts
    assert then.rooms == {"r1-db", "r2-db"}


def test_what_is_costly_is_looked_at_after_all_else_and_nothing_is_sent_along() -> None:
    first, then = of_readiness(lab())
    assert not first.surveys | first.machines | first.rooms
    assert not then.hosts | then.databases | then.servers
    assert then.laid
