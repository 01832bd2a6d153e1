"""Bring a laboratory up: phase by phase, each with its seconds, and done only when everything answers."""

import concurrent.futures
import contextlib
import functools
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from lab import build as builds
from lab import credentials as secrets
from lab import host as hosts
from lab import network, preflight, root, state, supervisor, teardown, web, wire
from lab.command import wait_until
from lab.credentials import Credentials
from lab.errors import LabError
from lab.identity import Identity
from lab.meter import phase
from lab.services import hostside, log_servers, postgresql, prefect
from lab.state import State
from lab.topology import FRAMEWORK_ROLES, Component, Host, Topology

T = TypeVar("T")
_DNS_S = 60
_DATABASE_S = 90
_FRAMEWORK_S = 90
_PREFECT_S = 180
DNS_PORT = 53
STANDARD_PORT = 5432
"""Where `psql` looks by itself."""
# The server waits within one statement: to ask it again and again costs a client and a server process each.
_STREAMING = """\
set statement_timeout = '10s';
do $$ begin
  while (select count(*) from pg_stat_replication where state = 'streaming') < {wanted} loop
    perform pg_sleep(0.02), pg_stat_clear_snapshot();
  end loop;
end $$;
"""


def up(lab: Identity, environment: pathlib.Path, owner: int, *, keep_failed: bool, bare: bool = False) -> None:
    """Bring a laboratory up; take down what there is of it when that fails. A bare one has nothing deployed yet."""
    with phase(lab, "checks"):
        preflight.require()
        if preflight.is_debris(lab):
            print(f"  laboratory {lab.id}: nothing of it runs any more: removing what is left of it", flush=True)
            teardown.down(lab)
        preflight.require_clean(lab)
    with phase(lab, "private Debian root, compiled virtualenv"):
        in_parallel(lambda prepare: prepare(), (root.ensure, prefect.compile_code))
    kept = state.create(lab, environment)
    try:
        (_raise_bare if bare else _raise_all)(lab, kept)
    except BaseException:
        if keep_failed:
            with contextlib.suppress(LabError):  # it may have failed before there was a supervisor
                wire.ask(wire.supervisor(lab), "ready", "0")
        else:
            teardown.down(lab)
        raise
    wire.ask(wire.supervisor(lab), "ready", str(owner))


def _raise_all(lab: Identity, kept: State) -> None:
    topology = kept.topology
    credentials = _raise_hosts(lab, kept, bare=False)
    with phase(lab, "database, standby streaming"):
        _fill_database(lab, topology, credentials)
        wait_for_standby(lab, topology)
    if topology.log_servers:
        with phase(lab, "log servers, replicated both ways"):
            _fill_log_servers(lab, topology, credentials)
    with phase(lab, "DNS, blocks of the steady state"):
        wait_for_names(lab, topology)
        _block_dormant_databases(lab, topology)
    with phase(lab, "framework of the active region"):
        wait_for_framework(lab, topology)
    power_off(lab, topology.asleep)
    with phase(lab, "Prefect server and worker"):
        _raise_prefect(lab, kept)


def _raise_bare(lab: Identity, kept: State) -> None:
    _raise_hosts(lab, kept, bare=True)
    with phase(lab, "empty DBMS"):
        in_parallel(lambda host: _wait_for_postgresql(lab, host), kept.topology.with_role("dbms"))
    with phase(lab, "Prefect server and worker"):
        _raise_prefect(lab, kept)


def _raise_hosts(lab: Identity, kept: State, *, bare: bool) -> Credentials:
    topology = kept.topology
    with phase(lab, "secrets and networks"):
        # Until the end of `up`, the laboratory belongs to this process and goes with it.
        supervisor.start(lab, os.getpid())
        credentials = secrets.make(lab, topology)
        network.create_sites(lab, topology)
    (control,) = topology.with_role("control")
    build = functools.partial(builds.disk, lab, topology, credentials, bare=bare)
    with phase(lab, "control host: disk, power"):  # first, for its Prefect server takes longest
        build(control)
        supervisor.wait_for(lab)
        power_on(lab, [control])
    with phase(lab, f"{len(topology.hosts) - 1} hosts: disks, power"):
        boot(lab, topology, build)
    with phase(lab, "all hosts answer on SSH"):
        wait_for_hosts(lab, topology, topology.hosts)
    return credentials


def in_parallel(do: Callable[[T], object], some: Iterable[T]) -> None:
    """Do the same for several at once; the first failure is raised."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(do, some))


def boot(lab: Identity, topology: Topology, prepare: Callable[[Host], object] = lambda _: None) -> None:
    """Prepare and switch on every host but the control host, in the order in which they need each other."""

    def raise_one(host: Host) -> None:
        prepare(host)
        power_on(lab, [host])

    writer, *secondaries = topology.with_role("name_server")
    # Who does not hear the DNS writer asks again late: a boot guard after ten seconds, a secondary after a minute.
    askers = (*topology.with_role("dbms", *FRAMEWORK_ROLES), *secondaries)
    users = topology.with_role("application")
    in_parallel(raise_one, [host for host in topology.hosts if host.role != "control" and host not in askers + users])
    wait_for_dns(lab, topology, writer)
    in_parallel(raise_one, askers)
    in_parallel(raise_one, users)


def power_on(lab: Identity, some: Iterable[Host]) -> None:
    """Ask the supervisor to boot hosts."""
    in_parallel(lambda host: wire.ask(wire.supervisor(lab), "on", host.name), some)


def power_off(lab: Identity, some: Iterable[Host]) -> None:
    """Ask the supervisor to cut hosts' power."""
    in_parallel(lambda host: wire.ask(wire.supervisor(lab), "off", host.name), some)


def wait_for_hosts(lab: Identity, topology: Topology, some: Iterable[Host]) -> None:
    """Wait until every sshd answers."""
    in_parallel(lambda host: hosts.wait_for_ssh(lab, topology, host), some)


def _dig(lab: Identity, server: Host, kind: str, name: str) -> str:
    query = ["dig", f"@{server.address}", "+short", "+tries=1", "+time=1", kind, name]
    return "" if hosts.init_pid(lab, server) is None else hosts.execute(lab, server, query, check=False).stdout


def wait_for_dns(lab: Identity, topology: Topology, server: Host) -> None:
    """Wait for one name server. Boot guards ask the writer once, then again only after ten seconds."""

    def answers() -> bool:
        # To connect costs nothing beside a program that is entered into a host.
        listens = hosts.answers_on(lab, topology, server, DNS_PORT)
        return listens and bool(_dig(lab, server, "SOA", topology.zone))

    wait_until(f"{server.name}: zone {topology.zone}", answers, _DNS_S)


def wait_for_names(lab: Identity, topology: Topology) -> None:
    """Wait until every name server has the zone."""
    in_parallel(lambda server: wait_for_dns(lab, topology, server), topology.with_role("name_server"))


def _fill_database(lab: Identity, topology: Topology, credentials: Credentials) -> None:
    primary = topology.database(topology.regions[0])
    _wait_for_postgresql(lab, primary)
    for text in (
        postgresql.replication_sql(topology, credentials),
        postgresql.accounts_sql(topology, credentials),
    ):
        psql(lab, primary, text)


def _fill_log_servers(lab: Identity, topology: Topology, credentials: Credentials) -> None:
    """Make both before either follows the other."""
    servers, port = log_servers.hosts(topology), topology.log_port
    for render in (log_servers.database_sql, log_servers.replication_sql):
        for region, host in servers.items():
            _wait_for_postgresql(lab, host, port)
            psql(lab, host, render(topology, region, credentials), port)


def _wait_for_postgresql(lab: Identity, host: Host, port: int = STANDARD_PORT) -> None:
    ready = [f"{root.POSTGRESQL_BIN}/pg_isready", "-q", "-h", "/run/postgresql", "-p", str(port)]
    answers = lambda: hosts.execute(lab, host, ready, check=False).returncode == 0  # noqa: E731  (a condition)
    wait_until(f"{host.name}: PostgreSQL", answers, _DATABASE_S)


def psql(lab: Identity, host: Host, text: str, port: int = STANDARD_PORT) -> str:
    """Run SQL as the superuser on a database host."""
    argv = [f"{root.POSTGRESQL_BIN}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-p", str(port), "-d", "postgres"]
    return hosts.execute(lab, host, argv, user="postgres", stdin=text).stdout.strip()


def wait_for_standby(lab: Identity, topology: Topology) -> None:
    """Wait until every other region's database streams from the first one's."""
    primary = topology.database(topology.regions[0])
    wait = _STREAMING.format(wanted=len(topology.regions) - 1)

    def streams() -> bool:
        try:
            if hosts.answers_on(lab, topology, primary, topology.database_port):
                psql(lab, primary, wait)
                return True
        except LabError:
            pass  # not up yet; the deadline is the judge
        return False

    wait_until(f"{primary.name}: standby streaming", streams, _DATABASE_S)


def _block_dormant_databases(lab: Identity, topology: Topology) -> None:
    """Close the standby's port to every framework host, with the product's own command."""
    writers = [host.address for host in topology.hosts if host.is_framework]
    for region in topology.regions[1:]:
        block = [hostside.GDR_HOST, "1", "firewall-block", str(topology.database_port), *writers]
        hosts.execute(lab, topology.database(region), block)


def wait_for_framework(lab: Identity, topology: Topology) -> None:
    """Wait until both Configuration Servers of the active region say they run."""
    for host in topology.framework(topology.regions[0]):
        for part in host.components:
            if part.kind == "confserv" and part.status_command and _is_installed(lab, host, part.status_command[0]):
                _wait_for_running(lab, topology, host, part)


def _is_installed(lab: Identity, host: Host, program: str) -> bool:
    return (lab.disk(host.name) / program.lstrip("/")).exists()


def _wait_for_running(lab: Identity, topology: Topology, host: Host, part: Component) -> None:
    def runs() -> bool:
        listens = hosts.answers_on(lab, topology, host, part.port)
        return listens and "Status: Running" in hosts.execute(lab, host, part.status_command or (), check=False).stdout

    try:
        wait_until(f"{host.name}: Configuration Server", runs, _FRAMEWORK_S)
    except LabError as late:
        raise LabError(f"{late}\n{_last_words(lab, host, part)}") from None


def _last_words(lab: Identity, host: Host, part: Component) -> str:
    """Return what a host knows of a component that does not run, for the laboratory goes down after that."""
    unit = hosts.execute(lab, host, ["systemctl", "status", "--no-pager", "--lines=40", part.unit], check=False)
    status = hosts.execute(lab, host, part.status_command or (), check=False)
    log = lab.disk(host.name) / f"var/log/genesys/{part.unit}.log"
    known = log.read_text() if log.exists() else "no log"
    return "\n".join((unit.stdout, status.stdout + status.stderr, *known.splitlines()[-40:]))


def _raise_prefect(lab: Identity, kept: State) -> None:
    (control,) = kept.topology.with_role("control")
    if not prefect.template().is_dir():
        print("  first laboratory with this Prefect: migrating its database once", flush=True)
        prefect.migrate(lab, control)
        wait_until("Prefect server", lambda: web.is_healthy(kept.port), _PREFECT_S)
        prefect.keep_template(lab, control)
    wait_until("Prefect server", lambda: web.is_healthy(kept.port), _PREFECT_S)
    wait_until("gdr register (journalctl -u gdr-register on ctl)", lambda: _registers(lab, control), _PREFECT_S)
    wait_until("Prefect worker", lambda: web.has_worker(kept.port, secrets.load(lab).api_password), _PREFECT_S)
    print(f"  {web.address(kept.port)}, log in with what `python -m lab password` prints", flush=True)


def _registers(lab: Identity, control: Host) -> bool:
    """Wait for the end of what systemd has begun, instead of asking again and again; a unit that is done stays done."""
    return hosts.execute(lab, control, ["systemctl", "start", prefect.REGISTER], check=False).returncode == 0
