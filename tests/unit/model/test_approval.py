"""What a person saw, what they answered, and whether it still covers what is left."""

import hashlib
from typing import Any

import pytest

from model.approval import (
    BEFOREHAND,
    CODE,
    DECLARED,
    SLACK,
    SSH,
    Answer,
    Approval,
    Bounds,
    Identity,
    Question,
    approve,
    identify,
    judge,
    late,
    stated,
    uncovered,
)  # fmt: skip
from model.standing import standing
from tests.unit.model.builders import environment

SHOWN = Bounds(loss_changes=40, unreachable=frozenset({"r1-app-p"}), waived=frozenset({"r1-db"}))
KEY = "declare-lab-1-1"
STEPS = {"promote:r2-db": "5/9 database: promote r2-db", "start:r2-fw-p/lca": "6/9 framework: start r2-fw-p lca"}


def answer(**changes: Any) -> Answer:
    known: dict[str, Any] = {
        "question": KEY,
        "approver": "alice",
        "decision": "go",
        "reason": "region 1 burns",
        "channel": "terminal",
        "at": 5.0,
    }
    return Answer(**(known | changes))


def approval(**changes: Any) -> Approval:
    known: dict[str, Any] = {
        "stage": "declare",
        "mode": "unplanned",
        "approver": "alice",
        "decision": "go",
        "reason": "region 1 burns",
        "channel": "terminal",
        "at": 5.0,
        "beforehand": False,
        "steps": frozenset(STEPS),
        "bounds": SHOWN,
    }
    return Approval(**(known | changes))


def question(key: str = KEY) -> Question:
    return Question(
        key=key, mode="unplanned", steps=frozenset(STEPS), bounds=SHOWN, levels={"r1-db": 5}, text="may we?", at=1.0
    )


def bounds(**changes: Any) -> Bounds:
    known: dict[str, Any] = {"loss_changes": 40, "unreachable": SHOWN.unreachable, "waived": SHOWN.waived}
    return Bounds(**(known | changes))


def test_an_approver_on_the_list_with_a_reason_is_heard() -> None:
    assert judge(answer(), question(), environment()) == ()
    assert judge(answer(decision="decline"), question(), environment()) == ()
    assert judge(answer(decision="wait", minutes=30), question(), environment()) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"approver": "mallory"}, "not on the list"),
        ({"decision": "wait until"}, "must be go, wait or decline"),
        ({"decision": "wait"}, "wait 0 minutes: must be 1 to 1440"),
        ({"reason": "  a "}, "say in a few words why"),
    ],
)
def test_an_answer_against_policy_is_refused_with_the_reason(changes: dict[str, Any], words: str) -> None:
    (reason,) = judge(answer(**changes), question(), environment())
    assert words in reason


def test_an_answer_after_its_time_is_late_and_only_the_flow_says_so() -> None:
    assert late(answer(), question(), environment()) == late(answer(), None, environment()) == ()
    (reason,) = late(answer(at=86_402.0), question(), environment())
    assert "has expired: read what is shown now" in reason
    assert judge(answer(at=86_402.0), question(), environment()) == (), "a channel that refused could not ask again"


def test_who_has_said_go_cannot_be_the_second_person() -> None:
    (reason,) = judge(answer(), question(), environment(), frozenset({"alice"}))
    assert reason == "approver 'alice': has said go already: another person must"
    assert judge(answer(decision="decline"), question(), environment(), frozenset({"alice"})) == ()
    assert judge(answer(approver="bob"), question(), environment(), frozenset({"alice"})) == ()


def covers(_said: Approval) -> tuple[str, ...]:
    return ()


@pytest.mark.parametrize(
    ("edits", "people"),
    [((), 1), ((("four_eyes: false", "four_eyes: true"),), 2), ((("four_eyes: false", "quorum: 2"),), 2)],
)
def test_it_may_begin_when_enough_people_have_said_go(edits: tuple[tuple[str, str], ...], people: int) -> None:
    policy = environment(*edits).approval
    said = [approval(), approval(approver="bob")]
    assert [standing(said[:count], policy, covers, 6.0, None).enough for count in range(3)] == [
        count >= people for count in range(3)
    ]
    one = standing(said[:1], policy, covers, 6.0, None)
    assert (one.page("may we?") == "may we?") is (people == 1)
    assert people == 1 or one.reasons == ("alice said go: 1 more must",)


def test_a_go_holds_while_it_covers_and_until_it_expires_if_nothing_has_begun() -> None:
    policy = environment().approval
    worse = standing([approval()], policy, lambda _said: ("worse",), 6.0, None)
    assert (worse.enough, worse.people, worse.reasons) == (False, frozenset(), ("worse",))
    late = standing([approval()], policy, covers, 86_406.0, None)
    assert (late.enough, late.reasons) == (False, ("alice said go 1440 minutes ago: it holds for 1440",))
    assert standing([approval()], policy, covers, 86_406.0, 5.0).enough, "it was followed"
    later = standing([approval(at=7.0)], policy, covers, 86_408.0, 5.0)
    assert not later.enough, "what was done before it does not keep it"


@pytest.mark.parametrize("asked", [None, question("declare-lab-1-2")])
def test_only_the_newest_question_can_be_answered(asked: Question | None) -> None:
    (reason,) = judge(answer(), asked, environment())
    assert "is not the one that is open now" in reason


def test_an_approval_is_bound_to_what_its_question_showed() -> None:
    assert approve(question(), answer(), DECLARED) == approval()
    assert approve(question(), answer(decision="decline"), CODE) == approval(decision="decline", identity=CODE)


CODED = ("approvers: [alice, bob]", "approvers: [{name: alice, identity: code}, bob]")


def test_a_bare_name_proves_nothing_and_says_so() -> None:
    assert identify(answer(), environment(), None, frozenset()) == Identity(word=DECLARED)
    assert identify(answer(approver="bob"), environment(CODED), None, frozenset()) == Identity(word=DECLARED)
    given = identify(answer(beforehand=True), environment(CODED), None, frozenset())
    assert given == Identity(word=BEFOREHAND)


def test_a_code_of_that_moment_proves_who_it_was_once() -> None:
    known = environment(CODED)
    assert identify(answer(code="123456"), known, 7, frozenset({5, 6})) == Identity(word=CODE, step=7)
    for used in ({7}, {8}):
        found = identify(answer(code="123456"), known, 7, frozenset(used))
        assert (found.word, found.step) == ("", 7), "it is noted as given all the same"
        assert "was given before" in found.reasons[0]


@pytest.mark.parametrize(
    ("code", "words"), [("", "give the six digits"), ("000000", "is not the one that your device")]
)
def test_a_code_that_is_wrong_or_missing_proves_nothing(code: str, words: str) -> None:
    found = identify(answer(code=code), environment(CODED), None, frozenset())
    assert (found.word, found.step, words in found.reasons[0]) == ("", None, True)
    assert code == "" or code not in found.reasons[0]


def test_a_signature_proves_who_it_was_and_a_wrong_one_is_no_way_round_the_code() -> None:
    known = environment(CODED)
    assert identify(answer(), known, None, frozenset(), signed=True) == Identity(word=SSH)
    found = identify(answer(), known, 7, frozenset(), signed=False)
    assert (found.word, "is not that of the key" in found.reasons[0]) == ("", True)


IN_SLACK = (
    "  four_eyes: false\n",
    "  four_eyes: false\n  slack: {access: lab-slack, channel: C0DR, people: {alice: U0ALICE, bob: U0BOB}}\n",
)


def test_a_member_of_slack_is_the_approver_the_environment_names() -> None:
    known = environment(IN_SLACK)
    assert identify(answer(channel="slack", member="U0ALICE"), known, None, frozenset()) == Identity(word=SLACK)
    wrong = identify(answer(channel="slack", member="U0BOB"), known, None, frozenset())
    assert wrong.reasons == ("Slack member U0BOB: is not alice in lab",)
    nowhere = identify(answer(channel="slack", member="U0ALICE"), environment(), None, frozenset())
    assert nowhere.reasons == ("Slack member U0ALICE: is not alice in lab",)


def test_what_nobody_vouches_for_proves_nothing() -> None:
    said = answer(channel="slack", member="U0ALICE", fault="signed in Slack: cannot be read")
    found = identify(said, environment(IN_SLACK), None, frozenset())
    assert (found.word, found.reasons) == ("", ("signed in Slack: cannot be read",))


def test_what_is_signed_names_question_what_it_showed_and_what_he_says_to_it() -> None:
    said = stated(answer(), "may we?")
    assert said.splitlines() == [
        "genesys-dr approval",
        f"question: {KEY}",
        f"shown-sha256: {hashlib.sha256(b'may we?').hexdigest()}",
        "approver: alice",
        "decision: go",
        "reason: region 1 burns",
    ]
    assert "decision: wait 30 minutes" in stated(answer(decision="wait", minutes=30), "may we?")
    assert stated(answer(), "may we not?") != said != stated(answer(decision="decline"), "may we?")


def test_a_policy_knows_the_key_of_whom_it_names_one() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"
    policy = environment(("[alice, bob]", f'[{{name: alice, ssh_key: "{key}"}}, bob]')).approval
    assert [policy.key_of(name) for name in ("alice", "bob", "mallory")] == [key, None, None]


def test_a_code_is_never_shown_with_its_answer() -> None:
    assert "481516" not in repr(answer(code="481516"))


@pytest.mark.parametrize(
    ("approvers", "codes"),
    [("[alice]", "none"), ("[{name: alice, identity: code}]", "all"), ("[bob, {name: alice, identity: code}]", "some")],
)
def test_a_policy_knows_how_many_of_its_approvers_give_a_code(approvers: str, codes: str) -> None:
    policy = environment(("[alice, bob]", approvers)).approval
    assert (policy.codes, "alice" in policy.names, policy.asks_code("mallory")) == (codes, True, False)


def test_every_reason_is_named_at_once() -> None:
    assert len(judge(answer(approver="x", decision="perhaps", reason=""), question(), environment())) == 3


def test_an_answer_given_beforehand_counts_only_in_a_laboratory() -> None:
    assert judge(answer(beforehand=True), question(), environment()) == ()
    real = environment(("  address: 198.18.0.10\n", "  address: 10.0.0.10\n"))
    assert judge(answer(beforehand=True), question(), real) != ()


def test_an_approval_covers_fewer_steps_and_better_bounds() -> None:
    left = {"promote:r2-db": STEPS["promote:r2-db"]}
    assert uncovered(approval(), STEPS, SHOWN, "unplanned") == ()
    assert (
        uncovered(approval(), left, bounds(loss_changes=3, unreachable=frozenset(), waived=frozenset()), "unplanned")
        == ()
    )


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        (bounds(loss_changes=41), "changes at risk: 40 shown, now 41"),
        (bounds(loss_changes=None), "now unknown"),
        (bounds(waived=frozenset({"r1-db", "r1-fw-p"})), "r1-fw-p: fence was not shown as waived"),
        (bounds(unreachable=frozenset({"r1-app-p", "r2-app-p"})), "r2-app-p: was not shown as unreachable"),
    ],
)
def test_a_worse_bound_is_asked_about_again(worse: Bounds, words: str) -> None:
    (reason,) = uncovered(approval(), STEPS, worse, "unplanned")
    assert words in reason


def test_an_unknown_loss_once_accepted_cannot_get_worse() -> None:
    unknown = approval(bounds=bounds(loss_changes=None))
    assert uncovered(unknown, STEPS, bounds(loss_changes=10**6), "unplanned") == ()


def test_a_step_that_was_not_shown_is_asked_about() -> None:
    more = {**STEPS, "power-off:r1-db": "4/9 fence: power-off r1-db"}
    assert uncovered(approval(), more, SHOWN, "unplanned") == ("step not shown: 4/9 fence: power-off r1-db",)


def test_another_mode_is_another_question() -> None:
    assert uncovered(approval(), STEPS, SHOWN, "planned") == ("approved as unplanned, now planned",)
