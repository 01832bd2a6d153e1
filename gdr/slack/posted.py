"""What was said in Slack already, by question: a service that starts again goes on where it was."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from model.errors import Refused
from tasks.run import state


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message with a question.

    Attributes:
        ts: Slack's name of the message.
        told: Records of the case's journal that its thread knows.
        is_open: Whether its buttons still stand there.
        outcome: What stands there in place of them.
        reminded: For how many times `approval.remind_s` its waiting has been told.
        is_done: Whether nothing is left to do for it: its case is closed and told to its end, or the message is gone.
    """

    case: str
    run: str
    text: str
    ts: str
    told: int
    is_open: bool = True
    outcome: str = ""
    reminded: int = 0
    is_done: bool = False


Posts = dict[str, Post]


def path(environment: str) -> Path:
    """Return the file of an environment."""
    return state() / "slack" / f"{environment}.json"


def load(environment: str) -> Posts:
    """Read what was posted.

    Raises:
        Refused: The file is damaged.
    """
    file = path(environment)
    try:
        return {key: Post(**fields) for key, fields in json.loads(file.read_text()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        what = "is no list of posts: remove it; what is open is posted again"
        raise Refused(f"{file}: {type(error).__name__}: {what}") from None


def save(environment: str, posts: Posts) -> None:
    """Replace the file, so that a kill leaves the old one or the new one."""
    file = path(environment)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    scratch = file.with_suffix(".new")
    with scratch.open("w") as written:
        json.dump({key: asdict(post) for key, post in posts.items()}, written)
        written.flush()
        os.fsync(written.fileno())
    scratch.replace(file)
