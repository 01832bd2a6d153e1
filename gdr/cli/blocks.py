"""`gdr blocks`: the copy of the block file on the Prefect server."""

from cyclopts import App
from rich.text import Text

from gdr.answer import BROKEN, REACHED, Answer
from gdr.server import ask
from tasks.run import environment

blocks = App(name="blocks", help="Load the blocks of the block file to the Prefect server, or compare the two.")


@blocks.command
def load() -> Answer:
    """Put the blocks of the block file on the Prefect server, and nothing else: after a secret was changed there."""

    async def loaded() -> dict[str, str]:
        from gdr import server_blocks  # noqa: PLC0415  (Prefect takes a second to import)

        return await server_blocks.loaded()

    return _answer(ask(loaded))


@blocks.command
def unload() -> Answer:
    """Take the blocks of the block file off the Prefect server, before its encryption key is changed.

    With another key it can neither open nor replace nor remove them. Runs read the block file meanwhile, and nobody is
    told of anything: `gdr register` puts blocks and automations back.
    """

    async def unloaded() -> dict[str, str]:
        from gdr import server_blocks  # noqa: PLC0415  (Prefect takes a second to import)

        return await server_blocks.unloaded()

    return _answer(ask(unloaded))


@blocks.command
def check(name: str, /) -> Answer:
    """Say of each block that an environment names whether the server has what the file has. Exit 1: not all.

    Whether they open what they are for is for `gdr readiness` to say: it logs in with each.

    Args:
        name: Name of the environment file that lies beside the code.
    """
    known = environment(name)

    async def compared() -> tuple[dict[str, str], bool]:
        from gdr import server_blocks  # noqa: PLC0415  (Prefect takes a second to import)

        return await server_blocks.compared(known)

    found, same = ask(compared)
    return _answer(found, REACHED if same else BROKEN)


def _answer(found: dict[str, str], code: int = REACHED) -> Answer:
    return Answer(data=found, text=Text("\n".join(f"{name}: {what}" for name, what in found.items())), code=code)
