"""`gdr register`: blocks, work pool and deployments on the Prefect server."""

import asyncio
import os

import httpx
from rich.text import Text

from gdr.answer import Answer, BadInput


def register(*, wait: float = 0.0, schedules: bool = True) -> Answer:
    """Put blocks, work pool and deployments on the Prefect server; what somebody changed there is put back.

    Args:
        wait: Seconds in which the server may still come up.
        schedules: Whether their schedules are active; a laboratory runs nothing by itself.
    """
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise BadInput("PREFECT_API_URL: not set: name the server, for instance http://127.0.0.1:4200/api")
    from gdr import registration  # noqa: PLC0415  (Prefect takes a second to import)

    try:
        done = asyncio.run(registration.register(wait, schedules=schedules))
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: is the Prefect server up, and PREFECT_API_AUTH_STRING right?"
        raise BadInput(f"PREFECT_API_URL: {url}: {reason}") from None
    return Answer(data=done, text=Text("\n".join(f"{name}: {what}" for name, what in done.items())))
