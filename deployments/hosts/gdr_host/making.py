"""A region's DBMS that is deployed: settings and logins of the server, then the vendor's tables in one transaction."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from gdr_host.components import MOST_BYTES, UNITS, given, place
from gdr_host.host import FAILED, USAGE, Facts, Fault, under_root
from gdr_host.marks import COUNTED, log_database
from gdr_host.postgresql import identifier, literal, log_server, sql, sql_in, unit_of
from gdr_host.program import DOWN, checked, run, said, unit_states, until
from gdr_host.scram import verifier
from gdr_host.survey import deployment_of

RESTART_S = 120
SCRIPTS_S = 600
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
LOGINS = ("account", "observer", "replica")
SUPERUSER = "postgres"
LOG_MADE = "grant select on {table} to {observer};\nupdate genesys_dr.deployment set made = true;\n"
MADE = f"select made and {COUNTED} > 0 from genesys_dr.deployment;"  # noqa: S608  (no word of anybody's)
REWIND = (
    "pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text), "
    "pg_read_binary_file(text, bigint, bigint, boolean)"
)
LOADED = "select pg_conf_load_time();"
REFUSED = """
select format('%s, line %s', sourcefile, sourceline) from pg_file_settings as read where error is not null
    and not exists (select from pg_settings as known where known.name = read.name and pending_restart) limit 1;
"""
PENDING = "select exists (select from pg_settings where pending_restart);"
SCHEMA = """
create schema if not exists genesys_dr;
create table if not exists genesys_dr.deployment (name text primary key, made boolean not null default false);
insert into genesys_dr.deployment (name) values ({name}) on conflict do nothing;
"""
CANARY = """
create table if not exists gdr_canary (
    case_id text not null, step text not null, at timestamptz not null default now()
);
alter table gdr_canary owner to {account};
grant select on gdr_canary to {observer};
update genesys_dr.deployment set made = true;
"""


def pg_configure(facts: Facts, files: dict[str, str]) -> None:
    """Write the server's settings and who may log in, and let it take them up, with a restart where it must.

    Raises:
        Fault: Its own file does not include what stands beside it, or it does not come up again.
    """
    config = under_root(facts["database"]["config_file"])
    if not re.search(r"(?m)^\s*include_dir\s*=?\s*'conf\.d'", config.read_text()):
        raise Fault(FAILED, f"{config}: does not say include_dir = 'conf.d': add that line at its end")
    owner = config.stat()
    for path, text in files.items():
        ours = path.startswith(UNITS)
        ids = {} if ours else {"owner": owner.st_uid, "group": owner.st_gid}
        place(under_root(path), text, mode=0o644 if ours else 0o640, **ids)
    checked("systemctl", "daemon-reload", within=30)
    _take_up(facts)


def _take_up(facts: Facts) -> None:
    """Let a server that runs read its files again, and restart it only where a setting waits for that.

    One that is down has its settings when it is started.
    """
    unit = unit_of(facts)
    if unit_states([unit])[unit] in DOWN:
        return
    if not until(lambda: _answers(facts), 10):
        raise Fault(
            FAILED, f"{unit}: is up and does not answer, so its files are not taken up: see journalctl -u {unit}"
        )
    _reload(facts, unit)
    if sql(facts, PENDING) == "f":
        return
    ran = run("systemctl", "restart", unit, within=RESTART_S)
    if ran.returncode or not until(lambda: _answers(facts), 30):
        raise Fault(FAILED, f"{unit}: does not answer with its new settings: {said(ran)}: see journalctl -u {unit}")


def _reload(facts: Facts, unit: str) -> None:
    """See that it has read its settings again, and understands who may log in: a restart would fail there."""
    before = sql(facts, LOADED)
    sql(facts, "select pg_reload_conf();")
    if not until(lambda: sql(facts, LOADED) != before, 10):
        raise Fault(FAILED, f"{unit}: does not read its settings again: see journalctl -u {unit}")
    if wrong := sql(facts, "select min(line_number) from pg_hba_file_rules where error is not null;"):
        raise Fault(FAILED, f"{unit}: pg_hba.conf, line {wrong}: is not understood: correct the environment file")
    if wrong := sql(facts, REFUSED):
        raise Fault(FAILED, f"{unit}: {wrong}: is not understood: correct it there, or in the environment file")


def _answers(facts: Facts) -> bool:
    try:
        return sql(facts, "select 1;") == "1"
    except Fault:
        return False


def pg_create(facts: Facts, logins: dict[str, str]) -> None:
    """Make logins, database and tables; the vendor's scripts and our mark that they ended are one transaction.

    Raises:
        Fault: The server is a standby, the database holds tables that are not of this deployment, or a script fails.
    """
    name = facts["database"]["config_database"]
    _make(facts, name, logins["account"], _logins_sql(facts, logins), lambda: _scripts_sql(facts, logins))


def pg_create_log(facts: Facts, logins: dict[str, str]) -> None:
    """Make the log database, its own login and the vendor's tables in it, likewise; the observer may read the messages.

    On a log server of the region's own (`cross`) there are no logins yet, and tables with our mark may have come by
    the site's replication: then both logins are let in there.

    Raises:
        Fault: Likewise; or host.json names no log database that is to be made, there is no password for its login, or
            that login is one of the server's others.
    """
    known = facts["database"].get("log")
    if not known:
        raise Fault(USAGE, "host.json: names no log database that deploy makes")
    if not logins.get("log_password"):
        raise Fault(FAILED, f"log_password: is empty: give the block of the database one for {known['account']}")
    if known["account"] in (SUPERUSER, *(logins[who] for who in LOGINS)):
        raise Fault(FAILED, f"{known['account']}: is a login of something else: give the log database one of its own")
    account, observer = identifier(known["account"]), identifier(logins["observer"])
    made = LOG_MADE.replace("{table}", identifier(known["table"])).replace("{observer}", observer)

    def scripts() -> str:
        return "\n".join([f"set role {account};", *_read(known["init_scripts"]), "reset role;", made])

    own, server = _login(known["account"], logins["log_password"]), log_server(facts)
    if server is None:
        _make(facts, known["database"], known["account"], own, scripts)
        return
    _make(server, known["database"], known["account"], f"{own}\n{_observer(logins)}", scripts)
    sql_in(server, known["database"], _let_in(known, observer))


def _observer(logins: dict[str, str]) -> str:
    """Make the observer, unless the block has no password for it: then the site has made it."""
    made = [_login(logins["observer"], logins["observer_password"])] if logins["observer_password"] else []
    return "\n".join([*made, f"grant pg_monitor to {identifier(logins['observer'])};"])


def _let_in(known: Facts, observer: str) -> str:
    """Let the login write and the observer read, in one statement: who may write is how a survey knows of both."""
    table, account = identifier(known["table"]), identifier(known["account"])
    rights = f"grant select on {table} to {observer}; grant insert on {table} to {account};"
    return f"select {literal(rights)} where to_regclass({literal(table)}) is not null \\gexec"


def _make(facts: Facts, name: str, owner: str, logins: str, scripts: Callable[[], str]) -> None:
    """Make logins, a database and what scripts put into it, unless they have ended well there before."""
    if sql(facts, "select pg_is_in_recovery();") != "f":
        raise Fault(FAILED, "this server is a standby: its tables come from its primary")
    own = deployment_of(facts)["name"]
    there = f"select count(*) from pg_database where datname = {literal(name)};"  # noqa: S608  (a quoted literal)
    is_there = sql(facts, there) != "0"
    if is_there:
        _require_ours(facts, name, own)
    sql(facts, logins)
    if not is_there:
        sql(facts, f"create database {identifier(name)} owner {identifier(owner)};", within=60)
    sql_in(facts, name, SCHEMA.replace("{name}", literal(own)))
    if sql_in(facts, name, MADE) == "t":
        print(f"{name}: made before")
        return
    sql_in(facts, name, scripts(), "--single-transaction", within=SCRIPTS_S)


def _read(scripts: list[str]) -> list[str]:
    return [under_root(path).read_text() for path in scripts]


def _require_ours(facts: Facts, name: str, own: str) -> None:
    """Leave tables alone that nobody of this deployment has made."""
    marked = sql_in(facts, name, "select to_regclass('genesys_dr.deployment') is not null;") == "t"
    foreign = sql_in(facts, name, "select string_agg(name, ', ') from genesys_dr.deployment;") if marked else ""
    tables = (
        "select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace where relkind = 'r' "
        "and nspname !~ '^pg_' and nspname not in ('information_schema', 'genesys_dr');"
    )
    if foreign not in ("", own) or (not marked and sql_in(facts, name, tables) != "0"):
        way = "it is left as it is" if name == log_database(facts) else "give it an empty database"
        raise Fault(FAILED, f"{name}: has tables that are not of deployment {own}: {way}")


def _scripts_sql(facts: Facts, logins: dict[str, str]) -> str:
    """Run the vendor's scripts as the account that will own the tables, then make ours."""
    scripts = _read(facts["database"]["init_scripts"])
    names = {name: identifier(logins[name]) for name in ("account", "observer")}
    ours = CANARY.replace("{account}", names["account"]).replace("{observer}", names["observer"])
    return "\n".join([f"set role {names['account']};", *scripts, "reset role;", ours])


def _logins_sql(facts: Facts, logins: dict[str, str]) -> str:
    replica = identifier(facts["database"]["replication_user"])
    observer = identifier(logins["observer"])
    return "\n".join([
        *(_login(logins[who], logins[f"{who}_password"]) for who in LOGINS if logins[f"{who}_password"]),
        f"grant pg_monitor to {observer};",
        f"alter role {replica} replication;\ngrant execute on function {REWIND} to {replica};"
        if logins["replica_password"] else "",
    ])  # fmt: skip


def _login(name: str, password: str) -> str:
    """Make a login, or give one that is there this password: the server is told its verifier, and logs no more."""
    missing = f"select 'create role {identifier(name)} login' where to_regrole({literal(name)}) is null \\gexec"
    return f"{missing}\nalter role {identifier(name)} login password {literal(verifier(password))};"


def read_files(facts: Facts) -> dict[str, str]:
    """Read the rendered files of the server from standard input, and judge each path."""
    files = given(sys.stdin.read(MOST_BYTES + 1))
    folder = str(Path(facts["database"]["config_file"]).parent)
    places = (f"{folder}/conf.d/genesys-dr.conf", f"{folder}/pg_hba.conf", f"{UNITS}/{unit_of(facts)}.service.d/")
    wrong = [path for path in files if not path.startswith(places) or ".." in Path(path).parts]
    if wrong:
        raise Fault(USAGE, f"{', '.join(wrong)}: not a file of this server")
    return files


def read_logins(facts: Facts) -> dict[str, str]:
    """Read names and passwords of the logins from standard input; a password may be empty, then none is set."""
    logins = given(sys.stdin.read(MOST_BYTES + 1)) | {"replica": facts["database"]["replication_user"]}
    missing = {f"{who}_password" for who in LOGINS} - logins.keys()
    wrong = [who for who in LOGINS if not NAME.fullmatch(logins.get(who, ""))]
    if missing or wrong:
        raise Fault(USAGE, f"standard input: {', '.join([*sorted(missing), *wrong])}: not a login")
    return logins
