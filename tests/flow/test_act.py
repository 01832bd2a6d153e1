"""An act looks, requires, records, acts, proves, records; only what certainly did not happen is tried again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from prefect.runtime import task_run

from model.errors import Overtaken, RecoveryError, Refused, Transient, Unverified
from model.observation import ComponentSeen, HostSeen, Observation
from model.record import Record
from model.step import Intent, Step, Verb
from tasks import evidence, proof
from tasks.act import Act, act
from tasks.perform import at_once, in_turn, taking
from tasks.run import Run
from tests.unit.model.steady import RECORD

INTENT = Intent(runbook="full_failover", target="region2", mode="planned", reason="test")
STEP = Step(
    stage="fence",
    verb=Verb.STOP,
    host="r1-fw-p",
    unit="scs",
    command="gdr-host EPOCH component-stop scs",
    needs=("host_answers",),
    proves=("component_stopped",),
    undo="start it",
)


class Host:
    """One host in memory, and how often it was told to stop its component."""

    def __init__(self) -> None:
        self.running = True
        self.answers = True
        self.readable = True
        self.record: Record = replace(RECORD, epoch=4, state="switching")
        self.calls = 0
        self.behaves: Callable[[int], None] = lambda _call: None
        self.obeys = True

    def seen(self) -> Observation:
        parts = {"scs": ComponentSeen(running=self.running)}
        found = HostSeen(answers=self.answers, fault="silent", components=parts if self.answers else {})
        return Observation(at=0.0, hosts={"r1-fw-p": found}, record=self.record if self.readable else None)

    async def stop(self, _run: Run, _step: Step) -> None:
        self.calls += 1
        self.behaves(self.calls)
        self.running = self.running and not self.obeys


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    found = Host()

    async def look(*_: Any) -> Observation:
        return found.seen()

    monkeypatch.setattr(proof, "look", look)
    return found


@pytest.fixture
def run() -> Run:
    case = Run(environment="lab", case="lab-1", attempt="a1", intent=INTENT, epoch=4)
    data = {"environment": "lab", "digest": "", "intent": {"runbook": "full_failover", "target": "region2"}}
    data["intent"] |= {"mode": "planned", "reason": "test"}  # type: ignore[operator]
    evidence.append("lab", "lab-1", "a1", "case.opened", data)
    return case


def stop(host: Host, deadline_s: float = 2.0) -> Act:
    made: Any = act(deadline_s=deadline_s)(host.stop)
    patient: Act = made.with_options(retry_delay_seconds=0)
    return patient


def kinds() -> list[str]:
    return [entry.kind for entry in evidence.entries("lab-1")][1:]


async def test_it_is_recorded_before_and_after(host: Host, run: Run) -> None:
    await at_once(stop(host), run, (STEP,))
    assert (host.calls, kinds()) == (1, ["act.before", "act.after"])
    before, after = evidence.entries("lab-1")[1:]
    assert before.data["epoch"] == 4
    assert before.data["facts"] != after.data["facts"]


async def test_its_task_run_is_named_by_the_stage_and_what_is_done(host: Host, run: Run) -> None:
    """Stages are no subflows: the list of task runs reads as the runbook because of their names."""
    names: list[str] = []
    host.behaves = lambda _call: names.append(str(task_run.name))
    await at_once(stop(host), run, (STEP,))
    assert names == [STEP.label] == ["4/9 fence: stop r1-fw-p scs"]


async def test_what_is_done_already_is_not_done_again(host: Host, run: Run) -> None:
    host.running = False
    await at_once(stop(host), run, (STEP,))
    assert (host.calls, kinds()) == (0, ["act.found"])


async def test_a_transient_is_tried_again_with_everything_around_it(host: Host, run: Run) -> None:
    host.behaves = fails_until(3, Transient("busy"))
    await at_once(stop(host), run, (STEP,))
    assert host.calls == 3
    assert kinds() == ["act.before", "act.failed"] * 2 + ["act.before", "act.after"]


async def test_it_is_not_tried_for_ever(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, Transient("busy"))
    with pytest.raises(Transient, match="busy"):
        await at_once(stop(host), run, (STEP,))
    assert host.calls == 4


@pytest.mark.parametrize("error", [Unverified("nobody knows"), Refused("older epoch")])
async def test_nothing_else_is_tried_again(host: Host, run: Run, error: RecoveryError) -> None:
    host.behaves = fails_until(99, error)
    with pytest.raises(type(error), match=str(error)):
        await at_once(stop(host), run, (STEP,))
    assert (host.calls, kinds()) == (1, ["act.before", "act.failed"])


async def test_an_act_without_an_end_is_unverified_and_not_repeated(host: Host, run: Run) -> None:
    async def hang(*_: Any) -> None:
        host.calls += 1
        await asyncio.Event().wait()

    with pytest.raises(Unverified, match="no end within"):
        await at_once(act(deadline_s=0.2)(hang), run, (STEP,))
    assert (host.calls, kinds()) == (1, ["act.before", "act.failed"])


async def test_an_act_without_its_proof_is_unverified(host: Host, run: Run) -> None:
    host.obeys = False
    with pytest.raises(Unverified, match=r"done, but not proven .* scs is not proven stopped"):
        await at_once(stop(host, 0.3), run, (STEP,))
    assert (host.calls, kinds()) == (1, ["act.before", "act.failed"])


@pytest.mark.parametrize(("known", "error"), [(True, Overtaken), (False, Unverified)])
async def test_who_cannot_confirm_his_act_learns_whether_he_was_overtaken(
    host: Host, run: Run, *, known: bool, error: type[RecoveryError]
) -> None:
    """A process frozen in the middle of an act wakes up long past its deadline. Ignorance is no overtaking."""

    def overtaken(_call: int) -> None:
        host.record = replace(host.record, epoch=5)
        host.readable = known

    host.obeys, host.behaves = False, overtaken
    with pytest.raises(error, match="not proven"):
        await at_once(stop(host, 0.3), run, (STEP,))


async def test_a_precondition_that_does_not_hold_refuses(host: Host, run: Run) -> None:
    with pytest.raises(Refused, match="r1-fw-p: lca does not run"):
        await at_once(stop(host), run, (replace(STEP, needs=("lca_runs",)),))
    assert (host.calls, kinds()) == (0, ["act.refused"])


async def test_a_precondition_nobody_could_see_is_looked_at_again(host: Host, run: Run) -> None:
    host.answers = False
    with pytest.raises(Transient, match="r1-fw-p: does not answer"):
        await at_once(stop(host), run, (STEP,))
    assert (host.calls, kinds()) == (0, ["act.refused"] * 4)


async def test_a_process_that_was_overtaken_acts_no_more_not_even_for_a_should(host: Host, run: Run) -> None:
    host.record = replace(host.record, epoch=5)
    with pytest.raises(Overtaken, match="another process has taken over"):
        await at_once(stop(host), run, (replace(STEP, must=False),))
    assert (host.calls, kinds()) == (0, ["act.refused"])


async def test_a_host_that_obeyed_a_younger_process_stops_even_a_should(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, Overtaken("epoch 4 is older than 5"))
    with pytest.raises(Overtaken, match="epoch 4 is older than 5"):
        await in_turn(stop(host), run, (replace(STEP, must=False), STEP))
    assert (host.calls, kinds()) == (1, ["act.before", "act.failed"])


async def test_the_type_says_who_was_overtaken_never_the_words(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, Refused("another process has taken over"))
    await at_once(stop(host), run, (replace(STEP, must=False),))
    assert kinds() == ["act.before", "act.failed", "debt"]


async def test_being_overtaken_is_graver_than_another_refusal(host: Host, run: Run) -> None:
    async def fail(_run: Run, step: Step) -> None:
        raise Refused("first") if step.must else Overtaken("second")

    with pytest.raises(Overtaken, match="second; first"):
        await at_once(act(deadline_s=1)(fail), run, (STEP, replace(STEP, must=False)))
    assert host.running


async def test_a_should_that_fails_is_a_debt(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, Unverified("nobody knows"))
    await at_once(stop(host), run, (replace(STEP, must=False),))
    assert kinds() == ["act.before", "act.failed", "debt"]


async def test_the_gravest_of_several_failures_is_raised_with_the_words_of_all(host: Host, run: Run) -> None:
    errors = iter([Transient("first"), Unverified("second")])

    async def fail(*_: Any) -> None:
        raise next(errors)

    made: Any = act(deadline_s=1)(fail)
    with pytest.raises(Unverified, match="second; first"):
        await at_once(made.with_options(retries=0), run, (STEP, replace(STEP, undo="no")))
    assert host.running


async def test_in_turn_stops_at_the_first_failure(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, Unverified("nobody knows"))
    with pytest.raises(Unverified):
        await in_turn(stop(host), run, (STEP, STEP))
    assert host.calls == 1


async def test_an_unexpected_error_is_not_dressed_up(host: Host, run: Run) -> None:
    host.behaves = fails_until(99, LookupError("a bug"))
    with pytest.raises(LookupError):
        await at_once(stop(host), run, (replace(STEP, must=False),))
    assert host.calls == 1


async def test_taking_the_epoch_gives_the_run_that_holds_it(host: Host, run: Run) -> None:
    async def take(before: Run, _step: Step) -> Run:
        host.record, host.running = replace(host.record, epoch=9), False
        return replace(before, epoch=9)

    taken = await taking(act(deadline_s=1, epoch=())(take), replace(run, epoch=None), (STEP,))
    assert taken.epoch == 9
    assert await taking(act(deadline_s=1)(take), run, ()) == run


def fails_until(call: int, error: Exception) -> Callable[[int], None]:
    def behave(number: int) -> None:
        if number < call:
            raise error

    return behave
