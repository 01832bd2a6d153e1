"""One line of readiness: what was judged, about whom, how it came out, what it blocks, and what to do."""

from dataclasses import dataclass
from typing import Literal

from model.readiness.blocked import ALL, EVERY, Blocks, Runbook

Verdict = Literal["green", "red", "unknown", "not_yet"]
UNSEEN = "make it answer, then judge again"
WORDS: dict[bool | None, Verdict] = {True: "green", False: "red", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A judged line.

    Attributes:
        name: The check.
        subject: Whom it is about: a host, a region, a server.
        found: What was seen, or why nothing was.
        remedy: What to do; empty where nothing is to be done.
        stage: The stage in which it would be felt.
        blocks: The runbooks that would stop there.
    """

    name: str
    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""
    stage: str = ""
    blocks: Blocks = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with where it is felt, how it is mended and what it blocks, whoever it is about.

    Attributes:
        also: What it blocks besides, of some of those that it is about.
    """

    name: str
    stage: str
    remedy: str
    blocks: Blocks = EVERY
    also: Blocks = ()

    @property
    def at_most(self) -> Blocks:
        """All that it can block, whoever it is about."""
        return tuple(runbook for runbook in ALL if runbook in (*self.blocks, *self.also))

    def judged(self, subject: str, holds: bool | None, found: object, blocks: Blocks | None = None) -> Line:  # noqa: FBT001  (the verdict itself)
        """Return the line.

        Args:
            holds: None means that it could not be seen.
            blocks: What it blocks of this subject, where that is not the same for all.
        """
        return Line(
            name=self.name,
            subject=subject,
            verdict=WORDS[holds],
            found=str(found),
            remedy={True: "", False: self.remedy, None: UNSEEN}[holds],
            stage=self.stage,
            blocks=self.blocks if blocks is None else blocks,
        )


def not_ready(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return what is not as it should be: red and unknown alike, for ignorance is no readiness."""
    return tuple(line for line in lines if line.verdict in ("red", "unknown"))


def in_the_way(lines: tuple[Line, ...], runbook: Runbook) -> tuple[Line, ...]:
    """Return what stands in the way of one runbook; that it is not prepared here does, too."""
    return tuple(line for line in lines if line.verdict != "green" and runbook in line.blocks)


def would_begin(lines: tuple[Line, ...], runbook: Runbook) -> bool:
    """Whether a runbook's own rules were asked and had nothing against it, and nothing else is in its way."""
    asked = any(line.name == own(runbook) and line.verdict == "green" for line in lines)
    return asked and not in_the_way(lines, runbook)


def own(runbook: Runbook) -> str:
    """Return the name of the line in which a runbook is judged by its own rules."""
    return f"{runbook} would begin"
