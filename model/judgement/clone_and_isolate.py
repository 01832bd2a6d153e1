"""When the dormant framework hosts must not be overwritten with copies of the active ones."""

from collections.abc import Iterator

from model.conditions.clone import original_whole, to_be_copied
from model.deployment.render import NO_SECTION
from model.environment.document import Host
from model.runbooks import CLONE_AND_ISOLATE
from model.step import Verb
from model.steps.clone import cloning
from model.view import View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: the active region works, and a hypervisor can do it."""
    if view.environment.deploy is None:
        return (f"{view.environment.name}: {NO_SECTION}",)
    found = [reason for host in view.environment.framework(view.away) for reason in _hypervisor(host)]
    return (*_active(view), *found)


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
    if not view.primary(view.home):
        yield f"{view.home}: no Configuration Server is proven Primary: mend the active region first"


def _hypervisor(host: Host) -> Iterator[str]:
    if host.hypervisor.power is None:
        yield f"{host.name}: hypervisor.power: none: a copy made by hand is not yet supported: name a power source"
