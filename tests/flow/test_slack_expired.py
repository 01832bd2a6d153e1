"""A go in Slack that comes too late is the gate's to refuse: it alone can ask again."""

from collections.abc import Iterable
from unittest.mock import AsyncMock

import pytest

from flows.gate import gate
from model.approval import Answer
from model.environment.environment import Environment
from model.runbooks import FULL_FAILOVER
from tasks import cases, show
from tasks.approvals import prefect_ui
from tasks.run import Run
from tests.fakes.slack import Slack, until
from tests.flow.chatting import (
    ALICE,
    INTENT,
    LEFT_OPEN,
    Gate,
    answers,
    decide,
    posted_question,
    question,
    serving,
    suspended,
)
from tests.unit.model.builders import region1_lost, view

LOST = view(region1_lost()).seen
pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)


class AskedAgain(BaseException):
    """The process ends at this question; another begins when somebody has answered."""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """What lies there when a process comes to the gate."""
    found: dict[str, Answer] = {}

    async def answers(_stage: str, judged: Iterable[str]) -> dict[str, Answer]:
        return {key: answer for key, answer in found.items() if key not in set(judged)}

    async def ask(asked: str, _text: str, _codes: str, *, in_slack: bool) -> None:
        assert in_slack
        raise AskedAgain(asked)

    monkeypatch.setattr(prefect_ui, "is_deployed", lambda: True)
    monkeypatch.setattr(prefect_ui, "answers", answers)
    monkeypatch.setattr(prefect_ui, "ask", ask)
    monkeypatch.setattr(show, "page", AsyncMock())
    monkeypatch.setattr(cases, "observed", AsyncMock(return_value=LOST))
    return found


async def test_a_go_in_slack_that_comes_after_the_question_expired_is_refused_and_asked_for_again(
    known: Environment, chat: Slack, given: dict[str, Answer]
) -> None:
    """The service passes it on: the flow alone judges when a question has expired, for it asks again."""
    case = Gate()
    first = await case.ask(ago_s=known.approval.expires_s + 60)
    resumed = Run(environment="lab", case=case.case, attempt="a2", intent=INTENT)
    async with serving(known, chat):
        old = await posted_question(chat)
        await decide(chat, ALICE, old, "go", "too late")
        await until(lambda: not old.buttons())
        assert len(await answers(first)) == 1
        with pytest.raises(AskedAgain) as asked:
            await gate(FULL_FAILOVER, resumed, LOST, None)
        assert case.refused() == [
            f"question {question(case.case).key}: has expired: read what is shown now, and answer that"
        ]

        second = await suspended(str(asked.value))
        new = await posted_question(chat)
        assert "The last answer did not count:" in new.blocks[0]["text"]["text"]
        await decide(chat, ALICE, new, "go", "in time")
        await until(lambda: not new.buttons())
    (given["second"],) = await answers(second)
    _, plan = await gate(FULL_FAILOVER, resumed, LOST, None)
    assert plan.promote
