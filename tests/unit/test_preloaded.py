"""Commands with their imports done: a command that ends while it is signalled takes none of the next ones with it."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.lab.preloaded import Forks


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    asking, asked = socket.socketpair()
    with asking, asked:
        yield asking, asked


def test_a_signal_that_comes_with_the_end_is_for_nobody(line: tuple[socket.socket, socket.socket]) -> None:
    """The end is told first, and closes what the signal would be read from, in one and the same turn."""
    asking, asked = line
    forks = Forks(lambda: None)
    with forks._listening, forks._events as events:
        ended = os.posix_spawn("/bin/true", ["true"], {})
        forks._follow(asked, ended)
        os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
        asking.send(bytes([signal.SIGTERM]))
        forks._turn()
        assert asking.recv(16) == b"0"
        assert not events.get_map()
