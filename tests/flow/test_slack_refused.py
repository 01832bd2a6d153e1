"""A press in Slack that counts for nothing is told to who pressed, and recorded; the run stays suspended."""

import copy

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import SetStateStatus

from gdr.slack import service
from gdr.slack.messages import Aim
from model.environment.environment import Environment
from tests.fakes.slack import Message, Slack, until
from tests.flow.chatting import (
    ALICE,
    BOB,
    EVE,
    LEFT_OPEN,
    Gate,
    answers,
    decide,
    posted_question,
    serving,
    state_of,
    suspended,
    whispers,
)

pytestmark = pytest.mark.filterwarnings(LEFT_OPEN)


async def test_somebody_who_is_no_approver_is_told_and_recorded_and_the_run_stays(
    known: Environment, chat: Slack
) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        await chat.press(EVE, await posted_question(chat), "go")
        await until(lambda: whispers(chat, EVE))
    assert whispers(chat, EVE) == ["Nothing was done: Slack member U0EVE: is no approver of lab"]
    assert (chat.views, await state_of(run)) == ([], StateType.PAUSED)
    assert case.refused() == ["Slack member U0EVE: is no approver of lab"]


async def test_a_dialog_that_another_member_sends_in_is_refused(known: Environment, chat: Slack) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        await chat.press(ALICE, await posted_question(chat), "go")
        await until(lambda: chat.views)
        await chat.submit(EVE, chat.views[0], "let me")
        await until(lambda: whispers(chat, EVE))
    assert await state_of(run) == StateType.PAUSED
    assert case.refused() == ["Slack member U0EVE: is no approver of lab"]


async def test_a_second_press_and_a_second_dialog_change_nothing(known: Environment, chat: Slack) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        pressed = Message(message.ts, message.text, list(message.blocks))
        await decide(chat, ALICE, message, "go", "the first one")
        await until(lambda: not message.buttons())
        await chat.submit(BOB, chat.views[0], "the second one")
        await chat.press(ALICE, pressed, "go")
        await until(lambda: whispers(chat, ALICE) and whispers(chat, BOB))
    assert {*whispers(chat, ALICE), *whispers(chat, BOB)} == {service.OLD}
    assert [answer.reason for answer in await answers(run)] == ["the first one"]
    assert sorted(case.refused()) == [was_open(ALICE, case), was_open(BOB, case)]


async def test_a_second_form_is_refused_by_the_server_once_the_first_has_resumed_the_run(
    known: Environment, chat: Slack
) -> None:
    """Two people have the form open in the interface; in Slack its buttons are gone as well."""
    run = await Gate().ask()
    forms = [{"decision": "go", "approver": name, "reason": f"{name} in the interface"} for name in ("alice", "bob")]
    async with serving(known, chat), get_client() as client:
        message = await posted_question(chat)
        first, second = [await client.resume_flow_run(run, run_input=form) for form in forms]
        await until(lambda: not message.buttons())
    assert (first.status, second.status) == (SetStateStatus.ACCEPT, SetStateStatus.ABORT)
    assert "not paused" in str(second.details)
    assert [answer.approver for answer in await answers(run)] == ["alice"]


def was_open(member: str, case: Gate) -> str:
    """Say as the record does that somebody was turned away from the first question of a case."""
    return f"Slack member {member}: pressed a button of question {key(case)}, which is not open any more"


def key(case: Gate) -> str:
    return f"declare-{case.case}-1".lower()


async def test_a_button_of_an_earlier_round_answers_nothing_of_the_newer_one(known: Environment, chat: Slack) -> None:
    case = Gate()
    first = await case.ask()
    async with serving(known, chat):
        old = await posted_question(chat)
        pressed = Message(old.ts, old.text, list(old.blocks))
        second = await case.ask()
        await until(lambda: not old.buttons())
        await posted_question(chat)
        await chat.press(ALICE, pressed, "go")
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == [service.OLD]
    assert await answers(first) + await answers(second) == []
    assert case.refused() == [was_open(ALICE, case)]


async def test_a_button_of_a_case_that_was_closed_is_recorded_in_the_one_that_is_open(
    known: Environment, chat: Slack
) -> None:
    before = Gate()
    await before.ask()
    async with serving(known, chat):
        old = await posted_question(chat)
        pressed = Message(old.ts, old.text, list(old.blocks))
        before.records("case.closed", outcome="declined")
        await until(lambda: not old.buttons())
        await chat.press(ALICE, pressed, "go")
        await until(lambda: whispers(chat, ALICE))
        case = Gate()
        run = await case.ask()
        await posted_question(chat)
        await chat.press(ALICE, pressed, "go")
        await until(lambda: whispers(chat, ALICE)[1:])
    assert whispers(chat, ALICE) == [service.OLD, service.OLD]
    assert (before.refused(), case.refused()) == ([], [was_open(ALICE, before)])
    assert await state_of(run) == StateType.PAUSED


FORGED = (
    "",
    "{}",
    "[1, 2]",
    '["lab", "run", "question", "force"]',
    '["prod", "run", "question", "go"]',
    pytest.param("[" * 1900, id="deep"),
)
NONE_OF_OURS = "Slack member U0ALICE: pressed a button that is none of this environment"


@pytest.mark.parametrize("value", FORGED)
async def test_a_forged_button_is_none_of_ours(known: Environment, chat: Slack, value: str) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        await press(chat, message, value)
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == [f"Nothing was done: {NONE_OF_OURS}"]
    assert await state_of(run) == StateType.PAUSED
    assert case.refused() == [NONE_OF_OURS]


@pytest.mark.parametrize("value", FORGED)
async def test_a_forged_dialog_is_none_of_ours(known: Environment, chat: Slack, value: str) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        await chat.press(ALICE, await posted_question(chat), "go")
        await until(lambda: chat.views)
        await chat.submit(ALICE, {**chat.views[0], "private_metadata": value}, "a reason of mine")
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == [f"Nothing was done: {NONE_OF_OURS}"]
    assert (await state_of(run), await answers(run)) == (StateType.PAUSED, [])
    assert case.refused() == [NONE_OF_OURS]


async def press(chat: Slack, message: Message, value: str) -> None:
    """Let alice press a button with a value of somebody's own making."""
    forged = Message(message.ts, message.text, copy.deepcopy(message.blocks))
    forged.buttons()["go"]["value"] = value
    await chat.press(ALICE, forged, "go")


async def test_the_button_of_another_run_answers_nothing_of_this_one(known: Environment, chat: Slack) -> None:
    case = Gate()
    run, other = await case.ask(), await suspended("declare-of-another-case-1")
    async with serving(known, chat):
        message = await posted_question(chat)
        await press(chat, message, Aim("lab", str(other), key(case), "go").written())
        await until(lambda: whispers(chat, ALICE))
    assert whispers(chat, ALICE) == [service.OLD]
    assert (await state_of(run), await state_of(other)) == (StateType.PAUSED, StateType.PAUSED)
    assert case.refused() == [
        f"Slack member U0ALICE: pressed a button of question {key(case)} for another run than the one that asks it"
    ]


async def test_a_flood_of_forged_presses_fills_no_journal_and_the_right_one_still_counts(
    known: Environment, chat: Slack
) -> None:
    case = Gate()
    run = await case.ask()
    async with serving(known, chat):
        message = await posted_question(chat)
        for number in range(30):
            await press(chat, message, f"forged {number}")
            await press(chat, message, Aim("lab", str(run), f"declare-{number}", "go").written())
        await until(lambda: len(whispers(chat, ALICE)) == 60)
        await decide(chat, ALICE, message, "go", "seen on the bridge")
        await until(lambda: not message.buttons())
    assert [answer.reason for answer in await answers(run)] == ["seen on the bridge"]
    assert sorted(case.refused()) == [
        "Slack member U0ALICE: pressed a button of no question that was posted here",
        NONE_OF_OURS,
    ]
