"""The plan beside the form: each step once, in order, and nothing of it can leave its cell."""

from dataclasses import replace

from model.plan_page import plan_page
from model.runbooks import FULL_FAILOVER
from tests.unit.model.builders import region1_lost, view

STEPS = tuple(FULL_FAILOVER.left(view(region1_lost())).steps())


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| |")]


def test_every_step_has_its_number_and_its_command() -> None:
    found = rows(plan_page("A failover", "declare-c-1-1", STEPS))
    assert [line.split(" | ")[0] for line in found] == [f"| {number}" for number in range(1, len(STEPS) + 1)]
    for step, line in zip(STEPS, found, strict=True):
        assert f"{step.verb} {step.host}" in line
        assert step.command in line


def test_the_page_names_its_round_and_counts_its_steps() -> None:
    page = plan_page("A failover", "declare-c-1-1", STEPS)
    assert page.startswith(f"# A failover\nQuestion `declare-c-1-1`: a go approves these {len(STEPS)} steps.\n")


def test_the_point_of_no_return_and_what_may_fail_are_marked() -> None:
    found = rows(plan_page("A failover", "declare-c-1-1", STEPS))
    marked = [step.id for step, line in zip(STEPS, found, strict=True) if "point of no return" in line]
    debts = [step.id for step, line in zip(STEPS, found, strict=True) if f"{step.stage}: ({step.verb}" in line]
    assert marked == [step.id for step in STEPS if step.no_return] == ["promote:r2-db"]
    assert debts == [step.id for step in STEPS if not step.must] != []


def test_a_bar_in_a_command_makes_no_cell() -> None:
    step = replace(STEPS[0], command="one | two")
    (line,) = rows(plan_page("A failover", "q", [step]))
    assert "`one \\| two`" in line
