"""The Prefect server that PREFECT_API_URL names, for the verbs that need it."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx

from gdr.answer import BadInput

T = TypeVar("T")


def ask(what: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Ask it; one that is not named, or does not answer, is bad input.

    Args:
        what: Called once the server is known to be named: Prefect takes a second to import.
    """
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise BadInput("PREFECT_API_URL: not set: name the server, for instance http://127.0.0.1:4200/api")
    try:
        return asyncio.run(what())
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: is the Prefect server up, and PREFECT_API_AUTH_STRING right?"
        raise BadInput(f"PREFECT_API_URL: {url}: {reason}") from None
