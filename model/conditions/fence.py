"""What must hold before and after the source is stopped and fenced."""

from model.conditions.registry import condition
from model.observation import DatabaseRole, Power
from model.step import Step
from model.view import View


@condition("target database")
def target_can_take_over(view: View, _step: Step) -> str | None:
    """The target's DBMS is a standby or already primary."""
    database = view.seen.database(view.target)
    if database.role in (DatabaseRole.STANDBY, DatabaseRole.PRIMARY):
        return None
    name = view.environment.dbms(view.target).name
    return f"{name}: is {database.role}: neither standby nor primary {database.fault}".rstrip()


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
    for host in view.environment.framework(view.away):
        if view.runs(host.name, kind) is not False:
            return f"{host.name}: {kind} is not proven stopped"
    return None


@condition("source framework")
def source_scs_stopped(view: View, _step: Step) -> str | None:
    """No Solution Control Server runs in the source: it would restart what is stopped."""
    return _all_stopped(view, "scs")


@condition("source framework")
def answering_scs_stopped(view: View, _step: Step) -> str | None:
    """No Solution Control Server runs on a host of the source that answers."""
    hosts = [host.name for host in view.environment.framework(view.away) if view.host(host.name).answers]
    found = [name for name in hosts if view.runs(name, "scs") is not False]
    return f"{', '.join(found)}: scs is not proven stopped" if found else None


@condition("source framework")
def source_backup_stopped(view: View, _step: Step) -> str | None:
    """The source's backup Configuration Server is stopped: it would take over from the primary."""
    backup = view.environment.framework(view.away)[1]
    return None if view.runs(backup.name, "confserv") is False else f"{backup.name}: confserv is not proven stopped"


@condition("source framework")
def source_confserv_stopped(view: View, _step: Step) -> str | None:
    """No Configuration Server runs in the source."""
    return _all_stopped(view, "confserv")


@condition("host", "power")
def closed_to_framework(view: View, step: Step) -> str | None:
    """The DBMS port is closed to the framework hosts that are to be shut out, seen in its host's own rules."""
    if view.host(step.host).power is Power.OFF:
        return None
    return not_closed(view, step.host, frozenset(view.shut_out(view.environment.region_of(step.host))))


def not_closed(view: View, name: str, addresses: frozenset[str]) -> str | None:
    """Say to whom of these a host's DBMS port is not closed. Rules nobody could read close nothing."""
    port, seen = view.environment.database.port, view.host(name)
    shut = seen.shut_out(port)
    if shut is None:
        return f"{name}: {port}/tcp: whom its rules shut out is unknown {seen.fault}".rstrip()
    missing = addresses - shut
    return f"{name}: {port}/tcp is not closed to {', '.join(sorted(missing))}" if missing else None


@condition("database")
def no_framework_sessions(view: View, step: Step) -> str | None:
    """No framework host that is to be shut out holds a database session."""
    region = view.environment.region_of(step.host)
    database = view.seen.database(region)
    if database.role is DatabaseRole.STOPPED:
        return None
    if database.sessions is None:
        return f"{step.host}: sessions are unknown {database.fault}".rstrip()
    held = sorted(set(database.sessions) & set(view.shut_out(region)))
    return f"{step.host}: sessions from {', '.join(held)}" if held else None


@condition("target database")
def given_up_holds_no_session(view: View, _step: Step) -> str | None:
    """No framework host that is given up holds a session of the DBMS that is used in the end: it would come alive."""
    name, sessions = view.environment.dbms(view.target).name, view.seen.database(view.target).sessions
    if sessions is None:
        return f"{name}: sessions are unknown {view.seen.database(view.target).fault}".rstrip()
    held = sorted(set(sessions) & set(view.shut_out(view.target)))
    return f"{name}: sessions from {', '.join(held)}" if held else None


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
        name = view.environment.dbms(view.target).name
        return f"{name}: received {received}, the source ended at {last}: unknown is not enough"
    return (
        None if received > last else f"{view.environment.dbms(view.target).name}: {last - received} bytes are missing"
    )


@condition("host")
def replication_blocked(view: View, step: Step) -> str | None:
    """The survivor's DBMS port is closed to the source's DBMS."""
    return not_closed(view, step.host, frozenset({str(view.environment.dbms(view.source).address)}))


@condition("target database host")
def closed_to_source(view: View, _step: Step) -> str | None:
    """The survivor's DBMS port is closed to the source's framework hosts."""
    source = frozenset(str(host.address) for host in view.environment.framework(view.away))
    return not_closed(view, view.environment.dbms(view.target).name, source)


@condition()
def fence_waived(view: View, step: Step) -> str | None:
    """A named person waived the proof that this writer is fenced."""
    return None if step.host in view.waived else f"{step.host}: nobody has waived its fence"


@condition("source framework", "source database")
def source_fenced(view: View, _step: Step) -> str | None:
    """Every writer of the source is fenced: off, stopped as seen from the host itself, or waived by name and unseen."""
    open_ = [host for host in view.writers if view.fence_level(host) is None]
    if not open_:
        return None
    alive = [host.name for host in open_ if host.name in view.waived]
    ended = f"; a waiver ends where the writer is seen alive: {', '.join(alive)}" if alive else ""
    return f"{', '.join(host.name for host in open_)}: not fenced{ended}"
