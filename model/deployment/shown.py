"""What is shown at the gate of a deploy: what is made, and whom it interrupts."""

from collections.abc import Iterator

from model.deployment.disturbance import disturbed, in_use
from model.step import Step
from model.view import View


def deployed(view: View, left: list[Step]) -> tuple[str, ...]:
    """Say what is made of which hosts, and that what is there is left alone."""
    hosts = ", ".join(host.name for _, host in view.environment.all_hosts())
    return (
        f"- Made: {view.target}, active, and {view.source}, which follows it, on {hosts}. Nothing foreign is on them.",
        f"- **{view.environment.dbms(view.source).name} is overwritten; it was found empty, or is our standby.**",
        "- **The account's right on these hosts is narrowed to gdr-host; to deploy again it must be granted again.**",
        *_interrupts(view, left),
    )


def _interrupts(view: View, left: list[Step]) -> Iterator[str]:
    """Say whether somebody may be working with what is about to be made again, and what it would do to him."""
    if not in_use(view):
        yield "- Waiting costs nothing: no Primary is seen on these hosts."
        return
    found = tuple(disturbed(view, left))
    yield from (f"- **Interrupted, as this case has begun it: {what}**" for what in found)
    if not found:
        yield f"- {view.target} is in use; nothing that runs is restarted, stopped or switched over."
