"""The printed page of clone and isolate: what the site's hypervisor must be able to do, then line by line."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation
from model.runbooks import CLONE_AND_ISOLATE
from model.runbooks.page import ANSWERS, BOX, chapter, lines, wrapped
from model.runbooks.updates import keeping
from model.runbooks.words import SOURCES
from model.step import Intent
from model.view import View

PURPOSE = """\
The framework hosts of the dormant region become copies of the active ones, which work on. A copy that starts believes
that it is the active one: nobody can reach it, and it can reach nobody, until it has its own identity. Then it rests
behind its guard, as before."""

BEFORE = """
The active region works and stands as deploy rendered it; on each of its framework hosts lies counterpart.json.

The framework of the other region is stopped. What only its hosts have (logs, say) is kept elsewhere: they are
overwritten.

Its region cannot take over while this runs: choose an hour in which you would not need it. A copy that is half made
must be made whole, or the host restored, before a failover.

What takes the cable out must hold when the machine is switched on.

On the host beside the hypervisor host.json has under `power`, besides status, on and off: `cable` (prints in or out),
`plug`, `unplug`, `clone` with {{original}} and {{label}}, `copy` (prints ORIGINAL LABEL, nothing for an original or an
unfinished copy) and `console`, which runs the words behind it inside the machine, past the network.

The clone command leaves the machine its own host name, address and SSH host keys, as a customization specification,
cloud-init or virt-customize does. Licences bound to a machine: ask their vendor.

The approver is on the list: {approvers}.
"""

WITH_THE_TOOL = """
Look: `gdr plan clone-and-isolate {environment}`. What would be overwritten is named.

`gdr run clone-and-isolate {environment} --reason '...'`, or the deployment clone-and-isolate in the Prefect UI.

Every week, and after every patch of the active pair: each run makes the copies anew. Afterwards:
`gdr readiness {environment}`.
"""

HELD = """
Read the message, mend what is named, and start the same line again: it looks first and does only what is left.

The active region has lost its Primary meanwhile: no further host is taken away or overwritten. If it cannot be mended,
a host that was whole before, and over which no copy was begun, is whole: `gdr-host EPOCH power-on HOST`, then
`gdr-host EPOCH plug HOST`, on its power source; then fail over, unplanned. A refused start of the same line
names those hosts that are off or unplugged.
A copy was begun where the case's journal has `act.before` of `clone:HOST`: leave its cable out, and restore the host,
unless both copies are themselves already (line "adopt"): then the same line goes on.

It says that a copy is not cut off: take the cable out at the hypervisor, power it off, and find out why before you go
on.
"""


def clone_page(environment: Environment) -> str:
    """Write the whole page, for both regions."""
    parts = (
        f"# Clone and isolate of {environment.name}",
        f"Generated from the plan: `gdr runbook clone-and-isolate {environment.name}`. Do not edit.",
        wrapped("", PURPOSE),
        wrapped("", SOURCES),
        chapter("Before you begin", BOX, BEFORE, environment),
        chapter("With the tool", "- ", WITH_THE_TOOL, environment),
        *(part for target in REGION_KEYS for part in _copied(environment, target)),
        chapter("HELD: it stopped", "- ", HELD, environment),
        *(part for target in REGION_KEYS for part in keeping(environment, target)),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _copied(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is active, the framework hosts of {other(target)} are made anew"
    yield from lines(environment, target, CLONE_AND_ISOLATE, {ANSWERS: _view(environment, target)})


def _view(environment: Environment, target: RegionKey) -> View:
    seen = Observation(at=0, hosts={host.name: HostSeen(answers=True) for _, host in environment.all_hosts()})
    intent = Intent(runbook="clone_and_isolate", target=target, mode="planned", reason="the printed page")
    return View(environment=environment, seen=seen, intent=intent)
