"""One line asked, one line answered, over a unix socket: how the laboratory's processes talk."""

import contextlib
import os
import pathlib
import socket
import socketserver
import threading
from collections.abc import Callable, Sequence

from lab.errors import LabError
from lab.identity import Identity

Answer = Callable[[Sequence[str]], str]
_LONGEST = 4096


class _Line(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        words = self.rfile.readline(_LONGEST).decode(errors="replace").split()
        try:
            reply = f"ok {self.server.answer(words)}"
        except LabError as error:
            reply = f"error {error}"
        with contextlib.suppress(BrokenPipeError):  # the asker may have been killed; what it asked for is done
            self.wfile.write(f"{' '.join(reply.split())}\n".encode())


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: pathlib.Path, answer: Answer) -> None:
        self.answer = answer
        super().__init__(str(path), _Line)


def supervisor(lab: Identity) -> pathlib.Path:
    """Return the socket on which `up`, `down` and the faults talk to the hosts' parent."""
    return lab.state / "control/supervisor"


def serve(path: pathlib.Path, answer: Answer) -> None:
    """Answer on a socket, in threads, until the process ends. Only root may connect."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        server = _Server(path, answer)
    finally:
        os.umask(mask)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def ask(path: pathlib.Path, *words: str, deadline_s: float = 30) -> str:
    """Ask one line and return the answer."""
    try:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(deadline_s)
            wire.connect(str(path))
            wire.sendall(f"{' '.join(words)}\n".encode())
            answer = wire.makefile().readline().strip()
    except OSError as error:
        raise LabError(f"{path}: {error}: is the laboratory up? python -m lab status") from error
    verdict, _, text = answer.partition(" ")
    if verdict != "ok":
        raise LabError(text or f"{path}: the supervisor ended while it was asked: python -m lab down")
    return text
