"""`gdr` on the control host with its imports done: half of what a command costs, paid once for a group of tests.

Every command is a fork of one process that has done nothing but import. It is a process of its own, with the terminal,
folder and environment of who asked for it; it dies with him, and SIGINT and SIGTERM reach it. What must be stopped, or
interrupted as a person does it, is run by its full name instead: `Operator.cold`.
"""

import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any

import flows
import gdr.cli
from gdr.cli.main import main
from gdr.private_api import PrivateApi
from lab.api import Lab

FOLDER = "/run/preloaded"
SOCKET = f"{FOLDER}/socket"
_SHIM = f"""\
#!/usr/bin/python3 -IS
import json, os, signal, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect("{SOCKET}")
words = {{"argv": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
socket.send_fds(asked, [json.dumps(words).encode()], [0, 1, 2])
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: asked.send(bytes([number])))
sys.exit(int(asked.recv(16)))
"""
_LARGEST = 1 << 17


@contextmanager
def preloaded(lab: Lab) -> Iterator[None]:
    """Keep the private API up and the imports done, so that each `gdr` of the control host finds them."""
    place = lab.exec("ctl", ["install", "-d", "-o", "dr", FOLDER])
    assert place.returncode == 0, place.stderr
    written = lab.exec("ctl", ["sh", "-c", f"cat >{FOLDER}/gdr && chmod 755 {FOLDER}/gdr"], stdin=_SHIM)
    assert written.returncode == 0, written.stderr
    argv = lab.control_argv(["python", "-m", "tests.lab.preloaded"])
    held = lab.popen("ctl", argv, "dr", stdin=PIPE, stdout=PIPE, text=True)
    assert held.stdout is not None
    assert held.stdout.readline() == "up\n"
    before = lab.settings
    lab.settings = before | {"PATH": f"{FOLDER}:{before['PATH']}"}
    try:
        yield
    finally:
        lab.settings = before
        held.communicate()


class Forks:
    """The process on the control host: who asks on its socket gets a fork, and is told its exit status."""

    def __init__(self, main: Callable[[], None]) -> None:
        self._main = main
        self._events = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)

    def serve(self) -> None:
        """Serve until nobody holds the other end of our standard input."""
        Path(SOCKET).unlink(missing_ok=True)
        self._listening.bind(SOCKET)
        self._listening.listen(16)
        self._events.register(self._listening, selectors.EVENT_READ, self._accept)
        self._events.register(sys.stdin, selectors.EVENT_READ, lambda: sys.exit(0))
        sys.stdout.write("up\n")
        sys.stdout.flush()
        while True:
            self._turn()

    def _turn(self) -> None:
        for key, _ in self._events.select():
            key.data()

    def _accept(self) -> None:
        asked, _ = self._listening.accept()
        written, terminal, _, _ = socket.recv_fds(asked, _LARGEST, 3)
        if not written:  # killed before it asked
            asked.close()
            return
        pid = os.fork()
        if pid == 0:
            try:
                self._become(json.loads(written), terminal)
            finally:  # or the fork would go on as its parent
                os._exit(1)
        for descriptor in terminal:
            os.close(descriptor)
        self._follow(asked, pid)

    def _follow(self, asked: socket.socket, pid: int) -> None:
        ended = os.pidfd_open(pid)
        self._events.register(asked, selectors.EVENT_READ, lambda: self._heard(asked, pid))
        self._events.register(ended, selectors.EVENT_READ, lambda: self._reap(asked, pid, ended))

    def _heard(self, asked: socket.socket, pid: int) -> None:
        """Pass a signal on; who is gone takes his command with him, but for one that ended in the same turn."""
        if asked.fileno() < 0:
            return
        number = asked.recv(1)
        os.kill(pid, number[0] if number else signal.SIGKILL)
        if not number:
            self._events.unregister(asked)

    def _reap(self, asked: socket.socket, pid: int, ended: int) -> None:
        _, status = os.waitpid(pid, 0)
        with suppress(OSError):  # he does not wait for it any more
            asked.send(str(os.waitstatus_to_exitcode(status) % 256).encode())
        if asked in self._events.get_map():
            self._events.unregister(asked)
        self._events.unregister(ended)
        asked.close()
        os.close(ended)

    def _become(self, words: dict[str, Any], terminal: Sequence[int]) -> None:
        for key in list(self._events.get_map().values()):
            os.close(key.fd)
        for number, descriptor in enumerate(terminal):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(words["folder"])
        os.environ.clear()
        os.environ.update(words["environment"])
        sys.argv = ["gdr", *words["argv"]]
        os._exit(self._status())

    def _status(self) -> int:
        """Run the command line to its end, as the interpreter would."""
        sys.stdin = os.fdopen(0)
        try:
            self._main()
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:  # noqa: BLE001  (an interpreter prints whatever nobody caught)
            traceback.print_exc()
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0


def serve() -> None:
    """Start the private API, import whatever a command may import, and serve."""
    api = PrivateApi()
    api.start()  # Prefect reads where its API is when it is imported
    try:
        api.wait()
        for package in (flows, gdr.cli):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                importlib.import_module(module.name)
        assert threading.active_count() == 1, "a fork has one thread: none of the others would go on in it"
        gc.freeze()
        Forks(main).serve()
    finally:
        api.stop()


if __name__ == "__main__":
    serve()
