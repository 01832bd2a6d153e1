"""One line of readiness: what was judged, about whom, how it came out, and what to do."""

from dataclasses import dataclass
from typing import Literal

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
        blocks: The runbook and the stage that would stop here.
    """

    name: str
    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""
    blocks: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with what it blocks and how it is mended, whoever it is about."""

    name: str
    stage: str
    remedy: str

    def judged(self, subject: str, holds: bool | None, found: object) -> Line:  # noqa: FBT001  (the verdict itself)
        """Return the line: `holds` None means that it could not be seen."""
        return Line(
            name=self.name,
            subject=subject,
            verdict=WORDS[holds],
            found=str(found),
            remedy={True: "", False: self.remedy, None: UNSEEN}[holds],
            blocks=f"full_failover: {self.stage}",
        )


def not_ready(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return what stands in the way: red and unknown alike, for ignorance is no readiness."""
    return tuple(line for line in lines if line.verdict in ("red", "unknown"))
