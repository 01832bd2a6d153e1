"""How long this host's resolver still keeps what it answers: the TTL in its own answer.

Its setting may lie anywhere and mean anything; what it answers is what a program here, or behind it, goes by.
"""

import re
import sys

from gdr_host.host import Facts, Fault
from gdr_host.program import checked

WITHIN_S = 4.0
DIG = ("dig", "+noall", "+answer", "+tries=1", "+time=1")


def lifetimes(facts: Facts) -> dict[str, int | None]:
    """Return the seconds by name; null is a name that was not answered.

    Each name is asked for twice: an answer that has just been fetched may pass a cache with the TTL of the server.
    """
    names = [*(facts.get("names") or []), *(facts.get("aliases") or [])]
    questions = [word for name in (*names, *names) for word in (f"{name}.", "A")]
    try:
        printed = checked(*DIG, *questions, within=WITHIN_S) if names else ""
    except Fault as why:
        print(f"{facts['host']}: lifetimes: unknown: {why}", file=sys.stderr)
        printed = ""
    told = re.findall(r"^(\S+)\.\s+(\d+)\s+IN\s+A\s", printed, re.MULTILINE)
    return {name: max((int(left) for own, left in told if own.lower() == name.lower()), default=None) for name in names}
