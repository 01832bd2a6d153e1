"""How long names are kept: by the file, by servers, by resolvers, and what a switch makes of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.inventory import Inventory
from model.observation import Observation
from model.readiness.blocked import WAKING
from model.readiness.line import Line
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model import steady as world
from tests.unit.model.steady import DAY, NOW, lab

SENT, KEPT, RTO = "TTL that the server sends", "TTL that the resolver keeps", "TTL against RTO"


def judged(seen: Observation, edit: tuple[str, str] = ("", "")) -> dict[tuple[str, str], Line]:
    lines = readiness(steady_view(lab(*edit), seen), NOW, day=DAY)
    return {(line.name, line.subject): line for line in lines if line.name in (SENT, KEPT, RTO)}


def nothing_of(name: str) -> Observation:
    seen = world.steady()
    return replace(seen, inventories={**seen.inventories, name: Inventory(fault="no answer")})


def test_every_server_and_whatever_asks_a_resolver_is_judged() -> None:
    lines = judged(world.steady())
    assert {line.verdict for line in lines.values()} == {"green"}
    assert {subject for name, subject in lines if name == SENT} == {"ns1", "ns2"}
    applications = {"r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b"}
    assert {subject for name, subject in lines if name == KEPT} == {*applications, "fwd", "r1-fw-p", "r1-fw-b"}


def test_of_framework_hosts_those_of_the_active_region_are_judged_by_their_alias() -> None:
    lines = judged(world.steady("region2"))
    assert (KEPT, "r1-fw-p") not in lines
    assert lines[KEPT, "r2-fw-b"].found == "cfgdb-2.gen.test: 17 s left of 30 s"
    without = ("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")
    assert (KEPT, "r2-fw-b") not in judged(world.steady("region2"), without)


CASES: list[tuple[str, str, Callable[[], Observation], str, str]] = [
    (KEPT, "fwd", lambda: world.left("fwd", cfgmaster_p=31, cfgmaster_b=30), "red", "cfgmaster-p.gen.test: 31 s left"),
    (KEPT, "fwd", lambda: world.left("fwd", cfgmaster_p=31), "red", "cfgmaster-p.gen.test: 31 s left of 30 s"),
    (KEPT, "fwd", lambda: world.left("fwd", cfgmaster_p=30, cfgmaster_b=0), "green", "cfgmaster-b.gen.test: 0 s left"),
    (KEPT, "fwd", lambda: world.left("fwd", cfgmaster_p=30), "unknown", "cfgmaster-p.gen.test: 30 s left"),
    (KEPT, "r2-app-p", lambda: nothing_of("r2-app-p"), "unknown", "no answer"),
    (KEPT, "r2-app-p", lambda: world.left("r2-app-p"), "unknown", "unknown"),
    (KEPT, "r2-app-p", lambda: world.silent("r2-app-p"), "unknown", "no answer within 1 s"),
    (KEPT, "r1-fw-b", lambda: world.left("r1-fw-b", cfgdb_1=600), "red", "cfgdb-1.gen.test: 600 s left of 30 s"),
    (KEPT, "r1-fw-b", lambda: world.left("r1-fw-b", cfgmaster_p=600, cfgdb_1=1), "green", "cfgdb-1.gen.test: 1 s left"),
    (KEPT, "fwd", lambda: world.sent(ns1=16, ns2=16), "red", "17 s left of 16 s"),
    (KEPT, "fwd", lambda: world.sent(ns1=0, ns2=0), "red", "17 s left of 0 s"),
    (KEPT, "fwd", lambda: world.sent(ns1=16), "green", "17 s left of 30 s"),
    (KEPT, "fwd", lambda: world.sent(ns1=None), "green", "17 s left of 30 s"),
    (KEPT, "fwd", lambda: world.sent(ns1=None, ns2=None), "unknown", "unknown"),
    (SENT, "ns2", lambda: world.sent(ns2=31), "red", "cfgmaster-b.gen.test: 31 s"),
    (SENT, "ns2", lambda: world.sent(ns2=0), "green", "0 s; 30 s wanted"),
    (SENT, "ns2", lambda: world.sent(ns2=None), "unknown", "unknown; 30 s wanted"),
]


@pytest.mark.parametrize(("name", "subject", "seen", "verdict", "found"), CASES)
def test_a_cache_may_keep_less_than_it_was_sent_and_never_more(
    name: str, subject: str, seen: Callable[[], Observation], verdict: str, found: str
) -> None:
    line = judged(seen())[name, subject]
    assert line.verdict == verdict
    assert found in line.found
    assert not line.blocks
    assert ("min" in line.remedy) is (name == KEPT and verdict == "red")


def test_a_ttl_that_breaks_the_objective_is_red() -> None:
    found = judged(world.steady(), ("ttl_s: 30", "ttl_s: 290"))[RTO, "gen.test"]
    assert (found.verdict, found.blocks) == ("red", WAKING)
    assert found.found.startswith("TTL 290 s and ")


@pytest.mark.parametrize(
    ("seen", "whose"),
    [
        (lambda: world.left("r1-app-p", cfgmaster_b=600), "TTL 600 s (kept by the resolver of r1-app-p) and "),
        (lambda: world.left("fwd", cfgmaster_p=601), "TTL 601 s (kept by the resolver of fwd) and "),
        (lambda: world.sent(ns2=602), "TTL 602 s (sent by ns2) and "),
    ],
)
def test_what_a_server_or_a_resolver_makes_of_the_ttl_counts_against_the_objective(
    seen: Callable[[], Observation], whose: str
) -> None:
    found = judged(seen())[RTO, "gen.test"]
    assert (found.verdict, found.blocks) == ("red", WAKING)
    assert found.found.startswith(whose)


def test_an_alias_that_is_kept_for_long_is_no_matter_of_the_names_of_the_framework() -> None:
    assert judged(world.left("r1-fw-p", cfgdb_1=600))[RTO, "gen.test"].verdict == "green"
