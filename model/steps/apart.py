"""Moving the database alone, or the framework alone: the alias, and what rests while its database is moved."""

from collections.abc import Iterable
from dataclasses import replace

from model.environment.document import Host
from model.step import Step, Verb
from model.steps.clients import proving
from model.steps.framework import starting
from model.steps.parts import part_of
from model.view import View

RENEWED = ("start_backup", "start_scs")
SEEN_AGAIN = ("reconnect", "restart_first", "restart_second", "serve")


def resting(view: View) -> dict[str, Iterable[Step]]:
    """Return what is stopped of the framework that stays, in order: it knows a database that may be lost."""
    primary, backup = view.environment.framework(view.home)
    return {
        "rest_scs": [_rest(host, "scs") for host in (primary, backup)],
        "rest_backup": [_rest(backup, "confserv", "home_scs_rests")],
        "rest_primary": [_rest(primary, "confserv", "home_scs_rests", "home_backup_rests")],
    }


def _rest(host: Host, kind: str, *needs: str) -> Step:
    unit = part_of(host, kind).unit
    return Step(
        stage="fence",
        verb=Verb.STOP,
        host=host.name,
        unit=kind,
        command=f"gdr-host EPOCH component-stop {unit}",
        needs=("target_can_take_over", *needs),
        proves=("rests_for_switch",),
        undo=f"gdr-host EPOCH component-start {unit}",
    )


def repointing(view: View) -> dict[str, Iterable[Step]]:
    """Return the move of the alias by which the Configuration Servers know their DBMS; none where there is no alias."""
    alias, writer = view.environment.alias(view.home), view.environment.writer.name
    if alias is None:
        return {"move_alias": (), "see_alias": ()}
    address = view.environment.dbms(view.target).address
    move = Step(
        stage="database",
        verb=Verb.MOVE_ALIAS,
        host=writer,
        command=f"update {view.environment.dns.zone}: {alias} A {address}; record state=switching; "
        "prerequisite: our record",
        needs=("target_is_primary", "source_fenced"),
        proves=("alias_moved", "framework_may_start"),
        undo="the same update with the other DBMS' address",
    )
    return {
        "move_alias": (move,),
        "see_alias": [_see_alias(view, host) for host in view.environment.framework(view.home)],
    }


def _see_alias(view: View, host: Host) -> Step:
    return Step(
        stage="database",
        verb=Verb.RESOLVE,
        host=host.name,
        command=f"getent ahostsv4 {view.environment.alias(view.home)}, until it answers the new address",
        needs=("alias_moved",),
        proves=("alias_resolves",),
        undo="nothing was changed",
        must=False,
    )


def renewing(view: View) -> dict[str, Iterable[Step]]:
    """Return the start of what rested: done is only what was started after the database was moved.

    The message servers were not stopped; one that is gone all the same is the Management Layer's business.
    """
    steps = {line: steps for line, steps in starting(view).items() if line != "message_servers"}
    primary = replace(next(iter(steps["start_primary"])), proves=("target_has_primary", "sessions_on_target"))
    return {**steps, **_afterwards(steps, RENEWED), "start_primary": (primary,)}


def proving_again(view: View) -> dict[str, Iterable[Step]]:
    """Return the proof that the clients are served: done is only what was seen after the database was moved.

    The names stay where they are, so no cache is flushed.
    """
    steps = proving(view)
    return {**_afterwards(steps, SEEN_AGAIN), "canary": steps["canary"]}


def _afterwards(steps: dict[str, Iterable[Step]], lines: tuple[str, ...]) -> dict[str, Iterable[Step]]:
    return {line: [replace(step, proves=("target_is_primary", *step.proves)) for step in steps[line]] for line in lines}
