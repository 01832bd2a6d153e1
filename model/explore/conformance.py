"""Trace conformance: evidence of a real run, replayed through the model. What it does not allow is a violation.

For each act: its needs held before it, its proofs after it. Between two observations: what only an act can change has
changed as the acts between them, and no others, would change it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from pydantic import TypeAdapter

from model import runbooks
from model.bubble import Copy, Walls
from model.case import Case, after
from model.conditions import failing
from model.environment.environment import REGION_KEYS, Environment
from model.evidence import Entry
from model.explore import relaid
from model.explore.effects import effect, half_done
from model.explore.ground import Ground
from model.explore.retraced import as_seen, powers_of, seen_of, so_of
from model.explore.world import EVERYWHERE, Place, World
from model.observation import DatabaseRole, Guard, HostSeen, Observation, Power, ServerSeen
from model.step import Intent, Step, Verb
from model.view import View

OBSERVATION = TypeAdapter(Observation)
SWITCHED = (Verb.POWER_OFF, Verb.POWER_ON, Verb.POWER_DOWN)
OBSERVED = ("attempt.started", "observed")
Owned = dict[str, Any]


def violations(environment: Environment, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return what a case's records show that the model does not allow, by record number."""
    return tuple(Replay(environment).judge(entries))


class Replay:
    """One case, record by record."""

    def __init__(self, environment: Environment) -> None:
        """Begin before the first record."""
        self.environment = environment
        self.ground = cache(partial(Ground, environment, folded=False))
        self.catalogue = cache(partial(catalogue, environment))
        self.epochs: dict[str, int | None] = {}
        self.before: Owned | None = None
        self.powers: dict[Place, bool] = {}
        self.ours = False
        self.acts: list[tuple[Step, bool]] = []

    def judge(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Yield the violations."""
        case: Case | None = None
        for entry in entries:
            case = after(case, entry)
            for text in self._entry(case, entry) if case else ():
                yield f"record {entry.n}: {text}"

    def _entry(self, case: Case, entry: Entry) -> Iterator[str]:
        if entry.kind in OBSERVED:
            yield from self._observed(case, OBSERVATION.validate_python(entry.data["observation"]))
        elif entry.kind in ("act.before", "act.found", "act.after"):
            step = self.catalogue(case.intent).get(entry.data["step"])
            if step is None:
                yield f"{entry.data['step']}: no runbook has such a step"
            else:
                yield from self._act(case, entry, step)

    def _act(self, case: Case, entry: Entry, step: Step) -> Iterator[str]:
        seen = OBSERVATION.validate_python(entry.data["facts"])
        if entry.kind == "act.before":
            self.epochs[entry.attempt] = entry.data.get("epoch")
            self.acts.append((step, False))
        elif entry.kind == "act.found" and step.verb in SWITCHED:
            self.acts.append((step, False))  # power comes and goes by itself as well, and what follows goes by it
        elif entry.kind == "act.after":
            self.acts = [(known, done or known.id == step.id) for known, done in self.acts]
            if step.verb is Verb.TAKE_EPOCH and seen.record is not None:
                self.epochs[entry.attempt] = seen.record.epoch
        view = View(
            environment=self.environment,
            seen=seen,
            intent=case.intent,
            case=case.name,
            epoch=self.epochs.get(entry.attempt),
            waived=case.waived,
            lossy=True,
        )
        for reason in failing(step.needs if entry.kind == "act.before" else step.proves, view, step):
            yield f"{step.id}: {entry.kind} although {reason}"

    def _observed(self, case: Case, seen: Observation) -> Iterator[str]:
        ground, deploys = self.ground(case.intent.target), case.intent.runbook == "deploy"
        now = owned(ground, seen) | seen_of(ground, seen, case.name) | (relaid.laid_in(ground, seen) if deploys else {})
        known = self.before or dict.fromkeys(now)
        begun = self._begun(ground, known, deploys=deploys)._replace(home=case.intent.framework, ours=self.ours)
        allowed = [_owned_by(ground, world) for world in _possible(ground, begun, self.acts)]
        for name, value in now.items():
            expected = [None] if known[name] is None else [fields[name] for fields in allowed]
            if None not in (value, known[name]) and value not in expected:
                yield f"{name} is {_said(value)}; what was done since allows {_said(expected[0])}"
            elif value is None and len(set(expected)) == 1:
                now[name] = expected[0]
        self.before = now
        self.powers |= powers_of(ground, seen)
        self.ours = seen.record.case == case.name if seen.record else self.ours
        self.acts = []

    def _begun(self, ground: Ground, before: Owned, *, deploys: bool) -> World:
        """Return the world as it was seen last."""
        if deploys:
            return relaid.as_laid(ground, _world(relaid.begun(ground), before), before)
        return as_seen(_world(ground.steady(), before), before, self.powers)


def _said(value: object) -> str:
    return (
        ", ".join(sorted(f"{who.region} {who.role}" for who in value)) if isinstance(value, frozenset) else str(value)
    )


def catalogue(environment: Environment, intent: Intent) -> dict[str, Step]:
    """Return every step a runbook may have, by its id: hosts seen or not, their power known or not, all owed."""
    found: dict[str, Step] = {}
    for answers in (True, False):
        for power in Power:
            seen = _blank(environment, power, answers=answers)
            view = View(environment=environment, seen=seen, intent=intent, lossy=True, owed=frozenset(seen.hosts))
            found |= {step.id: step for step in runbooks.whole(view).steps()}
    return found


def _blank(environment: Environment, power: Power, *, answers: bool) -> Observation:
    names = [host.name for _, host in environment.all_hosts()] + [one.name for one in environment.dns.resolvers]
    servers = {server.name: ServerSeen(answers=answers) for server in environment.dns.servers}
    blank = HostSeen(power=power, answers=answers)
    if answers:  # what takes a bubble down is planned where one stands
        blank = replace(blank, walls=Walls(case="-"), copy=Copy(case="-"))
    return Observation(at=0.0, hosts=dict.fromkeys(names, blank), servers=servers)


def owned(ground: Ground, seen: Observation) -> Owned:
    """Abstract an observation to what nothing but an act changes; None is unknown."""
    record = seen.record
    found: Owned = {"record": record and (record.state, record.active, record.target, record.data)}
    answers = seen.server(ground.environment.writer.name).addresses
    found["names"] = next((key for key in REGION_KEYS if dict(answers) == ground.names[key]), None)
    for region in REGION_KEYS:
        role = seen.database(region).role
        known = {DatabaseRole.PRIMARY: False, DatabaseRole.STANDBY: True}
        found[f"{region}: standby"] = known.get(role)
        found[f"{region}: blocked"] = _blocked(ground, seen, region)
    return found


def _blocked(ground: Ground, seen: Observation, region: str) -> frozenset[Place] | None:
    host = seen.host(
        next(ground.named[place][0] for place in EVERYWHERE if place.region == region and place.role == "dbms")
    )
    port = ground.environment.database.port
    if not host.answers or host.guard is Guard.UNKNOWN or port not in host.blocked:
        return None
    shut = host.blocked[port]
    return frozenset(place for place in EVERYWHERE if ground.addresses[place] and shut >= set(ground.addresses[place]))


def owned_by(world: World) -> Owned:
    """Abstract a world likewise."""
    found: Owned = {"record": (world.state, world.active, world.target, world.data), "names": world.names}
    for region in REGION_KEYS:
        found[f"{region}: standby"] = world.database(region).standby
        found[f"{region}: blocked"] = world.database(region).blocked
    return found


def _owned_by(ground: Ground, world: World) -> Owned:
    return owned_by(world) | so_of(world) | (relaid.laid_by(ground, world) if world.deploying else {})


def _possible(ground: Ground, begun: World, acts: Sequence[tuple[Step, bool]]) -> list[World]:
    """Return the worlds the acts lead to; one whose end nobody recorded may have had its effect, half of it, none."""
    worlds = [begun]
    for step, done in acts:
        if relaid.is_folded(ground, step):
            continue
        worlds = [relaid.as_needed(ground, world, step) for world in worlds]
        if done:
            worlds = [effect(ground, world, step) for world in worlds]
        else:
            worlds = list(dict.fromkeys((_together if begun.deploying else _each)(ground, worlds, step)))
    return worlds


def _each(ground: Ground, worlds: list[World], step: Step) -> Iterator[World]:
    """Yield what each world may be after a step whose end nobody recorded."""
    yield from (effect(ground, world, step) for world in worlds)
    yield from (left for world in worlds for _, left in half_done(ground, world, step))
    yield from worlds


def _together(ground: Ground, worlds: list[World], step: Step) -> Iterator[World]:
    """Yield the same for steps done at once, one on each host: all of them happened, half of each, or none.

    What is judged is judged fact by fact, so which of them went together is not asked: that would be too many worlds.
    """
    first, last = worlds[0], worlds[-1]
    yield effect(ground, first, step)
    for world in worlds[1:-1] or [last]:
        yield from [left for _, left in half_done(ground, world, step)] or [world]
    yield last


def _world(world: World, before: Owned) -> World:
    world = world._replace(names=before["names"] or world.names)
    for region in REGION_KEYS:
        if before[f"{region}: standby"] is not None:
            world = world.set_database(region, standby=before[f"{region}: standby"])
        if before[f"{region}: blocked"] is not None:
            world = world.set_database(region, blocked=before[f"{region}: blocked"])
    if before["record"] is None:
        return world
    state, active, target, data = before["record"]
    return world._replace(state=state, active=active, target=target, data=data)
