"""Where an abort goes back to."""

from model.environment.document import RegionKey
from model.errors import Refused
from model.judgement import abort
from tasks import evidence
from tasks.act import observe


@observe
async def way_back_of(name: str) -> RegionKey:
    """Return the region that an abort goes back to: the one that the open case leaves.

    Raises:
        Refused: No case is open, or it cannot be read.
    """
    case = evidence.open_case(name)
    if case is None:
        raise Refused(abort.NONE_OPEN)
    return case.intent.back
