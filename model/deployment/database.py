"""The settings of a region's DBMS, and who may log in: what both servers need before and after every switch.

Source: PostgreSQL, Log-Shipping Standby Servers and pg_rewind; docs/operate.md.
"""

from model.deployment.render import UNITS, USERNAME, making
from model.environment.environment import REGION_KEYS, Environment

OBSERVER = "{observer}"
SETTINGS = """\
# Rendered by genesys-dr. Do not edit: change the environment file, and deploy.
listen_addresses = '*'
port = {port}
password_encryption = scram-sha-256
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
"""


def files(environment: Environment, guard: str) -> dict[str, str]:
    """Return the files of a DBMS by their path; `guard` is the drop-in that is shipped for its unit."""
    known = making(environment).database
    return {
        settings_path(environment): SETTINGS.format(port=environment.database.port),
        f"{known.config_directory}/pg_hba.conf": _access(environment),
        f"{UNITS}/{_unit(environment)}.service.d/guard.conf": guard,
    }


def settings_path(environment: Environment) -> str:
    """Return where the settings of a server lie: some are taken up by a restart only, all other files by a reload."""
    return f"{making(environment).database.config_directory}/conf.d/genesys-dr.conf"


def _unit(environment: Environment) -> str:
    return next(part.unit for part in environment.dbms("region1").components if part.kind == "dbms")


def _log_access(environment: Environment) -> list[str]:
    """Let whoever has a log message server in, with the log database's own account; under `cross` it is not here."""
    log, how = environment.database.log, making(environment).database.log
    regions = REGION_KEYS if log and how and not environment.is_crossed else ()
    hosts = [host for key in regions for host in environment.log_servers(key)]
    return [f"host {log.database} {how.account} {host.address}/32 scram-sha-256" for host in hosts if log and how]


def _access(environment: Environment) -> str:
    """Render pg_hba.conf: framework and control host as the account, control host as observer, the DBMS as each other.

    All four framework hosts stand in both: which of them comes through is the firewall's to say.
    """
    known, name = making(environment).database, environment.database.config_database
    control = str(environment.control.address)
    pairs = [str(host.address) for key in REGION_KEYS for host in environment.framework(key)]
    servers = [str(environment.dbms(key).address) for key in REGION_KEYS]
    lines = [
        "# Rendered by genesys-dr. Do not edit: change the environment file, and deploy.",
        "local all all peer",
        *(f"host {name} {USERNAME} {address}/32 scram-sha-256" for address in (*pairs, control)),
        *_log_access(environment),
        f"host all {OBSERVER} {control}/32 scram-sha-256",
        *(f"host replication,postgres {known.replication_user} {address}/32 scram-sha-256" for address in servers),
    ]
    return "\n".join(lines) + "\n"
