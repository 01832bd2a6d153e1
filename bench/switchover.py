"""A planned switchover by the product and by the baseline, alternating, each from the same checkpoint."""

from collections.abc import Callable, Iterator

from bench import run
from bench.commands import difference
from bench.moments import beyond, ended, first, looks
from bench.run import Ran
from bench.table import Row
from lab.api import Lab


def rows(lab: Lab, rounds: int) -> Iterator[Row]:
    """Run both, `rounds` times each."""
    pairs = [_pair(lab, number) for number in range(rounds)]
    product, baseline = [mine for mine, _ in pairs], [theirs for _, theirs in pairs]
    print("\n".join(["commands:", *difference(product[-1].commands, baseline[-1].commands)]))
    for what, seconds, budget in CLOCKS:
        yield Row(what=what, product=[*map(seconds, product)], baseline=[*map(seconds, baseline)], budget=budget)
    yield Row(what="of it, the product's looks between stages", product=[looks(one.moments) for one in product])
    overhead = [1000 * one for mine, theirs in pairs for one in beyond(mine.moments, theirs.moments)]
    yield Row(what="a line of the plan, beyond the baseline's", product=overhead, budget=50, unit="ms")
    yield Row(what="`gdr run` to its first probe", product=[one.probed - one.begun for one in product], budget=2)
    yield Row(what="`gdr run` to its first act", product=[_first_act(one) - one.begun for one in product], budget=6)


def _pair(lab: Lab, number: int) -> tuple[Ran, Ran]:
    """Run both; who begins changes."""
    both = {"product": run.product, "baseline": run.baseline}
    found = {who: _told(who, both[who](lab)) for who in sorted(both, reverse=number % 2 == 0)}
    return found["product"], found["baseline"]


def _told(who: str, ran: Ran) -> Ran:
    """Print a run as it ends: the table comes late."""
    numbers = ", ".join(f"{what}: {seconds(ran):.2f}" for what, seconds, _ in CLOCKS)
    print(f"{who}: {numbers}", flush=True)
    return ran


def _from_probe(ran: Ran) -> float:
    return ended(ran.moments, "reconnect") - ran.probed


def _from_act(ran: Ran) -> float:
    return ended(ran.moments, "reconnect") - _first_act(ran)


def _to_steady(ran: Ran) -> float:
    return ended(ran.moments, "steady") - _first_act(ran)


def _work(ran: Ran) -> float:
    return ran.worked


def _first_act(ran: Ran) -> float:
    return first(ran.moments, "act.before", after=ran.begun).at


CLOCKS: tuple[tuple[str, Callable[[Ran], float], float | None], ...] = (
    ("switchover, first probe to last proxy in normal mode", _from_probe, 1.3),
    ("the same from the first act: the private API is up by then", _from_act, 1.3),
    ("the same to the steady record", _to_steady, None),
    ("work for it, processor seconds of all hosts together", _work, None),
)
