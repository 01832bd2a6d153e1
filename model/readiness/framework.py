"""The framework: one Primary, one Backup, clients in normal mode, a dormant region behind its guard."""

from collections.abc import Iterator

from model.environment.document import Host
from model.environment.environment import REGION_KEYS, other
from model.observation import Guard, Power
from model.readiness.blocked import EVERY, LIVING, NOTHING, data_in, unless_off
from model.readiness.line import Check, Line
from model.view import View

PRIMARY = Check("one Primary", "observe", "start the pair, or stop the second Primary at once", LIVING, EVERY)
BACKUP = Check("one Backup", "framework", "start the backup: the HA pair has no second half", NOTHING)
RUNS = Check("component runs", "framework", "start it, or find out why the Management Layer does not", NOTHING)
SLEEPS = Check("component sleeps", "framework", "stop it: a dormant region must not run what writes")
ONE_SCS = Check("SCS sleeps (V7)", "framework", "stop it: two MAIN SCS compete for the same hosts")
GUARD_OPEN = Check("guard open", "framework", "a reboot would not start it: check 53/tcp to the writer", NOTHING)
GUARD_CLOSED = Check("guard closed", "fence", "install gdr-guard: else a reboot starts a second master")
PROXY = Check("proxy in normal mode", "prove", "look at its log, its names, the path to the Primary", NOTHING)

AWAKE = ("lca", "scs", "message_server")
ASLEEP = ("lca", "confserv", "message_server")


def pair(view: View) -> Iterator[Line]:
    """Judge the active pair: exactly one Primary and one Backup."""
    hosts = view.environment.framework(view.source)
    roles = [view.is_primary(host) for host in hosts]
    found = ", ".join(f"{host.name} {_role(view, host)}" for host in hosts)
    yield PRIMARY.judged(view.source, _exactly_one(roles), found, EVERY if roles.count(True) > 1 else LIVING)
    yield BACKUP.judged(view.source, _exactly_one([_is_backup(view, host) for host in hosts]), found)


def _exactly_one(answers: list[bool | None]) -> bool | None:
    if answers.count(True) > 1:
        return False
    return None if None in answers else answers.count(True) == 1


def _is_backup(view: View, host: Host) -> bool | None:
    part, runs = view.host(host.name).component("confserv"), view.runs(host.name, "confserv")
    if not runs:
        return runs
    return None if part.run_mode is None else part.run_mode == "Backup"


def _role(view: View, host: Host) -> str:
    if view.inside(host.name):
        return "within a bubble"
    part = view.host(host.name).component("confserv")
    if not part.running:
        return "unknown" if part.running is None else "stopped"
    return f"{part.run_mode or 'role unknown'} ({part.status or 'status unknown'})"


def components(view: View) -> Iterator[Line]:
    """Judge that the active region's other components run and the dormant region's do not."""
    for host in view.environment.framework(view.source):
        yield from (_runs(view, host, kind) for kind in AWAKE)
    for host in view.environment.framework(view.target):
        yield from (_sleeps(view, host, kind, SLEEPS) for kind in ASLEEP)
        yield _sleeps(view, host, "scs", ONE_SCS)


def _runs(view: View, host: Host, kind: str) -> Line:
    return RUNS.judged(f"{host.name} {kind}", view.runs(host.name, kind), _state(view, host, kind))


def _sleeps(view: View, host: Host, kind: str, check: Check) -> Line:
    runs = view.runs(host.name, kind)
    return check.judged(f"{host.name} {kind}", None if runs is None else not runs, _state(view, host, kind))


def _state(view: View, host: Host, kind: str) -> str:
    words = {True: "listens", False: "does not run", None: view.host(host.name).fault or "unknown"}
    return words[view.runs(host.name, kind)]


def guards(view: View) -> Iterator[Line]:
    """Judge the boot guards: open where the region is active, closed where it sleeps; a DBMS has its own region."""
    known, here = view.environment, data_in(view)
    for host in (known.dbms(here), *known.framework(view.source)):
        yield _guard(view, host, GUARD_OPEN, Guard.OPEN)
    asked = [host for host in known.framework(view.target) if not view.asleep(host)]  # of others: the guard in force
    for host in (known.dbms(other(here)), *asked):
        yield _guard(view, host, GUARD_CLOSED, Guard.CLOSED)


def _guard(view: View, host: Host, check: Check, wanted: Guard) -> Line:
    seen, blocks = view.host(host.name), unless_off(view, host.name, check.blocks)
    if seen.power is Power.OFF or seen.guard is Guard.UNKNOWN:
        return check.judged(host.name, None, seen.fault or "unknown", blocks)
    silent = seen.guard is Guard.SILENT and wanted is Guard.CLOSED
    found = "silent: it stays closed, but hears no record" if silent else str(seen.guard)
    return check.judged(host.name, seen.guard is wanted, found, blocks)


def proxies(view: View) -> Iterator[Line]:
    """Judge every Configuration Server Proxy of both regions."""
    for key in REGION_KEYS:
        for host in view.environment.hosts(key, "application"):
            part = view.proxy(host)
            seen = part.running is False or (part.running and part.status is not None)
            holds = view.normal(host, view.source) if seen else None
            yield PROXY.judged(host.name, holds, _proxy(view, host))


def _proxy(view: View, host: Host) -> str:
    part, seen = view.proxy(host), view.host(host.name)
    if part.running is None:
        return seen.fault or "unknown"
    peers = ", ".join(sorted(seen.peers)) or "nobody"
    return f"{part.status or 'status unknown'}, connected to {peers}" if part.running else "does not run"
