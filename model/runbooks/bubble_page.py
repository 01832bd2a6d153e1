"""The printed page of a drill of kind bubble: what it needs, line by line, and how it is left at any moment."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation
from model.runbooks import BUBBLE
from model.runbooks.page import ANSWERS, BOX, chapter, lines, wrapped
from model.runbooks.updates import drilling
from model.runbooks.words import SOURCES
from model.step import Intent
from model.view import View

PURPOSE = """\
The framework hosts of the dormant region work on a copy of the database, within walls: they speak with each other, the
copy and the control host's SSH, and with nobody else. Production works on; nothing of it is changed but the lock in the
activation record. In the end nothing of the bubble is left."""

BEFORE = """
`gdr readiness {environment}` is green; the standby streams, and the framework beside it is stopped.

The host of the standby has room for a copy of its cluster, half of it again, and 256 MiB; the port above the DBMS's own
is free there. The cluster has no tablespaces.

The account that the standby follows its primary with may log in from the standby's own host, too: the copy is made
through it.

Firewall of those hosts: iptables. Nothing else of theirs rewrites addresses (table nat, chain OUTPUT).

The approver is on the list: {approvers}.
"""

WITH_THE_TOOL = """
Start it on the control host, or the deployment drill in the Prefect UI:
`gdr run drill {environment} --kind bubble --reason '...'`

To take it down at any moment, whatever it has proven: `gdr run discard {environment} --reason '...'`

A region is lost meanwhile: start a full failover, mode unplanned, to the region of the bubble. It takes the bubble down
by itself, and goes on; another one is refused until the bubble is discarded.
"""

HELD = """
Read the message, mend what is named, and start the same line again: it looks first and does only what is left. Or
discard it.

It says that walls leak, or names V8: a program on that host changes its rules. Discard the bubble, and find it.

By hand: restart the dormant framework hosts. Walls, redirection and the alias in the hosts file die with that, and
their guards stay closed. On the host of the standby: `gdr-host EPOCH bubble-drop`. Then the last update below.
"""

NOT_PROVEN = """
That the standby itself can be promoted. That production can be fenced. That names and aliases move, and that proxies
find the new Primary. For that there is kind live: [drill](drill.md).
"""


def bubble_page(environment: Environment) -> str:
    """Write the whole page, for both regions."""
    parts = (
        f"# Bubble of {environment.name}",
        f"Generated from the plan: `gdr runbook bubble {environment.name}`. Do not edit.",
        wrapped("", PURPOSE),
        wrapped("", SOURCES),
        chapter("Before you begin", BOX, BEFORE, environment),
        chapter("With the tool", "- ", WITH_THE_TOOL, environment),
        *(part for target in REGION_KEYS for part in _within(environment, target)),
        chapter("HELD: it stopped", "- ", HELD, environment),
        chapter("What it does not prove", "- ", NOT_PROVEN, environment),
        *(part for target in REGION_KEYS for part in drilling(environment, target)),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _within(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is active, the framework of {other(target)} works on a copy"
    yield from lines(environment, target, BUBBLE, {ANSWERS: _view(environment, target)})


def _view(environment: Environment, target: RegionKey) -> View:
    seen = Observation(at=0, hosts={host.name: HostSeen(answers=True) for _, host in environment.all_hosts()})
    intent = Intent(runbook="bubble", target=target, mode="planned", reason="the printed page")
    return View(environment=environment, seen=seen, intent=intent)
