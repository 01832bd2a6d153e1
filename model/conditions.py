"""Preconditions and proofs by name. Each returns None when it holds, else why not: the reason an operator reads.

The first line of a docstring is the condition's text in the printed runbook. Ignorance never holds.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from model.environment.document import Host
from model.observation import DatabaseRole, Guard, Power
from model.step import Step
from model.view import View

Condition = Callable[[View, Step], str | None]
Part = Literal[
    "record",
    "writer",
    "server",
    "power",
    "host",
    "database",
    "region",
    "source framework",
    "source database",
    "target framework",
    "target database",
]
CONDITIONS: dict[str, Condition] = {}
SEES: dict[str, tuple[Part, ...]] = {}


def condition(*parts: Part) -> Callable[[Condition], Condition]:
    """Register a condition under its name, with the parts of the world it must see."""

    def register(check: Condition) -> Condition:
        CONDITIONS[check.__name__] = check
        SEES[check.__name__] = parts
        return check

    return register


def failing(names: Iterable[str], view: View, step: Step) -> tuple[str, ...]:
    """Return why the named conditions do not hold; empty when all do."""
    reasons = (CONDITIONS[name](view, step) for name in names)
    return tuple(reason for reason in reasons if reason is not None)


def text_of(name: str) -> str:
    """Return the condition in the runbook's words."""
    return (CONDITIONS[name].__doc__ or name).strip().splitlines()[0].rstrip(".")


def _host(view: View, step: Step) -> Host:
    return view.environment.host(step.host)


# --- the record and the epoch ---


@condition("record")
def epoch_is_ours(view: View, _step: Step) -> str | None:
    """The activation record names this process's epoch."""
    record = view.seen.record
    if record is None:
        return f"{view.environment.writer.name}: no activation record: {view.seen.record_fault}"
    if view.epoch is None or record.epoch != view.epoch:
        return f"{view.environment.record_name}: epoch is {record.epoch}, ours is {view.epoch}: another process has taken over"
    return None


@condition("record")
def record_is_steady(view: View, _step: Step) -> str | None:
    """The activation record is steady with the target active."""
    record = view.seen.record
    if record is None or (record.state, record.active) != ("steady", view.target):
        return f"{view.environment.record_name}: not yet steady in {view.target}"
    return None


# --- fence ---


@condition("target database")
def target_can_take_over(view: View, _step: Step) -> str | None:
    """The target's DBMS is a standby or already primary."""
    database = view.seen.database(view.target)
    if database.role in (DatabaseRole.STANDBY, DatabaseRole.PRIMARY):
        return None
    return f"{view.environment.dbms(view.target).name}: is {database.role}: neither standby nor primary {database.fault}".rstrip()


@condition("power")
def host_is_off(view: View, step: Step) -> str | None:
    """The host is off, said by a power source outside its region."""
    power = view.host(step.host).power
    return None if power is Power.OFF else f"{step.host}: power is {power}"


@condition("host")
def host_answers(view: View, step: Step) -> str | None:
    """The host answers."""
    seen = view.host(step.host)
    return None if seen.answers else f"{step.host}: does not answer: {seen.fault}"


@condition("host", "power")
def component_stopped(view: View, step: Step) -> str | None:
    """The component does not run and nothing listens on its port, seen from the host itself."""
    return None if view.runs(step.host, step.unit) is False else f"{step.host}: {step.unit} is not proven stopped"


def _all_stopped(view: View, kind: str) -> str | None:
    for host in view.environment.framework(view.source):
        if view.runs(host.name, kind) is not False:
            return f"{host.name}: {kind} is not proven stopped"
    return None


@condition("source framework")
def source_scs_stopped(view: View, _step: Step) -> str | None:
    """No Solution Control Server runs in the source: it would restart what is stopped."""
    return _all_stopped(view, "scs")


@condition("source framework")
def source_backup_stopped(view: View, _step: Step) -> str | None:
    """The source's backup Configuration Server is stopped: it would take over from the primary."""
    backup = view.environment.framework(view.source)[1]
    return None if view.runs(backup.name, "confserv") is False else f"{backup.name}: confserv is not proven stopped"


@condition("source framework")
def source_confserv_stopped(view: View, _step: Step) -> str | None:
    """No Configuration Server runs in the source."""
    return _all_stopped(view, "confserv")


@condition("host", "power")
def closed_to_framework(view: View, step: Step) -> str | None:
    """The DBMS port is closed to all four framework hosts, seen in its host's own rules."""
    missing = set(view.environment.framework_addresses()) - view.host(step.host).blocked.get(
        view.environment.database.port, frozenset()
    )
    if view.host(step.host).power is Power.OFF or not missing:
        return None
    return f"{step.host}: {view.environment.database.port}/tcp is not closed to {', '.join(sorted(missing))}"


@condition("database")
def no_framework_sessions(view: View, step: Step) -> str | None:
    """No framework host holds a database session."""
    database = view.seen.database(view.environment.region_of(step.host))
    if database.role is DatabaseRole.STOPPED:
        return None
    if database.sessions is None:
        return f"{step.host}: sessions are unknown {database.fault}".rstrip()
    held = sorted(set(database.sessions) & set(view.environment.framework_addresses()))
    return f"{step.host}: sessions from {', '.join(held)}" if held else None


@condition("target database")
def standby_streams(view: View, _step: Step) -> str | None:
    """The target's standby is streaming, so that a clean stop drains to it."""
    database = view.seen.database(view.target)
    if database.role is DatabaseRole.PRIMARY or database.streaming:
        return None
    return f"{view.environment.dbms(view.target).name}: is not streaming {database.fault}".rstrip()


@condition("database")
def database_stopped_clean(view: View, step: Step) -> str | None:
    """The source's DBMS was shut down cleanly, said by its control file."""
    database = view.seen.database(view.environment.region_of(step.host))
    if database.role is DatabaseRole.STOPPED and database.clean:
        return None
    return f"{step.host}: is {database.role}, not proven cleanly stopped {database.fault}".rstrip()


@condition("source database", "target database")
def standby_has_all(view: View, _step: Step) -> str | None:
    """The target has received everything up to the source's shutdown checkpoint."""
    last, received = view.seen.database(view.source).checkpoint, view.seen.database(view.target).received
    if last is None or received is None:
        return f"{view.environment.dbms(view.target).name}: received {received}, the source ended at {last}: unknown is not enough"
    return (
        None if received > last else f"{view.environment.dbms(view.target).name}: {last - received} bytes are missing"
    )


@condition("host")
def replication_blocked(view: View, step: Step) -> str | None:
    """The survivor's DBMS port is closed to the source's DBMS."""
    source = str(view.environment.dbms(view.source).address)
    port = view.environment.database.port
    if source in view.host(step.host).blocked.get(port, frozenset()):
        return None
    return f"{step.host}: {port}/tcp is not closed to {source}"


@condition("host")
def closed_to_source(view: View, step: Step) -> str | None:
    """The survivor's DBMS port is closed to the source's framework hosts."""
    port = view.environment.database.port
    blocked = view.host(step.host).blocked.get(port, frozenset())
    missing = {str(host.address) for host in view.environment.framework(view.source)} - blocked
    return f"{step.host}: {port}/tcp is not closed to {', '.join(sorted(missing))}" if missing else None


@condition()
def fence_waived(view: View, step: Step) -> str | None:
    """A named person waived the proof that this writer is fenced."""
    return None if step.host in view.waived else f"{step.host}: nobody has waived its fence"


@condition("source framework", "source database")
def source_fenced(view: View, _step: Step) -> str | None:
    """Every writer of the source is fenced: off, stopped as seen from the host itself, or waived by name."""
    open_ = [host.name for host in view.environment.writers(view.source) if view.fence_level(host) is None]
    return f"{', '.join(open_)}: not fenced" if open_ else None


# --- database ---


@condition("target database")
def target_is_primary(view: View, _step: Step) -> str | None:
    """The target's DBMS is primary."""
    database = view.seen.database(view.target)
    if database.role is DatabaseRole.PRIMARY:
        return None
    return f"{view.environment.dbms(view.target).name}: is {database.role} {database.fault}".rstrip()


@condition("target database")
def no_commit_waits(view: View, _step: Step) -> str | None:
    """`synchronous_standby_names` of the new primary names nobody: a lost name would hang every commit."""
    names = view.seen.database(view.target).sync_names
    return None if names == "" else f"{view.environment.dbms(view.target).name}: synchronous_standby_names is {names!r}"


@condition("host")
def open_to_target(view: View, step: Step) -> str | None:
    """The DBMS port is open to the target's framework hosts, seen in its host's own rules."""
    seen = view.host(step.host)
    if not seen.answers:
        return f"{step.host}: does not answer: {seen.fault}"
    ours = {str(host.address) for host in view.environment.framework(view.target)}
    closed = ours & seen.blocked.get(view.environment.database.port, frozenset())
    return f"{step.host}: still closed to {', '.join(sorted(closed))}" if closed else None


# --- framework ---


@condition("host")
def guard_open(view: View, step: Step) -> str | None:
    """The host's boot guard lets its region start."""
    guard = view.host(step.host).guard
    return None if guard is Guard.OPEN else f"{step.host}: boot guard is {guard}"


@condition("host")
def component_runs(view: View, step: Step) -> str | None:
    """The component listens on its port."""
    return None if view.runs(step.host, step.unit) else f"{step.host}: {step.unit} does not run"


@condition("host")
def lca_runs(view: View, step: Step) -> str | None:
    """The host's Local Control Agent runs."""
    return None if view.runs(step.host, "lca") else f"{step.host}: lca does not run"


@condition("target framework")
def target_has_primary(view: View, _step: Step) -> str | None:
    """One Configuration Server of the target is Primary and runs."""
    return None if view.primary(view.target) else f"{view.target}: no Configuration Server is proven Primary"


@condition("host")
def backup_is_paired(view: View, step: Step) -> str | None:
    """The Configuration Server runs, as Backup of a Primary or as Primary itself."""
    part = view.host(step.host).component("confserv")
    return None if part.running and part.run_mode in ("Primary", "Backup") else f"{step.host}: confserv has no role"


# --- names ---


@condition("writer", "record")
def names_moved(view: View, _step: Step) -> str | None:
    """The writing server answers the target's addresses and the record names the target active."""
    server, record = view.seen.server(view.environment.writer.name), view.seen.record
    if not _answers_target(view, server.addresses):
        return f"{view.environment.writer.name}: does not answer {view.target}'s addresses {server.fault}".rstrip()
    return None if record is not None and record.active == view.target else "the record does not name the target active"


@condition("server")
def server_agrees(view: View, step: Step) -> str | None:
    """The secondary answers the target's addresses."""
    server = view.seen.server(step.host)
    return (
        None if _answers_target(view, server.addresses) else f"{step.host}: answers otherwise {server.fault}".rstrip()
    )


def _answers_target(view: View, answers: object) -> bool:
    return answers == {name: (address,) for name, address in view.environment.addresses(view.target).items()}


# --- clients ---


@condition("host")
def resolves_to_target(view: View, step: Step) -> str | None:
    """The host's own resolver answers the target's addresses."""
    if view.resolves(step.host, view.target):
        return None
    return f"{step.host}: resolves {dict(view.host(step.host).names)} {view.host(step.host).fault}".rstrip()


@condition("host", "target framework")
def younger_than_primary(view: View, step: Step) -> str | None:
    """The component was started after the new Primary, so that it holds nothing the database lacks."""
    part = view.host(step.host).component(step.unit)
    ages = [view.host(host.name).component("confserv").age_s for host in view.environment.framework(view.target)]
    oldest = max((age for age in ages if age is not None), default=None)
    if part.running and part.age_s is not None and oldest is not None and part.age_s < oldest:
        return None
    return f"{step.host}: {step.unit} is older than the new Primary, or that is unknown"


@condition("host")
def proxy_normal(view: View, step: Step) -> str | None:
    """The host's proxy is connected to the target's master and no longer read-only."""
    return (
        None
        if view.normal(_host(view, step), view.target)
        else f"{step.host}: proxy is not in normal mode on {view.target}"
    )


@condition("region")
def others_serve(view: View, step: Step) -> str | None:
    """Another proxy of the region is in normal mode, or there is no other that answers."""
    region = view.environment.region_of(step.host)
    others = [host for host in view.living(region) if host.name != step.host]
    if not others or any(view.normal(host, view.target) for host in others):
        return None
    return f"{region}: no other proxy serves while {step.host} restarts"


@condition("region")
def region_serves(view: View, step: Step) -> str | None:
    """At least one proxy of the region is in normal mode on the target."""
    hosts = view.environment.hosts(step.host, "application")  # type: ignore[arg-type]  # the step's host is a region
    return None if any(view.normal(host, view.target) for host in hosts) else f"{step.host}: no proxy is in normal mode"


@condition("target database")
def canary_committed(view: View, _step: Step) -> str | None:
    """A row of this case, written as the Configuration Server account, is committed in the target's database."""
    database = view.seen.database(view.target)
    if view.case in database.canaries:
        return None
    return f"{view.environment.dbms(view.target).name}: canary of case {view.case} not found {database.fault}".rstrip()
