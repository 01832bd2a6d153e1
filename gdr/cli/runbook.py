"""`gdr runbook`: the printed page, from the plan. Touches nothing."""

from typing import Literal

from rich.text import Text

from gdr.answer import Answer
from model.runbooks.page import full_failover_page
from tasks.run import environment


def runbook(name: Literal["full-failover"], environment_name: str, /) -> Answer:
    """Print a runbook for paper: both targets, both modes, and what to do by hand.

    Args:
        name: Name of the runbook.
        environment_name: Name of the environment file that lies beside the code.
    """
    page = full_failover_page(environment(environment_name))
    return Answer(data={"runbook": name, "environment": environment_name, "page": page}, text=Text(page.rstrip("\n")))
