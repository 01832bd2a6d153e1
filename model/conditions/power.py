"""What must hold of a framework host whose region is `dormant: powered_off`, before and after it has power."""

from model.conditions.registry import condition
from model.observation import Guard
from model.step import Step
from model.view import View


@condition("host")
def host_is_up(view: View, step: Step) -> str | None:
    """The host answers, as the host that it is to be."""
    seen = view.host(step.host)
    if not seen.answers:
        return f"{step.host}: does not answer: {seen.fault}"
    return f"{step.host}: {seen.stranger}" if seen.stranger else None


@condition("heard")
def rests_behind_guard(view: View, step: Step) -> str | None:
    """Nothing of the host runs, and its boot guard is closed."""
    parts = [part.kind for part in view.environment.host(step.host).components]
    if runs := [kind for kind in parts if view.runs(step.host, kind) is not False]:
        return f"{step.host}: {', '.join(runs)}: not proven stopped {view.host(step.host).fault}".rstrip()
    guard = view.host(step.host).guard
    return None if guard is Guard.CLOSED else f"{step.host}: its guard is {guard}"
