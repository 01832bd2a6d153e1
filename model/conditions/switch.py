"""The activation record, the epoch, and the names."""

from model.conditions.registry import condition
from model.step import Step
from model.view import View


@condition("record")
def epoch_is_ours(view: View, _step: Step) -> str | None:
    """The activation record names this process's epoch."""
    record = view.seen.record
    if record is None:
        return f"{view.environment.writer.name}: no activation record: {view.seen.record_fault}"
    if view.epoch is None or record.epoch != view.epoch:
        name = view.environment.record_name
        return f"{name}: epoch is {record.epoch}, ours is {view.epoch}: another process has taken over"
    return None


@condition("record")
def record_is_steady(view: View, _step: Step) -> str | None:
    """The activation record is steady with the target active."""
    record = view.seen.record
    if record is None or (record.state, record.active) != ("steady", view.home) or record.data != view.target:
        return f"{view.environment.record_name}: not yet steady in {view.home}"
    return None


@condition("writer", "record")
def names_moved(view: View, _step: Step) -> str | None:
    """The writing server answers the target's addresses and the record names the target active."""
    server, record = view.seen.server(view.environment.writer.name), view.seen.record
    if not _answers_target(view, server.addresses):
        return f"{view.environment.writer.name}: does not answer {view.home}'s addresses {server.fault}".rstrip()
    return None if record is not None and record.active == view.home else "the record does not name the target active"


@condition("server")
def server_agrees(view: View, step: Step) -> str | None:
    """The secondary answers the target's addresses."""
    server = view.seen.server(step.host)
    return (
        None if _answers_target(view, server.addresses) else f"{step.host}: answers otherwise {server.fault}".rstrip()
    )


def _answers_target(view: View, answers: object) -> bool:
    return answers == {name: (address,) for name, address in view.environment.addresses(view.home).items()}
