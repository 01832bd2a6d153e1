"""`gdr plan`: what a runbook would do from here. Changes nothing, needs no Prefect server."""

import asyncio

from gdr.answer import REACHED, REFUSED, Answer
from gdr.asked import Database, Lost, Planned, require_abort, require_whole_abort, require_words
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.step import Intent, Mode
from tasks.run import environment

EXAMPLE: RegionKey = "region2"  # a whole runbook is printed for it, unless told otherwise


def plan(  # noqa: PLR0913  (the operator's words)
    runbook: Planned,
    name: str,
    /,
    *,
    target: RegionKey | None = None,
    mode: Mode | None = None,
    lost: Lost | None = None,
    database: Database | None = None,
    abort: bool = False,
    whole: bool = False,
) -> Answer:
    """Observe, and print the steps that are left, what the gate would show, and every reason against beginning.

    Args:
        runbook: Name of the runbook.
        name: Name of the environment file that lies beside the code.
        target: full-failover: the region that takes over. With --whole: the region that is active in the end.
        mode: full-failover, partial-failover of one half alone: unplanned: what is given up is lost. planned: it works.
        lost: partial-failover: framework, or dbms.
        database: partial-failover of a framework: move, or stay.
        abort: full-failover, partial-failover: what an abort of the open planned switch would do; with --whole, of one.
        whole: Print the whole runbook instead; no host is asked.
    """
    known = environment(name)
    if abort and whole:
        require_whole_abort(runbook, mode, lost, database)
        mode = "planned"
    elif abort:
        require_abort(name, runbook, target, mode, lost=lost, database=database)
    elif not whole:
        require_words(runbook, target, mode, lost=lost, database=database)
    from gdr import planned  # noqa: PLC0415  (Prefect takes a second to import)

    asked = planned.intent(runbook, target or EXAMPLE, mode, lost, database)
    if whole:
        steps, page = planned.whole_page(known, asked.back if abort else asked)
        data = {"environment": name, "runbook": runbook, "steps": [planned.step_data(step) for step in steps]}
        return Answer(data=data, text=page)
    from gdr.second_source import use_second_source  # noqa: PLC0415

    use_second_source(known)
    return asyncio.run(_remaining(known, asked, target, abort=abort))


async def _remaining(known: Environment, asked: Intent, target: RegionKey | None, *, abort: bool) -> Answer:
    """Look as the runbook does before it begins, and judge."""
    from gdr import planned  # noqa: PLC0415
    from model import scope  # noqa: PLC0415
    from tasks import drift, evidence  # noqa: PLC0415
    from tasks.cases import standing, wanted  # noqa: PLC0415
    from tasks.look import look  # noqa: PLC0415
    from tasks.turning import way_back_of  # noqa: PLC0415

    asked = way_back_of(known.name, planned.REASON) if abort else asked
    seen = await look(known, scope.of_runbook(known, asked))
    meant = asked if abort else wanted(seen, asked.runbook, target, asked.mode, planned.REASON)
    view, case, _ = standing(known, seen, meant)
    entries = evidence.entries(case.name) if case else ()
    left = planned.Remaining(view, case, entries, await drift.judged(view, case))
    return Answer(data=left.data(), text=left.page(), code=REFUSED if left.refusals else REACHED)
