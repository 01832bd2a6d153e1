"""`gdr install`: prepare the private Prefect home, so that a break-glass run need not."""

import time

from rich.text import Text

from gdr.account import require_account
from gdr.answer import Answer
from gdr.private_api import PrivateApi


def install() -> Answer:
    """Make the home of the private Prefect API and prove that it comes up; safe to repeat."""
    require_account()
    api, begun = PrivateApi(), time.monotonic()
    try:
        api.start()
        api.wait()
        seconds = round(time.monotonic() - begun, 1)
    finally:
        api.stop()
    text = Text(f"{api.home}: the private Prefect API came up in {seconds} s and was stopped")
    return Answer(data={"home": str(api.home), "seconds": seconds}, text=text)
