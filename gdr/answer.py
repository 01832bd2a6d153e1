"""What a verb of the command answers: data for programs, text for people, and an exit code for scripts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console, RenderableType

from model.errors import RecoveryError

PIPE_WIDTH = 200
REACHED, BROKEN, BAD_INPUT, REFUSED, HELD, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


class BadInput(RecoveryError):
    """What was typed, or a file it names, cannot be used. Nothing was touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`data` becomes the one JSON document of `--json`; `text` is shown otherwise; `then` is called after that."""

    data: Mapping[str, Any]
    text: RenderableType
    code: int = REACHED
    then: Callable[[], None] = lambda: None


def console(out: TextIO) -> Console:
    """Return what writes for people: as wide as the terminal, wide enough for any table in a pipe."""
    return Console(file=out, highlight=False, width=None if out.isatty() else PIPE_WIDTH)
