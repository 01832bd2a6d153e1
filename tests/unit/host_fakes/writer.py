"""The writing DNS server, as far as a guard sees it: a port on loopback, and one scripted answer a connection."""

import contextlib
import json
import socket
import struct
import threading
import weakref
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

ADDRESS = "127.0.0.53"


class Writer:
    """Refuses connections until it serves; each takes the next answer of `writer.json`, and the last one stays."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._wire = socket.socket()
        self._wire.bind((ADDRESS, 0))
        self.port = self._wire.getsockname()[1]
        self._serves = False
        weakref.finalize(self, _close, self._wire)

    def says(self, answers: list[object]) -> None:
        """Script it, from the next connection on: status, flags and the answer's lines; `silent` hangs up."""
        (self._state / "writer.json").write_text(json.dumps(answers))
        if not self._serves:
            self._serves = True
            self._wire.listen()
            threading.Thread(target=_serve, args=(self._wire, self._state), daemon=True).start()


def _close(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)  # it ends the accept of the thread that serves
    wire.close()


def _serve(wire: socket.socket, state: Path) -> None:
    with contextlib.suppress(OSError):
        while True:
            asker, _ = wire.accept()
            with asker, asker.makefile("rwb") as lines:
                _answer(lines, state)


def _answer(lines, state: Path) -> None:
    query = dns.message.from_wire(lines.read(struct.unpack("!H", lines.read(2))[0]))
    with (state / "calls").open("a") as calls:
        calls.write(json.dumps(["writer", query.question[0].to_text(), dns.flags.to_text(query.flags)]) + "\n")
    answers = json.loads((state / "writer.json").read_text())
    if len(answers) > 1:
        (state / "writer.json").write_text(json.dumps(answers[1:]))
    if answers[0] != "silent":
        wire = render(query, *answers[0]).to_wire()
        lines.write(struct.pack("!H", len(wire)) + wire)


def render(query: dns.message.Message, status: str, flags: str, *records: str) -> dns.message.Message:
    """Make an answer of what a zone file would say."""
    response = dns.message.make_response(query)
    response.flags = dns.flags.from_text(flags)
    response.set_rcode(dns.rcode.from_text(status))
    for line in records:
        name, ttl, kin, kind, data = line.split(None, 4)
        response.answer.append(dns.rrset.from_text(name, int(ttl), kin, kind, data))
    return response
