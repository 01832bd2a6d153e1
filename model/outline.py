"""What a go approves, in few lines: a line for each stage, and in it what is done to whom, in the plan's order."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from model.step import Step, Verb
from model.view import View

A = TypeVar("A")
B = TypeVar("B")
DEBTS = "what is done to a host (in brackets) may fail: that is a debt, and stops nothing"
RESTARTED = "each only once a Primary is there and while another one, if any, serves"
RULES = (Verb.CLOSE_DATABASE, Verb.OPEN_DATABASE, Verb.BLOCK_REPLICATION, Verb.OPEN_REPLICATION)


def outline(view: View, steps: Iterable[Step]) -> tuple[str, ...]:
    """Write the lines. Each step stands in one of them; one by one they are on the page beside the form."""
    left = list(steps)
    debts = "" if all(step.must for step in left) else f"; {DEBTS}"
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
    """Name components and hosts in the order of the steps; whichever way round takes fewer words.

    What is written first is done first: `lca, scs, each on a, b` is lca on a and b, then scs on a and b;
    `a, b, each lca, scs` is a, lca and scs, then b.
    """
    by_unit = _gathered((step.unit, (step.host, step.must)) for step in steps)
    by_host = _gathered(((step.host, step.must), step.unit) for step in steps)
    if len(by_unit) <= len(by_host):
        return (_named(_units(units), "each on", _hosts(hosts), units, hosts) for units, hosts in by_unit)
    return (_named(_hosts(hosts), "each", _units(units), units, hosts) for hosts, units in by_host)


def _gathered(pairs: Iterable[tuple[A, B]]) -> list[tuple[tuple[A, ...], tuple[B, ...]]]:
    """Gather what follows one another with the same first part, and then first parts that have the same second ones."""
    runs = [(first, tuple(second for _, second in same)) for first, same in groupby(pairs, key=itemgetter(0))]
    return [(tuple(first for first, _ in same), seconds) for seconds, same in groupby(runs, key=itemgetter(1))]


def _named(first: str, each: str, second: str, *several: Sequence[object]) -> str:
    between = f", {each} " if all(len(names) > 1 for names in several) else " "
    return f"{first}{between}{second}".strip()


def _units(units: Sequence[str]) -> str:
    return ", ".join(unit or "itself" for unit in units) if len(units) > 1 else units[0]


def _hosts(hosts: Sequence[tuple[str, bool]]) -> str:
    """Write those that may fail in brackets."""
    alike = ((must, ", ".join(host for host, _ in same)) for must, same in groupby(hosts, key=itemgetter(1)))
    return " ".join(names if must else f"({names})" for must, names in alike)


def _noted(view: View, verb: Verb, steps: list[Step]) -> tuple[bool, str]:
    """Say what of it people feel, or cannot take back, and whether that is to stand out."""
    serving = [step.host for step in steps if verb is Verb.RESTART and _serves(view, step)]
    primary = [step.host for step in steps if verb is Verb.STOP and _is_primary(view, step)]
    if any(step.no_return for step in steps):
        return True, ", ".join(filter(None, (_answers(view, verb), "the point of no return")))
    if serving:
        return True, f"{', '.join(dict.fromkeys(serving))} serve now, {RESTARTED}"
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
        case Verb.RESTART:
            return RESTARTED
        case Verb.RECONNECT:
            return "restarted where nothing else helps"
        case _:
            return ""
