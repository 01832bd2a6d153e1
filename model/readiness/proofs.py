"""What becomes of the evidence: whether it can be signed. No runbook waits for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.readiness.blocked import NOTHING
from model.readiness.line import Check, Line

SIGNED = Check("evidence can be signed", "report", "make the key on the control host: gdr evidence key", NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the evidence of an environment is kept.

    Attributes:
        signer: Public part of the signing key, or why there is none that can be used.
        signs: Whether there is one.
    """

    signer: str
    signs: bool


def lines(name: str, kept: Keeping) -> Iterator[Line]:
    """Judge how an environment's evidence is kept."""
    yield SIGNED.judged(name, kept.signs, kept.signer)
