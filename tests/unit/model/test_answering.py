"""What each answer does is said under what is shown, as truly as the gate does it."""

from model.answering import ANSWERS, answering
from model.approval import judge
from tests.unit.model.builders import environment
from tests.unit.model.test_approval import answer, question


def test_each_answer_that_counts_is_explained_and_no_other() -> None:
    counts = {
        said for said in (*ANSWERS, "no", "stop")
        if judge(answer(decision=said, minutes=5), question(), environment()) == ()
    }  # fmt: skip
    assert counts == set(ANSWERS)
    assert all(f"**{said}** {what}" in answering("declare-lab-1", 0) for said, what in ANSWERS.items())


def test_the_moment_shown_is_never_later_than_the_one_that_is_judged() -> None:
    assert "- It counts until 2026-11-24 16:10 UTC, for question `declare-lab-1`" in answering(
        "declare-lab-1", 1_795_536_659.9
    )
