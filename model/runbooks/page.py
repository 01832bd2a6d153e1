"""How a page is laid out: chapters of text, and lines of steps with their circumstances, needs, proofs and sources."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, fields

from model.conditions import text_of
from model.environment.document import RegionKey
from model.environment.environment import Environment, other
from model.runbooks import words
from model.runbooks.runbook import Plan, Runbook
from model.step import STAGES, Step, Verb
from model.view import View

WIDTH = 78
BOX = "- [ ] "
GLUE = "\x00"
PLANNED, POWER, ANSWERS, NEITHER = "planned", "power", "answers", "neither"
WHEN = {
    frozenset({PLANNED}): "mode planned",
    frozenset({POWER}): "mode unplanned where its power source answers",
    frozenset({ANSWERS}): "mode unplanned where it answers and its power source does not",
    frozenset({NEITHER}): "mode unplanned where neither it nor its power source answers",
    frozenset({PLANNED, POWER}): "mode planned; unplanned where its power source answers",
    frozenset({PLANNED, ANSWERS}): "mode planned; unplanned where it answers and its power source does not",
    frozenset({POWER, ANSWERS, NEITHER}): "mode unplanned",
    frozenset({PLANNED, POWER, ANSWERS, NEITHER}): "",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A step with the circumstances in which it is done, and its preconditions with theirs."""

    step: Step
    when: frozenset[str]
    no_return: frozenset[str]
    needs: tuple[tuple[str, frozenset[str]], ...]


def chapter(title: str, mark: str, text: str, environment: Environment) -> str:
    """Write a chapter: a title, and each paragraph as an item behind its mark."""
    filled = text.strip().format(
        environment=environment.name,
        approvers=", ".join(environment.approval.names),
        zone=environment.dns.zone,
        writer=environment.writer.address,
        record=environment.record_name,
        block=environment.writer.access,
    )
    return f"## {title}\n\n" + "\n".join(wrapped(mark, item) for item in filled.split("\n\n"))


def wrapped(mark: str, text: str) -> str:
    """Wrap at the width of paper; a command is never broken."""
    lines = textwrap.wrap(
        _unbroken(text),
        WIDTH,
        initial_indent=mark,
        subsequent_indent="  " if mark else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(GLUE, " ")


def _unbroken(text: str) -> str:
    """Glue the words of commands together while the text is wrapped."""
    parts = text.split("`")
    return "`".join(part.replace(" ", GLUE) if index % 2 else part for index, part in enumerate(parts))


def lines(environment: Environment, target: RegionKey, runbook: Runbook[Plan], views: dict[str, View]) -> Iterator[str]:
    """Write the lines of a runbook, stage by stage, for all circumstances at once."""
    yield wrapped("", _roles(environment, target))
    number, stage = 0, ""
    for name, items in _merged(runbook, views):
        if items[0].step.stage != stage:
            number, stage = 0, items[0].step.stage
            yield f"### Stage {STAGES.index(stage) + 1} {stage}"
        number += 1
        always = frozenset(views)
        yield _line(environment, f"{STAGES.index(stage) + 1}.{number}", words.TITLES[name], items, always)


def _roles(environment: Environment, target: RegionKey) -> str:
    source = other(target)
    source_title, target_title = environment.region(source).title, environment.region(target).title
    return (
        f"Source: {source}, {source_title}. Target: {target}, {target_title}. "
        'A host that does not answer is left out where a line says "should": it is a debt.'
    )


def _merged(runbook: Runbook[Plan], views: dict[str, View]) -> Iterator[tuple[str, tuple[Item, ...]]]:
    """Lay the plans of all circumstances over each other, line by line."""
    plans = {when: runbook.whole(view) for when, view in views.items()}
    for field in fields(runbook.plan):
        found = {when: {step.id: step for step in getattr(plan, field.name)} for when, plan in plans.items()}
        ids = dict.fromkeys(name for steps in found.values() for name in steps)
        if ids:
            yield (
                field.name,
                tuple(_item({w: s[name] for w, s in found.items() if name in s}) for name in ids),
            )


def _item(found: dict[str, Step]) -> Item:
    needs = dict.fromkeys(need for step in found.values() for need in step.needs)
    return Item(
        next(iter(found.values())),
        frozenset(found),
        frozenset(when for when, step in found.items() if step.no_return),
        tuple((need, frozenset(when for when, step in found.items() if need in step.needs)) for need in needs),
    )


def _line(environment: Environment, number: str, title: str, items: tuple[Item, ...], always: frozenset[str]) -> str:
    lines = [f"**{number} {title}**", ""]
    lines += [_no_return(items[0]), ""] if items[0].no_return else []
    lines += [
        wrapped("", f"Only {'in ' if PLANNED in always else ''}{_when(when, always)}.") + "\n"
        for when in dict.fromkeys(item.when for item in items)
        if WHEN[when] and when != always
    ]
    lines += [_who(environment, item.step) for item in items]
    lines += [wrapped("- Before: ", text) for text in dict.fromkeys(_needs(items))]
    lines += [wrapped("- Proof: ", text) for text in _proofs(items)]
    lines += [wrapped("- Undo: ", text) for text in dict.fromkeys(item.step.undo for item in items)]
    return "\n".join([*lines, wrapped("- Source: ", _source(items[0].step))])


def _no_return(item: Item) -> str:
    """Write the banner; where only an abort has no way back from there, in which circumstances there is one."""
    of = "" if item.no_return == item.when else f" of an abort, {WHEN[item.no_return]}"
    return f"**>>> POINT OF NO RETURN{of} <<<**"


def _when(when: frozenset[str], always: frozenset[str]) -> str:
    """Name circumstances; where there is one mode only, it is not named."""
    return WHEN[when] if PLANNED in always else WHEN[when].removeprefix("mode unplanned ")


def _proofs(items: tuple[Item, ...]) -> Iterator[str]:
    """Say which component a proof is about, where a line has several and not all need it."""
    for name in dict.fromkeys(name for item in items for name in item.step.proves):
        units = dict.fromkeys(item.step.unit for item in items if name in item.step.proves)
        everyone = all(name in item.step.proves for item in items)
        yield text_of(name) + ("" if everyone else f" ({', '.join(units)})")


def _source(step: Step) -> str:
    vendor, deviation = words.VENDOR[step.verb]
    if vendor == "none":
        return deviation
    return vendor if deviation == "none" else f"{vendor}; deviation: {deviation}"


def _who(environment: Environment, step: Step) -> str:
    weight = "must" if step.must else "should"
    return (
        f"- [ ] {step.host}{_address(environment, step.host)} ({weight}){_power(environment, step)}\n  `{step.command}`"
    )


def _power(environment: Environment, step: Step) -> str:
    """Name where a host's power is switched: it is not the host itself that is asked."""
    switched = step.verb in (Verb.POWER_OFF, Verb.POWER_ON, Verb.POWER_DOWN)
    source = environment.power_source(environment.host(step.host)) if switched else None
    return f", from power source {source.name} {source.address}" if source else ""


def _address(environment: Environment, name: str) -> str:
    places = {host.name: host.address for _, host in environment.all_hosts()}
    places |= {server.name: server.address for server in environment.dns.servers}
    places |= {resolver.name: resolver.address for resolver in environment.dns.resolvers}
    return f" {places[name]}" if name in places else ""


def _needs(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        for name, when in item.needs:
            yield text_of(name) + ("" if when == item.when or not WHEN[when] else f" ({WHEN[when]})")
    if not any(item.needs for item in items):
        yield "nothing"
