"""The printed page of an abort: when there still is a way back, and what takes it, line by line."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation, Power
from model.runbooks import ABORT
from model.runbooks.page import BOX, PLANNED, chapter, lines, wrapped
from model.runbooks.updates import going_back, keeping
from model.runbooks.words import SOURCES
from model.step import Intent, Name
from model.view import View

PURPOSE = """\
A planned switch (a switchover, also one of a failback or a drill, or the move of the database or the framework alone)
goes back before its point of no return: what was to move works where it was. Nothing was promoted and no name has
moved, so nothing is lost. Below, target is the region of the database, as it was; source is the other one."""

NOT_FOR = """
The promotion was begun: line promote of stage 5 is ticked, or nobody knows. Of a framework that moves alone: the move
of the names was begun, line move_names of stage 7. What became of it cannot be ruled out. Finish the switch, then
move back: failback, or the same move with the other region.

The switch is an unplanned one. Go on with it.

Nothing of the switch was begun yet: decline it at its gate.

What is gone back to is lost meanwhile: the command that the refusal names goes on with the case, mode unplanned; also
out of an abort that is half done.

The framework alone moved, its region is to work again, and a host of the other one can neither be reached nor powered
off: partial failover of the framework, database = stay, back to it, mode unplanned. The abort need not be begun for it.

Framework and database were in different regions before the switch: with the tool only. The lines and updates below
are those of a region that had both.
"""

BEFORE = """
A planned switch is open: `gdr cases {environment}`.

Look: `gdr observe {environment}`. The DBMS that was not used is seen, and is a standby. Unreachable is not "not
promoted": reach it, or power it off.

The DBMS host and the first framework host of what is gone back to answer, or their power source does.

The approver is on the list: {approvers}.
"""

WITH_THE_TOOL = """
Look what it would do: the line below with `gdr plan` for `gdr run`, and without a reason.

Start it on the control host, or the deployment abort in the Prefect UI:
`gdr run full-failover {environment} --abort --reason '...'`; of one half alone:
`gdr run partial-failover {environment} --abort --reason '...'`

It needs no other run to be stopped: it takes a younger epoch, and from its approval on nothing of the case is promoted
and no name moved. A run of the switch that waits at its gate may be cancelled; resumed, it begins a new case and asks
anew.

The gate shows what is undone, in which order. It then does the lines below and proves each. The case is closed as
aborted, with a report.
"""

HELD = """
Read the message: its end is the next safe command. The same command goes on; the switch itself is refused meanwhile.

Look: `gdr observe {environment}`. What is UNKNOWN is not good.

It holds at the last line: a framework host of the region that was to take over is not proven stopped. The region that
was gone back to works already. Reach that host, or power it off, and go on.

Of a framework that moves alone it holds at line move_alias: the other one may have worked on the very same database,
so that nothing starts before it is proven stopped. Where it does not answer the abort is refused, and names the way.
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
        *(part for target in REGION_KEYS for part in _updates(environment, target)),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _taken_back(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is gone back to, {other(target)} was to take over, or its DBMS alone"
    yield from _lines(environment, target, "full_failover")
    if environment.aliases():
        yield f"## {target} is gone back to, the framework of {other(target)} alone was to take over"
        yield from _lines(environment, target, "framework_failover")


def _updates(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield from keeping(environment, target)
    if environment.aliases():
        yield from going_back(environment, target)


def _lines(environment: Environment, target: RegionKey, undoes: Name) -> Iterator[str]:
    hosts = {host.name: HostSeen(answers=True, power=Power.ON) for _, host in environment.all_hosts()}
    intent = Intent(runbook="abort", target=target, mode="planned", reason="the printed page", undoes=undoes)
    view = View(environment=environment, seen=Observation(at=0, hosts=hosts), intent=intent)
    yield from lines(environment, target, ABORT, {PLANNED: view})
