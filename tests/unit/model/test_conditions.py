"""Preconditions and proofs: each holds in one world, fails in another with a reason, and never out of ignorance."""

import ast
import inspect
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from model.conditions import CONDITIONS, SEES, SUBJECTS, failing, text_of
from model.explore.world import CLIENTS, Place, World
from model.observation import Guard, Observation
from model.runbooks import FULL_FAILOVER
from model.scope import Scope, scope_of
from model.step import Mode, Step
from model.view import View
from tests.unit.model.builders import (
    FRAMEWORK,
    SOURCE_DBMS,
    TARGET_DBMS,
    performed,
    planned_world,
    region1_lost,
    steady,
    switched,
    view,
    without,
)

R1_P, R1_B = FRAMEWORK["region1"]
R2_P, R2_B = FRAMEWORK["region2"]
CLIENT = Place("region2", "first")


def step(step_id: str, world: World | None = None, mode: Mode = "planned") -> Step:
    known = FULL_FAILOVER.whole(view(world or steady(), mode)).steps()
    return next(found for found in known if found.id == step_id)


def all_steps() -> Iterable[tuple[World, Mode, Step]]:
    unpowered = steady()._replace(up=steady().up - {"power"})
    silent = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)._replace(up=steady().up - {"power"})
    starts: tuple[tuple[World, Mode], ...] = (
        (steady(), "planned"), (region1_lost(), "unplanned"), (unpowered, "unplanned"), (silent, "unplanned")
    )  # fmt: skip
    for world, mode in starts:
        for found in FULL_FAILOVER.whole(view(world, mode)).steps():
            yield world, mode, found


def test_every_condition_has_a_text_and_says_what_it_must_see() -> None:
    for name in CONDITIONS:
        assert text_of(name), name
        assert not text_of(name).endswith(".")
        assert SEES[name] or name == "fence_waived", name


def test_ignorance_never_holds() -> None:
    for world, mode, known in all_steps():
        blind = replace(view(world, mode), seen=Observation(at=1.0))
        for name in {*known.needs, *known.proves} - {"others_serve", "others_run"}:
            reasons = failing((name,), blind, known)
            assert len(reasons) == 1, f"{known.id}: {name}"
            assert ": " in reasons[0] or " " in reasons[0]


def seen_within(seen: Observation, scope: Scope) -> Observation:
    return replace(
        seen,
        hosts={
            name: host if name in scope.heard else replace(host, guard=Guard.UNKNOWN, names={}, aliases={})
            for name, host in seen.hosts.items()
            if name in scope.hosts
        },
        databases={key: database for key, database in seen.databases.items() if key in scope.databases},
        servers={name: server for name, server in seen.servers.items() if name in scope.servers},
        record=seen.record if scope.record else None,
        sample=None,
    )


@pytest.mark.parametrize("mode", ["planned", "unplanned"])
def test_a_look_at_what_a_condition_must_see_gives_the_same_answer_as_a_look_at_everything(mode: Mode) -> None:
    worlds = [planned_world(mode), *(after for _, _, after in performed(mode))]
    for known in FULL_FAILOVER.whole(view(planned_world(mode), mode)).steps():
        for name in (*known.needs, *known.proves):
            for world in worlds[:: max(1, len(worlds) // 8)]:
                whole = view(world, mode)
                part = replace(whole, seen=seen_within(whole.seen, scope_of((name,), whole, known)))
                assert bool(failing((name,), whole, known)) == bool(failing((name,), part, known)), (
                    f"{known.id}: {name}"
                )


HEARD = {"guard", "names", "aliases", "resolves"}  # what a host can say only once a name server has answered it


def test_who_goes_by_what_a_host_has_heard_asks_for_it() -> None:
    """Else its proof is never seen. Read in the source, through whatever a condition calls."""
    reads: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    for subject in SUBJECTS:
        tree = ast.parse(inspect.getsource(subject))
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            inside = list(ast.walk(function))
            reads[function.name] = {node.attr for node in inside if isinstance(node, ast.Attribute)}
            calls[function.name] = {node.id for node in inside if isinstance(node, ast.Name)}

    def goes_by(name: str, known: frozenset[str] = frozenset()) -> bool:
        called = (reads.keys() & calls[name]) - known - {name}
        return bool(HEARD & reads[name]) or any(goes_by(each, known | {name}) for each in called)

    asks = {name for name, parts in SEES.items() if "heard" in parts}
    assert {name for name in CONDITIONS if goes_by(name) and not {"writer", "server"} & set(SEES[name])} == asks


# (condition, step, a world where it holds, one where it does not, words of the reason)
CASES: list[tuple[str, str, World, World, str]] = [
    ("record_is_steady", "steady:ns1", switched(), steady(), "not yet steady in region2"),
    ("target_can_take_over", "take-epoch:ns1", steady(), without(steady(), TARGET_DBMS), "neither standby nor primary"),
    ("host_answers", "close-database:r1-db", steady(), without(steady(), SOURCE_DBMS, silent=True), "does not answer"),
    ("component_stopped", "stop:r1-fw-p/scs", switched(), steady(), "scs is not proven stopped"),
    ("component_stopped", "stop:r1-fw-p/scs", switched(), without(steady(), R1_P, silent=True), "not proven stopped"),
    ("component_stopped", "stop:r1-fw-p/scs", switched(),
     steady().set(R1_P, running=frozenset(), waiting=frozenset({"scs"})), "not proven stopped"),
    ("source_scs_stopped", "stop:r1-fw-p/message_server", switched(), steady(), "r1-fw-p: scs"),
    ("source_backup_stopped", "stop:r1-fw-p/confserv", switched(), steady(), "r1-fw-b: confserv"),
    ("source_confserv_stopped", "stop-database:r1-db", switched(), steady(), "r1-fw-p: confserv"),
    ("closed_to_framework", "close-database:r1-db", switched(), steady(), "5432/tcp is not closed to 198.18.1.11"),
    ("closed_to_framework", "close-database:r1-db", without(steady(), SOURCE_DBMS), steady(), "is not closed"),
    ("no_framework_sessions", "end-sessions:r1-db", switched(), steady(), "sessions from 198.18.1.11"),
    ("no_framework_sessions", "end-sessions:r1-db", steady().set_database("region1", sessions=frozenset()),
     without(steady(), SOURCE_DBMS, silent=True), "sessions are unknown"),
    ("standby_streams", "stop-database:r1-db", steady(), steady()._replace(fallen=True), "is not streaming"),
    ("standby_streams", "stop-database:r1-db", switched(), steady()._replace(fallen=True), "is not streaming"),
    ("database_stopped_clean", "stop-database:r1-db", switched(), steady(), "not proven cleanly stopped"),
    ("database_stopped_clean", "stop-database:r1-db", switched(), without(steady(), SOURCE_DBMS), "not proven cleanly"),
    ("standby_has_all", "drain:r1-db", switched(), without(steady(), SOURCE_DBMS), "unknown is not enough"),
    ("standby_has_all", "drain:r1-db", switched(),
     steady().set_database("region1", running=False, clean=True)._replace(behind=True), "100 bytes are missing"),
    ("replication_blocked", "block-replication:r2-db", switched(), steady(), "not closed to 198.18.1.31"),
    ("closed_to_source", "open-database:r2-db", steady(),
     steady().set_database("region2", blocked=frozenset()), "198.18.1.11"),
    ("closed_to_source", "start:r2-fw-p/confserv", steady(),
     steady().set_database("region2", blocked=frozenset()), "r2-db: 5432/tcp is not closed to 198.18.1.11"),
    ("source_fenced", "promote:r2-db", switched(), steady(), "r1-db, r1-fw-p, r1-fw-b: not fenced"),
    ("target_is_primary", "promote:r2-db", switched(), steady(), "r2-db: is standby"),
    ("restore_point_made", "promote:r2-db", switched(), without(switched(), TARGET_DBMS),
     "not made, or that is unknown"),
    ("no_commit_waits", "release-sync:r2-db", switched(), steady(), "synchronous_standby_names is"),
    ("open_to_target", "open-database:r2-db", switched(), steady(), "still closed to 198.18.2.11"),
    ("open_to_target", "open-database:r2-db", switched(), without(switched(), TARGET_DBMS), "does not answer"),
    ("guard_open", "start:r2-fw-p/lca", switched(), steady(), "boot guard is closed"),
    ("component_runs", "start:r2-fw-p/lca", switched(), steady(), "lca does not run"),
    ("lca_runs", "start:r2-fw-p/confserv", switched(), steady(), "lca does not run"),
    ("target_has_primary", "start:r2-fw-p/confserv", switched(), steady(),
     "no Configuration Server is proven Primary"),
    ("backup_is_paired", "start:r2-fw-b/confserv", switched(), steady(), "confserv has no role"),
    ("names_moved", "move-names:ns1", switched(), steady(), "does not answer region2's addresses"),
    ("names_moved", "move-names:ns1", switched(), switched()._replace(active="region1"), "does not name the target"),
    ("server_agrees", "agree:ns2", switched(), steady(), "answers otherwise"),
    ("resolves_to_target", "flush:r2-app-p", switched(), steady(), "r2-app-p: resolves"),
    ("proxy_normal", "reconnect:r2-app-p/proxy", switched(), steady(), "not in normal mode on region2"),
    ("region_serves", "serve:region2", switched(), steady(), "no proxy is in normal mode"),
    ("canary_committed", "canary:r2-db", switched(), steady(), "canary C-1 not found"),
    ("canary_committed", "steady:ns1", switched(), steady(), "r2-db: canary"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "step_id", "holds", "fails", "words"), CASES, ids=[f"{case[0]}-{case[4]}" for case in CASES]
)
def test_a_condition_holds_and_fails_where_it_should(
    name: str, step_id: str, holds: World, fails: World, words: str
) -> None:
    known = step(step_id)
    assert failing((name,), view(holds, "planned"), known) == ()
    (reason,) = failing((name,), view(fails, "planned"), known)
    assert words in reason


def test_the_epoch_is_ours_only_while_the_record_says_so() -> None:
    known = step("take-epoch:ns1")
    assert failing(("epoch_is_ours",), view(steady(), epoch=1), known) == ()
    assert "another process has taken over" in failing(("epoch_is_ours",), view(steady(), epoch=2), known)[0]
    assert "ours is None" in failing(("epoch_is_ours",), view(steady(), epoch=None), known)[0]
    unseen = view(steady()._replace(up=frozenset()), epoch=1)
    assert "no activation record" in failing(("epoch_is_ours",), unseen, known)[0]


WAIVED = frozenset({"r1-db", "r1-fw-p", "r1-fw-b"})


def test_a_waiver_holds_while_nobody_sees_the_writer() -> None:
    hidden = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)._replace(up=steady().up - {"power"})
    promote = step("promote:r2-db", hidden, "unplanned")
    assert failing(("source_fenced",), view(hidden, waived=WAIVED), promote) == ()
    assert failing(("source_fenced",), view(hidden, waived=WAIVED - {"r1-db"}), promote) == ("r1-db: not fenced",)


@pytest.mark.parametrize("place", [SOURCE_DBMS, R1_P, R1_B])
def test_a_waiver_ends_where_the_writer_answers_and_works(place: Place) -> None:
    hidden = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)._replace(up=steady().up - {"power"})
    back = hidden.set(place, silent=False)
    (reason,) = failing(("source_fenced",), view(back, waived=WAIVED), step("promote:r2-db", hidden, "unplanned"))
    assert "a waiver ends where the writer is seen alive" in reason


def test_a_waiver_ends_where_a_power_source_says_that_the_writer_has_power() -> None:
    hidden = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)
    promote = step("promote:r2-db", hidden, "unplanned")
    assert "seen alive: r1-db, r1-fw-p, r1-fw-b" in failing(("source_fenced",), view(hidden, waived=WAIVED), promote)[0]
    assert [left.id for left in FULL_FAILOVER.left(view(hidden, waived=WAIVED)).power_off] == [
        "power-off:r1-db", "power-off:r1-fw-p", "power-off:r1-fw-b",
    ]  # fmt: skip


def test_a_fence_is_waived_by_name_only() -> None:
    world = without(steady(), SOURCE_DBMS, R1_P, R1_B, silent=True)
    world = world._replace(up=world.up - {"power"})
    known = step("waive:r1-db", world, "unplanned")
    assert failing(("fence_waived",), view(world, waived=frozenset({"r1-db"})), known) == ()
    assert "nobody has waived" in failing(("fence_waived",), view(world, waived=frozenset({"r1-fw-p"})), known)[0]
    everyone = frozenset({"r1-db", "r1-fw-p", "r1-fw-b"})
    assert failing(("source_fenced",), view(world, waived=everyone), known) == ()


def test_a_host_is_off_only_where_its_power_source_says_so() -> None:
    known = step("power-off:r1-db", region1_lost(), "unplanned")
    assert failing(("host_is_off",), view(region1_lost()), known) == ()
    assert "power is on" in failing(("host_is_off",), view(steady()), known)[0]
    assert "power is unknown" in failing(("host_is_off",), view(steady()._replace(up=frozenset())), known)[0]


def test_fence_levels_are_told_apart() -> None:
    hosts = view(steady()).environment.writers("region1")
    assert [view(region1_lost()).fence_level(host) for host in hosts] == [1, 1, 1]
    assert [view(switched()).fence_level(host) for host in hosts] == [2, 2, 2]
    assert [view(steady()).fence_level(host) for host in hosts] == [None, None, None]
    assert view(steady(), waived=frozenset({"r1-db"})).fence_level(hosts[0]) is None
    hidden = without(steady(), SOURCE_DBMS, silent=True)._replace(up=steady().up - {"power"})
    assert view(hidden, waived=frozenset({"r1-db"})).fence_level(hosts[0]) == 5


def test_a_restarted_component_is_younger_than_the_new_primary() -> None:
    world = switched("unplanned")
    known = step("restart:r2-app-b/proxy", region1_lost(), "unplanned")
    assert failing(("younger_than_primary",), view(world), known) == ()
    old = world.set(Place("region2", "rest"), fresh=frozenset())
    assert "older than the new Primary" in failing(("younger_than_primary",), view(old), known)[0]


def test_a_proxy_restarts_only_while_another_serves_or_there_is_no_other() -> None:
    known = step("restart:r2-app-b/proxy", region1_lost(), "unplanned")
    assert failing(("others_serve",), view(switched("unplanned")), known) == ()
    assert "no other proxy serves" in failing(("others_serve",), view(region1_lost()), known)[0]
    assert failing(("others_serve",), view(without(region1_lost(), CLIENT)), known) == ()


def test_a_stray_proxy_restarts_only_while_another_runs_or_it_is_down_itself() -> None:
    known = step("reconnect:r2-app-b/proxy", region1_lost(), "unplanned")
    first, second = CLIENT, Place("region2", CLIENTS[1])
    assert failing(("others_run",), view(region1_lost()), known) == ()
    alone = without(region1_lost(), first, running=frozenset())
    assert "no other proxy runs" in failing(("others_run",), view(alone), known)[0]
    assert failing(("others_run",), view(without(alone, second, running=frozenset())), known) == ()
    assert failing(("others_run",), view(without(region1_lost(), first)), known) == ()


def test_a_primary_without_its_database_is_none() -> None:
    world = steady().set_database("region1", sessions=frozenset())
    assert view(world).primary("region1") is False
    assert view(without(steady(), R1_P, silent=True)).primary("region1") is None
    assert view(without(steady(), R1_B, silent=True)).primary("region1") is True


def test_a_role_nobody_could_read_is_unknown() -> None:
    known: View = view(steady())
    seen = known.seen.hosts["r1-fw-p"]
    parts = {**seen.components, "confserv": replace(seen.components["confserv"], run_mode=None)}
    blurred = replace(known.seen, hosts={**known.seen.hosts, "r1-fw-p": replace(seen, components=parts)})
    assert replace(known, seen=blurred).primary("region1") is None


def test_what_was_not_asked_is_unknown() -> None:
    blank = Observation(at=1.0)
    assert blank.host("r1-db").fault == blank.database("region1").fault == blank.server("ns1").fault == "not asked"
    assert blank.host("r1-db").component("lca").running is None


@pytest.mark.parametrize("changes", [{"blocked": {}}, {"torn": frozenset({5432})}], ids=["unread", "torn"])
@pytest.mark.parametrize(
    ("name", "step_id", "host"),
    [
        ("closed_to_framework", "close-database:r1-db", "r1-db"),
        ("replication_blocked", "block-replication:r2-db", "r2-db"),
        ("closed_to_source", "open-database:r2-db", "r2-db"),
        ("open_to_target", "open-database:r2-db", "r2-db"),
    ],
)
def test_rules_that_are_unknown_or_will_not_last_prove_nothing(
    name: str, step_id: str, host: str, changes: dict[str, Any]
) -> None:
    here = view(switched(), "planned")
    hosts = {**here.seen.hosts, host: replace(here.seen.hosts[host], **changes)}
    (reason,) = failing((name,), replace(here, seen=replace(here.seen, hosts=hosts)), step(step_id))
    assert reason.startswith(host)
    assert reason.endswith("shut out is unknown")
