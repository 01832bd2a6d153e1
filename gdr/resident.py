"""A resident program of the control host: one per environment, until SIGTERM, without a Prefect server."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

from gdr.second_source import use_second_source
from model.environment.environment import Environment
from model.errors import RecoveryError
from tasks.run import environment

Forever = Callable[[Environment], Awaitable[None]]


async def serve(work: Forever, name: str) -> None:
    """Work until SIGTERM or SIGINT."""
    known = environment(name)
    use_second_source(known)  # it outlives the Prefect server
    working = asyncio.ensure_future(work(known))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    await asyncio.gather(working, return_exceptions=True)
    if not working.cancelled():
        working.result()


def main(work: Forever, module: str) -> None:
    """Run as `python -m MODULE ENVIRONMENT`."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    for talkative in ("asyncssh", "httpx"):  # they tell of every connection, every request
        logging.getLogger(talkative).setLevel(logging.WARNING)
    if len(sys.argv) != 2:  # noqa: PLR2004  (the program and one name)
        sys.exit(f"usage: python -m {module} ENVIRONMENT")
    try:
        asyncio.run(serve(work, sys.argv[1]))
    except RecoveryError as error:
        sys.exit(str(error))
