"""The printed runbook, generated from the plan: what the flow does is what the page says."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, fields

from model.conditions import text_of
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.observation import HostSeen, Observation, Power, ServerSeen
from model.record import Record
from model.runbooks import FULL_FAILOVER, REPROTECT, words
from model.runbooks.runbook import Plan, Runbook
from model.step import STAGES, Intent, Mode, Name, Step, Verb
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
    needs: tuple[tuple[str, frozenset[str]], ...]


def full_failover_page(environment: Environment) -> str:
    """Write the whole page of a full failover: both targets, both modes, and what to do without the tool."""
    parts = [
        f"# Full failover of {environment.name}",
        f"Generated from the plan: `gdr runbook full-failover {environment.name}`. Do not edit.",
        _wrapped("", words.PURPOSE),
        _wrapped("", words.SOURCES),
        _chapter("When not to use it", "- ", words.NOT_FOR, environment),
        _chapter("Before you begin", BOX, words.BEFORE, environment),
        _chapter("With the tool", "- ", words.WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _target(environment, target)),
        _chapter("HELD: it stopped", "- ", words.HELD, environment),
        _chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in _updates(environment, target)),
        _chapter("Going back", BOX, words.BACK, environment),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def reprotect_page(environment: Environment) -> str:
    """Write the whole page of a reprotect: both targets, and what to do without the tool."""
    parts = [
        f"# Reprotect of {environment.name}",
        f"Generated from the plan: `gdr runbook reprotect {environment.name}`. Do not edit.",
        _wrapped("", words.REPROTECT_PURPOSE),
        _wrapped("", words.SOURCES),
        _chapter("Before you begin", BOX, words.REPROTECT_BEFORE, environment),
        _chapter("With the tool", "- ", words.REPROTECT_WITH_THE_TOOL, environment),
        *(part for target in reversed(REGION_KEYS) for part in _protected(environment, target)),
        _chapter("HELD: it stopped", "- ", words.REPROTECT_HELD, environment),
        _chapter("By hand", "- ", words.BY_HAND, environment),
        *(part for target in reversed(REGION_KEYS) for part in _keeping(environment, target)),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _chapter(title: str, mark: str, text: str, environment: Environment) -> str:
    filled = text.strip().format(
        environment=environment.name,
        approvers=", ".join(environment.approval.approvers),
        zone=environment.dns.zone,
        writer=environment.writer.address,
        record=environment.record_name,
        block=environment.writer.access,
    )
    return f"## {title}\n\n" + "\n".join(_wrapped(mark, item) for item in filled.split("\n\n"))


def _wrapped(mark: str, text: str) -> str:
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


def _target(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {other(target)} is given up, {target} takes over"
    yield from _lines(environment, target, FULL_FAILOVER, _circumstances(environment, target))


def _protected(environment: Environment, target: RegionKey) -> Iterator[str]:
    yield f"## {target} is active, {other(target)} follows it"
    living = HostSeen(answers=True, power=Power.ON)
    yield from _lines(
        environment, target, REPROTECT, {PLANNED: _view(environment, target, "planned", living, "reprotect")}
    )


def _lines(
    environment: Environment, target: RegionKey, runbook: Runbook[Plan], views: dict[str, View]
) -> Iterator[str]:
    yield _wrapped("", _roles(environment, target))
    number, stage = 0, ""
    for name, items in _merged(runbook, views):
        if items[0].step.stage != stage:
            number, stage = 0, items[0].step.stage
            yield f"### Stage {STAGES.index(stage) + 1} {stage}"
        number += 1
        always = frozenset(views) if len(views) == 1 else frozenset()
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
        tuple((need, frozenset(when for when, step in found.items() if need in step.needs)) for need in needs),
    )


def _circumstances(environment: Environment, target: RegionKey) -> dict[str, View]:
    return {
        PLANNED: _view(environment, target, "planned", HostSeen(answers=True, power=Power.ON)),
        POWER: _view(environment, target, "unplanned", HostSeen(answers=True, power=Power.ON)),
        ANSWERS: _view(environment, target, "unplanned", HostSeen(answers=True)),
        NEITHER: _view(environment, target, "unplanned", HostSeen()),
    }


def _view(
    environment: Environment, target: RegionKey, mode: Mode, writer: HostSeen, runbook: Name = "full_failover"
) -> View:
    living = [host.name for _, host in environment.all_hosts()] + [it.name for it in environment.dns.resolvers]
    lost = {host.name: writer for host in environment.writers(other(target))}
    seen = Observation(
        at=0,
        hosts={name: HostSeen(answers=True) for name in living} | lost,
        servers={server.name: ServerSeen(answers=True) for server in environment.dns.servers},
    )
    intent = Intent(runbook=runbook, target=target, mode=mode, reason="the printed page")
    return View(environment=environment, seen=seen, intent=intent, lossy=mode == "unplanned")


def _line(environment: Environment, number: str, title: str, items: tuple[Item, ...], always: frozenset[str]) -> str:
    lines = [f"**{number} {title}**", ""]
    lines += ["**>>> POINT OF NO RETURN <<<**", ""] if items[0].step.no_return else []
    lines += [
        _wrapped("", f"Only in {WHEN[when]}.") + "\n"
        for when in dict.fromkeys(item.when for item in items)
        if WHEN[when] and when != always
    ]
    lines += [_who(environment, item.step) for item in items]
    lines += [_wrapped("- Before: ", text) for text in dict.fromkeys(_needs(items))]
    lines += [_wrapped("- Proof: ", text) for text in _proofs(items)]
    lines += [_wrapped("- Undo: ", text) for text in dict.fromkeys(item.step.undo for item in items)]
    return "\n".join([*lines, _wrapped("- Source: ", _source(items[0].step))])


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
    switched = step.verb in (Verb.POWER_OFF, Verb.POWER_ON)
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


def _updates(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the three updates of the record for one target, as they are typed."""
    old = Record(epoch=11, state="steady", active=other(target), target=other(target))
    taken = old.taken(target=target, case="by-hand", head="-")
    yield f"### Updates when {target} takes over"
    yield "The numbers are an example: yours is the epoch in OLD, plus one."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    addresses = "".join(
        f"update delete {name} A\nupdate add {name} {environment.dns.ttl_s} A {address}\n"
        for name, address in environment.addresses(target).items()
    )
    yield _update(environment, f"{STAGES.index('names') + 1} names", taken.moved("-"), addresses)
    yield _update(environment, f"{STAGES.index('prove') + 1} prove, last line", taken.moved("-").steady("-"), "")


def _keeping(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the two updates of the record while one region stays active."""
    old = Record(epoch=11, state="steady", active=target, target=target)
    taken = old.taken(target=target, case="by-hand", head="-")
    yield f"### Updates while {target} is active"
    yield "The numbers are an example: yours is the epoch in OLD, plus one."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    yield _update(environment, f"{STAGES.index('prove') + 1} prove, last line", taken.steady("-"), "")


def _update(environment: Environment, stage: str, new: Record, more: str) -> str:
    name = environment.record_name
    return (
        f"Stage {stage}:\n\n```text\nserver {environment.writer.address}\nzone {environment.dns.zone}\n"
        f'prereq yxrrset {name} TXT "OLD"\nupdate delete {name} TXT\n'
        f'update add {name} 0 TXT "{new.text()}"\n{more}send\n```'
    )
