"""An abort from its opening: it takes the open switch over, and goes back to where that began."""

from dataclasses import replace

from model.errors import Refused
from model.judgement import abort
from model.observation import Observation
from model.scope import of_runbook
from model.step import Intent, numbered
from tasks import evidence
from tasks.act import observe
from tasks.cases import begun
from tasks.look import look
from tasks.run import Run, environment


def way_back_of(name: str, reason: str) -> Intent:
    """Return the intent of an abort of the open case.

    Raises:
        Refused: No case is open, or it cannot be read.
    """
    case = evidence.open_case(name)
    if case is None:
        raise Refused(abort.NONE_OPEN)
    return replace(case.intent.back, mode="planned", reason=reason)


@observe(f"{numbered('observe')}: look at everything, and whether it may go back")
async def turning(name: str, reason: str, attempt: str) -> tuple[Run, Observation]:
    """Observe everything, judge whether the open switch may go back, and continue its case.

    Raises:
        Refused: A rule forbids it, or no case is open; nothing was changed.
    """
    intent, known = way_back_of(name, reason), environment(name)
    seen = await look(known, of_runbook(known, intent))
    return await begun(name, seen, intent, attempt), seen
