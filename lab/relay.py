"""Carry the control host's web interface to the machine's loopback, through one unix socket."""

import asyncio
import contextlib
import ctypes
import os
import sys

_PR_SET_NO_NEW_PRIVS = 38
_NOBODY = 65534
_OFF = b"lab control host is off\n"
_ANSWER_OFF = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (
    len(_OFF),
    _OFF,
)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # either side may hang up at any time; that ends this direction
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


async def _carry(path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_unix_connection(path)
    except OSError:
        writer.write(_ANSWER_OFF)
        writer.close()
        return
    await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
    writer.close()
    inner_writer.close()


def _drop_privileges() -> None:
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


async def _serve(port: int, path: str) -> None:
    server = await asyncio.start_server(lambda reader, writer: _carry(path, reader, writer), "127.0.0.1", port)
    _drop_privileges()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _, _name, listen_port, socket_path = sys.argv  # the name is there to be found again
    asyncio.run(_serve(int(listen_port), socket_path))
