"""The epoch at the beginning, the names, and the steady record at the end."""

from collections.abc import Iterable

from model.step import Step, Verb
from model.steps.parts import NO_UNDO
from model.view import View


def taking_epoch(view: View, *needs: str) -> dict[str, Iterable[Step]]:
    """Return the swap that takes the epoch."""
    writer = view.environment.writer.name
    swap = Step(
        stage="epoch",
        verb=Verb.TAKE_EPOCH,
        host=writer,
        command=f"update {view.environment.record_name} TXT: epoch + 1, state=switching target={view.target}",
        needs=needs,
        proves=("epoch_is_ours",),
        undo="swap the record back to steady",
    )
    return {"take_epoch": (swap,)}


def moving_names(view: View) -> dict[str, Iterable[Step]]:
    """Return the move of the names, and its secondaries."""
    writer = view.environment.writer
    answers = ", ".join(f"{name} A {address}" for name, address in view.environment.addresses(view.target).items())
    move = Step(
        stage="names",
        verb=Verb.MOVE_NAMES,
        host=writer.name,
        command=f"update {view.environment.dns.zone}: {answers}; record active={view.target}; prerequisite: our record",
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
            command=f"query {server.address} until it answers {view.target}",
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
        f"state=steady active={view.target}; prerequisite: our record",
        needs=("names_moved", *needs),
        proves=("record_is_steady",),
        undo=NO_UNDO,
    )
