"""The real conditions, plan, refusals and rules, asked about worlds of the explorer; every answer is remembered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from model import runbooks
from model.case import Case, Owed
from model.conditions import CONDITIONS
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.explore.bubble import CASE
from model.explore.cloning import copying
from model.explore.copies import another_case, impostors
from model.explore.deploying import overreaching
from model.explore.effects import effect, half_done
from model.explore.faults import faults, heard
from model.explore.ground import Ground
from model.explore.hazards import hazards, touches
from model.explore.nature import autonomous, caught_up
from model.explore.quest import Memory, Quest
from model.explore.sight import observe
from model.explore.world import World, bare
from model.invariants import breaches
from model.judgement import abort, against, done, idle, may_close, opening_view, refusals
from model.observation import DatabaseSeen, HostSeen, Observation
from model.runbooks.runbook import Line
from model.step import Intent, Name, Step, Verb
from model.view import View


@dataclass(frozen=True, slots=True)
class Cut:
    """What is deleted from a runbook: a line of it, or a precondition or proof of a line's steps.

    Attributes:
        kind: `needs` or `proves`; empty for the whole line.
    """

    line: str
    kind: str = ""
    name: str = ""
    runbook: Name = "full_failover"

    def __str__(self) -> str:
        line = self.line if self.runbook == "full_failover" else f"{self.runbook} {self.line}"
        return f"{line}: {self.kind} {self.name}" if self.kind else line

    def drops(self, line: "Numbered") -> bool:
        """Whether the whole line is cut."""
        return self._is_about(line) and not self.kind

    def names(self, line: "Numbered", kind: str) -> tuple[str, ...]:
        """Return the step's names of one kind after the cut."""
        names: tuple[str, ...] = getattr(line.step, kind)
        if not self._is_about(line) or self.kind != kind:
            return names
        return tuple(name for name in names if name != self.name)

    def _is_about(self, line: "Numbered") -> bool:
        return (self.runbook, self.line) == (line.runbook, line.name)


UNCUT = Cut("")


@dataclass(frozen=True, slots=True)
class Numbered(Line):
    """A line the explorer has met. Equal ones are one, so that `number` stands for both."""

    number: int
    id: str
    runbook: Name


class Judge:
    """Ask the model about numbered worlds."""

    def __init__(self, ground: Ground) -> None:
        """Remember nothing yet."""
        self.ground, self._backs = ground, {region: ground.going_back(region) for region in REGION_KEYS}
        self.worlds: list[World] = []
        self._numbers: dict[World, int] = {}
        self.lines: list[Numbered] = []
        self._line_numbers: dict[tuple[Name, str, Step], int] = {}
        self._answers: dict[Any, Any] = {}
        clients = (host for key in REGION_KEYS for host in ground.environment.hosts(key, "application"))
        resolvers = (resolver.name for resolver in ground.environment.dns.resolvers)
        self._owed = Owed(frozenset((*(host.name for host in clients), *resolvers)), lossy=True)

    def of(self, runbook: Name, world: World) -> Ground:
        """Return the ground in the light of a runbook: an abort's target is where the database was before."""
        return self._backs[world.had] if runbook == "abort" else self.ground

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
        seen, case = self._seen(world, truth=truth), self._case(memory, world)
        intent = self._intent(memory, self.worlds[world])
        known = opening_view(self.ground.environment, seen, intent, case, owed=self._owed)
        return known if epoch is None else replace(known, epoch=epoch)

    def _seen(self, world: int, *, truth: bool = False) -> Observation:
        return self._once((world, truth), lambda: observe(self.ground, self.worlds[world], truth=truth))  # type: ignore[no-any-return]

    def _intent(self, memory: Memory, world: World) -> Intent:
        moved = memory.undoes not in (None, "framework_failover")  # the database is: back is where it was
        target = self.ground.source if moved else self.ground.target
        key = ("intent", memory.runbook, memory.mode, memory.undoes, target, world.home)
        return self._once(key, lambda: _meant(memory, target, world.home))  # type: ignore[no-any-return]

    def _case(self, memory: Memory, world: int) -> Case | None:
        """Return the open case, as the journal would have it."""
        if not memory.opened:
            return None
        intent = self._intent(memory, self.worlds[world])
        return self._once(("case", memory, intent), lambda: self._folded(memory, intent))  # type: ignore[no-any-return]

    def _folded(self, memory: Memory, intent: Intent) -> Case:
        return Case(
            name=CASE,
            opened_at=0.0,
            environment=self.ground.environment.name,
            digest="",
            intent=intent,
            waived=memory.waived,
            begun=memory.begun,
            no_return=memory.no_return,
        )

    def may_close(self, world: int, memory: Memory) -> bool:
        """Whether a decline closes the case."""
        case = self._case(memory, world)
        return case is not None and may_close(case, self._seen(world).record)

    def idle(self, world: int, memory: Memory) -> bool:
        """Whether a refusal closes the case."""
        case = self._case(memory, world)
        return case is not None and idle(case, self._seen(world).record)

    def hold(self, names: tuple[str, ...], world: int, memory: Memory, line: Numbered) -> bool:
        """Whether all these conditions hold for a process that has the newest epoch."""
        key = (names, line.number, world, memory)
        if key not in self._answers:
            self._answers[key] = all(self._holds(name, world, memory, line) for name in names)
        return bool(self._answers[key])

    def _holds(self, name: str, world: int, memory: Memory, line: Numbered) -> bool:
        view = self._once((world, memory), lambda: self.view(world, memory, epoch=2))
        return CONDITIONS[name](view, line.step) is None

    def ours(self, world: int, memory: Memory, step: Step, epoch: int) -> bool:
        """Whether the epoch of a process is still that of the record."""
        check = CONDITIONS["epoch_is_ours"]
        fault = self._once(("ours", world, epoch), lambda: check(self.view(world, memory, epoch=epoch), step))
        return fault is None

    def runbook(self, world: int, memory: Memory) -> tuple[Numbered, ...]:
        """Return every step of the runbook, with the name of its line."""
        return self._once(("runbook", world, memory), lambda: self._runbook(world, memory))  # type: ignore[no-any-return]

    def _runbook(self, world: int, memory: Memory) -> tuple[Numbered, ...]:
        plan = runbooks.whole(self.view(world, memory))
        steps = ((field.name, step) for field in fields(plan) for step in getattr(plan, field.name))
        family = Quest(memory.runbook, memory.mode).family
        return tuple(
            self._line(family, name, step)
            for name, step in steps
            if not self.ground.is_one_of_many(step, memory.runbook)
        )

    def _line(self, runbook: Name, name: str, step: Step) -> Numbered:
        number = self._line_numbers.setdefault((runbook, name, step), len(self.lines))
        if number == len(self.lines):
            self.lines.append(Numbered(name, step, number, step.id, runbook))
        return self.lines[number]

    def refused(self, world: int, memory: Memory) -> tuple[str, ...]:
        """Return why a process would not begin."""
        return self._once(("refused", world, memory), lambda: self._refused(world, memory))  # type: ignore[no-any-return]

    def _refused(self, world: int, memory: Memory) -> tuple[str, ...]:
        view = self.view(world, memory)
        return (*against(self._case(memory, world), view), *refusals(view))

    def turns_back(self, world: int, memory: Memory) -> tuple[int, Memory] | None:
        """Return where an abort of the open case begins; None where it is refused."""
        case = self._case(memory, world)
        if case is None or memory.runbook == "abort":
            return None
        back = self.number(self.worlds[world].back())
        turned = memory._replace(runbook="abort", undoes=memory.runbook)
        return None if abort.against(case, self.view(back, turned)) or self.refused(back, turned) else (back, turned)

    def done(self, world: int, memory: Memory) -> bool:
        """Whether a process would find nothing to do."""
        return bool(self._once(("done", world, memory), lambda: done(self.view(world, memory))))

    def gives_way(self, world: int, memory: Memory) -> bool:
        """Whether a failover to where hosts are made anew may end this case: the active region is lost."""
        return bool(self._once(("gives way", world, memory), lambda: self._gives_way(world, memory)))

    def _gives_way(self, world: int, memory: Memory) -> bool:
        case, seen = self._case(memory, world), self._seen(world)
        lost = Intent(runbook="full_failover", target=self.ground.source, mode="unplanned", reason="explored")
        if case is not None and not case.superseded_by(lost):
            return False
        remaking = memory.runbook == "clone_and_isolate"
        known = opening_view(self.ground.environment, seen, lost, None, superseded=CASE, remaking=remaking)
        return not refusals(known)

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

    def after(self, line: Numbered, world: int) -> int:
        """Return the world after an act."""
        key = ("after", line.number, world)
        return self._once(key, lambda: self.number(effect(self._of(line, world), self.worlds[world], line.step)))  # type: ignore[no-any-return]

    def _of(self, line: Numbered, world: int) -> Ground:
        return self.of(line.runbook, self.worlds[world])

    def halves(self, line: Numbered, world: int) -> tuple[tuple[str, int], ...]:
        """Return what a killed command may leave of an act."""
        key = ("halves", line.number, world)
        return self._once(key, lambda: self._numbered(half_done(self._of(line, world), self.worlds[world], line.step)))  # type: ignore[no-any-return]

    def hazards(self, line: Numbered, world: int, memory: Memory) -> tuple[str, ...]:
        """Return what is wrong with an act in a world."""
        key = ("hazards", line.number, world, memory)
        return self._once(key, lambda: self._hazards(line, world, memory))  # type: ignore[no-any-return]

    def _hazards(self, line: Numbered, world: int, memory: Memory) -> tuple[str, ...]:
        drains, found = memory.runbook == "partial_failover", self.worlds[world]
        ground = self.of(memory.runbook, found)
        unproven = memory.undoes != "framework_failover" or line.step.verb is Verb.STOP
        if memory.runbook == "return_guard" or (memory.runbook == "abort" and unproven):
            found = heard(ground, found)
        if memory.runbook == "clone_and_isolate":
            return tuple(f"{line.id}: {text}" for text in copying(ground, found, line.step))
        if memory.runbook == "deploy":
            return tuple(f"{line.id}: {text}" for text in overreaching(ground, found, line.step))
        drills = memory.runbook in ("bubble", "discard")
        touched = touches(found, effect(ground, found, line.step)) if drills else ()
        return (*touched, *hazards(ground, found, line.step, memory.mode, memory.waived, drains=drains))

    def breaches(self, world: int, memory: Memory) -> tuple[str, ...]:
        """Return the broken rules, judged by what is so; for a writer that a person waived, that person answers."""
        seen: int = self._once(("bare", world), lambda: self.number(bare(self.worlds[world])))
        return self._once(("breaches", seen, memory.waived), lambda: self._breaches(seen, memory))  # type: ignore[no-any-return]

    def _breaches(self, world: int, memory: Memory) -> tuple[str, ...]:
        found = breaches(self._without(self.view(world, memory, truth=True), memory.waived))
        return (*impostors(self.worlds[world]), *found)

    def anew(self, world: int) -> int:
        """Return a world as a new case finds it."""
        found: int = self._once(("anew", world), lambda: self.number(another_case(self.worlds[world])))
        return found

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


def _meant(memory: Memory, target: RegionKey, home: RegionKey) -> Intent:
    return Intent(
        runbook=memory.runbook, target=target, mode=memory.mode, reason="explored", home=home, undoes=memory.undoes
    )
