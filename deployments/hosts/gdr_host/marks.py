"""Which databases a server has, what is in them, and who has marked them: nothing is changed."""

import json
import sys
from typing import Any

from gdr_host.host import Facts, Fault
from gdr_host.postgresql import identifier, literal, log_server, sql, sql_in

FIRST_OF_A_USER = 16384  # PostgreSQL's FirstNormalObjectId: below it, initdb's own databases
COUNTED = """(select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where relkind = 'r' and nspname !~ '^pg_' and nspname not in ('information_schema', 'genesys_dr'))"""
SERVER = """
select json_build_object('primary', not pg_is_in_recovery(),
    'pending', exists (select from pg_settings where pending_restart)
        or exists (select from pg_hba_file_rules where error is not null)
        or exists (select from pg_file_settings where error is not null)
        or pg_conf_load_time() < (select max((pg_stat_file(file, true)).change) from (
            select sourcefile as file from pg_file_settings union select unnest(array[
                current_setting('config_file'), current_setting('hba_file'), current_setting('ident_file'),
                current_setting('data_directory') || '/postgresql.auto.conf'])) as read),
    'there', exists (select from pg_database where datname = '{name}'),
    'log', exists (select from pg_database where datname = '{log}'),
    'others', (select coalesce(json_agg(datname order by datname), '[]') from pg_database
        where oid >= {first} and datname not in ('{name}', '{log}', 'postgres')
            or datname = 'postgres' and {counted} > 0));
"""
TABLES = """
select json_build_object('tables', {counted},
    'marked', to_regclass('genesys_dr.deployment') is not null);
"""
MARKED = "select coalesce((select json_build_object('name', name, 'made', made) from genesys_dr.deployment), '{}');"
THERE = "select exists (select from pg_database where datname = {name});"
WRITES = """
select case when to_regclass({table}) is null then to_regrole({account}) is not null
    else coalesce(has_table_privilege(to_regrole({account}), to_regclass({table}), 'insert'), false) end;
"""
OBJECTS = {
    "backup Application": "select 1 from cfg_server join cfg_application on cfg_application.dbid = backup_app_dbid "
    "where cfg_application.state = 1",
    "message server signature": "select 1 from cfg_app_option where section = 'MessageServer' and opt = 'signature' "
    "and val = 'scs_distributed'",
    "message server autostart": "select 1 from cfg_flex_prop where section = 'sml' and opt = 'autostart' "
    "and val = 'true'",
}


def of_dbms(facts: Facts) -> Facts | None:
    """Describe the server and its Configuration Database; nothing where it does not answer."""
    name, log = facts["database"]["config_database"], None if log_server(facts) else log_database(facts)
    try:
        server: dict[str, Any] = json.loads(sql(facts, _filled(SERVER, name, log or name)))
    except Fault as fault:
        print(f"database: unknown: {fault}", file=sys.stderr)
        return None
    told = {known: server[known] for known in ("primary", "pending", "others")}
    told |= {"log": _log(facts, log, there=server["log"])} if log else {}
    return told | (
        _tables(facts, name) if server["there"] else {"tables": 0, "mark": None, "made": False, "objects": []}
    )


def log_database(facts: Facts) -> str | None:
    """Name the log database that deploy makes, where it makes one."""
    known: Facts = facts["database"].get("log") or {}
    return known.get("database")


def _filled(statement: str, name: str, log: str = "") -> str:
    return statement.format(name=name, log=log, first=FIRST_OF_A_USER, counted=COUNTED)


def _tables(facts: Facts, name: str) -> Facts:
    objects = [what for what, statement in OBJECTS.items() if _there(facts, name, statement)]
    return _marked(facts, name) | {"objects": objects}


def _marked(facts: Facts, name: str) -> Facts:
    """Return how many tables a database has, and who has marked it."""
    found = json.loads(sql_in(facts, name, _filled(TABLES, name)))
    mark = json.loads(sql_in(facts, name, MARKED)) if found["marked"] else {}
    made = bool(mark.get("made")) and found["tables"] > 0
    return {"tables": found["tables"], "mark": mark.get("name"), "made": made}


def _log(facts: Facts, name: str, *, there: bool) -> Facts | None:
    """Describe the log database; nothing where it cannot be read: that hides nothing else of this host."""
    try:
        return _marked(facts, name) if there else {"tables": 0, "mark": None, "made": False}
    except Fault as fault:
        print(f"log database: unknown: {fault}", file=sys.stderr)
        return None


def of_log_server(server: Facts | None) -> Facts | None:
    """Describe the log database of a log server: one whose mark came by replication is made when its login may write.

    Args:
        server: The facts with the log server's port; None where there is none here.
    """
    if server is None:
        return None
    known = server["database"]["log"]
    try:
        there = sql(server, THERE.format(name=literal(known["database"]))) == "t"
        told = _log(server, known["database"], there=there)
        return told and told | {"made": told["made"] and _writes(server, known)}
    except Fault as fault:
        print(f"log server: unknown: {fault}", file=sys.stderr)
        return None


def _writes(server: Facts, known: Facts) -> bool:
    """Whether the log database's login is there, and may write into the table, where that is found by its bare name."""
    table, account = (literal(identifier(known[what])) for what in ("table", "account"))
    return sql_in(server, known["database"], WRITES.format(table=table, account=account)) == "t"


def _there(facts: Facts, name: str, statement: str) -> bool:
    try:
        return sql_in(facts, name, f"{statement} limit 1;") == "1"
    except Fault:
        return False  # a table is not there yet
