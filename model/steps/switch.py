"""The epoch at the beginning, the names, and the steady record at the end."""

from collections.abc import Iterable

from model.environment.environment import Environment, other
from model.record import Record
from model.step import Intent, Step, Verb
from model.steps.parts import NO_UNDO
from model.view import View

RESTS = "state=resting"  # no framework may start while its database is moved; one whose alias is moved already goes on


def rests(environment: Environment, intent: Intent, record: Record | None) -> bool:
    """Whether no framework may start until its alias is moved: its database is moved, or waits for it already.

    One that has no alias knows the database of its own region only: nothing is moved for it, and nothing waits.
    """
    if environment.alias(intent.framework) is None:
        return False
    if intent.runbook == "dbms_failover":
        return True
    if "framework_failover" in (intent.runbook, intent.undoes):  # the other may work on the database that stays
        return record is None or (record.state, record.target) != ("switching", intent.framework)
    if record is None or record.state == "switching" or not intent.switches:
        return False  # what switches already has moved its alias
    return (record.data, record.active) == (intent.target, other(intent.framework))


def taking_epoch(view: View, *needs: str) -> dict[str, Iterable[Step]]:
    """Return the swap that takes the epoch."""
    writer = view.environment.writer.name
    works = view.intent.undoes == "framework_failover"  # or may: beside it no guard is to open
    state = RESTS if rests(view.environment, view.intent, view.seen.record) else "state=switching"
    swap = Step(
        stage="epoch",
        verb=Verb.TAKE_EPOCH,
        host=writer,
        command=f"update {view.environment.record_name} TXT: epoch + 1, {state} target={view.home}{_apart(view)}",
        needs=needs,
        proves=("epoch_is_ours",),
        undo="none: the record rests until the other framework is stopped"
        if works
        else "swap the record back to steady",
    )
    return {"take_epoch": (swap,)}


def moving_names(view: View) -> dict[str, Iterable[Step]]:
    """Return the move of the names, and its secondaries."""
    writer = view.environment.writer
    answers = ", ".join(f"{name} A {address}" for name, address in view.environment.addresses(view.home).items())
    move = Step(
        stage="names",
        verb=Verb.MOVE_NAMES,
        host=writer.name,
        command=f"update {view.environment.dns.zone}: {answers}; record active={view.home}; prerequisite: our record",
        needs=("source_fenced", "target_has_primary"),
        proves=("names_moved",),
        undo="the same update with the source's addresses",
    )
    others = [server for server in view.environment.dns.servers if server is not writer]
    agree = [
        Step(
            stage="names",
            verb=Verb.AGREE,
            host=server.name,
            command=f"query {server.address} until it answers {view.home}",
            needs=("names_moved",),
            proves=("server_agrees",),
            undo="nothing was changed",
            must=False,
        )
        for server in others
        if view.seen.server(server.name).answers
    ]
    return {"move_names": (move,), "secondaries": agree}


def ending_steady(view: View, *needs: str) -> Step:
    """Return the swap that ends the switch."""
    return Step(
        stage="prove",
        verb=Verb.STEADY,
        host=view.environment.writer.name,
        command=f"update {view.environment.record_name} TXT: "
        f"state=steady active={view.home}{_apart(view)}; prerequisite: our record",
        needs=("names_moved", *needs),
        proves=("record_is_steady",),
        undo=NO_UNDO,
    )


def _apart(view: View) -> str:
    """Name the database's region in the record, where it is not the framework's."""
    return f" database={view.target}" if view.target != view.home else ""
