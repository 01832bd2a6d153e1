"""When what was done: the product's journal and the baseline's lines, told alike."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

DONE = ("act.after", "act.found")
STAGE = "observed"
TOGETHER = (
    "scs",
    "lca",
    "message_server",
    "flush",
    "serve",
)  # units and verbs that the plan has for several hosts at once


class Moment(NamedTuple):
    """One moment; `name` is the step, or the stage that was looked at."""

    at: float
    kind: str
    name: str


def of_journal(records: Iterable[Mapping[str, Any]]) -> list[Moment]:
    """Return a journal's records as moments."""
    return [
        Moment(one["at"], one["kind"], one["data"].get("step") or one["data"].get("stage") or "") for one in records
    ]


def of_lines(lines: Iterable[Mapping[str, Any]]) -> list[Moment]:
    """Return what the baseline printed as moments."""
    return [Moment(one["at"], one["kind"], one["step"]) for one in lines]


def first(moments: Iterable[Moment], kind: str, *, after: float = 0.0) -> Moment:
    """Return the first moment of a kind.

    Raises:
        LookupError: There is none.
    """
    for moment in moments:
        if moment.kind == kind and moment.at > after:
            return moment
    raise LookupError(f"{kind}: no such moment after {after}")


def ended(moments: Iterable[Moment], verb: str) -> float:
    """Return when the last act of a verb was done, or found done."""
    return max(one.at for one in moments if one.kind in DONE and one.name.startswith(f"{verb}:"))


def line_of(step: str) -> str:
    """Name the line of the runbook that a step belongs to: what is done at once."""
    verb, _, place = step.partition(":")
    host, _, unit = place.partition("/")
    at_once = unit in TOGETHER or (verb in TOGETHER and host != "fwd")
    return f"{verb} {unit if at_once else place}".strip()


def walls(moments: Sequence[Moment]) -> dict[str, float]:
    """Return how long each line took: from the end of what was before it, a stage's look among that, to its own end."""
    ends: dict[str, list[float]] = {}
    for one in moments:
        if one.kind in DONE:
            ends.setdefault(line_of(one.name), []).append(one.at)
        elif one.kind == STAGE:
            ends[f"{STAGE} {one.name}"] = [one.at]
    ordered = sorted((max(times), name) for name, times in ends.items())
    return {name: end - before for (before, _), (end, name) in pairwise(ordered)}


def beyond(product: Sequence[Moment], baseline: Sequence[Moment]) -> list[float]:
    """Return what each line took longer with the product than with the baseline, in seconds."""
    mine, theirs = walls(product), walls(baseline)
    return [mine[line] - theirs[line] for line in mine if line in theirs]


def looks(product: Sequence[Moment]) -> float:
    """Return the seconds between stages, for looks at everything: what the baseline has not."""
    return sum(seconds for line, seconds in walls(product).items() if line.startswith(f"{STAGE} "))
