"""When the dormant framework hosts must not be overwritten with copies of the active ones."""

from collections.abc import Iterator

from model.conditions import failing
from model.conditions.clone import original_whole, serves_or_copied, to_be_copied
from model.deployment.render import NO_SECTION
from model.environment.document import Host
from model.judgement.shared import unnamed
from model.runbooks import CLONE_AND_ISOLATE
from model.step import Verb
from model.steps.clone import cloning
from model.steps.switch import taking_epoch
from model.view import View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: the active region works, and a hypervisor can do it."""
    if view.environment.deploy is None:
        return (f"{view.environment.name}: {NO_SECTION}",)
    pairs = (*view.environment.framework(view.home), *view.environment.framework(view.away))
    found = [reason for host in view.environment.framework(view.away) for reason in _hypervisor(host)]
    return (*unnamed(view.environment, pairs), *_active(view), *found)


def before_begun(view: View) -> tuple[str, ...]:
    """Say what must not be overwritten, or not copied. Afterwards the hosts are this case's own work."""
    steps = cloning(view)["unplug"]
    found = (condition(view, step) for step in steps for condition in (to_be_copied, original_whole))
    return tuple(reason for reason in found if reason is not None)


def done(view: View) -> bool:
    """Whether this very case has made its copies: each run makes them anew."""
    if view.environment.deploy is None:
        return False
    return all(step.verb in (Verb.TAKE_EPOCH, Verb.STEADY) for step in CLONE_AND_ISOLATE.left(view).steps())


def _active(view: View) -> Iterator[str]:
    record = view.seen.record
    if record is not None and record.active != view.home:
        yield f"{record.active} is active, not {view.home}"
    for step in taking_epoch(view)["take_epoch"]:
        if reason := serves_or_copied(view, step):
            yield f"{reason}: mend the active region first{_or_fail_over(view)}"


def _or_fail_over(view: View) -> str:
    """Say what else helps: what was only taken away is whole, and comes back; what is half made is restored."""
    ways = (*_restored(view), *_brought_back(view))
    return f", or where it cannot be mended: {'; '.join(ways)}; then fail over" if ways else ""


def _restored(view: View) -> Iterator[str]:
    """Name the copies that cannot take over: without the active region they go on together, or not at all."""
    for step in cloning(view)["join"]:
        if not failing(("is_copy",), view, step) and failing(step.proves, view, step):
            yield f"restore {step.host}, a copy that is not finished"


def _brought_back(view: View) -> Iterator[str]:
    """Say how the hosts come back that were taken away, and are no copies: nothing else would bring them back."""
    lines = cloning(view)
    taken = [
        *(step for step in lines["switch_off"] if not failing(("off_to_be_copied",), view, step)),
        *(step for step in lines["unplug"] if not failing(("cable_is_out",), view, step)),
    ]
    yield from (step.undo for step in taken if failing(("is_copy",), view, step))


def _hypervisor(host: Host) -> Iterator[str]:
    if host.hypervisor.power is None:
        yield f"{host.name}: hypervisor.power: none: a copy made by hand is not yet supported: name a power source"
