"""Whether the regions are still alike: looked at once, when a planned switch would open its case."""

from dataclasses import replace

from model.case import Case
from model.errors import Refused
from model.judgement import asks_alike, drifted
from model.readiness.line import Line
from model.view import View
from tasks.look import look


async def judged(view: View, open_: Case | None) -> tuple[Line, ...]:
    """Look at what is installed, and judge it as readiness does; nothing where this does not ask for it.

    Args:
        view: What a process judges before it begins.
        open_: The case it would go on with.
    """
    if not asks_alike(open_, view):
        return ()
    found = await look(view.environment, drifted.compared(view.environment, view.intent))
    return drifted.lines(replace(view, seen=replace(view.seen, inventories=found.inventories, kept=found.kept)))


async def require_alike(view: View, open_: Case | None) -> dict[str, list[dict[str, str]]]:
    """Judge it, and return for the evidence what was judged.

    Raises:
        Refused: Something differs that should not, or nobody could see it; nothing was changed.
    """
    lines = await judged(view, open_)
    if reasons := drifted.reasons(view, lines):
        raise Refused("; ".join(reasons))
    return {"alike": [_kept(line) for line in lines]} if lines else {}


def _kept(line: Line) -> dict[str, str]:
    return {"name": line.name, "subject": line.subject, "found": line.found}
