"""A planned switch begins between regions that are alike, or not at all: judged by the lines of readiness."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from model.case import Case
from model.environment.environment import Environment
from model.inventory import Inventory
from model.judgement import asks_alike, drifted
from model.observation import Observation, Power
from model.readiness.blocked import PARTIAL, PLANNED
from model.readiness.line import in_the_way
from model.runbooks.readiness import readiness, steady_view
from model.scope import Scope
from model.step import Intent, Name
from model.view import View
from tests.unit.model import steady as world
from tests.unit.model.steady import DAY, NOW, confserv, host, installed, lab, part, silent, steady

SWITCHES: Mapping[Name, Intent] = {
    "full_failover": Intent(runbook="full_failover", target="region2", mode="planned", reason="test"),
    "dbms_failover": Intent(runbook="dbms_failover", target="region2", mode="planned", reason="test", home="region1"),
    "framework_failover": Intent(
        runbook="framework_failover", target="region1", mode="planned", reason="test", home="region2"
    ),
}
CONFSERV = "/opt/genesys/confserv.conf"
WAYS = "a planned switch begins between regions that are alike: `gdr readiness lab` shows all; if region1 is lost"

UNPLANNED = "`gdr run full-failover lab --target region2 --mode unplanned --reason=test`"


def view(seen: Observation, runbook: Name = "full_failover", known: Environment | None = None) -> View:
    return View(environment=known or lab(), seen=seen, intent=SWITCHES[runbook])


def reasons(seen: Observation, runbook: Name = "full_failover") -> tuple[str, ...]:
    asked = view(seen, runbook)
    return drifted.reasons(asked, drifted.lines(asked))


@pytest.mark.parametrize("runbook", SWITCHES)
def test_regions_that_differ_only_as_expected_are_alike(runbook: Name) -> None:
    judged = drifted.lines(view(steady(), runbook))
    assert {line.verdict for line in judged} == {"green"}
    assert drifted.reasons(view(steady(), runbook), judged) == ()


def test_expected_differences_are_kept_with_what_was_judged() -> None:
    found = {line.subject: line.found for line in drifted.lines(view(steady())) if line.name == "regions alike"}
    assert found["r1-fw-p and r2-fw-p confserv"] == "alike, but as expected for dbserver/dbserver, log/all"


def test_a_difference_that_the_environment_file_expects_is_no_fault() -> None:
    seen = confserv("r2-fw-p", "confserv", addp_timeout="5")
    here = "expected_differences: [{fact: server/addp-timeout, between: [regions, pair], why: a slower line}]"
    known = lab("name: lab\n", f"name: lab\n{here}\n")
    judged = drifted.lines(view(seen, known=known))
    assert drifted.reasons(view(seen, known=known), judged) == ()
    assert "alike, but as expected for dbserver/dbserver, log/all, server/addp-timeout" in {
        line.found for line in judged
    }
    of_pairs = lab("name: lab\n", f"name: lab\n{here.replace('regions, ', '')}\n")
    (said, _) = drifted.reasons(view(seen), drifted.lines(view(seen, known=of_pairs)))
    assert said.startswith("r1-fw-p and r2-fw-p confserv: regions alike: red: ")


def test_an_option_that_differs_is_named_with_both_hosts_both_values_the_remedy_and_two_commands() -> None:
    mend = "make both alike, or list it in expected_differences of the environment file"
    assert reasons(confserv("r2-fw-p", "confserv", addp_timeout="5")) == (
        f"r1-fw-p and r2-fw-p confserv: regions alike: red: server/addp-timeout: (none) and 5: {mend}",
        f"r2-fw-p and r2-fw-b confserv: pair alike: red: server/addp-timeout: 5 and (none): {mend}",
        f"{WAYS}, mode unplanned does not ask: {UNPLANNED}",
    )


def test_a_file_that_names_a_host_of_the_other_region_refuses() -> None:
    said = f"r2-fw-p {CONFSERV}: configured for its own region: red: dbserver/dbserver = r1-db: name hosts of its own"
    assert any(reason.startswith(said) for reason in reasons(confserv("r2-fw-p", "dbserver", dbserver="r1-db")))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (host("r2-fw-b", answers=False), "r2-fw-b: does not answer"),
        (host("r2-fw-b", answers=False, power=Power.OFF), "r2-fw-b: does not answer"),
        (installed("r2-fw-p", "confserv", None, "no such file"), "r2-fw-p: no such file"),
    ],
    ids=["unanswered", "powered off", "unread"],
)
def test_what_nobody_could_see_refuses_as_well(seen: Observation, words: str) -> None:
    said = reasons(seen)
    assert said[-1].startswith(WAYS)
    assert all(f" alike: unknown: {words}: make it answer, then judge again" in reason for reason in said[:2])


def test_a_reason_that_is_the_same_for_several_subjects_is_given_once() -> None:
    known = replace(steady(), inventories={**steady().inventories, "r2-fw-p": Inventory(fault="no answer")})
    one, *others = reasons(known)
    assert one.startswith("r1-fw-p and r2-fw-p lca, r1-fw-p and r2-fw-p confserv, ")
    assert len({reason.partition(": ")[2] for reason in (one, *others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("seen", "refused"),
    [
        (confserv("r2-fw-p", "confserv", addp_timeout="5"), {"full_failover", "framework_failover"}),
        (part("r2-db", "dbms", unit="pg"), {"full_failover", "dbms_failover"}),
        (confserv("r1-fw-b", "confserv_b", peer="somebody.gen.test"), {"full_failover", "framework_failover"}),
        (silent("r2-app-p"), set()),
    ],
    ids=["framework", "dbms", "active", "application"],
)
def test_only_what_the_switch_starts_in_the_other_region_counts(seen: Observation, refused: set[Name]) -> None:
    assert {runbook for runbook in SWITCHES if reasons(seen, runbook)} == refused


def test_a_pair_of_the_active_region_that_differs_only_within_itself_refuses_nothing() -> None:
    first = confserv("r1-fw-b", "confserv_b", addp_timeout="5")
    both = confserv("r2-fw-b", "confserv_b", addp_timeout="5").inventories["r2-fw-b"]
    found = {
        line.subject for line in drifted.lines(view(replace(first, inventories={**first.inventories, "r2-fw-b": both})))
    }
    assert "r1-fw-p and r1-fw-b confserv" not in found
    assert "r2-fw-p and r2-fw-b confserv" in found


def test_a_half_that_goes_back_is_compared_where_it_starts() -> None:
    back = replace(SWITCHES["dbms_failover"], target="region1", home=None)
    asked = replace(view(part("r2-db", "dbms", unit="pg")), intent=back)
    (found,) = [line for line in drifted.lines(asked) if line.verdict == "red"]
    assert found.subject == "r1-db and r2-db dbms"
    assert "if region2 is lost" in drifted.reasons(asked, (found,))[-1]


@pytest.mark.parametrize(
    "seen",
    [
        steady(),
        confserv("r2-fw-p", "confserv", addp_timeout="5"),
        confserv("r2-fw-b", "confserv_b", port="1"),
        silent("r2-fw-b"),
        part("r2-db", "dbms", unit="pg"),
    ],
    ids=["steady", "option", "port", "silent", "unit"],
)
def test_it_says_the_same_as_readiness(seen: Observation) -> None:
    lines = readiness(steady_view(lab(), seen), NOW, day=DAY)
    names = {"regions alike", "pair alike", "configured for its own region", "configured ports"}
    told = {line for line in in_the_way(lines, PLANNED) if line.name in names}
    assert {line for line in drifted.lines(view(seen)) if line.verdict != "green"} == told
    halves = {*drifted.lines(view(seen, "dbms_failover")), *drifted.lines(view(seen, "framework_failover"))}
    partial = {line for line in in_the_way(lines, PARTIAL) if line.name in names}
    assert {line for line in halves if line.verdict != "green"} == partial


@pytest.mark.parametrize(
    ("runbook", "hosts"),
    [
        ("full_failover", {"r1-fw-p", "r1-fw-b", "r1-db", "r2-fw-p", "r2-fw-b", "r2-db"}),
        ("dbms_failover", {"r1-db", "r2-db"}),
        ("framework_failover", {"r1-fw-p", "r1-fw-b", "r2-fw-p", "r2-fw-b"}),
    ],
)
def test_only_the_hosts_that_are_compared_are_asked(runbook: Name, hosts: set[str]) -> None:
    scope = drifted.compared(lab(), SWITCHES[runbook])
    assert scope == Scope(hosts=frozenset(hosts), inventories=True)


# --- when it is asked ---


@pytest.mark.parametrize("runbook", SWITCHES)
def test_a_planned_switch_that_would_open_a_case_asks(runbook: Name) -> None:
    assert asks_alike(None, view(steady(), runbook))


@pytest.mark.parametrize("runbook", [*SWITCHES, "partial_failover"])
def test_where_something_is_lost_nobody_asks(runbook: Name) -> None:
    assert not drifted.asked(Intent(runbook=runbook, target="region2", mode="unplanned", reason="test"))


@pytest.mark.parametrize("runbook", ["reprotect", "abort", "bubble", "deploy", "clone_and_isolate"])
def test_what_switches_nothing_does_not_ask(runbook: Name) -> None:
    assert not drifted.asked(Intent(runbook=runbook, target="region2", mode="planned", reason="test"))


def test_a_case_that_is_open_goes_on_without_it() -> None:
    intent = SWITCHES["full_failover"]
    open_ = Case(name="lab-1", opened_at=NOW, environment="lab", digest="", intent=intent)
    assert not asks_alike(open_, view(steady()))


def test_where_nothing_is_to_be_done_or_something_else_is_against_it_nobody_asks() -> None:
    assert not asks_alike(None, view(world.steady("region2")))
    assert not asks_alike(None, view(silent("r2-db")))
