"""The names and the activation record: one compare-and-swap each, on the one writing server.

Source: Genesys DrBc, Operation 2 ("switch the cfgmaster host name IP resolution"); RFC 2136 replaces the
vendor's script on the DNS host. Names move last (docs/decisions/0004).
"""

from collections.abc import Mapping
from dataclasses import replace

from blocks import reach
from model.deployment.foreign import names_of_others
from model.errors import Overtaken, Refused, Transient
from model.judgement.shared import preempts
from model.logs import log_address
from model.record import Record
from model.step import IN_BUBBLE, Step
from model.steps.switch import rests
from tasks import evidence
from tasks.act import act
from tasks.dns import observe
from tasks.run import Run, environment

RESOLVED_S = 60  # framework hosts shall not cache the alias; a TTL of a minute is waited out
SWAP_S = 100  # the record is read (30 at most), then swapped (60 at most): both bound themselves by `probes`


async def _swap(
    run: Run,
    old: Record | None,
    new: Record,
    addresses: Mapping[str, str],
    found: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    known = environment(run.environment)
    writer = known.writer
    updater = await reach.names(writer.access or "")
    await updater.swap(
        str(writer.address),
        writer.port,
        known.dns.zone,
        known.record_name,
        expected=old.text() if old else None,
        text=new.text(),
        addresses=addresses,
        ttl_s=known.dns.ttl_s,
        deadline_s=known.probes.deadline_s,
        found=found,
    )


async def _current(run: Run) -> Record:
    found, fault = await observe.record(environment(run.environment))
    if found is None:
        raise Refused(f"activation record: {fault}")
    return found


@act(deadline_s=SWAP_S, proof_s=10, epoch=())
async def take_epoch(run: Run, step: Step) -> Run:
    """Take the next epoch; every older process is refused at its next act. Returns the run that holds it."""
    if run.intent.runbook == "deploy" and await observe.unmade(environment(run.environment)):
        return await _first_epoch(run)
    old = await _current(run)
    superseded = old.state != "steady" and evidence.is_superseded(old.case)
    taken_over = superseded or preempts(run.intent, old)
    if old.case != run.case and not taken_over:
        raise Overtaken(f"{step.id}: the record names case {old.case}, not {run.case}: another process has taken over")
    wanted = run.intent.framework
    if old.active != wanted and not run.intent.switches:
        raise Overtaken(f"{step.id}: {old.active} is active, not {wanted}: another process has taken over")
    head = evidence.head(run.case)
    if run.intent.runbook in IN_BUBBLE:
        return await _taken(run, old, old.drilled(case=run.case, head=head))
    resting = rests(environment(run.environment), run.intent, old)
    new = old.taken(target=wanted, case=run.case, head=head, database=run.intent.target, rests=resting)
    return await _taken(run, old, new)


async def _taken(run: Run, old: Record, new: Record) -> Run:
    await _swap(run, old, new, {})
    evidence.record(run, "epoch.taken", epoch=new.epoch)
    return replace(run, epoch=new.epoch)


async def _first_epoch(run: Run) -> Run:
    """Make the record, all names with it, on a server that has neither: of two who try, one is refused.

    Raises:
        Transient: The server does not answer.
        Refused: A name answers somebody's address.
        Overtaken: Record or name was made since, by whomever.
    """
    target = run.intent.target
    before = Record(epoch=0, state="steady", active=target, target=target)
    new = before.taken(target=target, case=run.case, head=evidence.head(run.case))
    known = environment(run.environment)
    server = await observe.server(known, known.writer.name)
    if not server.answers:
        raise Transient(server.fault)
    if theirs := "; ".join(names_of_others(known, target, server)):
        raise Refused(theirs)
    addresses = {**known.addresses(target), **known.alias_addresses(), **known.log_addresses(target)}
    found = {**server.addresses, **server.aliases}
    await _swap(run, None, new, addresses, found)
    evidence.record(run, "epoch.taken", epoch=new.epoch)
    return replace(run, epoch=new.epoch)


@act(deadline_s=SWAP_S, proof_s=10)
async def move_names(run: Run, _step: Step) -> None:
    """Set both A records and `active` in one update; the state stays `switching` until everything is proven."""
    old = await _current(run)
    addresses = environment(run.environment).addresses(run.intent.framework)
    await _swap(run, _mine(run, old), old.moved(evidence.head(run.case)), addresses)


@act(deadline_s=SWAP_S, proof_s=10)
async def move_alias(run: Run, _step: Step) -> None:
    """Let the alias answer the target's DBMS, and the framework start, in one update."""
    old, known = await _current(run), environment(run.environment)
    alias, address = known.alias(run.intent.framework) or "", str(known.dbms(run.intent.target).address)
    await _swap(run, _mine(run, old), old.repointed(evidence.head(run.case)), {alias: address})


@act(deadline_s=SWAP_S, proof_s=10)
async def move_log_name(run: Run, _step: Step) -> None:
    """Let the log database's name answer the target's DBMS; the record stays as it is, but for the evidence's head."""
    old, known = await _current(run), environment(run.environment)
    addresses = {known.log_name or "": log_address(known, run.intent.target)}
    await _swap(run, _mine(run, old), replace(old, head=evidence.head(run.case)), addresses)


@act(deadline_s=RESOLVED_S)
async def resolve(_run: Run, _step: Step) -> None:
    """Require a host to find its database, or the log database: caches run out. The proof is the step."""


@act(deadline_s=20)
async def agree(_run: Run, _step: Step) -> None:
    """Require a secondary to answer as the writer does. It is told by NOTIFY; the proof is the step."""


@act(deadline_s=SWAP_S, proof_s=10)
async def steady(run: Run, _step: Step) -> None:
    """Close the switch: state steady, no case. The guards of the source stay closed, those of the target open."""
    old = await _current(run)
    await _swap(run, _mine(run, old), old.steady(evidence.head(run.case)), {})


def _mine(run: Run, old: Record) -> Record:
    if old.epoch != run.epoch:
        raise Overtaken(f"activation record: epoch is {old.epoch}, ours is {run.epoch}: another process has taken over")
    return old
