"""The real conditions, plan, refusals and rules, asked about worlds of the explorer; every answer is remembered."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from model.case import Case
from model.conditions import CONDITIONS
from model.explore.effects import effect
from model.explore.faults import faults
from model.explore.nature import autonomous, caught_up
from model.explore.sight import CASE, observe
from model.explore.world import CLIENTS, EVERYWHERE, Ground, Machine, World
from model.invariants import breaches
from model.judgement import done, idle, may_close, opening_view, refusals
from model.observation import DatabaseSeen, HostSeen
from model.runbooks.full_failover import Line, whole_runbook
from model.step import Intent, Mode, Step
from model.view import View


class Memory(NamedTuple):
    """What a case remembers and nobody can observe.

    Attributes:
        opened: It is open. A closed one's waivers are remembered: people have answered for them.
    """

    mode: Mode
    waived: frozenset[str] = frozenset()
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """What is deleted from the runbook: a line of it, or a precondition or proof of a line's steps.

    Attributes:
        kind: `needs` or `proves`; empty for the whole line.
    """

    line: str
    kind: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.line}: {self.kind} {self.name}" if self.kind else self.line

    def names(self, line: str, kind: str, step: Step) -> tuple[str, ...]:
        """Return the step's names of one kind after the cut."""
        names: tuple[str, ...] = getattr(step, kind)
        if (self.line, self.kind) != (line, kind):
            return names
        return tuple(name for name in names if name != self.name)


UNCUT = Cut("")


class Judge:
    """Ask the model about numbered worlds."""

    def __init__(self, ground: Ground) -> None:
        """Remember nothing yet."""
        self.ground = ground
        self.worlds: list[World] = []
        self._numbers: dict[World, int] = {}
        self._answers: dict[Any, Any] = {}

    def number(self, world: World) -> int:
        """Return a world's number."""
        found = self._numbers.setdefault(world, len(self.worlds))
        if found == len(self.worlds):
            self.worlds.append(world)
        return found

    def _once(self, key: Any, answer: Callable[[], Any]) -> Any:
        if key not in self._answers:
            self._answers[key] = answer()
        return self._answers[key]

    def view(self, world: int, memory: Memory, *, epoch: int | None = None, truth: bool = False) -> View:
        """Return what a process sees."""
        seen = self._once((world, truth), lambda: observe(self.ground, self.worlds[world], truth=truth))
        intent = self._once(("intent", memory.mode), lambda: self._intent(memory.mode))
        known = opening_view(self.ground.environment, seen, intent, self._case(world, memory))
        return known if epoch is None else replace(known, epoch=epoch)

    def _intent(self, mode: Mode) -> Intent:
        return Intent(runbook="full_failover", target=self.ground.target, mode=mode, reason="explored")

    def _case(self, world: int, memory: Memory) -> Case | None:
        """Return the open case, as the journal would have it."""
        if not memory.opened:
            return None
        begun = self.worlds[world].ours
        return self._once(("case", memory, begun), lambda: self._folded(memory, begun=begun))  # type: ignore[no-any-return]

    def _folded(self, memory: Memory, *, begun: bool) -> Case:
        name, intent = self.ground.environment.name, self._intent(memory.mode)
        return Case(
            name=CASE, opened_at=0.0, environment=name, digest="", intent=intent, waived=memory.waived, begun=begun
        )

    def may_close(self, world: int, memory: Memory) -> bool:
        """Whether a decline closes the case."""
        case = self._case(world, memory)
        return case is not None and may_close(case, self.view(world, memory).seen.record)

    def idle(self, world: int, memory: Memory) -> bool:
        """Whether a refusal closes the case."""
        case = self._case(world, memory)
        return case is not None and idle(case, self.view(world, memory).seen.record)

    def holds(self, name: str, world: int, memory: Memory, step: Step) -> bool:
        """Whether a condition holds for a process that has the newest epoch."""
        view = self._once((world, memory), lambda: self.view(world, memory, epoch=2))
        return bool(self._once((name, step.id, world, memory), lambda: CONDITIONS[name](view, step) is None))

    def ours(self, world: int, memory: Memory, step: Step, epoch: int) -> bool:
        """Whether the epoch of a process is still that of the record."""
        check = CONDITIONS["epoch_is_ours"]
        fault = self._once(("ours", world, epoch), lambda: check(self.view(world, memory, epoch=epoch), step))
        return fault is None

    def runbook(self, world: int, memory: Memory) -> tuple[Line, ...]:
        """Return every step of the runbook, with the name of its line."""
        return self._once(("runbook", world, memory), lambda: self._lines(world, memory))  # type: ignore[no-any-return]

    def _lines(self, world: int, memory: Memory) -> tuple[Line, ...]:
        plan = whole_runbook(self.view(world, memory))
        return tuple((field.name, step) for field in fields(plan) for step in getattr(plan, field.name))

    def every_line(self) -> Iterator[Line]:
        """Yield every line and step of every runbook so far."""
        for key, lines in list(self._answers.items()):
            if key[0] == "runbook":
                yield from lines

    def refused(self, world: int, memory: Memory) -> tuple[str, ...]:
        """Return why a process would not begin."""
        return self._once(("refused", world, memory), lambda: refusals(self.view(world, memory)))  # type: ignore[no-any-return]

    def done(self, world: int, memory: Memory) -> bool:
        """Whether a process would find nothing to do."""
        return bool(self._once(("done", world, memory), lambda: done(self.view(world, memory))))

    def moves(self, world: int) -> tuple[tuple[str, int], ...]:
        """Return what may happen next by itself."""
        return self._once(("moves", world), lambda: self._numbered(autonomous(self.ground, self.worlds[world])))  # type: ignore[no-any-return]

    def later(self, world: int) -> int:
        """Return the world once its clients have caught up."""
        found: int = self._once(("later", world), lambda: self.number(caught_up(self.worlds[world])))
        return found

    def faults(self, world: int) -> tuple[tuple[str, int], ...]:
        """Return what may go wrong next."""
        return self._once(("faults", world), lambda: self._numbered(faults(self.ground, self.worlds[world])))  # type: ignore[no-any-return]

    def _numbered(self, found: Iterable[tuple[str, World]]) -> tuple[tuple[str, int], ...]:
        return tuple((text, self.number(after)) for text, after in found)

    def after(self, step: Step, world: int) -> int:
        """Return the world after an act."""
        return self._once((step.id, world), lambda: self.number(effect(self.ground, self.worlds[world], step)))  # type: ignore[no-any-return]

    def breaches(self, world: int, memory: Memory) -> tuple[str, ...]:
        """Return the broken rules, judged by what is so; for a writer that a person waived, that person answers."""
        bare: int = self._once(("bare", world), lambda: self.number(_without_clients(self.worlds[world])))
        key = ("breaches", bare, memory.waived)
        return self._once(key, lambda: breaches(self._without(self.view(bare, memory, truth=True), memory.waived)))  # type: ignore[no-any-return]

    def _without(self, view: View, waived: frozenset[str]) -> View:
        """Return the view without the waived writers: no rule speaks of what nobody saw."""
        if not waived:
            return view
        hosts = {name: HostSeen() if name in waived else host for name, host in view.seen.hosts.items()}
        databases = {
            key: DatabaseSeen() if view.environment.dbms(key).name in waived else database
            for key, database in view.seen.databases.items()
        }
        return replace(view, seen=replace(view.seen, hosts=hosts, databases=databases))


def _without_clients(world: World) -> World:
    """Return the world as the rules see it: they ask writers, names and the record, never a client or a cache."""
    machines = tuple(
        Machine(on=False) if place.role in CLIENTS else machine
        for place, machine in zip(EVERYWHERE, world.machines, strict=True)
    )
    target = world.target
    return world._replace(machines=machines, secondary=target, forwarder=target, behind=False, canary=False)
