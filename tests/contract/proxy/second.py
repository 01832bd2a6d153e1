"""HTTP/2 as nobody was offered it: begun by its preface, and with a body whose length nobody is told before its end."""

import socket
import ssl
from collections.abc import Iterator, Mapping

from h2.connection import H2Connection
from h2.events import DataReceived, Event, PingAckReceived, ResponseReceived, StreamEnded
from httpx import URL

_STREAM, _READ = 1, 65_536


class Second:
    """A connection, which the other side may close at once."""

    def __init__(self, line: ssl.SSLSocket) -> None:
        self._line, self._http = line, H2Connection()

    def posted(self, url: URL, headers: Mapping[str, str], body: bytes) -> tuple[bytes, bytes] | None:
        """Send the body once the headers were taken; return status and text, or None where it was closed instead."""
        where = {":method": "POST", ":path": url.raw_path.decode(), ":scheme": "https", ":authority": url.host}
        self._http.initiate_connection()
        self._http.send_headers(_STREAM, [*where.items(), *headers.items()])
        self._http.ping(b"arrived?")
        try:
            return self._answer(body)
        except (ConnectionError, ssl.SSLEOFError):
            return None

    def _answer(self, body: bytes) -> tuple[bytes, bytes] | None:
        status, said, left = b"", b"", b""
        for event in self._events():
            match event:
                case PingAckReceived():
                    left = body
                case ResponseReceived():
                    status = dict(event.headers)[b":status"]
                case DataReceived():
                    said += event.data
                case StreamEnded():
                    return status, said
            left = self._sent(left)
        return None

    def _sent(self, body: bytes) -> bytes:
        """Send what there is room for; return the rest."""
        while body and (room := self._room()) > 0:
            self._http.send_data(_STREAM, body[:room], end_stream=len(body) <= room)
            body = body[room:]
        return body

    def _room(self) -> int:
        return min(self._http.local_flow_control_window(_STREAM), self._http.max_outbound_frame_size)

    def _events(self) -> Iterator[Event]:
        self._line.sendall(self._http.data_to_send())
        while got := self._line.recv(_READ):
            for event in self._http.receive_data(got):
                yield event
                self._line.sendall(self._http.data_to_send())


def posted(url: URL, headers: Mapping[str, str], body: bytes, trust: ssl.SSLContext) -> tuple[bytes, bytes] | None:
    """Post once; return status and text, or None where nobody speaks it."""
    with socket.create_connection((url.host, url.port), timeout=30) as plain, trust.wrap_socket(plain) as line:
        return Second(line).posted(url, headers, body)
