"""One TXT record, asked of the writing DNS server itself (RFC 1035, RFC 7766).

By TCP, so that nobody between can answer in its place. A program to ask with would take half as much as the guard.
"""

import os
import socket
import struct
import time

# Only tests set it: see host.py.
PORT = int(os.environ.get("GDR_WRITER_PORT", "53"))
WITHIN_S = 2.0  # for the connection, and again for the answer

TXT, INTERNET = 16, 1
ANSWER, AUTHORITATIVE, STATUS = 0x8000, 0x0400, 0x000F
STATUSES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
HEAD = 12  # bytes before the question
POINTER = 0xC0


class Silence(Exception):
    """Nothing was heard that may be believed; the text says why, and `way` what ends it where the writer does not."""

    def __init__(self, why: str, way: str = "") -> None:
        super().__init__(why)
        self.way = way


def ask_writer(writer: str, record: str) -> str:
    """Return the record's text as the writing server itself has it."""
    labels = record.rstrip(".").encode("ascii").split(b".")
    question = b"".join(bytes([len(label)]) + label for label in labels) + struct.pack("!xHH", TXT, INTERNET)
    number = os.urandom(2)
    try:
        message = _exchange(writer, number + struct.pack("!5H", 0, 1, 0, 0, 0) + question)
    except OSError as error:
        raise Silence(f"it did not answer ({error.strerror or error})") from error
    return read_answer(message, number, question)


def _exchange(writer: str, message: bytes) -> bytes:
    with socket.create_connection((writer, PORT), WITHIN_S) as wire:
        wire.sendall(struct.pack("!H", len(message)) + message)
        end = time.monotonic() + WITHIN_S
        (length,) = struct.unpack("!H", _take(wire, 2, end))
        return _take(wire, length, end)


def _take(wire: socket.socket, length: int, end: float) -> bytes:
    taken = b""
    while len(taken) < length:
        wire.settimeout(max(0.001, end - time.monotonic()))
        part = wire.recv(length - len(taken))
        if not part:
            raise ConnectionResetError(None, "it hung up")
        taken += part
    return taken


def read_answer(message: bytes, number: bytes, question: bytes) -> str:
    """Accept one TXT record of one string, of the name that was asked, from an authoritative answer without error."""
    try:
        return _believed(message, number, question)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Silence(f"its answer cannot be read ({error})") from error


def _believed(message: bytes, number: bytes, question: bytes) -> str:
    own, flags, _, answers = struct.unpack_from("!2s3H", message)
    start = HEAD + len(question)
    if own != number or not flags & ANSWER:
        raise Silence("it answered another question")
    if status := flags & STATUS:
        raise Silence(f"it answered {STATUSES.get(status, status)}")
    if not flags & AUTHORITATIVE:
        raise Silence("it answered without authority, from a cache or as no server of the zone")
    if message[HEAD:start].lower() != question.lower():
        raise Silence("it answered another question")
    if answers != 1:
        raise Silence(f"it answered {answers} records where there must be one")
    return _one_string(message, start)


def _one_string(message: bytes, start: int) -> str:
    """Return what the record that starts here says, if it is the name's in the question."""
    (wanted, _), (name, start) = _name(message, HEAD), _name(message, start)
    kind, kin, _, length = struct.unpack_from("!HHIH", message, start)
    data = message[start + 10 : start + 10 + length]
    if name != wanted or (kind, kin) != (TXT, INTERNET) or len(data) != length or data[0] != length - 1:
        raise Silence(f"it answered something else than one string of {b'.'.join(wanted).decode()}: {data!r}")
    return data[1:].decode("ascii")


def _name(message: bytes, start: int) -> tuple[list[bytes], int]:
    """Return a name's labels and where it ends. It points to what lies before it alone, so that it does end."""
    first, labels = start, list[bytes]()
    while size := message[start]:
        if size >= POINTER:
            target = struct.unpack_from("!H", message, start)[0] - (POINTER << 8)
            if target >= first:
                raise IndexError(f"a name that points to {target} from {first}")
            return labels + _name(message, target)[0], start + 2
        labels.append(message[start + 1 : start + 1 + size].lower())
        start += 1 + size
    return labels, start + 1
