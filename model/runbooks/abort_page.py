"""The printed page of an abort: when there still is a way back, and what takes it, line by line."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation, Power
from model.runbooks import ABORT
from model.runbooks.page import BOX, PLANNED, chapter, lines, wrapped
from model.runbooks.updates import keeping
from model.runbooks.words import SOURCES
from model.step import Intent
from model.view import View

PURPOSE = """\
A planned full failover (a switchover, also one of a failback or a drill) goes back before its point of no return: the
region that was to be given up works again, as before. Nothing was promoted and no name has moved, so nothing is lost.
Below, target is the region that is gone back to, source the one that was to take over."""

NOT_FOR = """
The promotion was begun: line promote of stage 5 is ticked, or nobody knows. What became of it cannot be ruled out.
Finish the switch, then fail back.

The switch is an unplanned one, or moves one half alone. Go on with it.

Nothing of the switch was begun yet: decline it at its gate.

The region that is gone back to is lost meanwhile: `gdr run full-failover`, same target, mode unplanned, goes on with
the case; also out of an abort that is half done.
"""

BEFORE = """
A planned full failover is open: `gdr cases {environment}`.

Look: `gdr observe {environment}`. The DBMS of the region that was to take over is seen, and is a standby. Unreachable
is not "not promoted": reach it, or power it off.

The DBMS host and the first framework host of the region that is gone back to answer, or their power source does.

The approver is on the list: {approvers}.
"""

WITH_THE_TOOL = """
Start it on the control host, or the deployment abort in the Prefect UI:
`gdr run full-failover {environment} --abort --reason '...'`

It needs no other run to be stopped: it takes a younger epoch, and from its approval on nothing of the case is promoted.
A run of the switch that waits at its gate may be cancelled; resumed, it begins a new case and asks anew.

The gate shows what is undone, in which order. It then does the lines below and proves each. The case is closed as
aborted, with a report.
"""

HELD = """
Read the message: its end is the next safe command. The same command goes on; the switch itself is refused meanwhile.

Look: `gdr observe {environment}`. What is UNKNOWN is not good.

It holds at the last line: a framework host of the region that was to take over is not proven stopped. The region that
was gone back to works already. Reach that host, or power it off, and go on.
"""

AFTERWARDS = """
`gdr readiness {environment}`. A standby that does not follow is a debt: `gdr run reprotect`.

The DBMS that works again stays closed to the framework hosts of the other region, as after a reprotect.
"""


def abort_page(environment: Environment) -> str:
    """Write the whole page, for both regions, and what to do without the tool."""
    parts = (
        f"# Abort of {environment.name}",
        f"Generated from the plan: `gdr runbook abort {environment.name}`. Do not edit.",
        wrapped("", PURPOSE),
        wrapped("", SOURCES),
        chapter("When not to use it", "- ", NOT_FOR, environment),
        chapter("Before you begin", BOX, BEFORE, environment),
        chapter("With the tool", "- ", WITH_THE_TOOL, environment),
        *(part for target in REGION_KEYS for part in _taken_back(environment, target)),
        chapter("HELD: it stopped", "- ", HELD, environment),
        chapter("Afterwards", BOX, AFTERWARDS, environment),
        *(part for target in REGION_KEYS for part in keeping(environment, target)),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _taken_back(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is gone back to, {other(target)} was to take over"
    yield from lines(environment, target, ABORT, {PLANNED: _view(environment, target)})


def _view(environment: Environment, target: RegionKey) -> View:
    hosts = {host.name: HostSeen(answers=True, power=Power.ON) for _, host in environment.all_hosts()}
    intent = Intent(runbook="abort", target=target, mode="planned", reason="the printed page")
    return View(environment=environment, seen=Observation(at=0, hosts=hosts), intent=intent)
