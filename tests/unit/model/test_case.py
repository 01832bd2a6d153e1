"""A case is what its records say and nothing else."""

from dataclasses import replace
from typing import Any

from model.answered import approval_data, approval_from, identity_data, question_data
from model.approval import Answer, Approval, Bounds, Identity, Question
from model.case import Case, fold, too_late
from model.evidence import Entry, follow
from model.observation import Sample, Watch
from model.step import Intent

OPENED = {
    "environment": "lab",
    "digest": "ab" * 32,
    "intent": {"runbook": "full_failover", "target": "region2", "mode": "planned", "reason": "maintenance"},
}


def records(*kinds: tuple[str, dict[str, Any]]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for number, (kind, data) in enumerate((("case.opened", OPENED), *kinds)):
        last = entries[-1] if entries else None
        entries.append(follow(last, at=100.0 + number, case="lab-1", attempt="a1", kind=kind, data=data))
    return tuple(entries)


def folded(*kinds: tuple[str, dict[str, Any]]) -> Case:
    case = fold(records(*kinds))
    assert case is not None
    return case


BOUNDS = {"loss_changes": 0, "unreachable": [], "waived": []}


def approval(decision: str = "go", waived: frozenset[str] = frozenset()) -> Approval:
    return Approval(
        stage="declare",
        mode="unplanned",
        approver="alice",
        decision=decision,  # type: ignore[arg-type]
        reason="region 1 burns",
        channel="terminal",
        at=101.0,
        beforehand=False,
        steps=frozenset({"promote:r2-db"}),
        bounds=Bounds(loss_changes=None, unreachable=frozenset({"r1-app-p"}), waived=waived),
    )


def test_without_an_opening_record_there_is_no_case() -> None:
    assert fold(()) is None
    assert fold(records()[1:]) is None
    assert fold((follow(None, at=1.0, case="x", attempt="a", kind="debt", data={}),)) is None


def test_an_opened_case_knows_its_intent_and_nothing_else() -> None:
    case = folded()
    assert (case.name, case.opened_at, case.environment) == ("lab-1", 100.0, "lab")
    assert case.intent == Intent(runbook="full_failover", target="region2", mode="planned", reason="maintenance")
    assert (case.approval, case.waived, case.rounds, case.outcome, case.debts) == (None, frozenset(), 0, None, ())


def test_the_head_is_the_hash_of_the_last_record() -> None:
    entries = records(("observed", {}))
    case = fold(entries)
    assert case is not None
    assert case.head == entries[-1].hash


def test_a_planned_case_can_be_escalated() -> None:
    case = folded(("intent.escalated", {"intent": {**OPENED["intent"], "mode": "unplanned"}}))  # type: ignore[dict-item]
    assert case.intent.mode == "unplanned"


def test_attempts_and_rounds_are_counted() -> None:
    case = folded(("attempt.started", {}), ("gate.asked", {}), ("attempt.started", {}), ("gate.asked", {}))
    assert (case.attempts, case.rounds) == (2, 2)


def test_a_case_has_begun_once_an_act_of_it_is_on_record() -> None:
    assert not folded(("attempt.started", {}), ("gate.asked", {})).begun
    assert folded(("act.before", {"step": "take-epoch:ns1"})).begun


def test_the_newest_question_is_kept_as_it_was_shown() -> None:
    bounds = Bounds(loss_changes=7, unreachable=frozenset({"r1-app-p"}), waived=frozenset({"r1-db"}))
    asked = Question(
        key="declare-lab-1-2", mode="unplanned", steps=frozenset({"promote:r2-db"}), bounds=bounds,
        levels={"r1-db": 5}, text="may we?", flow_run="f3a0", api="http://127.0.0.1:4200/api",
    )  # fmt: skip
    found = folded(("gate.asked", {}), ("gate.asked", question_data(asked))).question
    assert found is not None
    assert (replace(found, at=0.0), found.at > 0) == (asked, True)
    assert folded(("gate.asked", question_data(asked)), ("gate.asked", {"text": "older version"})).question is None


def test_an_answer_is_judged_once() -> None:
    """Two processes of a case may read the same one: it counts once, and is not refused either."""
    given = {**approval_data(approval()), "key": "run-1/suspended-q-response"}
    case = folded(("gate.refused", {"key": "run-0/suspended-q-response"}), ("gate.answered", given))
    assert case.judged == {"run-0/suspended-q-response", "run-1/suspended-q-response"}
    for kind in ("gate.answered", "gate.refused", "gate.waiting"):
        assert "another process of it has judged this answer meanwhile" in too_late(case, kind, given)
    assert too_late(case, "gate.answered", {**given, "key": "run-2/suspended-q-response"}) == ""
    assert folded(("gate.answered", approval_data(approval()))).judged == frozenset(), "of an older version"


def test_a_question_of_an_older_version_does_not_say_where_it_was_asked() -> None:
    older = {"question": "q", "mode": "planned", "steps": [], "bounds": BOUNDS, "levels": {}, "text": "?"}
    found = folded(("gate.asked", older)).question
    assert found is not None
    assert (found.flow_run, found.api) == ("", "")


def test_a_question_that_was_answered_is_open_no_more() -> None:
    asked = (
        "gate.asked",
        {"question": "q", "mode": "planned", "steps": [], "bounds": BOUNDS, "levels": {}, "text": "?"},
    )
    assert folded(asked).question is not None
    assert folded(asked, ("gate.answered", approval_data(approval()))).question is None


def test_a_word_to_wait_closes_its_question_and_is_kept_until_the_next() -> None:
    asked = (
        "gate.asked",
        {"question": "q", "mode": "planned", "steps": [], "bounds": BOUNDS, "levels": {}, "text": "?"},
    )
    case = folded(asked, ("gate.waiting", {"approver": "alice", "reason": "the carrier mends it", "until": 1800.0}))
    assert (case.question, case.goes) == (None, ())
    assert case.patience is not None
    assert case.patience.words(0.0) == (
        "alice says wait until 1970-01-01 00:30 UTC: the carrier mends it. A go before that counts all the same."
    )
    assert case.patience.words(1800.0).endswith("That time is over.")


def test_a_word_to_wait_is_taken_back_by_the_go_of_the_same_person() -> None:
    waiting = ("gate.waiting", {"approver": "alice", "reason": "the carrier mends it", "until": 1800.0})
    bob = ("gate.answered", approval_data(replace(approval(), approver="bob")))
    assert folded(waiting, bob).patience is not None
    assert folded(waiting, ("gate.answered", approval_data(approval()))).patience is None


def test_a_fence_is_waived_by_as_many_as_must_say_go_and_a_newer_go_replaces_the_older() -> None:
    waives = approval(waived=frozenset({"r1-db"}))
    one = folded(("gate.answered", approval_data(waives)))
    assert one.waived_by(1) == {"r1-db"}
    assert one.waived_by(2) == frozenset()
    both = folded(*(("gate.answered", approval_data(replace(waives, approver=name))) for name in ("alice", "bob")))
    assert both.waived_by(2) == {"r1-db"}
    newer = folded(("gate.answered", approval_data(waives)), ("gate.answered", approval_data(approval())))
    assert newer.waived_by(1) == frozenset()


def test_of_each_person_the_newest_go_counts_and_a_decline_takes_all_of_them_back() -> None:
    said = [approval(), replace(approval(), approver="bob"), replace(approval(), reason="again")]
    case = folded(*(("gate.answered", approval_data(one)) for one in said))
    assert {(one.approver, one.reason) for one in case.goes} == {("alice", "again"), ("bob", "region 1 burns")}
    declined = folded(*(("gate.answered", approval_data(one)) for one in (*said, approval("decline"))))
    assert declined.goes == ()


def test_the_sample_at_declaration_is_kept() -> None:
    sample = {"at": 99.0, "primary": 5, "standby": None, "bytes_per_s": 1.0}
    case = folded(("sample.declared", {"sample": sample, "at": 100.0}))
    assert (case.sample, case.declared_at) == (Sample(at=99.0, primary=5, standby=None, bytes_per_s=1.0), 100.0)
    assert case.watch is None
    assert folded(("sample.declared", {"sample": None, "at": 100.0})).sample is None
    watched = {"sample": sample, "watch": {"since": 1.0, "until": 99.0}, "at": 100.0}
    assert folded(("sample.declared", watched)).watch == Watch(since=1.0, until=99.0)


def test_an_approval_survives_being_written_and_read() -> None:
    known = approval(waived=frozenset({"r1-db"}))
    assert approval_from(approval_data(known)) == known


def test_what_proved_who_answered_is_kept_of_a_code_only_which_one_it_was() -> None:
    given = Answer(question="q", approver="a", decision="go", reason="r", channel="terminal", at=1.0, code="481516")
    assert identity_data(Identity(word="one-time code", step=7), given) == {"code_step": 7}
    signed = replace(given, code="", statement="I, a", signature="-----BEGIN")
    assert identity_data(Identity(word="SSH signature"), signed) == {"statement": "I, a", "signature": "-----BEGIN"}
    assert identity_data(Identity(), given) == {}


def test_an_answer_of_an_older_version_is_a_self_declared_name() -> None:
    data = {key: value for key, value in approval_data(approval()).items() if key != "identity"}
    assert approval_from(data).identity == "self-declared name"


def test_an_answer_with_more_beside_it_is_read_all_the_same() -> None:
    data = {**approval_data(approval()), "key": "k", "levels": {}, "text": "..."}
    assert folded(("gate.answered", data)).approval == approval()


def test_the_newest_go_counts_and_waives_what_it_showed() -> None:
    first, second = approval(waived=frozenset({"r1-db"})), approval()
    case = folded(("gate.answered", approval_data(first)), ("gate.answered", approval_data(second)))
    assert case.approval == second
    assert case.waived == frozenset(), "what answered in between was not shown as waived again"


def test_a_decline_takes_back_an_earlier_go() -> None:
    go, decline = ("gate.answered", approval_data(approval())), ("gate.answered", approval_data(approval("decline")))
    assert folded(go, decline).approval is None
    assert folded(go, decline, go).approval == approval()


def test_a_decline_waives_nothing() -> None:
    case = folded(("gate.answered", approval_data(approval("decline", frozenset({"r1-db"})))))
    assert (case.approval, case.waived) == (None, frozenset())


def test_a_debt_is_known_by_its_target_and_the_last_word_counts() -> None:
    case = folded(("debt", {"target": "ns2", "what": "silent"}), ("debt", {"target": "ns2", "what": "answers region1"}))
    assert case.debts == (("ns2", "answers region1"),)


def test_a_closed_case_names_its_outcome() -> None:
    assert folded(("case.closed", {"outcome": "completed"})).outcome == "completed"


def test_what_can_be_observed_is_not_read_from_the_records() -> None:
    assert folded(("observed", {"observation": {"at": 1.0}}), ("act.after", {"step": "x"})).debts == folded().debts


def test_another_target_or_a_step_back_to_planned_clashes() -> None:
    planned = folded().intent
    unplanned = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="now lost")
    assert not folded().clashes(unplanned)
    assert not folded().clashes(planned)
    assert folded().clashes(Intent(runbook="full_failover", target="region1", mode="planned", reason="x"))
    escalated = folded(("intent.escalated", {"intent": {**OPENED["intent"], "mode": "unplanned"}}))  # type: ignore[dict-item]
    assert escalated.clashes(planned)
