"""What becomes of the evidence: whether it can be signed, and is mirrored. No runbook waits for either."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.readiness.blocked import NOTHING
from model.readiness.line import Check, Line

SIGNED = Check("evidence can be signed", "report", "make the key on the control host: gdr evidence key", NOTHING)

MIRRORED = Check("evidence mirrored", "report", "mend the mirror, then: gdr evidence mirror ENVIRONMENT", NOTHING)
NONE = "the environment file names no mirror: the evidence dies with the control host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the evidence of an environment is kept.

    Attributes:
        signer: Public part of the signing key, or why there is none that can be used.
        signs: Whether there is one.
        mirrors: Where it is mirrored, each with what is wrong there; empty when nothing is.
    """

    signer: str
    signs: bool
    mirrors: tuple[tuple[str, str], ...] = ()


def lines(name: str, kept: Keeping) -> Iterator[Line]:
    """Judge how an environment's evidence is kept."""
    yield SIGNED.judged(name, kept.signs, kept.signer)
    for where, fault in kept.mirrors:
        yield MIRRORED.judged(name, not fault, f"{where}: {fault or 'written to, and has every record'}")
    if not kept.mirrors:
        yield Line(name=MIRRORED.name, subject=name, verdict="not_yet", found=NONE, stage=MIRRORED.stage)
