"""`gdr register`: blocks, work pool and deployments on the Prefect server."""

import asyncio
import os

from rich.text import Text

from gdr.answer import Answer, BadInput


def register() -> Answer:
    """Put blocks, work pool and deployments on the Prefect server; what somebody changed there is put back."""
    if not os.environ.get("PREFECT_API_URL"):
        raise BadInput("PREFECT_API_URL: not set: name the server, for instance http://127.0.0.1:4200/api")
    from gdr import registration  # noqa: PLC0415  (Prefect takes a second to import)

    done = asyncio.run(registration.register())
    return Answer(data=done, text=Text("\n".join(f"{name}: {what}" for name, what in done.items())))
