"""What is left of a bubble is judged on every host of both regions, and stands in the way of what it would confuse."""

from model.bubble import Copy, Walls
from model.observation import Observation, Power
from model.readiness.blocked import WAY_BACK
from model.readiness.line import Line
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model.steady import DAY, NOW, host, lab


def judged(seen: Observation) -> tuple[Line, ...]:
    return readiness(steady_view(lab(), seen), NOW, day=DAY)


def line(lines: tuple[Line, ...], name: str, subject: str) -> Line:
    (found,) = [line for line in lines if (line.name, line.subject) == (name, subject)]
    return found


def test_what_is_left_of_a_bubble_blocks_all_but_what_takes_it_down() -> None:
    left = line(judged(host("r2-fw-b", walls=Walls(case="lab-1", whole=True))), "no walls of a bubble", "r2-fw-b")
    assert (left.found, left.blocks) == (
        "whole, of case lab-1",
        ("full_failover planned", "partial_failover", "framework_failover", "dbms_failover", *WAY_BACK),
    )
    copied = line(judged(host("r2-db", copy=Copy(case="lab-1"))), "no copy of a bubble", "r2-db")
    assert (copied.found, copied.blocks) == ("of case lab-1", left.blocks)
    off = line(judged(host("r2-fw-b", walls=None, power=Power.OFF)), "no walls of a bubble", "r2-fw-b")
    assert off.verdict == "green"
    inside = line(judged(host("r1-fw-b", walls=Walls(case="lab-1", whole=True))), "one Primary", "region1")
    assert "r1-fw-b within a bubble" in inside.found
    backup = line(judged(host("r1-fw-b", walls=Walls(case="lab-1", whole=True))), "one Backup", "region1")
    assert backup.verdict == "red"
    torn = line(judged(host("r2-fw-b", walls=Walls(case="lab-1"))), "no walls of a bubble", "r2-fw-b")
    assert (torn.verdict, torn.found) == ("red", "torn, of case lab-1")
