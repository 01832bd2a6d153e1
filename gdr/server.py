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
        raise BadInput(f"PREFECT_API_URL: {url}: {_reason(error)}") from None


def _reason(error: httpx.HTTPError) -> str:
    """Say what to look at; of the server's own words nothing is repeated."""
    answer = error.response if isinstance(error, httpx.HTTPStatusError) else None
    if answer is None:
        return f"{type(error).__name__}: is the Prefect server up?"
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return "401: PREFECT_API_AUTH_STRING is missing, or not that of the server: it stands in password.environment"
    return f"{answer.status_code} to {answer.request.method} {answer.request.url.path}: the server's log says why"
