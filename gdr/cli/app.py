"""The command-line application, and how its commands end."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from cyclopts import App

from model.environment.faults import InvalidEnvironment
from model.errors import RecoveryError, Refused

T = TypeVar("T")
app = App(name="gdr", help="Disaster recovery of the Genesys Framework across two regions.", result_action="return_value")

REACHED, BROKEN, BAD_INPUT, REFUSED, HELD, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def leave(status: int, message: str) -> NoReturn:
    """End the command with a sentence on stderr."""
    print(f"gdr: {message}", file=sys.stderr)
    raise SystemExit(status)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine; expected errors end it with their own words and status."""
    try:
        return asyncio.run(work)
    except InvalidEnvironment as error:
        leave(BAD_INPUT, str(error))
    except Refused as error:
        leave(REFUSED, str(error))
    except RecoveryError as error:
        leave(HELD, str(error))


def tell(data: Any, text: str, *, as_json: bool) -> None:
    """Print a result: one JSON document for programs, or words for people."""
    print(json.dumps(data, indent=2, sort_keys=True, default=str) if as_json else text)
