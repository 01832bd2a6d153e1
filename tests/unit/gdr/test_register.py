"""Registering may begin together with the server: it lets it come up, and not for ever."""

import itertools
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from gdr.registration import _come_up


def server(healthy: Iterator[bool]) -> Any:
    async def api_healthcheck() -> Exception | None:
        return None if next(healthy) else ConnectionRefusedError()

    return SimpleNamespace(api_healthcheck=api_healthcheck)


async def test_it_lets_the_server_come_up() -> None:
    answers = iter((False, False, True, True))
    await _come_up(server(answers), 30)
    assert list(answers) == [True]


async def test_it_does_not_wait_for_ever() -> None:
    begun = time.monotonic()
    await _come_up(server(itertools.cycle((False,))), 0.2)
    assert time.monotonic() - begun >= 0.2


async def test_it_does_not_ask_where_nobody_said_that_the_server_may_be_late() -> None:
    await _come_up(server(iter(())), 0)
