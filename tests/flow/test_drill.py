"""A live drill is a switchover and a failback; what was reached is not done again, and it begins where all is ready."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import drill as runbook
from flows.gate import Beforehand
from model.environment.document import RegionKey
from model.errors import Refused
from model.readiness.blocked import EVERY
from model.readiness.line import Line
from model.step import Intent
from tasks import evidence, readiness
from tasks.cases import NotNeeded
from tasks.drill_files import drills
from tasks.run import environment_file

GIVEN = Beforehand(approver="alice", reason="the rehearsal policy")
SILENT = Line(
    name="answers", subject="r2-db", verdict="unknown", found="no answer", remedy="make it answer", blocks=EVERY
)


class Circle:
    """The parts of a drill: what was asked of them, each a case that is reached, and which of them fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.fails = ""
        self.lines: tuple[Line, ...] = ()
        monkeypatch.setattr(runbook, "fail_over", self.fail_over)
        monkeypatch.setattr(runbook, "go_back", self.go_back)
        monkeypatch.setattr(runbook, "work_in_bubble", self.work_in_bubble)
        monkeypatch.setattr(runbook, "active", self.active)
        monkeypatch.setattr(readiness, "judge", self.judge)

    async def active(self, _name: str) -> RegionKey:
        return "region1"

    async def judge(self, _name: str) -> tuple[Line, ...]:
        return self.lines

    async def fail_over(self, _name: str, target: RegionKey, *_: Any) -> str:
        return self._part(
            f"over to {target}", Intent(runbook="full_failover", target=target, mode="planned", reason="")
        )

    async def go_back(self, _name: str, target: RegionKey, *_: Any) -> str:
        self._part(f"back to {target}", Intent(runbook="full_failover", target=target, mode="planned", reason=""))
        raise NotNeeded("it follows already")

    async def work_in_bubble(self, *_: Any) -> str:
        return self._part("in a bubble", Intent(runbook="bubble", target="region1", mode="planned", reason=""))

    def _part(self, what: str, intent: Intent) -> str:
        self.asked.append(what)
        case = f"lab-{len(evidence.journals('lab'))}"
        self.open(case, intent)
        if what == self.fails:
            evidence.append("lab", case, "a1", "case.closed", {"outcome": "declined"})
            raise Refused("no")
        evidence.append("lab", case, "a1", "case.closed", {"outcome": "reached"})
        return what

    def open(self, case: str, intent: Intent) -> None:
        evidence.append(
            "lab", case, "a1", "case.opened", {"environment": "lab", "digest": "", "intent": asdict(intent)}
        )


@pytest.fixture
def circle(monkeypatch: pytest.MonkeyPatch) -> Circle:
    return Circle(monkeypatch)


async def drilled(kind: str = "live", beforehand: Beforehand | None = None, name: str = "lab") -> State[str]:
    words: dict[str, Any] = {"environment": name, "kind": kind, "reason": "a test", "beforehand": beforehand}
    ended: Any = runbook.drill(**words, return_state=True)
    state: State[str] = await ended
    return state


async def test_it_goes_over_and_back_and_ends_with_a_report(circle: Circle, state: Path) -> None:
    ended = await drilled()
    assert circle.asked == ["over to region2", "back to region1"]
    assert (ended.name, str(ended.message).startswith("live drill: passed. Report ")) == ("Completed", True), ended
    (known,) = drills("lab")
    assert (known.home, known.findings, known.ended is None) == ("region1", (), False)
    assert (state / "reports" / f"{known.name}.md").read_text().startswith("# Live drill of lab: passed")


async def test_what_was_reached_is_not_done_again(circle: Circle) -> None:
    circle.fails = "back to region1"
    assert (await drilled()).name == "Refused"
    circle.fails = ""
    ended = await drilled()
    assert circle.asked == ["over to region2", "back to region1", "back to region1"]
    assert ended.name == "Completed"
    (known,) = drills("lab")
    assert [finding.what for finding in known.findings] == ["full_failover to region1"]


async def test_a_conclusion_that_was_cut_off_is_drawn_again_and_nothing_is_walked_twice(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(**_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as cut:
        cut.setattr("tasks.drills.acreate_markdown_artifact", cut_off)
        assert (await drilled()).name == "Held"
    assert (await drilled()).name == "Completed"
    assert circle.asked == ["over to region2", "back to region1", "back to region1"]
    (known,) = drills("lab")
    assert known.ended is not None


async def test_one_that_was_declined_before_anything_moved_is_over(circle: Circle) -> None:
    circle.fails = "over to region2"
    assert (await drilled()).name == "Refused"
    circle.fails = ""
    assert (await drilled()).name == "Completed"
    first, second = drills("lab")
    assert "switch to region2" in [finding.what for finding in first.findings]
    assert second.findings == ()


async def test_something_real_ends_it_and_the_next_one_begins_anew(circle: Circle) -> None:
    circle.fails = "back to region1"
    await drilled()
    circle.open("lab-real", Intent(runbook="full_failover", target="region1", mode="unplanned", reason="fire"))
    evidence.append("lab", "lab-real", "a1", "case.closed", {"outcome": "reached"})
    circle.fails = ""
    assert (await drilled()).name == "Completed"
    first, second = drills("lab")
    assert "preempted" in [finding.what for finding in first.findings]
    assert second.findings == ()


async def test_what_is_not_ready_begins_no_drill(circle: Circle) -> None:
    circle.lines = (SILENT,)
    ended = await drilled()
    assert (ended.name, circle.asked, list(drills("lab"))) == ("Refused", [], [])
    assert "not ready: r2-db: answers: no answer: make it answer" in str(ended.message)


async def test_an_open_case_begins_no_drill(circle: Circle) -> None:
    circle.open("lab-1", Intent(runbook="reprotect", target="region1", mode="planned", reason="x"))
    ended = await drilled()
    assert (ended.name, circle.asked) == ("Refused", [])
    assert "case lab-1 is open: a drill begins in the steady state" in str(ended.message)


async def test_a_rehearsal_is_walked_like_a_live_one_and_takes_answers_beforehand(circle: Circle) -> None:
    ended = await drilled("rehearsal", GIVEN)
    assert circle.asked == ["over to region2", "back to region1"]
    assert str(ended.message).startswith("rehearsal drill: passed. Report "), ended


async def test_one_of_another_kind_is_not_gone_on_with(circle: Circle) -> None:
    circle.fails = "back to region1"
    await drilled("rehearsal")
    ended = await drilled("live")
    (begun,) = drills("lab")
    assert f"drill live: {begun.name} has begun and not ended: go on with that one, kind rehearsal" in str(
        ended.message
    )


async def test_a_kind_that_is_not_done_here_says_so_and_does_nothing(circle: Circle) -> None:
    ended = await drilled("live", GIVEN)
    assert (ended.name, circle.asked) == ("Refused", [])
    assert "drill live: is never unattended" in str(ended.message)


async def test_a_bubble_is_one_part_and_moves_nothing(circle: Circle) -> None:
    ended = await drilled("bubble")
    assert circle.asked == ["in a bubble"]
    assert str(ended.message).startswith("bubble drill: 1 findings. Report "), ended
    (drill,) = drills("lab")
    assert [finding.text for finding in drill.findings] == ["nothing was compared: fewer than two looks"]


async def test_a_bubble_that_was_discarded_ends_its_drill_and_the_next_one_begins_anew(circle: Circle) -> None:
    circle.fails = "in a bubble"
    assert (await drilled("bubble")).name == "Refused"
    circle.fails = ""
    assert (await drilled("bubble")).name == "Completed"
    first, second = drills("lab")
    assert [finding.what for finding in first.findings][-1] == "end"
    assert [finding.what for finding in second.findings] == ["untouched"]


async def test_one_address_of_production_is_enough_to_rehearse_elsewhere(
    circle: Circle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = environment_file("lab").read_text().replace("name: lab\n", "name: production\n", 1)
    (tmp_path / "production.yaml").write_text(text.replace("198.18.1.11", "10.1.0.11"))
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    ended = await drilled("rehearsal", GIVEN, "production")
    assert (ended.name, circle.asked) == ("Refused", [])
    assert "drill rehearsal: is done in a laboratory, on any other machine: `make drill" in str(ended.message)
