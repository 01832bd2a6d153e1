"""When a planned switch must not begin because the regions have drifted: by the very lines of readiness."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from model import commands
from model.environment.environment import REGION_KEYS, Environment, other
from model.readiness.asleep import aged, remembered
from model.readiness.blocked import PARTIAL, PLANNED, Runbook
from model.readiness.drift import FRAMEWORK, Roles, alike, files
from model.readiness.line import Line, not_ready
from model.scope import Scope
from model.step import Intent, Name
from model.view import View

DBMS: Roles = ("dbms",)
STARTS: Mapping[Name, Roles] = {
    "full_failover": (*FRAMEWORK, *DBMS),
    "dbms_failover": DBMS,
    "framework_failover": FRAMEWORK,
}
"""What a planned switch starts in the other region. In unplanned mode nobody waits for the answer."""


def asked(intent: Intent) -> bool:
    """Whether a switch of this kind begins between regions that are alike, or not at all."""
    return intent.mode == "planned" and intent.runbook in STARTS


def compared(environment: Environment, intent: Intent) -> Scope:
    """Return the scope of what is compared."""
    roles = STARTS[intent.runbook]
    hosts = (host.name for key in REGION_KEYS for role in roles for host in environment.hosts(key, role))
    return Scope(hosts=frozenset(hosts), inventories=True)


def lines(view: View) -> tuple[Line, ...]:
    """Judge what of the regions this switch would run into; green lines, too, are for the evidence."""
    intent, roles = view.intent, STARTS[view.intent.runbook]
    whole = replace(intent, runbook="full_failover", target=intent.moves_to, home=None)  # as readiness looks at it
    known = remembered(replace(view, intent=whole))
    judged = (*alike(known, roles), *files(known, roles), *(aged(known) if FRAMEWORK[0] in roles else ()))
    return tuple(line for line in judged if _blocked(intent) in line.blocks)


def _blocked(intent: Intent) -> Runbook:
    """Return the name by which readiness knows this switch."""
    return PLANNED if intent.runbook == "full_failover" else PARTIAL


def reasons(view: View, judged: tuple[Line, ...]) -> tuple[str, ...]:
    """Name each difference, and each of which nobody knows, with its hosts and its remedy. Empty: they are alike."""
    wrong = not_ready(judged)
    return (*_worded(wrong), _ways(view)) if wrong else ()


def _worded(wrong: Iterable[Line]) -> Iterator[str]:
    """Say once what is the same of several subjects: a silent host is unknown in every line that it is in."""
    subjects: dict[tuple[str, str, str, str], list[str]] = {}
    for line in wrong:
        subjects.setdefault((line.name, line.verdict, line.found, line.remedy), []).append(line.subject)
    for (name, verdict, found, remedy), names in subjects.items():
        yield f"{', '.join(names)}: {name}: {verdict}: {found}: {remedy}"


def _ways(view: View) -> str:
    """Name the command that shows all of it, and the one that asks for nothing of the kind."""
    name, intent = view.environment.name, view.intent
    unplanned = commands.run(name, replace(intent, mode="unplanned"))
    lost = f"if {other(intent.moves_to)} is lost, mode unplanned does not ask: `{unplanned}`"
    return f"a planned switch begins between regions that are alike: `{commands.readiness(name)}` shows all; {lost}"
