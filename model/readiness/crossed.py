"""Log servers under `cross`: each region's takes rows, and what the site replicates between them arrives.

Whose replication it is, the environment file says; what is judged is what has come of it.
"""

from collections.abc import Iterator
from dataclasses import replace

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.logs import Behind, allowed_s, behind, is_late, log_address, replicated_by, said
from model.readiness.blocked import NOTHING
from model.readiness.line import Check, Line
from model.view import View

SAMPLE = "see that gdr-sampler runs and reaches both log servers, and that the region logs: without rows, no sample"
WRITE = "see that its log message servers write: without rows, nobody can tell how far it is behind"
CARRY = "set up, start or mend what carries them: it is the site's own, and wants the tables on both log servers first"
TAKES = Check(
    "log server takes rows",
    "prove",
    "start it; it is no standby, has the table, and is readable by the observer",
    NOTHING,
)
FOLLOWED = Check("log rows at the other region", "prove", CARRY, NOTHING)
SAMPLED = Check("log rows sampled", "prove", SAMPLE, NOTHING)
ANSWER = "make the log server there answer, then judge again"
FRESH_S = 180.0  # the sampler looks each minute


def servers(view: View) -> Iterator[Line]:
    """Judge both, and what goes between them; a region that falls behind is red, and blocks nothing."""
    for key in REGION_KEYS:
        seen = view.seen.log(key)
        found = seen.fault or ("takes rows" if seen.writable else "takes no rows")
        yield TAKES.judged(_place(view, key), seen.writable, found)
        yield _followed(view, key)
        yield _sampled(view, key, seen.sample)


def silent(view: View) -> frozenset[str]:
    """Return the addresses of log servers that did not answer and may work: whoever is connected there may write."""
    if not view.environment.is_crossed:
        return frozenset()
    unseen = [key for key in REGION_KEYS if view.seen.log(key).fault and not view.seen.log(key).off]
    return frozenset(log_address(view.environment, key) for key in unseen)


def _place(view: View, key: RegionKey) -> str:
    host, (address, port) = view.environment.log_host(key), view.environment.log_place(key)
    return host.name if host else f"{address}:{port}"


def _followed(view: View, key: RegionKey) -> Line:
    found = behind(view.environment, view.seen.logs, key, view.seen.at)
    if found is None:
        faults = [seen.fault for seen in (view.seen.log(key), view.seen.log(other(key))) if seen.fault]
        if faults:
            return FOLLOWED.judged(key, None, "; ".join(faults))
        return replace(FOLLOWED.judged(key, None, "its hosts have written no row in the last hour"), remedy=WRITE)
    by, most = replicated_by(view.environment), allowed_s(view.environment)
    text = f"{by}: {said(found, other(key))}, {most:.0f} s allowed"
    return FOLLOWED.judged(key, not is_late(view.environment, found), text)


def _sampled(view: View, key: RegionKey, sample: Behind | None) -> Line:
    """Judge the sample that says, once a region is lost, what of its log rows had not arrived."""
    age = None if sample is None else max(0.0, view.seen.at - sample.at)
    never = "never, so that what a lost region had not sent is unknown"
    return SAMPLED.judged(key, age is not None and age <= FRESH_S, never if age is None else f"{age:.0f} s ago")
