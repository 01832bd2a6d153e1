"""The blocks on the Prefect server: a copy of the block file, which stays the truth. No secret is ever told."""

from collections.abc import Mapping
from typing import Any

from prefect.blocks.core import Block
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from blocks import reach
from gdr.second_source import require
from model.environment.environment import Environment
from model.errors import Refused
from tasks import evidence
from tasks.run import environments

INTERNAL = 500
SAME, STAYS = "the same on the server", "stays on this host"
SEALED = "the server cannot open it, or its database fails: the server's log says which"
KEEPS = "is open: what runs of it keeps the secrets it has loaded: remove an old one once nothing runs"
WAY_OUT = (
    "`InvalidToken` is another encryption key than it was written with: put that one back, `gdr blocks unload`, then"
    " the new one (docs/operate.md, Change a key)"
)


async def load(client: PrefectClient, documents: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Put every block of the file on the server, but for those that stay; return what became of each."""
    known = [name for name, fields in documents.items() if fields["type"] not in reach.STAY]
    blocks = [await _block(client, name) for name in known]  # in turn: SQLite locks writers out for a second
    blocks += [(f"block {name}", STAYS) for name in documents if name not in known]
    return blocks + [await _removed(client, found) for kind in reach.STAY for found in await _of_type(client, kind)]


async def loaded() -> dict[str, str]:
    """Put them there and nothing else; return what became of each."""
    async with get_client() as client:
        return dict([*await load(client, reach.documents(reach.second_source())), *_under_way()])


def _under_way() -> list[tuple[str, str]]:
    """Name the open cases: a process that has loaded a secret keeps it until it ends."""
    names = sorted(file.stem for file in environments().glob("*.yaml"))
    return [(f"case {case.name}", KEEPS) for name in names for case in evidence.cases(name) if case.outcome is None]


async def unloaded() -> dict[str, str]:
    """Take the blocks of the file off the server, while it can open them: with another key it cannot even do that.

    Raises:
        Refused: It has another key already, or its database fails.
    """
    async with get_client() as client:
        off = [await _unloaded(client, name) for name in reach.documents(reach.second_source())]
    return dict([*off, *_under_way()])


async def compared(known: Environment) -> tuple[dict[str, str], bool]:
    """Hold the server's blocks against the file; return how each that an environment names compares, and if all do.

    Raises:
        BadInput: The file lacks one of them.
    """
    needed = require(known, reach.second_source())
    async with get_client() as client:
        found = {f"block {name}": await _compared(client, name) for name in sorted(needed)}
    return found, set(found.values()) <= {SAME, STAYS}


async def _compared(client: PrefectClient, name: str) -> str:
    block = reach.from_file(name, reach.second_source())
    try:
        before = await _document(client, block, name)
    except Refused:
        return f"{SEALED}: {WAY_OUT}"
    if any(isinstance(block, reach.TYPES[kind]) for kind in reach.STAY):
        return STAYS if before is None else "is on the server, and must not be: gdr blocks load takes it off"
    if before is None:
        return "is not on the server: gdr blocks load"
    there = await type(block).aload(name, client=client)
    same = all(getattr(there, field) == getattr(block, field) for field in type(block).model_fields)
    return SAME if same else "differs on the server: gdr blocks load"


def outcome(before: object, after: object) -> str:
    """Say what became of something that was to be there as it is written."""
    if before is None:
        return "created"
    return "unchanged" if before == after else "put back"


async def _block(client: PrefectClient, name: str) -> tuple[str, str]:
    block = reach.from_file(name, reach.second_source())
    await block.aregister_type_and_schema(client=client)
    before = await _document(client, block, name)
    await block.asave(name, overwrite=True, client=client)
    return f"block {name}", outcome(before, await _document(client, block, name))


async def _of_type(client: PrefectClient, kind: str) -> list[BlockDocument]:
    """Return what an earlier version, or somebody, has put on the server of a type that is not to be there."""
    slug = reach.TYPES[kind].get_block_type_slug()
    try:
        await client.read_block_type_by_slug(slug)
        return await client.read_block_documents_by_type(slug, include_secrets=False)
    except ObjectNotFound:
        return []
    except PrefectHTTPStatusError as error:
        raise _sealed(error, f"a block of type {kind}") from None


async def _removed(client: PrefectClient, found: BlockDocument) -> tuple[str, str]:
    await client.delete_block_document(found.id)
    return f"block {found.name}", "removed from the server: change its tokens, who had the API had them"


async def _unloaded(client: PrefectClient, name: str) -> tuple[str, str]:
    found = await _found(client, reach.from_file(name, reach.second_source()), name)
    if found is not None:
        await client.delete_block_document(found.id)
    return f"block {name}", "was not on the server" if found is None else "taken off the server"


async def _document(client: PrefectClient, block: Block, name: str) -> object:
    found = await _found(client, block, name)
    return None if found is None else found.data


async def _found(client: PrefectClient, block: Block, name: str) -> BlockDocument | None:
    """Read what the server has.

    Raises:
        Refused: It cannot open it, or not read it.
    """
    try:
        return await client.read_block_document_by_name(name, block.get_block_type_slug(), include_secrets=True)
    except ObjectNotFound:
        return None
    except PrefectHTTPStatusError as error:
        raise _sealed(error, f"block {name}") from None


def _sealed(error: PrefectHTTPStatusError, what: str) -> Exception:
    """Say what Prefect's own internal error may mean here: it says no more of another key than of a full disk."""
    return Refused(f"{what}: {SEALED}: {WAY_OUT}") if error.response.status_code == INTERNAL else error
