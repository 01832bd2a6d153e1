"""What a go approves, in few lines: a line for each stage, and in it what is done to whom, in the plan's order."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from model.step import Step, Verb
from model.view import View

RULES = (Verb.CLOSE_DATABASE, Verb.OPEN_DATABASE, Verb.BLOCK_REPLICATION, Verb.OPEN_REPLICATION)


def outline(view: View, steps: Iterable[Step]) -> tuple[str, ...]:
    """Write the lines. Each step stands in one of them; one by one they are on the page beside the form."""
    left = list(steps)
    debts = "" if all(step.must for step in left) else "; (in brackets): may fail, that is a debt"
    stages = groupby(left, key=lambda step: step.stage)
    return (
        f"- {len(left)} steps, in this order{debts}",
        *(f"- **{stage}**: {'; '.join(_acts(view, part))}" for stage, part in stages),
    )


def _acts(view: View, part: Iterable[Step]) -> Iterator[str]:
    for verb, same in groupby(part, key=lambda step: step.verb):
        steps = list(same)
        words = f"{'firewall ' if verb in RULES else ''}{verb} {', then '.join(_whom(steps))}"
        weighty, note = _noted(view, verb, steps)
        words = f"{words}: {note}" if note else words
        yield f"**{words}**" if weighty else words


def _whom(steps: list[Step]) -> Iterator[str]:
    """Name the hosts, and before them the components; what follows one another on the same hosts is named together."""
    hosts: dict[str, dict[str, bool]] = {}
    for step in steps:
        hosts.setdefault(step.unit, {})[step.host] = step.must
    for named, units in groupby(hosts, key=lambda unit: _hosts(hosts[unit])):
        yield f"{', '.join(units)} {named}".lstrip()


def _hosts(named: dict[str, bool]) -> str:
    musts = [host for host, must in named.items() if must]
    others = [host for host, must in named.items() if not must]
    return " ".join([", ".join(musts), *([f"({', '.join(others)})"] if others else [])]).strip()


def _noted(view: View, verb: Verb, steps: list[Step]) -> tuple[bool, str]:
    """Say what of it people feel, or cannot take back, and whether that is to stand out."""
    serving = [step.host for step in steps if verb is Verb.RESTART and _serves(view, step)]
    primary = [step.host for step in steps if verb is Verb.STOP and _is_primary(view, step)]
    if any(step.no_return for step in steps):
        return True, ", ".join(filter(None, (_answers(view, verb), "the point of no return")))
    if serving:
        return True, f"{', '.join(dict.fromkeys(serving))} serve now, one of a pair at a time"
    if primary:
        return True, f"{primary[0]} is Primary, limited mode begins"
    return verb is Verb.MOVE_NAMES, _answers(view, verb)


def _serves(view: View, step: Step) -> bool:
    return step.unit == "proxy" and view.host(step.host).component("proxy").running is True


def _is_primary(view: View, step: Step) -> bool:
    return step.unit == "confserv" and view.is_primary(view.environment.host(step.host)) is True


def _answers(view: View, verb: Verb) -> str:
    """Say which names answer what afterwards."""
    known, database = view.environment, view.environment.dbms(view.target).name
    match verb:
        case Verb.MOVE_NAMES:
            return f"{', '.join(known.dns.framework_names)} answer {view.home}"
        case Verb.MOVE_ALIAS:
            return f"{known.alias(view.home)} answers {database}"
        case Verb.MOVE_LOG_NAME:
            return f"{known.log_name} answers {database}"
        case Verb.RECONNECT:
            return "restarted where nothing else helps"
        case _:
            return ""
