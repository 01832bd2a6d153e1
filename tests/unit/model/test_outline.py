"""What a go approves, in few lines: no step is missing, and what people feel stands out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import pytest

from model import runbooks
from model.explore.world import CLIENTS, Place
from model.outline import RESTARTED, outline
from model.step import Step, Verb
from model.view import View
from tests.unit.model import (
    logbook,
    test_abort,
    test_bubble,
    test_clone,
    test_deploy,
    test_reprotect,
)
from tests.unit.model import test_abort_halves as halves
from tests.unit.model.builders import ground, region1_lost, steady, view, without

KNOWN = {
    "unplanned": view(region1_lost()),
    "planned": view(steady(), "planned"),
    "deploy": test_deploy.view(test_deploy.bare()),
    "clone": test_clone.view(test_clone.before()),
    "reprotect": test_reprotect.view(test_reprotect.switched()),
    "bubble": test_bubble.view(test_bubble.before()),
    "abort": test_abort.view(test_abort.turned(test_abort.stopped_before("promote"))),
    "half": halves.view(halves.RESTING, halves.STAY),
    "framework": halves.view(ground().together("region2")._replace(home="region1"), halves.STAY, intent=halves.STAY),
    "logs": logbook.view(logbook.ground().steady()),
}


def lines(known: View) -> tuple[str, ...]:
    return outline(known, runbooks.whole(known).steps())


@pytest.mark.parametrize("site", KNOWN)
def test_every_step_stands_in_a_line_of_its_stage(site: str) -> None:
    steps = tuple(runbooks.whole(KNOWN[site]).steps())
    count, *stages = lines(KNOWN[site])
    assert count.startswith(f"- {len(steps)} steps")
    for step in steps:
        its = [line for line in stages if line.startswith(f"- **{step.stage}**: ")]
        assert [line for line in its if f"{step.verb} " in line and step.host in line and step.unit in line], step.id


def read(line: str, hosts: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Yield the steps as a reader takes them who goes by what is written first; in brackets what may fail."""
    stage, acts = line.removeprefix("- **").split("**: ", 1)
    for act in acts.replace("**", "").split("; "):
        verb, _, whom = act.removeprefix("firewall ").split(": ")[0].partition(" ")
        for part in whom.split(", then "):
            words = [word for word in re.findall(r"\(?[\w.-]+\)?", part) if word not in ("each", "on")]
            units = [word for word in words if word.strip("()") not in hosts] or [""]
            places = list(places_in(word for word in words if word.strip("()") in hosts))
            in_order = (
                product(units, places) if words[0] in units else ((two, one) for one, two in product(places, units))
            )
            yield from ((stage, verb, host, unit, may) for unit, (host, may) in in_order)


def places_in(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each host, and the bracket in which it stands."""
    may = ""
    for word in words:
        may = "(" if word.startswith("(") else may
        yield word.strip("()"), may
        may = "" if word.endswith(")") else may


def planned(steps: Iterable[Step]) -> list[tuple[str, ...]]:
    return [(step.stage, step.verb, step.host, step.unit, "" if step.must else "(") for step in steps]


def told(known: View, steps: Sequence[Step]) -> list[tuple[str, ...]]:
    hosts = frozenset(step.host for step in steps)
    return [step for line in outline(known, steps)[1:] for step in read(line, hosts)]


@pytest.mark.parametrize("site", KNOWN)
def test_the_lines_are_read_in_the_order_of_the_plan(site: str) -> None:
    steps = tuple(runbooks.whole(KNOWN[site]).steps())
    assert told(KNOWN[site], steps) == planned(steps)


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        (("b/proxy", "b/scs", "p/proxy", "p/scs"), "b, p, each proxy, scs"),
        (("b/proxy", "b/scs", "p/proxy"), "proxy, scs b, then proxy p"),
        (("b/proxy", "b/scs", "(p/proxy", "(p/scs"), "b (p), each proxy, scs"),
        (("b/proxy", "(b/scs", "p/proxy", "(p/scs"), "proxy b, then scs (b), then proxy p, then scs (p)"),
        (("b/lca", "p/lca", "b/scs", "p/scs"), "lca, scs, each on b, p"),
        (("(b/lca", "p/lca", "(c/lca"), "lca (b) p (c)"),
        (("b/lca", "b/scs"), "lca, scs b"),
        (("b", "b/lca", "p", "p/lca"), "b, p, each itself, lca"),
    ],
)
def test_hosts_and_components_are_named_the_way_round_that_keeps_their_order(whom: tuple[str, ...], said: str) -> None:
    steps = [
        Step(
            stage="prove", verb=Verb.VERIFY, host=name.strip("(").partition("/")[0], unit=name.partition("/")[2],
            must=not name.startswith("("), command="", needs=(), proves=(), undo="",
        )
        for name in whom
    ]  # fmt: skip
    known = KNOWN["unplanned"]
    assert outline(known, steps)[1] == f"- **prove**: verify {said}"
    assert [tuple(word.replace("itself", "") for word in step) for step in told(known, steps)] == planned(steps)


def test_a_failover_is_read_in_seven_lines() -> None:
    known = view(region1_lost())
    assert outline(known, runbooks.left(known).steps()) == (
        ("- 27 steps, in this order; what is done to a host (in brackets) may fail: that is a debt, and stops nothing"),
        "- **epoch**: take-epoch ns1",
        "- **fence**: firewall block-replication r2-db",
        (
            "- **database**: **promote r2-db: the point of no return**; release-sync r2-db; "
            "firewall open-database r2-db; move-alias ns1: cfgdb-2.gen.test answers r2-db"
        ),
        "- **framework**: start lca, confserv, scs, each on r2-fw-p (r2-fw-b); await message_server (r2-fw-p, r2-fw-b)",
        "- **names**: **move-names ns1: cfgmaster-p.gen.test, cfgmaster-b.gen.test answer region2**",
        (
            "- **prove**: flush (fwd, r2-app-p, r2-app-b); reconnect proxy (r2-app-p, r2-app-b): restarted "
            "where nothing else helps; **restart (r2-app-b, r2-app-p), each proxy, scs: r2-app-b, r2-app-p serve now, "
            "each only once a Primary is there and while another one, if any, serves**; serve region2; "
            "canary r2-db; steady ns1"
        ),
    )


def test_who_does_not_serve_now_is_not_said_to() -> None:
    dark = without(region1_lost(), *(Place("region2", role) for role in CLIENTS), running=frozenset({"lca"}))
    restart = next(line for line in lines(view(dark)) if "restart " in line)
    assert "serve now" not in restart
    assert f"each proxy, scs: {RESTARTED}; " in restart


def test_a_stop_of_the_primary_says_that_limited_mode_begins_and_keeps_its_order() -> None:
    stop = next(line for line in lines(KNOWN["planned"]) if line.startswith("- **fence**"))
    assert (
        "then confserv r1-fw-b, r1-fw-p, then lca r1-fw-p, r1-fw-b: r1-fw-p is Primary, limited mode begins**" in stop
    )


def test_a_move_of_names_that_cannot_be_taken_back_says_both() -> None:
    names = next(line for line in lines(KNOWN["framework"]) if "move-names" in line)
    assert "answer region1, the point of no return**" in names


def test_the_log_database_is_named_by_its_name() -> None:
    assert "answers r2-db" in next(line for line in lines(KNOWN["logs"]) if "move-log-name" in line)


def test_where_nothing_may_fail_nothing_is_said_of_it() -> None:
    assert lines(KNOWN["clone"])[0] == "- 30 steps, in this order"
