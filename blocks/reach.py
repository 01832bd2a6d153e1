"""What the tasks need of the outer systems, and how to get at it by a block's name, once per process.

Every block has a second source: a 0600 file on the control host (`GDR_BLOCKS`), for the day the Prefect server is gone.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from prefect.blocks.core import Block
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.filesystems import LocalFileSystem, RemoteFileSystem
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from blocks import place
from blocks.dns_server import DnsServer
from blocks.postgresql import PostgresqlAccess
from blocks.slack import SlackAccess
from blocks.ssh import SshAccess
from model.errors import Refused

TYPES: dict[str, type[Block]] = {
    "ssh-access": SshAccess,
    "dns-server": DnsServer,
    "postgresql-access": PostgresqlAccess,
    "slack-access": SlackAccess,
    "local-file-system": LocalFileSystem,
    "remote-file-system": RemoteFileSystem,
    "custom-webhook": CustomWebhookNotificationBlock,
}
STAY = ("slack-access",)  # only a service of this host needs it, and who has the API has every block of the server
B = TypeVar("B", bound=Block)


class Shell(Protocol):
    """What the tasks need of a host. Real: `SshAccess`."""

    async def read(self, address: str, *argv: str, silent_s: float, deadline_s: float, given: str = "") -> str:
        """Run a command that changes nothing, `given` on its standard input. Raise `Transient` if it did not answer."""

    async def look(
        self, address: str, command: tuple[str, ...], *words: str, silent_s: float, deadline_s: float
    ) -> str:
        """Let gdr-host look at its host: `read`, but for one start of the command for all looks."""

    async def act(self, address: str, *argv: str, silent_s: float, given: str = "") -> str:
        """Run a command that changes something. Raise `Unverified` if nobody knows how it ended."""


class Names(Protocol):
    """What the tasks need of the writing DNS server. Real: `DnsServer`."""

    async def swap(  # noqa: PLR0913
        self,
        address: str,
        port: int,
        zone: str,
        record: str,
        *,
        expected: str | None,
        text: str,
        addresses: Mapping[str, str],
        ttl_s: int,
        deadline_s: float,
        found: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Compare and swap the record; None expects that there is none, `found` how names answer.

        Raise `Overtaken` if it is otherwise.
        """


class Sql(Protocol):
    """What the tasks need of a database. Real: `PostgresqlAccess`."""

    async def fetch(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Read as the observer. Raise `Transient` if it did not answer."""

    async def fetch_as_account(
        self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float
    ) -> list[dict[str, Any]]:
        """Read as the Configuration Server account. Raise `Transient` if it did not answer."""

    async def commit(self, address: str, port: int, database: str, sql: str, *values: Any, deadline_s: float) -> None:
        """Write as the Configuration Server account, committed. Raise `Unverified` if nobody knows how it ended."""

    async def logins(self) -> dict[str, str]:
        """Return names and passwords of the logins that a new server is given; empty where the block has none."""


class Files(Protocol):
    """What the evidence needs of a store. Real: Prefect's own filesystem blocks."""

    async def aread_path(self, path: str) -> bytes:
        """Read an object."""

    async def awrite_path(self, path: str, content: bytes) -> str:
        """Write an object."""


class Depot(Protocol):
    """What the evidence needs of a second host. Real: `SshAccess`."""

    def files(self, address: str, *, silent_s: float) -> AbstractAsyncContextManager[Any]:
        """Open the host's files. Raise `Transient` if it did not answer."""


_LOADED: dict[str, Block] = {}


def second_source() -> Path:
    """Return the file that holds every block for the day the server is gone."""
    return place.second_source()


def documents(path: Path) -> dict[str, dict[str, Any]]:
    """Read the block file.

    Raises:
        Refused: It is missing, readable by others, or no block file. Its content is never repeated.
    """
    if not path.exists():
        raise Refused(f"{path}: no such file: write it (0600) or set GDR_BLOCKS")
    if path.stat().st_mode & 0o077:
        raise Refused(f"{path}: readable by others: chmod 0600 it and change the secrets")
    found = _parsed(path)
    for name, fields in found.items():
        if not isinstance(fields, dict) or fields.get("type") not in TYPES:
            raise Refused(f"{path}: {name}.type: must be one of {', '.join(TYPES)}")
    return found


def _parsed(path: Path) -> dict[str, dict[str, Any]]:
    """Parse without ever quoting the file: a parser's and a validator's own words hold what they stumbled over."""
    try:
        found = YAML(typ="safe").load(path.read_text())
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused(f"{path}:{mark.line + 1 if mark else 1}: no YAML: correct it") from None
    if not isinstance(found, dict):
        raise Refused(f"{path}: must map block names to their fields")
    return found


def from_file(name: str, path: Path) -> Block:
    """Make one block from the second source."""
    fields = dict(documents(path).get(name, {}))
    if not fields:
        raise Refused(f"{path}: {name}: no such block")
    try:
        return TYPES[fields.pop("type")](**fields)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise Refused(f"{path}: {name}: {'; '.join(faults)}") from None
    except (KeyError, ValueError) as error:  # a webhook's own checks, which name a field or a placeholder
        raise Refused(f"{path}: {name}: {error}") from None


async def _load(name: str, kind: type[B]) -> B:
    if name not in _LOADED:
        _LOADED[name] = await _from_server(name, kind) or from_file(name, second_source())
    block = _LOADED[name]
    if not isinstance(block, kind):
        raise Refused(f"block {name}: is a {type(block).__name__}, the environment file wants a {kind.__name__}")
    return block


async def _from_server(name: str, kind: type[B]) -> B | None:
    """Load from the Prefect server; None when it is not asked (GDR_BLOCKS_FROM=file) or has no such block.

    One that it cannot open, written with another encryption key, is as good as none: the file has it.
    """
    if os.environ.get("GDR_BLOCKS_FROM") == "file":
        return None
    try:
        return await kind.aload(name)
    except (ValueError, ObjectNotFound):
        return None
    except PrefectHTTPStatusError as error:
        if not error.response.is_server_error:
            raise
        return None


async def shell(name: str) -> Shell:
    """Return the SSH access of that name."""
    return await _load(name, SshAccess)


async def depot(name: str) -> Depot:
    """Return the SSH access of that name, for the files it reaches."""
    return await _load(name, SshAccess)


async def names(name: str) -> Names:
    """Return the DNS update key of that name."""
    return await _load(name, DnsServer)


async def sql(name: str) -> Sql:
    """Return the database access of that name."""
    return await _load(name, PostgresqlAccess)


async def slack(name: str) -> SlackAccess:
    """Return the Slack app of that name, from this host's file alone: it is on no server."""
    _LOADED.setdefault(name, from_file(name, second_source()))
    return await _load(name, SlackAccess)


async def files(name: str) -> Files:
    """Return the filesystem of that name, local or remote."""
    if name not in _LOADED:
        found = await _from_server(name, RemoteFileSystem) or await _from_server(name, LocalFileSystem)
        _LOADED[name] = found or from_file(name, second_source())
    block = _LOADED[name]
    if not isinstance(block, LocalFileSystem | RemoteFileSystem):
        raise Refused(f"block {name}: is a {type(block).__name__}, a mirror wants a filesystem")
    return block


def forget() -> None:
    """Drop what was loaded: a new process, or a test, starts afresh."""
    _LOADED.clear()
