"""A bubble: its walls, the copy within, and both taken down again.

Source of the walls: Genesys DrBc, Deploying Genesys Components, step 6.
"""

from model.step import Step
from tasks.act import act
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run, environment


@act(deadline_s=within("bubble-enter"), proof_s=20)
async def raise_walls(run: Run, step: Step) -> None:
    """Wall a dormant framework host in: it speaks with its pair, the copy and the control host's SSH, and nobody else.

    Safe to repeat: what runs within stays, and may start again under this process's epoch.
    """
    known = environment(run.environment)
    region = known.region_of(step.host)
    (peer,) = (host for host in known.framework(region) if host.name != step.host)
    addresses = (known.control.address, peer.address, known.dbms(region).address, known.dbms(run.intent.target).address)
    words = (run.case, *map(str, addresses), str(known.database.port))
    await order(run, step.host, "bubble-enter", *words)


@act(deadline_s=30, proof_s=60)
async def try_walls(_run: Run, _step: Step) -> None:
    """Try every connection that must not come about. Nothing is done: the proof is the step."""


@act(deadline_s=within("bubble-copy"), proof_s=30)
async def copy_database(run: Run, step: Step) -> None:
    """Make a copy of the standby, a primary of its own, into which only the walled pair is let."""
    known = environment(run.environment)
    pair = (str(host.address) for host in known.framework(known.region_of(step.host)))
    await order(run, step.host, "bubble-copy", run.case, *pair)


@act(deadline_s=within("bubble-commit"), proof_s=20)
async def commit_inside(run: Run, step: Step) -> None:
    """Commit in the copy, and let its host note that this case has."""
    await order(run, step.host, "bubble-commit", run.case)


@act(deadline_s=within("bubble-leave"), proof_s=30)
async def leave_bubble(run: Run, step: Step) -> None:
    """Stop what runs within walls, and only then take them down; the host refuses otherwise."""
    await order(run, step.host, "bubble-leave")


@act(deadline_s=within("bubble-drop"), proof_s=30)
async def drop_copy(run: Run, step: Step) -> None:
    """Stop the copy, and remove it."""
    await order(run, step.host, "bubble-drop")
