"""The old cluster, started for one reader on this host alone: nothing is changed by it, and nothing sent away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from gdr_host.cluster import Cluster, as_owner, read_control, serves
from gdr_host.host import FAILED, ROOT, Facts, Fault
from gdr_host.program import said

SOCKETS = ROOT / "run/genesys-dr/export"
START_S, STOP_S = 150, 40


@contextmanager
def reading(facts: Facts, cluster: Cluster) -> Iterator[None]:
    """Run the server while the block lasts, past systemd and its guard, and stop it whatever happens there.

    Raises:
        Fault: It does not start, for instance because its recovery does not end in time, or does not stop cleanly.
    """
    SOCKETS.mkdir(mode=0o700, parents=True)
    owner = cluster.data.stat()
    os.chown(SOCKETS, owner.st_uid, owner.st_gid)
    try:
        _start(cluster)
        yield
    finally:
        end_leftover(cluster)
    if not (control := read_control(facts)).clean:
        raise Fault(FAILED, f"{cluster.data}: the private server is not down cleanly ({control.state}): repeat this")


def end_leftover(cluster: Cluster) -> None:
    """Stop the private server, perhaps one that a killed attempt left; its folder goes only after it."""
    if not SOCKETS.exists():
        return
    if serves(cluster):
        how = ("-s", "-m", "fast", "-w", "-t", str(STOP_S))
        ran = as_owner("pg_ctl", "-D", str(cluster.data), *how, "stop", within=STOP_S + 5)
        if ran.returncode and serves(cluster):  # one that was killed as well died while it was waited for
            raise Fault(FAILED, f"{cluster.data}: the private server does not stop: {said(ran)}")
    shutil.rmtree(SOCKETS)


def conninfo(cluster: Cluster, database: str) -> str:
    """Return how the private server is reached, whatever a database is called."""
    name = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"host={SOCKETS} port={cluster.port} client_encoding=UTF8 dbname='{name}'"


def _start(cluster: Cluster) -> None:
    settings = {
        "config_file": cluster.config,
        "data_directory": cluster.data,
        "listen_addresses": "",
        "unix_socket_directories": SOCKETS,
        "default_transaction_read_only": "on",
        "autovacuum": "off",
        "archive_mode": "off",
        "synchronous_standby_names": "",
        "max_logical_replication_workers": "0",
    }
    given = " ".join(f"-c {name}={value}" for name, value in settings.items())
    log = str(SOCKETS / "log")
    argv = ("pg_ctl", "-D", str(cluster.data), "-s", "-w", "-t", str(START_S), "-l", log, "-o", given, "start")
    ran = as_owner(*argv, within=START_S + 5, holds=False)
    if ran.returncode:
        told = as_owner("tail", "-n", "3", log).stdout
        raise Fault(FAILED, f"the private server did not start: {said(ran)}: {' '.join(told.split())}")
