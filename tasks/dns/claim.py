"""The open case in the activation record: named when a case opens, taken out when it is declined. No state changes.

Not an act: it moves nothing, takes no epoch, and happens before anybody has approved anything.
"""

from blocks import reach
from model.case import is_guards
from model.errors import Overtaken, RecoveryError, Refused
from model.evidence import FIRST
from model.record import Record
from tasks import evidence
from tasks.dns import observe
from tasks.run import Run, environment


async def take(run: Run, record: Record) -> None:
    """Swap `case=` to ours, so that another control host sees the open case.

    Raises:
        Refused: The record names an open case that is not ours.
    """
    if record.case == run.case:
        return
    if record.case != FIRST and not (evidence.is_closed(record.case) or is_guards(record.case)):
        raise Refused(
            f"activation record: names open case {record.case}, not ours: continue or decline it where it was opened"
        )
    await _swap(run.environment, record, record.opened(run.case))


async def release(name: str, case: str) -> None:
    """Take a declined case out of the record. A kill before this is mended by the next claim."""
    record, _ = await observe.record(environment(name))
    if record is not None and record.state == "steady" and record.case == case:
        await _swap(name, record, record.opened(FIRST))


async def accepted(name: str) -> tuple[str, bool | None]:
    """Ask the writer for an update that can change nothing; return what it says, and whether it knows the key.

    Its prerequisite never holds, and is judged after the signature (RFC 2136 3, RFC 8945 5.2). None: it did not say.
    """
    never = Record(epoch=0, state="steady", active="region1", target="region1", head="never")
    try:
        await _swap(name, never, never)
    except Overtaken:
        return "the writer knows it, and has changed nothing", True
    except Refused as error:
        return str(error), False
    except RecoveryError as error:
        return str(error), None
    return "the writer knows it", True


async def _swap(name: str, old: Record, new: Record) -> None:
    known = environment(name)
    updater = await reach.names(known.writer.access or "")
    await updater.swap(
        str(known.writer.address),
        known.writer.port,
        known.dns.zone,
        known.record_name,
        expected=old.text(),
        text=new.text(),
        addresses={},
        ttl_s=0,
        deadline_s=known.probes.deadline_s,
    )
