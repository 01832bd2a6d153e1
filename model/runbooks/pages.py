"""The printed runbooks, one page per flow, generated from the plans: what a flow does is what its page says."""

from collections.abc import Iterator
from dataclasses import replace

from model.bubble import Copy, Walls
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation, Power, ServerSeen
from model.runbooks import DBMS_FAILOVER, FRAMEWORK_FAILOVER, FULL_FAILOVER, PARTIAL_FAILOVER, REPROTECT, RETURN_GUARD
from model.runbooks import chapters as words
from model.runbooks import dbms_chapters as dbms_words
from model.runbooks import stay_chapters as stay_words
from model.runbooks.page import ANSWERS, BOX, NEITHER, PLANNED, POWER, chapter, lines, wrapped
from model.runbooks.updates import keeping, moving_both, moving_database, moving_framework
from model.runbooks.words import SOURCES
from model.step import Intent, Mode, Name
from model.view import View

DRILLED, COPIED = Walls(case="a drill"), Copy(case="a drill")  # where one stands when it becomes real


def full_failover_page(environment: Environment) -> str:
    """Write the whole page of a full failover: both targets, both modes, and what to do without the tool."""
    return _page(
        "Full failover",
        environment,
        wrapped("", words.PURPOSE),
        wrapped("", SOURCES),
        chapter("When not to use it", "- ", words.NOT_FOR, environment),
        chapter("Before you begin", BOX, words.BEFORE, environment),
        chapter("With the tool", "- ", words.WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _target(environment, target)),
        chapter("HELD: it stopped", "- ", words.HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in moving_both(environment, target)),
        chapter("Going back", BOX, words.BACK, environment),
    )


def partial_failover_page(environment: Environment) -> str:
    """Write the whole page of a partial failover of the framework: both targets, and what to do without the tool."""
    return _page(
        "Partial failover",
        environment,
        wrapped("", words.PARTIAL_PURPOSE),
        wrapped("", SOURCES),
        chapter("When not to use it", "- ", words.PARTIAL_NOT_FOR, environment),
        chapter("Before you begin", BOX, words.PARTIAL_BEFORE, environment),
        chapter("With the tool", "- ", words.PARTIAL_WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _outlived(environment, target)),
        chapter("HELD: it stopped", "- ", words.HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in moving_both(environment, target)),
        chapter("Going back", BOX, words.BACK, environment),
    )


def dbms_failover_page(environment: Environment) -> str:
    """Write the whole page of a partial failover of the DBMS: both targets, both modes, and without the tool."""
    return _page(
        "Partial failover DBMS",
        environment,
        wrapped("", dbms_words.PURPOSE),
        wrapped("", SOURCES),
        chapter("When not to use it", "- ", dbms_words.NOT_FOR, environment),
        chapter("Before you begin", BOX, dbms_words.BEFORE, environment),
        chapter("With the tool", "- ", dbms_words.WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _alone(environment, target)),
        chapter("HELD: it stopped", "- ", words.HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in moving_database(environment, target)),
        chapter("Going back", BOX, dbms_words.BACK, environment),
    )


def framework_failover_page(environment: Environment) -> str:
    """Write the whole page of a framework that moves alone: both targets, both modes, and without the tool."""
    return _page(
        "Partial failover stay",
        environment,
        wrapped("", stay_words.PURPOSE),
        wrapped("", SOURCES),
        chapter("When not to use it", "- ", stay_words.NOT_FOR, environment),
        chapter("Before you begin", BOX, stay_words.BEFORE, environment),
        chapter("With the tool", "- ", stay_words.WITH_THE_TOOL, environment),
        *(part for home in reversed(REGION_KEYS) for part in _across(environment, home)),
        chapter("HELD: it stopped", "- ", stay_words.HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for home in reversed(REGION_KEYS) for part in moving_framework(environment, home)),
        chapter("Going back", BOX, stay_words.BACK, environment),
    )


def reprotect_page(environment: Environment) -> str:
    """Write the whole page of a reprotect: both targets, and what to do without the tool."""
    return _page(
        "Reprotect",
        environment,
        wrapped("", words.REPROTECT_PURPOSE),
        wrapped("", SOURCES),
        chapter("Before you begin", BOX, words.REPROTECT_BEFORE, environment),
        chapter("With the tool", "- ", words.REPROTECT_WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _protected(environment, target)),
        chapter("HELD: it stopped", "- ", words.REPROTECT_HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in keeping(environment, target)),
    )


def failback_page(environment: Environment) -> str:
    """Write the page of a failback: what it is made of, each part with a page of its own."""
    return _page(
        "Failback",
        environment,
        wrapped("", words.FAILBACK_PURPOSE),
        wrapped("", SOURCES),
        chapter("Before you begin", BOX, words.FAILBACK_BEFORE, environment),
        chapter("With the tool", "- ", words.FAILBACK_WITH_THE_TOOL, environment),
        chapter("Its parts", BOX, words.FAILBACK_PARTS, environment),
        chapter("HELD: it stopped", "- ", words.FAILBACK_HELD, environment),
    )


def drill_page(environment: Environment) -> str:
    """Write the page of a live drill: what it is made of, each part with a page of its own."""
    return _page(
        "Drill",
        environment,
        wrapped("", words.DRILL_PURPOSE),
        chapter("Before you begin", BOX, words.DRILL_BEFORE, environment),
        chapter("With the tool", "- ", words.DRILL_WITH_THE_TOOL, environment),
        chapter("Its parts", BOX, words.DRILL_PARTS, environment),
        chapter("It becomes real", "- ", words.DRILL_REAL, environment),
        chapter("Afterwards", BOX, words.DRILL_AFTERWARDS, environment),
    )


def return_guard_page(environment: Environment) -> str:
    """Write the page of the return guard: what it does by itself, and how a person does it."""
    return _page(
        "Return guard",
        environment,
        wrapped("", words.RETURN_PURPOSE),
        wrapped("", SOURCES),
        chapter("When it does nothing", "- ", words.RETURN_NOTHING, environment),
        chapter("With the tool", "- ", words.RETURN_WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _kept_out(environment, target)),
        chapter("HELD: it stopped", "- ", words.RETURN_HELD, environment),
        chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in keeping(environment, target)),
    )


def _page(title: str, environment: Environment, *parts: str) -> str:
    name = title.lower().replace(" ", "-")
    head = (
        f"# {title} of {environment.name}",
        f"Generated from the plan: `gdr runbook {name} {environment.name}`. Do not edit.",
    )
    return "\n\n".join(part.rstrip() for part in (*head, *parts)) + "\n"


def _target(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {other(target)} is given up, {target} takes over"
    yield from lines(environment, target, FULL_FAILOVER, _circumstances(environment, target))


def _outlived(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## The framework of {other(target)} is lost, {target} takes over"
    writers = {
        POWER: HostSeen(answers=True, power=Power.ON),
        ANSWERS: HostSeen(answers=True),
        NEITHER: HostSeen(),
    }
    views = {when: _view(environment, target, "unplanned", seen, "partial_failover") for when, seen in writers.items()}
    yield from lines(environment, target, PARTIAL_FAILOVER, views)


def _alone(environment: Environment, target: RegionKey) -> Iterator[str]:
    home = other(target)
    yield f"## The database moves to {target}, the framework stays in {home}"
    yield from lines(environment, target, DBMS_FAILOVER, _circumstances(environment, target, "dbms_failover", home))


def _across(environment: Environment, home: RegionKey) -> Iterator[str]:
    target = other(home)
    yield f"## The framework moves to {home}, the database stays in {target}"
    views = _circumstances(environment, target, "framework_failover", home)
    yield from lines(environment, target, FRAMEWORK_FAILOVER, views)


def _protected(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is active, {other(target)} follows it"
    living = HostSeen(answers=True, power=Power.ON)
    yield from lines(
        environment, target, REPROTECT, {PLANNED: _view(environment, target, "planned", living, "reprotect")}
    )


def _kept_out(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is active, {other(target)} answers again"
    known = _view(environment, target, "unplanned", HostSeen(answers=True), "return_guard")
    owed = frozenset(host.name for key in REGION_KEYS for host in environment.hosts(key, "application"))
    yield from lines(environment, target, RETURN_GUARD, {ANSWERS: replace(known, lossy=True, owed=owed)})


def _circumstances(
    environment: Environment, target: RegionKey, runbook: Name = "full_failover", home: RegionKey | None = None
) -> dict[str, View]:
    writers = {
        PLANNED: HostSeen(answers=True, power=Power.ON),
        POWER: HostSeen(answers=True, power=Power.ON),
        ANSWERS: HostSeen(answers=True),
        NEITHER: HostSeen(),
    }
    modes: dict[str, Mode] = {when: "planned" if when == PLANNED else "unplanned" for when in writers}
    return {when: _view(environment, target, modes[when], seen, runbook, home) for when, seen in writers.items()}


def _view(  # noqa: PLR0913, PLR0917  (what a page is about)
    environment: Environment,
    target: RegionKey,
    mode: Mode,
    writer: HostSeen,
    runbook: Name = "full_failover",
    home: RegionKey | None = None,
) -> View:
    living = [host.name for _, host in environment.all_hosts()] + [it.name for it in environment.dns.resolvers]
    intent = Intent(runbook=runbook, target=target, mode=mode, reason="the printed page", home=home)
    known = View(environment=environment, seen=Observation(at=0), intent=intent, lossy=not intent.keeps)
    lost = {host.name: writer for host in known.writers}
    seen = Observation(
        at=0,
        hosts={name: HostSeen(answers=True, walls=DRILLED, copy=COPIED) for name in living} | lost,
        servers={server.name: ServerSeen(answers=True) for server in environment.dns.servers},
    )
    return replace(known, seen=seen)
