"""Where a mirror may lie: a folder on another disk, a folder of another host, or a Prefect filesystem block.

Nothing that is there is ever overwritten by something else: a mirror that differs from the journal is a finding.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from model import evidence as chain
from model.errors import Refused
from tasks.run import state

SILENT_S = 3.5
DIFFERS = "is not how the journal begins: one of the two was changed: keep both, and take the mirror's away"


class Target(Protocol):
    """A place that journals are copied to. Any call may raise, or hang."""

    where: str

    def copy(self, journal: Path) -> None:
        """Bring the copy of a journal up to date."""

    def lacks(self, journal: Path) -> bool:
        """Whether the copy is not up to date."""

    def probe(self, name: str, content: bytes) -> None:
        """Write something that is no evidence, and read it back."""


def whole_lines(journal: Path) -> bytes:
    """Read a journal without a last line that is being written, or was cut off."""
    return chain.whole_lines(journal.read_bytes())


def same_disk(folder: Path, journal: Path) -> bool:
    """Whether a folder lies on the disk of the journals: a mount point does, while nothing is mounted on it."""
    return folder.stat().st_dev == journal.stat().st_dev


def _going_on(journal: Path, held: bytes) -> bytes:
    """Return a journal that goes on from what its copy holds, if somebody else has written to that.

    It is read after the copy: what another process mirrors meanwhile is in the journal before it is in the copy.
    """
    content = whole_lines(journal)
    if not content.startswith(held):
        raise Refused(f"{journal.name} {DIFFERS}")
    return content


class Folder:
    """A folder on another disk, or of another host: a copy of each journal, appended to."""

    def __init__(self, path: Path) -> None:
        self.where = f"folder {path}"
        self._path = path
        self._known: dict[str, int] = {}

    def copy(self, journal: Path) -> None:
        """Append what is missing, and force it to disk."""
        target = self._path / journal.name
        if same_disk(self._path, journal):
            raise Refused("lies on the disk of the journals: is it not mounted")
        have = target.stat().st_size if target.exists() else 0
        held = b"" if have == self._known.get(journal.name, 0) else target.read_bytes()
        content = _going_on(journal, held)
        if have < len(content):
            opened = os.open(target, os.O_WRONLY | os.O_CREAT, 0o640)
            with os.fdopen(opened, "wb") as file:
                file.seek(have)
                file.write(content[have:])
                file.flush()
                os.fsync(file.fileno())
        self._known[journal.name] = len(content)

    def lacks(self, journal: Path) -> bool:
        """Compare the whole of both."""
        copy = self._path / journal.name
        return not copy.exists() or copy.read_bytes() != whole_lines(journal)

    def probe(self, name: str, content: bytes) -> None:
        """Write a file beside the journals."""
        (self._path / name).write_bytes(content)


class Host:
    """A folder of another host, by SFTP: a copy of each journal, appended to."""

    def __init__(self, address: str, access: str, folder: str) -> None:
        self.where = f"folder {folder} on {address}"
        self._address, self._access, self._folder = address, access, folder
        self._known: dict[str, int] = {}

    @asynccontextmanager
    async def _files(self) -> AsyncIterator[Any]:
        from asyncssh import SFTPError  # noqa: PLC0415  (who names no host need not wait for it)

        from blocks import reach  # noqa: PLC0415  (Prefect takes a second to import)

        reached = await reach.depot(self._access)
        try:
            async with reached.files(self._address, silent_s=SILENT_S) as files:
                yield files
        except SFTPError as error:
            raise Refused(f"SFTP: {error.reason}") from None

    def copy(self, journal: Path) -> None:
        """Append what is missing, and force it to disk there."""
        asyncio.run(self._copy(journal))

    async def _copy(self, journal: Path) -> None:
        from asyncssh import FXF_CREAT, FXF_WRITE  # noqa: PLC0415  (who names no host need not wait for it)

        target = f"{self._folder}/{journal.name}"
        async with self._files() as files:
            have = (await files.stat(target)).size if await files.exists(target) else 0
            held = b"" if have == self._known.get(journal.name, 0) else await _read(files, target)
            content = _going_on(journal, held)
            # At its place, not at the end: another process may append the same, and both then write the same bytes.
            async with files.open(target, FXF_WRITE | FXF_CREAT, encoding=None) as file:
                await file.write(content[have:], offset=have)
                await file.fsync()
        self._known[journal.name] = len(content)

    def lacks(self, journal: Path) -> bool:
        """Compare the whole of both."""
        return asyncio.run(self._lacks(journal))

    async def _lacks(self, journal: Path) -> bool:
        target = f"{self._folder}/{journal.name}"
        async with self._files() as files:
            return not await files.exists(target) or await _read(files, target) != whole_lines(journal)

    def probe(self, name: str, content: bytes) -> None:
        """Write a file beside the journals."""
        asyncio.run(self._probe(f"{self._folder}/{name}", content))

    async def _probe(self, target: str, content: bytes) -> None:
        async with self._files() as files, files.open(target, "wb") as file:
            await file.write(content)


async def _read(files: Any, target: str) -> bytes:
    async with files.open(target, "rb") as file:
        return bytes(await file.read())


class Block:
    """A Prefect filesystem block: an object for each record, for an object store cannot append.

    How many are there is noted on this host: a store may refuse to be read, and to be written to twice.
    """

    def __init__(self, name: str) -> None:
        self.where = f"block {name}"
        self._name = name

    def copy(self, journal: Path) -> None:
        """Write the records that are not noted as written."""
        asyncio.run(self._copy(journal))

    async def _copy(self, journal: Path) -> None:
        files = await self._files()
        lines, done = whole_lines(journal).splitlines(keepends=True), self._noted(journal)
        self._note(journal).parent.mkdir(parents=True, exist_ok=True)
        for number, line in enumerate(lines[done:], done + 1):
            await files.awrite_path(f"{journal.stem}/{number:06}.json", line)
            self._note(journal).write_text(str(number))

    async def _files(self) -> Any:
        from blocks import reach  # noqa: PLC0415  (Prefect takes a second to import)

        return await reach.files(self._name)

    def _note(self, journal: Path) -> Path:
        return state() / "mirrored" / self._name / journal.stem

    def _noted(self, journal: Path) -> int:
        note = self._note(journal)
        return int(note.read_text() or 0) if note.exists() else 0

    def lacks(self, journal: Path) -> bool:
        """Compare with what is noted as written."""
        return self._noted(journal) < whole_lines(journal).count(b"\n")

    def probe(self, name: str, content: bytes) -> None:
        """Write an object, and read it back."""
        asyncio.run(self._probe(name, content))

    async def _probe(self, name: str, content: bytes) -> None:
        files = await self._files()
        await files.awrite_path(name, content)
        if await files.aread_path(name) != content:
            raise Refused(f"{name}: was written, and reads otherwise")
