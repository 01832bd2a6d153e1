"""Nobody gives up before the other has ended: every order is waited for longer than its host may take."""

import ast
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gdr_host.epoch import LOCK_WAIT_S
from gdr_host.host import Fault
from gdr_host.program import end_within, run, until
from gdr_host.verbs import VERBS

from tasks.hosts.deadlines import BUSY_S, HOST_S, MARGIN_S, within


def orders() -> Iterator[tuple[str, str, str]]:
    """Yield every act that gives a host an order: its name, the verb, and what its task is made by."""
    for path in sorted(Path("tasks").rglob("act.py")):
        for act in ast.walk(ast.parse(path.read_text())):
            if isinstance(act, ast.AsyncFunctionDef):
                made = " ".join(map(ast.unparse, act.decorator_list))
                yield from ((act.name, verb, made) for verb in _ordered(act))


def _ordered(act: ast.AsyncFunctionDef) -> Iterator[str]:
    for call in ast.walk(act):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "order":
            verb = call.args[2]
            assert isinstance(verb, ast.Constant)
            assert isinstance(verb.value, str)
            yield verb.value


def test_both_sides_have_the_same_seconds() -> None:
    assert {verb: VERBS[verb].ends_s for verb in HOST_S} == HOST_S
    assert BUSY_S == LOCK_WAIT_S
    assert MARGIN_S > 0


def test_every_order_that_is_given_has_its_deadline() -> None:
    given_by_the_power_host = {"stand-alone"}  # by the console of a machine, within its own act
    assert {verb for _, verb, _ in orders()} | given_by_the_power_host == set(HOST_S)


@pytest.mark.parametrize(("name", "verb", "made"), list(orders()))
def test_an_act_outwaits_its_host(name: str, verb: str, made: str) -> None:
    assert f"within('{verb}')" in made, f"{name}: is made by {made}"
    assert within(verb) >= VERBS[verb].ends_s + LOCK_WAIT_S + MARGIN_S


@pytest.fixture
def ending() -> Iterator[None]:
    end_within(0.3)
    yield
    end_within(math.inf)


@pytest.mark.usefixtures("ending")
def test_a_host_ends_an_order_in_time_whatever_its_programs_do() -> None:
    begun = time.monotonic()
    for _ in range(3):
        with pytest.raises(Fault, match="killed: observe before a repeat"):
            run("sleep", "60", within=30)
    assert not until(lambda: False, 30)
    assert time.monotonic() - begun < 20  # a deadlock guard, far below what each would have taken
