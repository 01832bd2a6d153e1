"""`gdr runbook`: the printed page, from the plan. Touches nothing."""

from collections.abc import Callable, Mapping
from typing import Literal

from rich.text import Text

from gdr.answer import Answer
from gdr.asked import Runbook
from model.environment.environment import Environment
from model.runbooks.abort_page import abort_page
from model.runbooks.bubble_page import bubble_page
from model.runbooks.clone_page import clone_page
from model.runbooks.deploy_page import deploy_page
from model.runbooks.pages import (
    dbms_failover_page,
    drill_page,
    failback_page,
    framework_failover_page,
    full_failover_page,
    partial_failover_page,
    reprotect_page,
    return_guard_page,
)
from model.runbooks.readiness_page import readiness_page
from tasks.run import environment

Page = Runbook | Literal["bubble", "partial-failover-dbms", "partial-failover-stay", "abort", "readiness"]
PAGES: Mapping[Page, Callable[[Environment], str]] = {
    "full-failover": full_failover_page,
    "partial-failover": partial_failover_page,
    "partial-failover-dbms": dbms_failover_page,
    "partial-failover-stay": framework_failover_page,
    "abort": abort_page,
    "reprotect": reprotect_page,
    "deploy": deploy_page,
    "clone-and-isolate": clone_page,
    "failback": failback_page,
    "return-guard": return_guard_page,
    "drill": drill_page,
    "bubble": bubble_page,
    "discard": bubble_page,
    "readiness": readiness_page,
}


def runbook(name: Page, environment_name: str, /) -> Answer:
    """Print a runbook for paper: both targets, both modes, and what to do by hand.

    Args:
        name: Name of the runbook.
        environment_name: Name of the environment file that lies beside the code.
    """
    page = PAGES[name](environment(environment_name))
    return Answer(data={"runbook": name, "environment": environment_name, "page": page}, text=Text(page.rstrip("\n")))
