"""Run a real block where it will run: in the network of the lab's control host, from a thread that has entered it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from lab import network
from lab.api import Lab


class Inside:
    """A Protocol's real implementation, each of whose methods runs in the control host's network."""

    def __init__(self, loop: asyncio.AbstractEventLoop, real: object) -> None:
        """Call `real` on a loop that lives in there."""
        self._loop, self._real = loop, real

    def __getattr__(self, name: str) -> Callable[..., asyncio.Future[Any]]:
        """Return the method, run in there."""
        method: Callable[..., Coroutine[Any, Any, Any]] = getattr(self._real, name)

        def call(*args: Any, **kwargs: Any) -> asyncio.Future[Any]:
            return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(method(*args, **kwargs), self._loop))

        return call


@contextlib.asynccontextmanager
async def control_host(lab: Lab) -> AsyncIterator[asyncio.AbstractEventLoop]:
    """Run a loop in the control host's network while the block lasts."""
    loop, entered = asyncio.new_event_loop(), threading.Event()

    def live() -> None:
        network.enter_namespace(lab.identity.netns("ctl"))
        asyncio.set_event_loop(loop)
        loop.call_soon(entered.set)
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=live, name="in the control host's network")
    thread.start()
    await asyncio.to_thread(entered.wait, 10)
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
