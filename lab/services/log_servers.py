"""Log servers under `cross`: one more PostgreSQL cluster on each region's DBMS host, replicated both ways.

It stands for what a site has (GoldenGate, a second availability group). Each publishes the rows of its own region's
hosts only, so that nothing that came from the other one is sent back: PostgreSQL 15 cannot tell by `origin`. Rows that
a region's hosts write at the other one, where GEO DNS sent them, therefore stay there.
"""

import pathlib

from lab.credentials import Credentials
from lab.errors import LabError
from lab.services.postgresql import LOG_ACCOUNT, SETTINGS, log_table, put_stock_cluster
from lab.topology import Host, Topology

CLUSTER = "15/logs"
UNIT = "postgresql@15-logs.service"
COPIES = "logcopy"
PUBLICATION = "own_rows"
_REPLICATION = """\
wal_level = logical
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
wal_retrieve_retry_interval = 500ms
"""


def hosts(topology: Topology) -> dict[str, Host]:
    """Return the host of each region's log server, none where there are none.

    Raises:
        LabError: One stands on a machine that the laboratory has not, or GEO DNS would have to answer a framework host.
    """
    found = {}
    if topology.log_servers and any(host.logs and host.is_framework for host in topology.hosts):
        raise LabError(f"{topology.file}: under cross the laboratory has GEO DNS for application hosts only")
    for region, address in topology.log_servers.items():
        found[region] = topology.database(region)
        if found[region].address != address:
            raise LabError(f"{topology.file}: log server {address}: the laboratory has one only on the DBMS host")
    return found


def install(disk: pathlib.Path, topology: Topology, host: Host) -> None:
    """Put a region's log server on the disk of its DBMS host, where there is one."""
    if host in hosts(topology).values():
        settings = SETTINGS.format(listen="*", port=topology.log_port) + _REPLICATION
        put_stock_cluster(disk, settings, _access(topology), CLUSTER)


def _access(topology: Topology) -> str:
    (control,) = topology.with_role("control")
    name = topology.log and topology.log["database"]
    lines = [
        "local all all peer",
        *(f"host {name} {LOG_ACCOUNT} {host.address}/32 scram-sha-256" for host in topology.with_role("application")),
        *(f"host {name} {COPIES} {host.address}/32 scram-sha-256" for host in topology.with_role("dbms")),
        f"host all gdr_observer {control.address}/32 scram-sha-256",
    ]
    return "\n".join(lines) + "\n"


def database_sql(topology: Topology, region: str, secrets: Credentials) -> str:
    """Render a region's log database, and what of it is for the other one."""
    return "\n".join((
        f"create role gdr_observer login password '{secrets.observer_password}';",
        "grant pg_monitor to gdr_observer;",
        *log_table(topology.log or {}, secrets),
        "reset role;",
        publication_sql(topology, region, secrets),
    ))  # fmt: skip


def publication_sql(topology: Topology, region: str, secrets: Credentials) -> str:
    """Render what of a region's log database is for the other one; the table is there."""
    log = topology.log or {}
    rows = log["rows"]
    names = ", ".join(f"'{host.name}'" for host in topology.with_role("application") if host.region == region)
    return "\n".join((
        f'\\connect "{log["database"]}"',
        f"create role {COPIES} login replication password '{secrets.replica_password}';",
        f"grant select on {rows['table']} to {COPIES};",
        f"create publication {PUBLICATION} for table {rows['table']} where ({rows['host']} in ({names}))",
        "with (publish = 'insert');",
    ))  # fmt: skip


def replication_sql(topology: Topology, region: str, secrets: Credentials) -> str:
    """Render what lets a region's log server follow the other one's."""
    log = topology.log or {}
    (publisher,) = (host for key, host in hosts(topology).items() if key != region)
    way = f"host={publisher.address} port={topology.log_port} dbname={log['database']} user={COPIES}"
    return "\n".join((
        f'\\connect "{log["database"]}"',
        f"create subscription of_{publisher.region} connection '{way} password={secrets.replica_password}'",
        f"publication {PUBLICATION};",
    ))  # fmt: skip
