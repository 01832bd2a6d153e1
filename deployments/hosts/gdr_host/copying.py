"""A copy of the database for a bubble: a base backup of the standby, a primary of its own, on the port above.

The standby works on, and nothing of its cluster is touched. The copy knows nobody: before it is ever started it has
lost the connection that it has from the standby, it archives nothing, and no subscription of it works. Its unit, and
the rules that let nobody but the dormant pair in, die with a reboot.
"""

import json
import shutil
from pathlib import Path

from gdr_host.alone import WORDS, tools
from gdr_host.cluster import Cluster, move, must, remove, write
from gdr_host.epoch import write_atomically
from gdr_host.firewall import JUMP as BLOCKS
from gdr_host.firewall import must as rule
from gdr_host.firewall import table
from gdr_host.host import FAILED, VAR, Facts, Fault
from gdr_host.postgresql import literal, sql, sql_in
from gdr_host.primary import address_of
from gdr_host.program import DOWN, checked, run, said, unit_states, until
from gdr_host.services import listening

UNIT, BACKUP = "genesys-dr-bubble.service", "genesys-dr-bubble-backup.service"
CHAIN = "GENESYS-DR-COPY"
NOTE = VAR / "bubble.json"
COPY, RAW = "bubble", "bubble-raw"
UP_S = 120
ITS_OWN = """\
listen_addresses = '*'
unix_socket_directories = '/run/postgresql'
shared_buffers = 64MB
hot_standby = off
restore_command = '/bin/false'
primary_conninfo = ''
primary_slot_name = ''
synchronous_standby_names = ''
archive_mode = off
archive_command = ''
shared_preload_libraries = ''
max_logical_replication_workers = 0
logging_collector = off
"""
INHERITED = ("hba_file", "ident_file", "ssl", "ssl_cert_file", "ssl_key_file", "ssl_ca_file", "max_connections")
COMMIT = """\
select format('set role %I', tableowner) from pg_tables where tablename = 'gdr_canary' \\gexec
insert into gdr_canary (case_id, step) values ({case}, 'bubble');
"""


def _port(facts: Facts) -> int:
    return int(facts["database"]["port"]) + 1


def _of_copy(facts: Facts) -> Facts:
    """Return the facts by which the copy is asked instead of the server."""
    return facts | {"database": facts["database"] | {"port": _port(facts)}}


def _note() -> Facts:
    try:
        found: Facts = json.loads(NOTE.read_text())
    except FileNotFoundError:
        return {"case": "", "proven": ""}
    except ValueError as error:
        raise Fault(FAILED, f"{NOTE}: not JSON ({error}): remove it, then bubble-drop") from error
    return found


def _keep(**changes: str) -> None:
    write_atomically(NOTE, json.dumps(_note() | changes) + "\n")


def room(facts: Facts) -> str:
    """Print whether a copy has room here: the size of the cluster, what is free beside it, its port, tablespaces."""
    data = Cluster.of(facts).data
    found = {
        "size_bytes": int(must("du", "-sB1", str(data), within=60).split()[0]),
        "free_bytes": shutil.disk_usage(data.parent).free,
        "one_disk": data.stat().st_dev == data.parent.stat().st_dev,
        "port_free": not listening(_port(facts)),
        "plain": not any((data / "pg_tblspc").iterdir()),
    }
    return json.dumps(found)


def bubble_copy(facts: Facts, case: str, addresses: list[str]) -> None:
    """Make this case's copy, unless it is there, let these addresses in alone, and see it take writes.

    Raises:
        Fault: This server is no standby, or the port of the copy is taken.
    """
    if sql(facts, "select pg_is_in_recovery();") != "t":
        raise Fault(FAILED, "this server is no standby: a bubble stands beside a region that is dormant")
    cluster = Cluster.of(facts)
    folder = cluster.sibling(COPY)
    if _note()["case"] != case or not folder.exists():
        bubble_drop(facts)
        if listening(_port(facts)):
            raise Fault(FAILED, f"port {_port(facts)}: taken: the copy needs it")
        _keep(case=case)
        _make(facts, cluster, folder)
    _keep(pair=" ".join(addresses))
    _let_in(_port(facts), addresses)
    _start(facts, folder)


def _make(facts: Facts, cluster: Cluster, folder: Path) -> None:
    """Copy the standby; what would connect it to anybody is gone before it has its name."""
    raw = cluster.sibling(RAW)
    source = address_of(cluster, facts["address"])
    program = f"{facts['database']['bin']}/pg_basebackup"
    words = ("-D", str(raw), "-d", source, "-X", "stream", "-c", "fast", "-w")
    _transient(BACKUP, "oneshot", "SIGTERM", 3000, program, *words)
    kept = [f"{name} = {literal(sql(facts, f'show {name};'))}\n" for name in INHERITED]
    write(raw / "postgresql.conf", f"port = {_port(facts)}\n{ITS_OWN}{''.join(kept)}")
    write(raw / "postgresql.auto.conf", "")
    remove(raw / "standby.signal")
    write(raw / "recovery.signal", "")
    move(raw, folder)


def _start(facts: Facts, folder: Path) -> None:
    if unit_states([UNIT])[UNIT] != "active":
        _transient(UNIT, "notify", "SIGINT", UP_S, f"{facts['database']['bin']}/postgres", "-D", str(folder))
    if not until(lambda: _serves(facts), 60):
        raise Fault(FAILED, f"{UNIT}: takes no writes: see journalctl -u {UNIT}")


def _transient(unit: str, kind: str, ends_by: str, within_s: int, *argv: str) -> None:
    """Run a program as a unit, which systemd ends whenever it is told to; wait until it is up, or has done its work."""
    known = (f"Type={kind}", "User=postgres", f"KillSignal={ends_by}", f"TimeoutStartSec={within_s}")
    properties = [word for each in known for word in ("-p", each)]
    checked("systemd-run", f"--unit={unit}", "--collect", "--quiet", *properties, *argv, within=within_s + 10)


def end_backup() -> None:
    """End a base backup that is under way: the act that waits for it fails, and holds this host no longer."""
    if unit_states([BACKUP])[BACKUP] in ("not-found", *DOWN):
        return
    stopped = run("systemctl", "kill", "--signal=SIGKILL", BACKUP)
    if not until(lambda: unit_states([BACKUP])[BACKUP] in ("not-found", *DOWN), 15):
        raise Fault(FAILED, f"{BACKUP}: does not end: {said(stopped)}: see journalctl -u {BACKUP}")


def _serves(facts: Facts) -> bool:
    try:
        return sql(_of_copy(facts), "select pg_is_in_recovery();", within=2.5) == "f"
    except Fault:
        return False


def bubble_commit(facts: Facts, case: str) -> None:
    """Commit a row in the copy, as whom our own table belongs to, and note that this case has."""
    if _note()["case"] != case:
        raise Fault(FAILED, f"the copy here is of {_note()['case'] or 'nobody'}, not of {case}")
    sql_in(_of_copy(facts), facts["database"]["config_database"], COMMIT.format(case=literal(case)))
    _keep(proven=case)


def bubble_drop(facts: Facts) -> None:
    """Stop the copy, remove it and its rules; which case has committed in one stays noted."""
    cluster = Cluster.of(facts)
    end_backup()
    if unit_states([UNIT])[UNIT] != "not-found":
        checked("systemctl", "stop", UNIT, within=100)
    if unit_states([UNIT])[UNIT] == "active":
        raise Fault(FAILED, f"{UNIT}: is still up: see journalctl -u {UNIT}")
    remove(cluster.sibling(COPY), cluster.sibling(RAW))
    _shut()
    if _note()["case"]:
        _keep(case="")


def copy(facts: Facts) -> Facts:
    """Return whose copy is here, whether it serves behind its rules, and who uses it."""
    note = _note()
    up = bool(note["case"]) and unit_states([UNIT])[UNIT] == "active"
    serves = up and _serves(facts) and _is_shut(_port(facts), note.get("pair", "").split())
    asked = "select string_agg(distinct host(client_addr), ' ') from pg_stat_activity where client_addr is not null;"
    sessions = sql(_of_copy(facts), asked, within=2.5).split() if serves else []
    return {"case": note["case"], "proven": note["proven"], "serves": serves, "sessions": sessions}


def _rules(port: int, addresses: list[str], tool: str) -> list[str]:
    at = f"-p tcp -m tcp --dport {port}"
    lets = [f"-s {address}/32 {at} -j RETURN" for address in addresses] if tool == "iptables" else []
    return [*lets, f"! -i lo {at} -j REJECT --reject-with {WORDS[tool]}"]


def _is_shut(port: int, addresses: list[str]) -> bool:
    """Whether nobody but these gets in: the whole chain is as written, and nothing but our own blocks comes before."""
    for tool in tools():
        lines = table(tool)
        first = [line for line in lines if line.startswith("-A INPUT ") and line != BLOCKS]
        found = [line.removeprefix(f"-A {CHAIN} ") for line in lines if line.startswith(f"-A {CHAIN} ")]
        if first[:1] != [f"-A INPUT -j {CHAIN}"] or found != _rules(port, addresses, tool):
            return False
    return True


def _let_in(port: int, addresses: list[str]) -> None:
    """Let these addresses in, and nobody else: the chain is full before it is asked, and one that stands is left."""
    if _is_shut(port, addresses):
        return
    _shut()
    for tool in tools():
        rule(tool, "-N", CHAIN)
        for each in _rules(port, addresses, tool):
            rule(tool, "-A", CHAIN, *each.split())
        rule(tool, "-I", "INPUT", "2" if BLOCKS in table(tool) else "1", "-j", CHAIN)


def _shut() -> None:
    for tool in tools():
        lines = table(tool)
        if f"-N {CHAIN}" not in lines:
            continue
        for _again in range(lines.count(f"-A INPUT -j {CHAIN}")):
            rule(tool, "-D", "INPUT", "-j", CHAIN)
        rule(tool, "-F", CHAIN)
        rule(tool, "-X", CHAIN)
