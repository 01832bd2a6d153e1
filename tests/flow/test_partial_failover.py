"""A partial failover carries out the lines of a full one, and says what it is not for yet."""

from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import full_failover
from flows import partial_failover as runbook
from model.runbooks.full_failover import FullFailoverPlan
from tasks import evidence
from tests.flow.recorders import BEFOREHAND, FIELDS, Fixed, Recorder, plan_of_names
from tests.unit.model.test_partial_failover import lost, seen


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch, lambda: seen(lost()).seen, full_failover)
    monkeypatch.setattr(runbook, "PARTIAL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return found


async def run(**words: Any) -> State[str]:
    ended: Any = runbook.partial_failover(
        environment="lab", target="region2", reason="a test", beforehand=BEFOREHAND, **words, return_state=True
    )
    state: State[str] = await ended
    return state


async def test_every_line_is_awaited_once_in_the_order_of_a_full_failover(recorder: Recorder) -> None:
    state = await run()
    assert state.name == "Completed", state.message
    assert [line for line in recorder.lines if not line.startswith("after ")] == list(FIELDS)
    (case,) = evidence.cases("lab")
    assert (case.intent.runbook, case.intent.mode, case.outcome) == ("partial_failover", "unplanned", "reached")


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ({"lost": "dbms"}, "use full_failover, mode unplanned"),
        ({"database": "stay"}, "use database=move"),
    ],
)
async def test_what_is_not_supported_yet_names_the_way_that_is(
    recorder: Recorder, words: dict[str, Any], way: str
) -> None:
    state = await run(**words)
    assert (state.name, recorder.lines, evidence.cases("lab")) == ("Refused", [], ())
    assert "not yet supported" in str(state.message)
    assert way in str(state.message)
