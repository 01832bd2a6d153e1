"""From the start of `gdr run` after a SIGKILL to its next act."""

import itertools
import time
from collections.abc import Iterator

from bench.moments import first, of_journal
from bench.table import Row
from lab.api import Lab
from tests.lab.operator import Journal, Operator
from tests.lab.replayed import require_conformant

KILLED_AT = ("act.after stop:r1-fw-p/lca", "act.after promote:r2-db", "act.after move-names:ns1")


def rows(lab: Lab, rounds: int) -> Iterator[Row]:
    """Kill it at one place per round, start it again, and let it come to its end."""
    places = itertools.islice(itertools.cycle(KILLED_AT), rounds)
    yield Row(what="SIGKILL, `gdr run` again, to its next act", product=[_once(lab, at) for at in places], budget=10)


def _once(lab: Lab, place: str) -> float:
    lab.restore()
    operator, journal = Operator(lab, "planned"), Journal(lab)
    journal.wait_for(place, operator, 300)
    operator.kill()
    begun = time.time()
    Operator(lab, "planned").require_reached()
    require_conformant(lab)
    return first(of_journal(journal.records()), "act.before", after=begun).at - begun
