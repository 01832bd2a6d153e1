"""What people mend while a case is held, and how they get out of one that cannot go on."""

from collections.abc import Iterator

from model.environment.environment import REGION_KEYS
from model.explore import deploying
from model.explore.cloning import are_themselves, half_made, mended, restored
from model.explore.ground import Ground
from model.explore.judge import Judge
from model.explore.nature import repaired
from model.explore.quest import Memory
from model.explore.world import World
from model.step import Name

BOTH: frozenset[Name] = frozenset(
    {"reprotect", "dbms_failover", "framework_failover", "bubble", "discard", "clone_and_isolate", "deploy"}
)  # of others a region is lost: that is given up


def mend(ground: Ground, world: World, memory: Memory) -> World:
    """Return the world after people mended what the runbook needs."""
    both = memory.runbook in BOTH or memory.undoes == "framework_failover"
    found = repaired(ground, world, REGION_KEYS if both else (ground.target,))
    if world.deploying:
        return deploying.mended(ground, found)
    return mended(found) if world.copying else found


def stuck(judge: Judge, world: int, memory: Memory) -> Iterator[str]:
    """Say what is wrong with the way out of a clone: to a failover, once its hosts are restored; and none before.

    What the failover needs besides them is mended meanwhile.
    """
    found = judge.worlds[world]
    if not found.copying:
        return
    if judge.gives_way(world, memory) and half_made(found):
        yield f"a failover is let onto what is half made: {half_made(found)}"
    if found.serves(found.home):
        return
    ready = repaired(judge.ground, found, (judge.ground.source,))
    if memory.opened and are_themselves(ready) and judge.refused(judge.number(ready), memory):
        yield "the active region is lost, and copies that need no more of it may not go on"
    if not judge.gives_way(judge.number(restored(ready)), memory):
        yield "the active region is lost, and hosts that are restored do not help"
