"""What is said of a runbook as a whole: its name, what it is about, and what it ends in."""

from model.environment.environment import other
from model.step import Intent
from model.view import View

ABORTED = "the switch is aborted"
FENCE = {1: "powered off", 2: "stopped, seen from the host itself", 5: "WAIVED"}


def title(environment: str, intent: Intent) -> str:
    """Name what is done to what, for the head of a page."""
    if intent.runbook == "reprotect":
        return f"Reprotect of {environment}: {other(intent.target)} follows {intent.target}"
    if intent.runbook == "abort":
        return f"Abort of the switch of {environment}: {_taken_back(intent)}"
    if intent.runbook == "deploy":
        return f"Deploy of {environment}: {intent.target} active, the other region follows it"
    if intent.runbook == "clone_and_isolate":
        return f"Clone and isolate of {environment}: the framework hosts of {other(intent.framework)} are made anew"
    if intent.runbook in ("bubble", "discard"):
        return _drilled(environment, intent)
    if intent.runbook == "return_guard":
        return f"Return guard of {environment}: {other(intent.target)} is kept out, {intent.target} is active"
    if intent.runbook in ("dbms_failover", "framework_failover"):
        return f"{intent.mode.capitalize()} partial failover of {environment}: {_half(intent)}"
    if intent.runbook == "partial_failover":
        return f"Partial failover of {environment} to {intent.target}: framework lost, database moved in order"
    return f"{intent.mode.capitalize()} full failover of {environment} to {intent.target}"


def _taken_back(intent: Intent) -> str:
    match intent.undoes:
        case "dbms_failover":
            return f"the database goes back to {intent.target}, the framework stays in {intent.framework}"
        case "framework_failover":
            return f"the framework goes back to {intent.framework}, the database stays in {intent.target}"
        case _:
            return f"back to {intent.target}, {other(intent.target)} follows on"


def _half(intent: Intent) -> str:
    if intent.runbook == "dbms_failover":
        return f"the database moves to {intent.target}, the framework stays in {intent.framework}"
    return f"the framework moves to {intent.framework}, the database stays in {intent.target}"


def _drilled(environment: str, intent: Intent) -> str:
    if intent.runbook == "bubble":
        return f"Bubble of {environment}: {other(intent.framework)} works on a copy, {intent.framework} stays active"
    return f"Discard of {environment}: what a bubble has left in {other(intent.framework)} is taken down"


def nothing_to_do(view: View) -> str:
    """Say that what is wanted is so already."""
    if view.intent.runbook == "reprotect":
        return f"{view.source} follows {view.target} already: nothing to do"
    if view.intent.runbook == "deploy":
        return "both regions are deployed as rendered: nothing to do"
    if view.intent.runbook == "clone_and_isolate":
        return f"the framework hosts of {view.away} are this case's copies already: nothing to do"
    if view.intent.runbook == "bubble":
        return f"the bubble of {view.away} is proven and taken down: nothing to do"
    if view.intent.runbook == "discard":
        return f"nothing of a bubble is left in {view.away}: nothing to do"
    if view.intent.runbook == "return_guard":
        return f"nothing that answers in {view.source} does harm or is owed anything: nothing to do"
    if view.intent.runbook in ("dbms_failover", "framework_failover"):
        return f"{view.target} has the active DBMS, {view.home} the framework: nothing to do"
    return f"{view.target} is active and steady: nothing to do"


def reached(intent: Intent) -> str:
    """Say in a word what a case that reached its end has brought about."""
    if intent.runbook == "reprotect":
        return f"{other(intent.target)} follows {intent.target}"
    if intent.runbook == "abort" and intent.forth.runbook != "full_failover":
        return f"the database is in {intent.target}, the framework in {intent.framework} as before, {ABORTED}"
    if intent.runbook == "abort":
        return f"{intent.target} is active as before, {ABORTED}"
    if intent.runbook == "deploy":
        return f"both regions are deployed, {intent.target} is active"
    if intent.runbook == "clone_and_isolate":
        return f"the framework hosts of {other(intent.framework)} are copies of {intent.framework}'s"
    if intent.runbook == "bubble":
        return f"the framework of {other(intent.framework)} worked on a copy, and nothing of that is left"
    if intent.runbook == "discard":
        return f"nothing of a bubble is left in {other(intent.framework)}"
    if intent.runbook == "return_guard":
        return f"{other(intent.target)} is kept out"
    if intent.runbook in ("dbms_failover", "framework_failover"):
        return f"the database is in {intent.target}, the framework in {intent.framework}"
    return f"{intent.target} is active"
