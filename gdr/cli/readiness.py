"""`gdr readiness`: whether each runbook would begin now and reach its end. Needs no Prefect server."""

import asyncio
from dataclasses import asdict

from rich.text import Text

from gdr.answer import BROKEN, REACHED, Answer
from gdr.second_source import use_second_source
from model.readiness.blocked import ALL
from model.readiness.line import not_ready, would_begin
from model.readiness.page import page
from tasks.run import environment


def readiness(name: str, /) -> Answer:
    """Judge every precondition of every runbook that can be seen while nothing has happened. Touches nothing.

    Each line says which runbooks it blocks.

    Exit 0: ready. 1: a line is red, or nobody could see it. 2: the environment or the block file is missing or wrong.

    Args:
        name: Name of the environment file that lies beside the code.
    """
    known = environment(name)
    use_second_source(known)
    from tasks.readiness import judge  # noqa: PLC0415  (Prefect takes a second to import)

    lines = asyncio.run(judge(name))
    ready = not not_ready(lines)
    free = {runbook: would_begin(lines, runbook) for runbook in ALL}
    told = {"environment": name, "ready": ready, "runbooks": free, "lines": [asdict(line) for line in lines]}
    text = page(name, lines, known.expected).rstrip("\n")
    return Answer(data=told, text=Text(text), code=REACHED if ready else BROKEN)
