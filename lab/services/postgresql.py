"""PostgreSQL: region 1's primary, region 2's standby, and the accounts both know."""

import pathlib
from typing import Any

from lab import disk as disks
from lab import root
from lab.command import run
from lab.credentials import Credentials
from lab.topology import Host, Topology

CLUSTER = "15/main"
UNIT = "postgresql@15-main.service"  # the one that runs the server; postgresql.service is a name for all of them
DATA = f"var/lib/postgresql/{CLUSTER}"
CONFIG = f"etc/postgresql/{CLUSTER}"
REPLICA = "replica"
LOG_ACCOUNT = "genlog"
CONTROL_DATA = "var/lib/postgresql/data"
_SCHEMA = pathlib.Path(__file__).with_name("config_database.sql")
_CONTROL_UNIT = f"""\
[Unit]
Description=PostgreSQL behind the Prefect server
After=network.target
ConditionPathExists=/{CONTROL_DATA}/PG_VERSION
[Service]
Type=notify
User=postgres
ExecStart={root.POSTGRESQL_BIN}/postgres -D /{CONTROL_DATA}
ExecReload=/bin/kill -HUP $MAINPID
RuntimeDirectory=postgresql
KillSignal=SIGINT
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=60
[Install]
WantedBy=multi-user.target
"""
_PLACES = """\
data_directory = '/var/lib/postgresql/{cluster}'
hba_file = '/etc/postgresql/{cluster}/pg_hba.conf'
ident_file = '/etc/postgresql/{cluster}/pg_ident.conf'
external_pid_file = '/run/postgresql/{name}.pid'
"""
SETTINGS = """\
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '/run/postgresql'
shared_buffers = 32MB
dynamic_shared_memory_type = posix
min_wal_size = 32MB
password_encryption = scram-sha-256
log_destination = stderr
logging_collector = off
log_connections = on
"""
_REPLICATION = """\
wal_level = replica
max_wal_senders = 10
max_replication_slots = 10
wal_log_hints = on
wal_keep_size = 64MB
max_slot_wal_keep_size = 512MB
hot_standby = on
synchronous_standby_names = ''
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
wal_retrieve_retry_interval = 100ms
"""


def slot(standby: Host) -> str:
    """Name the slot through which a standby is fed; `-` is not allowed in it."""
    return standby.name.replace("-", "_")


def install(disk: pathlib.Path, topology: Topology, host: Host, secrets: Credentials) -> None:
    """Put a region's database on a disk: the first region's as primary, any other as its standby."""
    _put_debian_cluster(disk, topology)
    primary = topology.database(topology.regions[0])
    if host != primary:
        _make_standby(disk, topology, host, primary)
    owner = disks.uid(disk, "postgres")
    lines = [f"{other.address}:*:*:{REPLICA}:{secrets.replica_password}\n" for other in topology.with_role("dbms")]
    disks.write(disk, "var/lib/postgresql/.pgpass", "".join(lines), mode=0o600, owner=owner)


def _put_debian_cluster(disk: pathlib.Path, topology: Topology) -> None:
    """Lay a cluster out as Debian does, with the settings that docs/operate.md asks for."""
    settings = SETTINGS.format(listen="*", port=topology.database_port) + _REPLICATION
    put_stock_cluster(disk, settings, _access(topology))


def put_stock_cluster(disk: pathlib.Path, settings: str, access: str, cluster: str = CLUSTER) -> None:
    """Lay a cluster out as Debian does: its own units and its generator start it, at boot and by hand."""
    owner, config = disks.uid(disk, "postgres"), f"etc/postgresql/{cluster}"
    places = _PLACES.format(cluster=cluster, name=cluster.replace("/", "-"))
    _copy_cluster(disk, f"var/lib/postgresql/{cluster}", root.cluster())
    disks.folder(disk, f"{config}/conf.d", owner=owner)
    disks.write(disk, f"{config}/postgresql.conf", places + settings, owner=owner)
    disks.write(disk, f"{config}/pg_hba.conf", access, mode=0o640, owner=owner)
    disks.write(disk, f"{config}/pg_ident.conf", "", mode=0o640, owner=owner)
    disks.write(disk, f"{config}/start.conf", "auto\n", owner=owner)
    disks.folder(disk, "var/log/postgresql", owner=owner)
    generator = disk / "etc/systemd/system-generators/postgresql-generator"
    generator.unlink(missing_ok=True)  # the root masks every generator
    wanted = disks.folder(disk, "etc/systemd/system/multi-user.target.wants") / "postgresql.service"
    if not wanted.is_symlink():
        wanted.symlink_to("/usr/lib/systemd/system/postgresql.service")


def _copy_cluster(disk: pathlib.Path, data: str, cluster: pathlib.Path) -> None:
    """Copy a prepared cluster onto a disk; the copy saves an initdb per host."""
    owner = disks.uid(disk, "postgres")
    for folder in reversed(pathlib.PurePath(data).parents[:-3]):
        disks.folder(disk, str(folder), owner=owner)
    run("cp", "-a", str(cluster), str(disk / data))


def put_control_cluster(disk: pathlib.Path, settings: str, access: str, cluster: pathlib.Path) -> None:
    """Give the control host's Prefect server its database, under a unit that says when it is ready."""
    owner = disks.uid(disk, "postgres")
    _copy_cluster(disk, CONTROL_DATA, cluster)
    disks.write(disk, f"{CONTROL_DATA}/lab.conf", settings, mode=0o600, owner=owner)
    disks.write(disk, f"{CONTROL_DATA}/pg_hba.conf", access, mode=0o600, owner=owner)
    with (disk / CONTROL_DATA / "postgresql.conf").open("a") as file:
        file.write("include 'lab.conf'\n")
    disks.unit(disk, "postgresql.service", _CONTROL_UNIT)


def _access(topology: Topology) -> str:
    """Render pg_hba.conf: framework hosts and ctl as the account, ctl as observer, the peers as replica."""
    (control,) = topology.with_role("control")
    writers = [*topology.with_role("framework_primary", "framework_backup"), control]
    lines = [
        "local all all peer",
        *(f"host {topology.config_database} genesys {host.address}/32 scram-sha-256" for host in writers),
        *(f"host {name} {LOG_ACCOUNT} {host.address}/32 scram-sha-256" for name, host in _loggers(topology)),
        f"host all gdr_observer {control.address}/32 scram-sha-256",
        *(
            f"host replication,postgres {REPLICA} {host.address}/32 scram-sha-256"
            for host in topology.with_role("dbms")
        ),
    ]
    return "\n".join(lines) + "\n"


def _loggers(topology: Topology) -> list[tuple[str, Host]]:
    """List who may write into a log database of this DBMS: the hosts with a log message server."""
    if topology.log is None or topology.log_servers:
        return []
    return [(topology.log["database"], host) for host in topology.hosts if host.logs]


def _make_standby(disk: pathlib.Path, topology: Topology, host: Host, primary: Host) -> None:
    """Both clusters are copies of one that was shut down cleanly, so no base backup is needed."""
    owner = disks.uid(disk, "postgres")
    disks.write(disk, f"{DATA}/standby.signal", "", mode=0o600, owner=owner)
    conninfo = f"host={primary.address} port={topology.database_port} user={REPLICA} application_name={slot(host)}"
    settings = f"primary_conninfo = '{conninfo}'\nprimary_slot_name = '{slot(host)}'\n"
    disks.write(disk, f"{DATA}/postgresql.auto.conf", settings, mode=0o600, owner=owner)


def replication_sql(topology: Topology, secrets: Credentials) -> str:
    """Render what lets standbys in and lets them rewind; it comes first, for they are already knocking."""
    standbys = [topology.database(region) for region in topology.regions[1:]]
    rewind = ("pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)", "pg_read_binary_file(text)",
              "pg_read_binary_file(text, bigint, bigint, boolean)")  # fmt: skip
    return "\n".join((
        f"create role {REPLICA} login replication password '{secrets.replica_password}';",
        f"grant execute on function {', '.join(rewind)} to {REPLICA};",
        *(f"select pg_create_physical_replication_slot('{slot(host)}', true);" for host in standbys),
    ))  # fmt: skip


def accounts_sql(topology: Topology, secrets: Credentials) -> str:
    """Render the accounts and the Configuration Database."""
    name = topology.config_database
    return "\n".join((
        f"create role genesys login password '{secrets.account_password}';",
        f"create role gdr_observer login password '{secrets.observer_password}';",
        "grant pg_monitor to gdr_observer;",
        f'create database "{name}" owner genesys;',
        f'grant connect on database "{name}" to gdr_observer;',
        f'\\connect "{name}"',
        "set role genesys;",
        "begin;",  # a Configuration Server that knocks meanwhile would load tables that are still empty
        init_script(topology),
        "commit;",
        *_log_sql(topology, secrets),
    ))  # fmt: skip


def _log_sql(topology: Topology, secrets: Credentials) -> list[str]:
    """Render the log database, where this DBMS has one."""
    if topology.log is None or topology.log_servers:
        return []
    return ["reset role;", *log_table(topology.log, secrets)]


def log_table(log: dict[str, Any], secrets: Credentials) -> list[str]:
    """Render a table as the vendor's, in a database of its own account."""
    name = log["database"]
    return [
        f"create role {LOG_ACCOUNT} login password '{secrets.account_password}';",
        f'create database "{name}" owner {LOG_ACCOUNT};',
        f'\\connect "{name}"',
        f"set role {LOG_ACCOUNT};",
        log_script(log),
        f"grant select on {log['rows']['table']} to gdr_observer;",
    ]


def log_script(log: dict[str, Any]) -> str:
    """Render the script that makes the table, as the vendor's media have one."""
    rows = log["rows"]
    return "\n".join((
        f"create table {rows['table']} ({rows['host']} text not null, {rows['at']} timestamptz not null,",
        f"messagetext text not null, primary key ({rows['host']}, messagetext));",
        f"create index on {rows['table']} ({rows['at']});",
    ))  # fmt: skip


def init_script(topology: Topology) -> str:
    """Render the script that makes the tables, as the vendor's media have one."""
    return "\n".join((_SCHEMA.read_text(), *_contents(topology)))


def _contents(topology: Topology) -> list[str]:
    """Fill the tables with the topology itself, as a Configuration Database describes its own site."""
    hosts = [host for host in topology.hosts if host.region and host.role != "dbms"]
    parts = [(host, part) for host in hosts for part in host.components if part.kind != "lca"]
    rows = {
        "cfg_host (dbid, name, ip_address, lca_port)": [
            f"{number}, '{host.name}', '{host.name}', {_lca_port(host)}" for number, host in enumerate(hosts, 101)
        ],
        "cfg_application (dbid, name, type)": [
            f"{number}, '{part.unit}-{host.name}', '{part.kind}'" for number, (host, part) in enumerate(parts, 201)
        ],
        "cfg_app_option (dbid, app_dbid, section, opt, val)": [
            f"{number}, {number}, 'server', 'port', '{part.port}'" for number, (_, part) in enumerate(parts, 201)
        ],
    }
    if topology.log:  # what the site's Solution Control Servers start by themselves
        rows["cfg_application (dbid, name, type)"].append("111, 'log-message-server', 'log_message_server'")
        rows["cfg_flex_prop"] = ["3, 111, 9, 'sml', 'autostart', 'true'"]
    return [f"insert into {table} values ({row});" for table, found in rows.items() for row in found]  # noqa: S608  # ours


def _lca_port(host: Host) -> int:
    return next(part.port for part in host.components if part.kind == "lca")
