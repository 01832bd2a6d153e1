"""Readiness for people: a page for the UI and the terminal, a line for the end of a run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from textwrap import shorten

from model.inventory import EXPECTED, Expected
from model.markdown import plain
from model.readiness.blocked import ALL, Runbook, worded
from model.readiness.line import Line, in_the_way, not_ready, own, would_begin

MOST, SHOWN = 3, 160
GRAVITY = ("red", "unknown", "not_yet", "green")
TITLES = {
    "red": "Red",
    "unknown": "Unknown: nobody could see it",
    "not_yet": "Not yet: not judged by this version, or not to be begun here now",
}


def page(name: str, lines: tuple[Line, ...], rules: Iterable[Expected] = EXPECTED) -> str:
    """Write the page: which runbooks could run, what blocks them, what nobody could see, what is not judged.

    Args:
        rules: Which differences between hosts are expected in this environment.
    """
    lines = tuple(replace(line, found=plain(line.found)) for line in lines)
    parts = [f"# Readiness of {name}: {verdict(lines)}", "\n".join(f"- {runbook}" for runbook in runbooks(lines))]
    for word, title in TITLES.items():
        items = [f"- {told(line)}" for line in lines if line.verdict == word]
        parts += [f"## {title}", "\n".join(items)] if items else []
    parts += ["## Differences that are expected", "\n".join(f"- {expected(rule)}" for rule in rules)]
    return "\n\n".join(parts) + "\n"


def table(lines: Iterable[Line]) -> str:
    """Write every line as a row, green ones too, the gravest first; remedies stand in the page above."""
    ordered = sorted(lines, key=lambda line: GRAVITY.index(line.verdict))
    rows = ((line.verdict, line.subject, line.name, line.found) for line in ordered)
    head = ("", "## Every line", "| verdict | subject | check | found |", "|---|---|---|---|")
    return "\n".join([*head, *(f"| {' | '.join(map(plain, row))} |" for row in rows)]) + "\n"


def expected(rule: Expected) -> str:
    """Write down a difference that makes no line red."""
    places = {"regions": "between the regions", "pair": "within a pair"}
    return f"`{rule.fact}` {' and '.join(places[place] for place in rule.between)}: {rule.why}"


def runbooks(lines: tuple[Line, ...]) -> list[str]:
    """Say of each runbook that it would begin, or what stands in its way, the gravest first."""
    return [f"{runbook}: {_way(lines, runbook)}" for runbook in ALL]


def _way(lines: tuple[Line, ...], runbook: Runbook) -> str:
    if would_begin(lines, runbook):
        return "would begin"
    found = sorted(in_the_way(lines, runbook), key=lambda line: GRAVITY.index(line.verdict))
    if not found:
        return "not judged: which region is active is not known"
    named = [shorten(line.found, SHOWN) if line.name == own(runbook) else _who(line) for line in found]
    more = [f"and {len(named) - MOST} more"] if len(named) > MOST else []
    return f"{_count(found)}: {'; '.join([*named[:MOST], *more])}"


def _who(line: Line) -> str:
    return f"{line.subject}: {line.name}"


def _count(lines: Iterable[Line]) -> str:
    count = Counter[str](line.verdict for line in lines)
    return ", ".join(f"{count[word]} {word.replace('_', ' ')}" for word in GRAVITY if count[word])


def verdict(lines: tuple[Line, ...]) -> str:
    """Count the lines in a few words."""
    count = Counter(line.verdict for line in lines)
    state = "not ready" if not_ready(lines) else "ready"
    known = ", ".join(f"{count[word]} {word}" for word in ("green", "red", "unknown"))
    return f"{state}; {known}, {count['not_yet']} not judged yet"


def told(line: Line) -> str:
    """Write a line as a sentence an operator can act on."""
    blocks = f" [blocks {worded(line.blocks)}: {line.stage}]" if line.verdict in ("red", "unknown") else ""
    remedy = f": {line.remedy}" if line.remedy else ""
    return f"{line.subject}: {line.name}: {line.found}{remedy}{blocks}"


def ending(lines: tuple[Line, ...]) -> str:
    """Write what is not as it should be, red first, then what each runbook makes of it, as a run's last message."""
    gravest = sorted(not_ready(lines), key=lambda line: GRAVITY.index(line.verdict))
    if not gravest:
        return verdict(lines)
    return "\n".join([*(f"{line.verdict}: {told(line)}" for line in gravest), *runbooks(lines)])
