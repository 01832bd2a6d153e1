"""What an approver is shown, and what an observation leaves unseen."""

from dataclasses import replace

from model.case import Case
from model.declaration import bounds_of, declare, unreachable
from model.explore.world import World
from model.observation import Observation
from model.runbooks.full_failover import plan_full_failover
from model.scope import unseen, whole
from model.step import Mode
from tests.unit.model.builders import FRAMEWORK, SOURCE_DBMS, environment, intent, region1_lost, steady, view, without

SILENT = without(steady(), SOURCE_DBMS, *FRAMEWORK["region1"], silent=True)._replace(up=steady().up - {"power"})


def case(mode: Mode = "unplanned", **changes: object) -> Case:
    known = Case(name="C-1", opened_at=0.0, environment="lab", digest="x", intent=intent(mode))
    sample = view(steady()).seen.sample
    return replace(known, sample=sample, declared_at=view(steady()).seen.at, **changes)  # type: ignore[arg-type]


def shown(world: World, mode: Mode = "unplanned") -> str:
    known = view(world, mode)
    return declare(known, case(mode), plan_full_failover(known).steps()).text


def test_a_planned_switchover_may_lose_nothing() -> None:
    bounds, _ = bounds_of(view(steady(), "planned"), case("planned"))
    assert bounds.loss_changes == 0


def test_what_may_be_lost_is_unknown_without_a_declared_sample() -> None:
    assert bounds_of(view(region1_lost()), replace(case(), declared_at=None))[0].loss_changes is None
    assert bounds_of(view(region1_lost()), replace(case(), sample=None))[0].loss_changes is None
    known = bounds_of(view(region1_lost()), case())[0].loss_changes
    assert known is not None
    assert known > 0


def test_writers_that_cannot_be_fenced_are_shown_as_waived() -> None:
    assert bounds_of(view(SILENT), case())[0].waived == {"r1-db", "r1-fw-p", "r1-fw-b"}
    assert bounds_of(view(region1_lost()), case())[0].waived == frozenset()


def test_writers_of_the_source_are_not_counted_as_unreachable() -> None:
    assert unreachable(view(region1_lost())) == {"r1-app-p", "r1-app-b"}


def test_the_page_names_what_an_approver_must_know() -> None:
    for world, mode in ((region1_lost(), "unplanned"), (steady(), "planned"), (SILENT, "unplanned")):
        text = shown(world, mode)  # type: ignore[arg-type]
        assert text.startswith(f"## {mode.capitalize()} full failover of lab to region2")
        assert "r1-db" in text


def test_a_page_that_asks_again_says_why_and_one_without_a_sample_that_it_does_not_know() -> None:
    known = view(region1_lost())
    again = declare(known, case(), plan_full_failover(known).steps(), ("changes at risk: 40 shown, now 41",))
    assert "40 shown, now 41" in again.text
    blind = declare(known, replace(case(), sample=None), plan_full_failover(known).steps())
    assert "unknown" in blind.text.lower()


def test_steps_shown_are_those_that_must_be_done() -> None:
    known = view(region1_lost())
    steps = list(plan_full_failover(known).steps())
    assert set(declare(known, case(), steps).steps) == {step.id for step in steps if step.must}


def test_everything_is_unseen_in_an_empty_observation_and_nothing_in_a_whole_one() -> None:
    scope = whole(environment())
    assert "r1-db" in unseen(Observation(at=1.0), scope)
    assert "activation record" in unseen(Observation(at=1.0), scope)
    living = replace(view(steady()).seen)
    assert set(unseen(living, scope)) == {"r1-app-b"}, "the explorer folds the source's application hosts into one"


def test_a_host_known_to_be_off_is_seen() -> None:
    assert "r1-fw-p" not in unseen(view(region1_lost()).seen, whole(environment()))
