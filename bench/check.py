"""Plan and exhaustive check of one environment, in this process and without a laboratory."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench.table import Row
from gdr import planned
from model.environment.load import parse
from model.explore.ground import Ground
from model.explore.judge import Judge
from model.explore.quest import QUESTS, Quest
from model.explore.search import Search

ENVIRONMENT = Path(__file__).resolve().parent.parent / "deployments/environments/lab.yaml"


def rows(rounds: int) -> Iterator[Row]:
    """Read, plan and search, `rounds` times from nothing."""
    taken = [_once() for _ in range(rounds)]
    yield Row(what="environment read, full failover planned (processor)", product=[plan for plan, *_ in taken])
    yield Row(what="every state of a full failover, both modes (processor)", product=[search for _, search, _ in taken])
    yield Row(what="plan and every state of every runbook (processor)", product=[sum(one) for one in taken], budget=5)


def _once() -> tuple[float, float, float]:
    """Return the seconds for the plan, for the full failover's states, and for those of all others.

    They are the processor's: what else the machine does makes them no longer.
    """
    environment = parse(ENVIRONMENT.read_text(), str(ENVIRONMENT))
    asked = planned.intent("full-failover", "region2", "planned", None, None)
    plan = _timed(lambda: (parse(ENVIRONMENT.read_text(), "again"), planned.whole_page(environment, asked)))
    judge = Judge(Ground(environment, "region2"))
    full = [quest for quest in QUESTS if quest.runbook == "full_failover"]
    others = [quest for quest in QUESTS if quest not in full]
    return plan, _searched(judge, full), _searched(judge, others)


def _searched(judge: Judge, quests: Iterable[Quest]) -> float:
    return _timed(lambda: [Search(judge).run(quest) for quest in quests])


def _timed(do: Callable[[], object]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun
