"""Breadth-first search over everything that can happen to a full failover: states, not paths.

One process observes, judges, asks where it must, plans and performs the plan in order, exactly as the flow and
tasks/act.py do: epoch, proofs (already done?), needs, act, proofs. A person may say go or decline; a go waives what was
shown. It can die anywhere; then someone starts it again, and it observes and plans again. Around it the world moves by
itself, and one thing may go wrong.
"""

from collections import deque
from collections.abc import Iterator

from model.explore.found import Counterexample, Found
from model.explore.goal import AIMS, aim, given_up, wrong_end
from model.explore.judge import UNCUT, Cut, Judge, Numbered
from model.explore.late import LOOKS, SWAPS
from model.explore.people import mend, stuck
from model.explore.quest import Memory, Quest, rule_of
from model.explore.starts import Start, starts
from model.explore.state import ASKED, HELD, IDLE, Edge, State
from model.explore.trails import Trails
from model.explore.world import World
from model.runbooks.runbook import remaining
from model.step import Verb


class Search:
    """One search. Its judge may be shared by many: the answers do not depend on what is cut from the runbook."""

    def __init__(self, judge: Judge, cut: Cut = UNCUT, *, most: int = 1, faultless: bool = False) -> None:
        """Prepare.

        Args:
            cut: What to delete from the runbook.
            most: Stop at this many counterexamples.
            faultless: Let nothing go wrong: quicker, and enough to miss a line that is gone.
        """
        self.judge, self.ground, self.cut, self.most = judge, judge.ground, cut, most
        self.faultless = faultless
        self.found = Found()
        self.plans: list[tuple[Numbered, ...]] = []
        self._plan_numbers: dict[tuple[int, ...], int] = {}
        self.trails = Trails()

    def run(self, quest: Quest) -> Found:
        """Explore from every start."""
        queue: deque[State] = deque()
        for start in starts(self.ground, quest.mode, quest.runbook):
            state = self._begin(quest, start)
            self._reach(state, None, f"start: {start.name}", queue)
        good: list[State] = []
        while queue and len(self.found.counterexamples) < self.most:
            state = queue.popleft()
            if (end := self._end(state)) is not None:
                self.found.ends[end] = self.found.ends.get(end, 0) + 1
                if end in AIMS[quest.runbook]:
                    good.append(state)
            for text, after, fault in self._edges(state):
                self.found.edges += 1
                self._reach(after, state, text, queue)
                if not fault:
                    self.trails.back.setdefault(after, []).append(state)
        self.found.states = len(self.trails.come)
        if not queue:
            self._lively(good)
        return self.found

    def _begin(self, quest: Quest, start: Start) -> State:
        """Return a first state; a return guard may find rules broken, and what is broken is its business."""
        memory, world = Memory(quest.mode, runbook=quest.runbook), self.judge.number(start.world)
        if quest.runbook == "abort":
            memory = memory._replace(opened=True, begun=True, undoes=start.undoes)  # it is always the case of a switch
        if quest.runbook == "return_guard":
            memory = memory._replace(broken=frozenset(map(rule_of, self.judge.breaches(world, memory))))
        return State(world, memory, budget=start.budget)

    def _reach(self, state: State, before: State | None, text: str, queue: deque[State]) -> None:
        if state in self.trails.come:
            return
        self.trails.come[state] = (before, text)
        queue.append(state)
        for breach in self.judge.breaches(state.world, state.memory):
            if rule_of(breach) not in state.memory.broken:
                self._report(breach, state)

    def _report(self, text: str, state: State, *more: str) -> None:
        self.found.counterexamples.append(Counterexample(text, (*self.trails.to(state), *more)))

    def _lively(self, good: list[State]) -> None:
        """Report a state from which, without a further fault, no end can be reached any more."""
        lost = self.trails.lost(good)
        if lost is not None:
            self._report("from here no end can be reached any more", lost)

    def _end(self, state: State) -> str | None:
        if state.plan >= 0 or state.orphan >= 0:
            return None
        world = self.judge.worlds[state.world]
        if world.copying and self.judge.gives_way(state.world, state.memory):
            return "given up"
        return aim(self.judge.of(state.memory.runbook, world), world, state.memory)

    # --- what may happen ---

    def _edges(self, state: State) -> Iterator[Edge]:
        world = self.judge.worlds[state.world]
        for text, after in self.judge.moves(state.world):
            yield text, state._replace(world=after), False
        if state.orphan >= 0:
            yield self._orphan_lands(state)
        if state.plan >= 0:
            yield from self._acts(state, world)
        elif state.plan == ASKED:
            yield from self._answers(state)
            yield from self._turns_back(state)
        else:
            yield from self._starts(state)
            yield from self._turns_back(state)
        if state.plan == HELD:
            yield from self._people(state, world)
        if state.budget and not self.faultless:
            for text, after in self.judge.faults(state.world):
                yield f"FAULT {text}", state._replace(world=after, budget=state.budget - 1), True

    def _in(self, state: State, world: World) -> State:
        return state._replace(world=self.judge.number(world))

    def _people(self, state: State, world: World) -> Iterator[Edge]:
        """Let people mend what is broken, or give the source up for lost, while a case is held."""
        for text in stuck(self.judge, state.world, state.memory):
            self._report(text, state)
        idle = state._replace(plan=IDLE)
        mended = mend(self.ground, world, state.memory)
        if mended != world:
            yield "people mend what is broken", self._in(idle, mended), False
        for runbook, home in () if state.budget else given_up(world, state.memory):
            memory = state.memory._replace(runbook=runbook, mode="unplanned", undoes=None)
            escalated = self._in(idle._replace(memory=memory, budget=0), world.escalated(home))
            yield "people escalate to unplanned", escalated, False

    def _turns_back(self, state: State) -> Iterator[Edge]:
        """Let people abort the open switch, whatever it was interrupted at."""
        if (turned := self.judge.turns_back(state.world, state.memory)) is not None:
            world, memory = turned
            yield "people abort", state._replace(world=world, memory=memory, plan=IDLE, asked=frozenset()), False

    def _starts(self, state: State) -> Iterator[Edge]:
        memory = state.memory
        if self.judge.refused(state.world, memory):
            opened = memory.opened and not self.judge.idle(state.world, memory)
            yield (
                "refused",
                state._replace(plan=HELD, memory=memory._replace(opened=True) if opened else memory.closed()),
                False,
            )
            return
        if not memory.opened and self.judge.done(state.world, memory):
            yield "nothing to do", state._replace(plan=HELD), False
            return
        if not memory.opened:
            memory = memory._replace(waived=frozenset(), opened=True)
            state = state._replace(world=self.judge.anew(state.world))
        lines = self.judge.runbook(state.world, memory)
        waived = frozenset(line.step.host for line in lines if line.step.verb is Verb.WAIVE)
        if waived <= memory.waived:
            yield self._planned(state, memory, lines)
        else:
            yield "asks", state._replace(plan=ASKED, memory=memory, asked=waived), False
        yield self._declined(state._replace(memory=memory))

    def _answers(self, state: State) -> Iterator[Edge]:
        """Let a person answer. What a go waives is what was shown, whatever has happened to the world since."""
        memory = state.memory._replace(waived=state.memory.waived | state.asked)
        yield "go", state._replace(plan=IDLE, memory=memory, asked=frozenset()), False
        yield self._declined(state)

    def _declined(self, state: State) -> Edge:
        """Let a person decline, where a gate asks for whatever reason; somebody may run it again."""
        closed = self.judge.may_close(state.world, state.memory)
        memory = state.memory.closed() if closed else state.memory._replace(opened=True)
        return "declined", state._replace(plan=IDLE, asked=frozenset(), memory=memory), False

    def _planned(self, state: State, memory: Memory, lines: tuple[Numbered, ...]) -> Edge:
        plan = tuple(line for line in lines if not self.cut.drops(line))
        plan = remaining(plan, lambda line: self._found(line, state.world, memory))
        obeyed = state.obeyed if state.orphan >= 0 else frozenset()
        return (
            "observes and plans",
            state._replace(memory=memory, plan=self._plan(plan), at=0, stale=False, obeyed=obeyed),
            False,
        )

    def _plan(self, lines: tuple[Numbered, ...]) -> int:
        found = self._plan_numbers.setdefault(tuple(line.number for line in lines), len(self.plans))
        if found == len(self.plans):
            self.plans.append(lines)
        return found

    def _found(self, line: Numbered, world: int, memory: Memory) -> bool:
        """Whether a step is done already; taking the epoch never is, for a process that has none."""
        without = line.step.verb is Verb.TAKE_EPOCH and self.cut.names(line, "proves")
        return not without and self._proven(line, world, memory)

    def _proven(self, line: Numbered, world: int, memory: Memory) -> bool:
        return self.judge.hold(self.cut.names(line, "proves"), world, memory, line)

    def _needed(self, line: Numbered, world: int, memory: Memory) -> bool:
        return self.judge.hold(self.cut.names(line, "needs"), world, memory, line)

    def _acts(self, state: State, world: World) -> Iterator[Edge]:
        if state.at == len(self.plans[state.plan]):
            yield from self._ends(state, world)
            return
        line = self.plans[state.plan][state.at]
        step = line.step
        failed = state._replace(plan=HELD, at=0, stale=False) if step.must else state._replace(at=state.at + 1)
        if step.verb is not Verb.TAKE_EPOCH and not self.judge.ours(
            state.world, state.memory, step, 1 if state.stale else 2
        ):
            yield f"{line.id}: stopped: the epoch is not ours", state._replace(plan=IDLE, at=0, stale=False), False
        elif state.stale:
            self._report(f"{line.id}: an overtaken process acts", state)
        elif self._found(line, state.world, state.memory):
            yield f"{line.id}: found done", state._replace(at=state.at + 1), False
        elif not self._needed(line, state.world, state.memory):
            self._undisturbed(state, line, world)
            yield f"{line.id}: needs fail", failed, False
        else:
            yield from self._performed(state, world, line, failed)

    def _performed(self, state: State, world: World, line: Numbered, failed: State) -> Iterator[Edge]:
        for hazard in self.judge.hazards(line, state.world, state.memory):
            self._report(hazard, state, line.id)
        if line.step.verb is Verb.TAKE_EPOCH:
            state = state._replace(memory=state.memory._replace(begun=True))
            failed = failed._replace(memory=state.memory)
        if line.step.no_return:
            state = state._replace(memory=state.memory._replace(no_return=True))
            failed = failed._replace(memory=state.memory)
        after = state._replace(world=self.judge.after(line, state.world))
        if state.orphan >= 0:
            after = after._replace(obeyed=state.obeyed | {line.step.host})
        if line.step.verb is Verb.STEADY:
            self._finished(state, after)
        if not self._proven(line, after.world, state.memory):
            after = after._replace(world=self.judge.later(after.world))  # an act waits for its proofs
        if self._proven(line, after.world, state.memory):
            yield line.id, self._gone_on(line, after, state.at + 1), False
        else:
            self._undisturbed(state, line, world)
            yield f"{line.id}: not proven", failed._replace(world=after.world, obeyed=after.obeyed), False
        if state.budget and not self.faultless:
            yield from self._process_faults(state, after, line)

    def _gone_on(self, line: Numbered, after: State, at: int) -> State:
        """Return where it goes on; an abort plans anew once it has the epoch: the switch may have gone on."""
        if (line.step.verb, line.runbook) != (Verb.TAKE_EPOCH, "abort"):
            return after._replace(at=at)
        _, planned, _ = self._planned(after, after.memory, self.judge.runbook(after.world, after.memory))
        return planned._replace(at=min(at, len(self.plans[planned.plan])))

    def _undisturbed(self, state: State, line: Numbered, world: World) -> None:
        """Report a failure without a fault, unless it is a debt: a `should` on a host that was lost from the start."""
        place = self.ground.places.get(line.step.host)
        debt = not line.step.must and place is not None and not world.reaches(place)
        if state.budget and not debt:
            self._report(f"{line.id}: fails although nothing went wrong", state)

    def _process_faults(self, state: State, after: State, line: Numbered) -> Iterator[Edge]:
        """Let it die before the effect or after it (its answer lost), believe in it wrongly, or be overtaken."""
        verb, spent = line.step.verb, state._replace(budget=state.budget - 1)
        yield f"FAULT {line.id}: dies before it", spent._replace(plan=IDLE, at=0), True
        yield f"FAULT {line.id}: done, but unheard", after._replace(plan=IDLE, at=0, budget=spent.budget), True
        for how, world in self.judge.halves(line, state.world):
            yield f"FAULT {line.id}: {how}", spent._replace(plan=IDLE, at=0, world=world), True
        if verb is not Verb.STEADY:
            yield f"FAULT {line.id}: proven, then undone", spent._replace(at=state.at + 1), True
        if verb is not Verb.TAKE_EPOCH:
            yield f"FAULT {line.id}: overtaken before it", spent._replace(stale=True), True
        if verb not in SWAPS | LOOKS:
            orphaned = spent._replace(plan=IDLE, at=0, orphan=line.number)
            yield f"FAULT {line.id}: overtaken while it is under way", orphaned, True

    def _orphan_lands(self, state: State) -> Edge:
        """Let an act of an overtaken process arrive late: hosts that have obeyed the younger one refuse it."""
        line = self.judge.lines[state.orphan]
        landed = state._replace(orphan=-1, obeyed=frozenset())
        if line.step.host in state.obeyed:
            return f"late {line.id}: refused by the host", landed, False
        return f"late {line.id}: carried out", landed._replace(world=self.judge.after(line, state.world)), False

    def _finished(self, state: State, after: State) -> None:
        world = self.judge.worlds[after.world]
        ground = self.judge.of(state.memory.runbook, world)
        for text in wrong_end(ground, world, state.memory, untouched=state.budget > 0):
            self._report(text, state, "steady")

    def _ends(self, state: State, world: World) -> Iterator[Edge]:
        if world.state != "steady":
            self._report(f"wrong end: nothing is left to do, but the record says {world.state}", state)
        yield "ends", state._replace(plan=HELD, at=0, memory=state.memory.closed()), False
