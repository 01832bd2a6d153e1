"""What each answer does, and until when one counts: the last lines of what is shown at the gate."""

from model.moment import minute

ANSWERS = {
    "go": "approves what is shown above, and nothing else",
    "wait": "changes nothing: the question comes again at once, and says until when you would wait",
    "decline": "takes back every go, and closes the case if nothing is under way, else it stays open (Held)",
}


def answering(question: str, until: float) -> str:
    """Say it.

    Args:
        question: Key of the round.
        until: Seconds of the epoch; never later than the moment by which the answer will be judged.
    """
    said = "; ".join(f"**{answer}** {what}" for answer, what in ANSWERS.items())
    return f"- Your answer: {said}\n- It counts until {minute(until)}, for question `{question}`"
