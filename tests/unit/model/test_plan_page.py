"""The plan beside the form: each step once, in order, and nothing of it can leave its cell."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from model.plan_page import plan_page
from model.runbooks import FULL_FAILOVER
from model.step import Intent, Step, digest
from tests.unit.model.builders import region1_lost, view

VIEW = view(region1_lost())
STEPS = tuple(FULL_FAILOVER.left(VIEW).steps())


def page_of(steps: Iterable[Step] = STEPS, intent: Intent = VIEW.intent) -> str:
    return plan_page("lab", "lab-1", intent, "declare-c-1-1", steps)


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| |")]


def test_every_step_has_its_number_and_its_command() -> None:
    found = rows(page_of())
    assert [line.split(" | ")[0] for line in found] == [f"| {number}" for number in range(1, len(STEPS) + 1)]
    for step, line in zip(STEPS, found, strict=True):
        assert f"{step.verb} {step.host}" in line
        assert step.command in line


def test_the_page_names_its_round_and_counts_its_steps() -> None:
    said = f"Question `declare-c-1-1`: a go approves these {len(STEPS)} steps.\n"
    head = "# Unplanned full failover of lab to region2\nCase `lab-1`, "
    assert page_of().startswith(f"{head}from region1 to region2, unplanned; plan `{digest(STEPS)}`.\n{said}")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(STEPS[::-1], id="another order"),
        pytest.param(STEPS[1:], id="a step less"),
        pytest.param((replace(STEPS[0], command="another"), *STEPS[1:]), id="another command"),
        pytest.param((replace(STEPS[0], must=False), *STEPS[1:]), id="one that may fail"),
    ],
)
def test_another_plan_has_another_digest(other: tuple[Step, ...]) -> None:
    assert len({digest(STEPS), digest(other), digest(list(STEPS))}) == 2


def test_the_page_says_what_moves_from_where_to_where() -> None:
    alone = Intent(runbook="framework_failover", target="region1", mode="planned", reason="test", home="region2")
    assert "Case `lab-1`, from region1 to region2, planned; plan `" in page_of(intent=alone)
    assert "Case `lab-1`, planned; plan `" in page_of(intent=replace(alone, runbook="reprotect", home=None))


def test_the_point_of_no_return_and_what_may_fail_are_marked() -> None:
    found = rows(page_of())
    marked = [step.id for step, line in zip(STEPS, found, strict=True) if "point of no return" in line]
    debts = [step.id for step, line in zip(STEPS, found, strict=True) if f"{step.stage}: ({step.verb}" in line]
    assert marked == [step.id for step in STEPS if step.no_return] == ["promote:r2-db"]
    assert debts == [step.id for step in STEPS if not step.must] != []


def test_a_bar_in_a_command_makes_no_cell() -> None:
    step = replace(STEPS[0], command="one | two")
    (line,) = rows(page_of([step]))
    assert "`one \\| two`" in line
