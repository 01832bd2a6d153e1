"""When a full failover must not begin, or go on."""

from collections.abc import Iterator
from dataclasses import replace

from model import commands
from model.environment.document import Host
from model.judgement.shared import half_made, unwritable
from model.loss import lag_s, why_unknown
from model.matrix import classify, situation
from model.observation import DatabaseRole, HostSeen, Power
from model.steps.parts import part_of
from model.view import Fence, View


def refusals(view: View) -> tuple[str, ...]:
    """Say why it must not begin, or go on: unreachable refuses only on the target's side."""
    return (*_target(view), *_unfenceable(view), *_remembers(view))


def before_begun(view: View) -> tuple[str, ...]:
    """Say why it must not begin: lag refuses only in planned mode; in unplanned mode a person decides."""
    return (*forbidden(view), *(_planned(view) if view.intent.mode == "planned" else _unneeded(view)))


def done(view: View) -> bool:
    """Whether the target is already active and steady, with a Primary and a writable DBMS: nothing to do."""
    record = view.seen.record
    steady = (
        record is not None and (record.state, record.active) == ("steady", view.home) and record.data == view.target
    )
    return steady and view.seen.database(view.target).role is DatabaseRole.PRIMARY and bool(view.primary(view.home))


def _target(view: View) -> tuple[str, ...]:
    """Say what the target cannot do without."""
    primary, _ = view.environment.framework(view.home)
    needed = (view.environment.dbms(view.target), primary)
    silent = [host for host in needed if not view.host(host.name).answers and not _given_power(view, host)]
    found = [
        f"{host.name}: does not answer and the target cannot do without it: {view.host(host.name).fault}"
        f"{_way_on(view, host)}"
        for host in silent
    ]
    found += half_made(view)
    database = view.seen.database(view.target)
    if database.role not in (DatabaseRole.STANDBY, DatabaseRole.PRIMARY):
        name = view.environment.dbms(view.target).name
        found.append(f"{name}: is {database.role}, no standby that could take over {database.fault}".rstrip())
    return tuple(found)


def _given_power(view: View, host: Host) -> bool:
    """Whether the failover itself switches it on: it rests so, and is known to be off."""
    return view.asleep(host) and not view.remaking and view.intent.runbook != "dbms_failover"


def _way_on(view: View, host: Host) -> str:
    """Say what lets a failover begin to a host that may rest without power, and that it does not switch on itself."""
    if view.remaking and view.asleep(host):
        return f"; a copy was being made: switch it on at {host.hypervisor.power}, and if it answers as itself, go on"
    if not view.environment.rests_off(host) or view.host(host.name).power is not Power.UNKNOWN:
        return ""
    return f"; that it is off, as it may be, its power source does not say: repair {host.hypervisor.power}"


def _remembers(view: View) -> Iterator[str]:
    """Name what runs beside the target's DBMS and remembers the one that is given up: it would go on with that.

    A framework that was moved alone is in the target already; only hands stop it before its database follows.
    """
    record = view.seen.record
    if view.intent.runbook == "dbms_failover" or record is None:
        return
    if record.framework != view.home or record.data == view.target:
        return
    for kind in ("scs", "confserv"):
        for host in view.environment.framework(view.home):
            if view.runs(host.name, kind) is not False and view.host(host.name).power is not Power.OFF:
                way = f"systemctl stop {part_of(host, kind).unit}, or power it off; SCS on both hosts first"
                yield f"{host.name}: {kind} remembers the database of {record.data}, and would go on with it: {way}"


def _unfenceable(view: View) -> tuple[str, ...]:
    """Name writers that are seen alive and cannot be reached: a waiver is for those that nobody can see."""
    writers = view.writers
    names = [host.name for host in writers if view.promised_level(host) is Fence.WAIVED and view.alive(host)]
    return tuple(
        f"{name}: takes writes, but neither it nor its power source answers: reach one first" for name in names
    )


def forbidden(view: View) -> tuple[str, ...]:
    """Say what of the present state no failover would mend."""
    verdict, way = classify(situation(_without_bubble(view)))
    record = view.seen.record
    if verdict == "forbidden":
        return (f"the present state is forbidden: {way}",)
    if record is None or done(view):
        return ()
    if record.data == view.target and view.intent.runbook == "dbms_failover":
        return (f"{view.target} has the active DBMS already: mend it; a failover to it is no remedy",)
    if record.active != view.target or view.intent.runbook == "dbms_failover":
        return ()
    if record.data != view.target:
        return (_its_database(view),)
    return (f"{view.target} is already the active region: start its framework; a failover to it is no remedy",)


def _without_bubble(view: View) -> View:
    """Return what is judged: a bubble that this failover takes down first leads nothing, however whole its walls."""
    if not view.intent.bursts:
        return view
    hosts = {host.name: view.host(host.name) for host in view.environment.framework(view.home)}
    ended = {name: _ended(seen) for name, seen in hosts.items() if seen.walls is not None and seen.walls.case}
    return replace(view, seen=replace(view.seen, hosts={**view.seen.hosts, **ended}))


def _ended(seen: HostSeen) -> HostSeen:
    return replace(seen, components={kind: replace(part, running=False) for kind, part in seen.components.items()})


def _its_database(view: View) -> str:
    """Name the way to bring the database to a framework that is there already."""
    intent = replace(view.intent, runbook="dbms_failover", home=view.target)
    way = commands.run(view.environment.name, intent)
    return f"{view.target} has the framework already, its database is in {view.source}: move that alone: `{way}`"


def _planned(view: View) -> tuple[str, ...]:
    silent = [host for host in view.writers if not view.host(host.name).answers and not view.asleep(host)]
    found = [
        f"{host.name}: does not answer; a planned switchover stops it in order: use mode unplanned" for host in silent
    ]
    return (*found, *behind(view), *unwritable(view))


def behind(view: View) -> Iterator[str]:
    """Say why draining the source would lose writes."""
    target, database = view.environment.dbms(view.target).name, view.seen.database(view.target)
    if database.role is DatabaseRole.STANDBY and not database.streaming:
        known = "is not streaming" if database.streaming is False else "does not say whether it streams"
        yield f"{target}: {known}: a planned switchover would lose writes {database.fault}".rstrip()
    lag, most = lag_s(view.seen, view.target), view.environment.objectives.rpo_s
    if lag is None:
        yield f"{target}: lag is unknown: {why_unknown(view.seen, view.target)}"
    elif lag > most:
        yield f"{target}: lag is {lag:.0f} s, the objective is {most:.0f} s: wait for it to catch up"


def _unneeded(view: View) -> tuple[str, ...]:
    """S3: a single lost member of an HA pair is the pair's business; a region that works is switched over."""
    if not view.primary(view.source) or view.seen.database(view.source).role is not DatabaseRole.PRIMARY:
        return ()
    lost = [host.name for host in view.environment.framework(view.source) if _lost(view, host)]
    if lost:
        what = f"lost, but {view.source} still has its Primary"
        return (f"{', '.join(lost)}: {what}: that is the HA pair's business, do not fail over",)
    return (f"{view.source}: its Primary and its DBMS work: use mode planned",)


def _lost(view: View, host: Host) -> bool:
    return not view.runs(host.name, "confserv")
