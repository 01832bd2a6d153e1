"""The plan that a gate asks about, as a page beside the form: every step that is left, in its order."""

from collections.abc import Iterable

from model.environment.environment import other
from model.markdown import typed
from model.step import Intent, Step, digest
from model.words import title


def plan_page(environment: str, case: str, intent: Intent, question: str, steps: Iterable[Step]) -> str:
    """Write the page. The UI is narrow: what does not fit three columns is on the printed runbook.

    Args:
        intent: What the case is about by now.
        question: Key of the round that asks about these steps.
    """
    left = list(steps)
    lines = [
        f"# {title(environment, intent)}",
        f"Case `{case}`, {_way(intent)}; plan `{digest(left)}`.",
        f"Question `{question}`: a go approves these {len(left)} steps.",
        "A step in (brackets) may fail: that is a debt, and stops nothing.",
        "",
        "| | step | what is done |",
        "|---|---|---|",
        *(
            f"| {number} | {step.stage}: {_name(step)} | {_cell(typed(step.command))} |"
            for number, step in enumerate(left, 1)
        ),
    ]
    return "\n".join(lines) + "\n"


def _way(intent: Intent) -> str:
    """Say from where to where, as the form does, and how."""
    way = f"from {other(intent.moves_to)} to {intent.moves_to}, " if intent.switches else ""
    return f"{way}{intent.mode}"


def _name(step: Step) -> str:
    name = f"{step.verb} {step.host} {step.unit}".rstrip()
    name = name if step.must else f"({name})"
    return f"**{name}: the point of no return**" if step.no_return else name


def _cell(text: str) -> str:
    """Keep a text within its cell, code too: GitHub's own rule for tables."""
    return text.replace("|", "\\|")
