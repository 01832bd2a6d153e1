"""Readiness for people: a page for the UI and the terminal, a line for the end of a run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from model.inventory import EXPECTED, Expected
from model.markdown import plain
from model.readiness.blocked import EVERY, worded
from model.readiness.line import Line, in_the_way, not_ready

GRAVITY = ("red", "unknown", "not_yet", "green")
TITLES = {"red": "Red", "unknown": "Unknown: nobody could see it", "not_yet": "Not judged yet: check by hand"}


def page(name: str, lines: tuple[Line, ...], rules: Iterable[Expected] = EXPECTED) -> str:
    """Write the page: which runbooks could run, what blocks them, what nobody could see, what is not judged.

    Args:
        rules: Which differences between hosts are expected in this environment.
    """
    parts = [f"# Readiness of {name}: {verdict(lines)}", "\n".join(f"- {runbook}" for runbook in runbooks(lines))]
    for word, title in TITLES.items():
        items = [f"- {told(replace(line, found=plain(line.found)))}" for line in lines if line.verdict == word]
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
    """Say of each runbook whether something stands in its way."""
    return [f"{runbook}: {_count(in_the_way(lines, runbook)) or 'nothing in its way'}" for runbook in EVERY]


def _count(lines: Iterable[Line]) -> str:
    count = Counter[str](line.verdict for line in lines)
    return ", ".join(f"{count[word]} {word}" for word in GRAVITY if count[word])


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
