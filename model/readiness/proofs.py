"""What only the control host has: keys that sign evidence and change the record, a mirror, and approvers' seeds."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.readiness.blocked import EVERY, NOTHING
from model.readiness.line import Check, Line

SIGNED = Check("evidence can be signed", "report", "make the key on the control host: gdr evidence key", NOTHING)

MIRRORED = Check("evidence mirrored", "report", "mend the mirror, then: gdr evidence mirror ENVIRONMENT", NOTHING)
NONE = "the environment file names no mirror: the evidence dies with the control host"
UPDATES = Check(
    "update key accepted",
    "epoch",
    "give the block the writer's key, and the key its right: docs/operate.md, Change a key",
)
CODES = Check("approver has one-time codes", "declare", "enrol him: gdr approver NAME", NOTHING, EVERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is there for the proofs of an environment.

    Attributes:
        signer: Public part of the signing key, or why there is none that can be used.
        signs: Whether there is one.
        codes: The approvers who prove by one-time code who they are, each with whether a seed of theirs is here.
        nobody: Whether each approver needs a code, and none has a seed.
        updates: What the writer says to an update that can change nothing, and if it knows the key; None: not asked.
        mirrors: Where it is mirrored, each with what is wrong there; empty when nothing is.
    """

    signer: str
    signs: bool
    updates: tuple[str, bool | None] | None = None
    mirrors: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, bool], ...] = ()
    nobody: bool = False


def _approvers(kept: Keeping) -> Iterator[Line]:
    """Judge each on his own; a gate that nobody at all could answer stops every runbook that asks."""
    for name, has_seed in kept.codes:
        found = "has a seed on this control host" if has_seed else "has no seed on this control host that can be used"
        yield CODES.judged(name, has_seed, found, EVERY if kept.nobody else NOTHING)


def lines(name: str, kept: Keeping) -> Iterator[Line]:
    """Judge it."""
    yield SIGNED.judged(name, kept.signs, kept.signer)
    if kept.updates is not None:
        said, known = kept.updates
        yield UPDATES.judged(name, known, said)
    yield from _approvers(kept)
    for where, fault in kept.mirrors:
        yield MIRRORED.judged(name, not fault, f"{where}: {fault or 'written to, and has every record'}")
    if not kept.mirrors:
        yield Line(name=MIRRORED.name, subject=name, verdict="not_yet", found=NONE, stage=MIRRORED.stage)
