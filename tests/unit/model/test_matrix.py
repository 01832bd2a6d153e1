"""Every situation has a verdict and a way on; what was seen is placed in exactly one."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from model.explore.nature import settle
from model.explore.world import World
from model.judgement import refusals
from model.matrix import Place, Situation, classify, situation
from model.observation import DatabaseRole
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, region1_lost, steady, switched, view, without

DIRECTIONS: tuple[Place, ...] = ("region1", "region2", "none", "unknown")
EVERY = tuple(
    Situation(framework=framework, dbms=dbms, fenced=fenced, replicating=replicating)
    for framework, dbms, fenced, replicating in product(get_args(Place), get_args(Place), (True, False), DIRECTIONS)
)


def test_every_situation_is_judged_and_names_a_way_on() -> None:
    for known in EVERY:
        verdict, way = classify(known)
        assert verdict in ("legal", "transient", "forbidden")
        assert way


@pytest.mark.parametrize("known", EVERY, ids=str)
def test_two_writers_are_never_legal_and_one_place_is_never_forbidden_for_nothing(known: Situation) -> None:
    verdict, way = classify(known)
    if "both" in (known.framework, known.dbms):
        assert verdict == "forbidden"
    if verdict == "legal":
        assert known.framework == known.dbms in ("region1", "region2")
        assert known.replicating != known.dbms
        assert known.fenced or known.replicating not in ("none", "unknown")
        assert way == "steady"
    if verdict == "forbidden" and "both" not in (known.framework, known.dbms):
        assert known.framework == known.dbms


@pytest.mark.parametrize(
    ("framework", "dbms", "fenced", "replicating", "verdict"),
    [
        ("region1", "region1", False, "region2", "legal"),
        ("region2", "region2", True, "none", "legal"),
        ("region2", "region2", False, "region1", "legal"),
        ("region2", "region2", False, "none", "forbidden"),
        ("region1", "region1", False, "unknown", "transient"),
        ("region1", "region1", True, "region1", "forbidden"),
        ("none", "region2", True, "none", "transient"),
        ("region1", "none", False, "none", "transient"),
        ("region1", "region2", True, "none", "transient"),
        ("unknown", "region2", True, "none", "transient"),
        ("both", "region1", True, "region2", "forbidden"),
        ("region1", "both", True, "region2", "forbidden"),
    ],
)
def test_named_situations(framework: str, dbms: str, fenced: bool, replicating: str, verdict: str) -> None:  # noqa: FBT001
    known = Situation(framework=framework, dbms=dbms, fenced=fenced, replicating=replicating)  # type: ignore[arg-type]
    assert classify(known)[0] == verdict


def placed(world: World) -> tuple[str, str, bool, str]:
    found = situation(view(world))
    return found.framework, found.dbms, found.fenced, found.replicating


def test_worlds_are_placed_where_they_stand() -> None:
    assert placed(steady()) == ("region1", "region1", False, "region2")
    assert placed(region1_lost()) == ("none", "none", True, "none")
    assert placed(switched()) == ("region2", "region2", True, "none")
    silent = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)
    assert placed(silent) == ("unknown", "unknown", False, "region2")
    doubled = settle(steady().set_database("region2", standby=False, blocked=frozenset())._replace(waits=frozenset()))
    assert placed(doubled)[1] == "both"


def test_a_primary_beside_an_unseen_dbms_counts() -> None:
    seen = view(steady()).seen
    unseen = replace(seen.databases["region2"], role=DatabaseRole.UNKNOWN)
    known = replace(view(steady()), seen=replace(seen, databases={**seen.databases, "region2": unseen}))
    assert situation(known).dbms == "region1"


def test_a_standby_that_does_not_say_whether_it_streams_is_unknown_and_the_reason_is_told() -> None:
    """A wrong password must read as one, not as a forbidden state."""
    seen = view(steady(), "planned").seen
    mute = replace(seen.databases["region2"], streaming=None, received=None, fault="login refused")
    known = replace(view(steady(), "planned"), seen=replace(seen, databases={**seen.databases, "region2": mute}))
    assert situation(known).replicating == "unknown"
    found = refusals(known)
    assert len(found) == 2
    assert all("login refused" in reason for reason in found)
    assert not any("forbidden" in reason for reason in found)
