"""The control host: a Prefect server on PostgreSQL, its worker, and what the product runs beside them.

What only makes a control host is loaded where it is made: whoever restores or asks one waits for his own start.
"""

import compileall
import importlib.util
import io
import os
import pathlib
import shutil
import sysconfig
from collections.abc import Mapping, Sequence

from lab import disk as disks
from lab import host as hosts
from lab import root
from lab.command import run
from lab.credentials import Credentials
from lab.identity import CACHE, CHECKOUT, Identity
from lab.services import bind, postgresql
from lab.topology import Host, Topology

UI_SOCKET = "ui.sock"
UNITS = "etc/systemd/system"
POOL = "genesys-dr"
REGISTER = "gdr-register.service"
STATE = "var/lib/genesys-dr"
_PRIVATE = f"{STATE}/private"
_HOME = "var/lib/prefect"
_UI = f"{_HOME}/ui"
_MEMO = f"{_HOME}/memo_store.toml"  # without it the server registers Prefect's own blocks again
_LAYOUT = "3"  # raised when `keep_template` changes, so that an older cache is not taken for this one
_MIGRATED = "prefect-is-migrated"
_DATABASE = "postgresql+asyncpg://prefect@/prefect?host=/run/postgresql"
_ETC = "etc/genesys-dr"  # the service account's: it keeps keys and seeds there
_SECRETS = "etc/genesys-dr/blocks.yaml"
_SIGNING_KEY = "etc/genesys-dr/signing.key"
_ENVIRONMENT = "etc/genesys-dr/environment"
_ENVIRONMENTS = "etc/genesys-dr/environments"
_SERVER_ENVIRONMENT = "etc/genesys-dr/server.environment"
_PASSWORD = "etc/genesys-dr/password.environment"  # noqa: S105  (a file's name)
_KEY = "etc/genesys-dr/key.environment"

# What an operator installs is what the laboratory starts; only these lines are its own.
_SHIPPED = CHECKOUT / "deployments/systemd"
_SHIPPED_FOR = "/opt/genesys-dr"
_ENABLED = ("prefect-server.service", "prefect-worker.service", REGISTER, "gdr-sampler@lab.service")
# Nothing starts on a database that is not migrated yet: the first laboratory does that. A checkout may lie anywhere.
DROP_IN = f"""\
[Unit]
ConditionPathExists=/{postgresql.CONTROL_DATA}/{_MIGRATED}
[Service]
ProtectHome=no
BindReadOnlyPaths={CHECKOUT}
"""
_DROP_IN_OF = {REGISTER: "ExecStart=\nExecStart={bin}/gdr register --wait 60 --no-schedules\n"}
_RELAY_SOCKET = """\
[Unit]
Description=Web interface, towards the machine outside
[Socket]
ListenStream=/opt/lab/relay/{socket}
SocketMode=0666
[Install]
WantedBy=sockets.target
"""
_RELAY = """\
[Unit]
Requires=ui-relay.socket
[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd 127.0.0.1:4200
"""


def template() -> pathlib.Path:
    """Name the prepared state, database and interface: it fits one Prefect version and one PostgreSQL."""
    import importlib.metadata  # noqa: PLC0415

    return CACHE / f"prefect-{importlib.metadata.version('prefect')}-postgresql-15-{_LAYOUT}"


def install(disk: pathlib.Path, topology: Topology, credentials: Credentials, known_hosts: str) -> None:
    """Make a disk the control host's."""
    owner = disks.uid(disk, "dr")
    _install_state(disk, owner)
    disks.write(disk, f"{_ENVIRONMENTS}/lab.yaml", topology.file.read_text())
    _install_access(disk, credentials, known_hosts, owner)
    _install_database(disk)
    _install_units(disk)


def _install_state(disk: pathlib.Path, owner: int) -> None:
    for folder in (
        _ETC,
        _HOME,
        _UI,
        STATE,
        *(f"{STATE}/{name}" for name in ("cases", "drills", "samples", "reports", "private")),
    ):
        disks.folder(disk, folder, owner=owner)
    if template().is_dir():
        run("cp", "-a", f"{template()}/ui/.", str(disk / _UI))
        run("cp", "-a", f"{template()}/memo", str(disk / _MEMO))
        run("cp", "-a", f"{template()}/private/.", str(disk / _PRIVATE))
        run("chown", "-R", f"{owner}:{owner}", str(disk / _HOME), str(disk / _PRIVATE))
    disks.write(disk, _ENVIRONMENT, _lines(environment()))
    disks.write(disk, _SERVER_ENVIRONMENT, _lines(_server_environment()))


def environment() -> dict[str, str]:
    """Return what every process of the product on the control host is started with."""
    return {
        "PATH": f"{hosts.venv_python().parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/dr",
        "LANG": "C.UTF-8",
        "PREFECT_API_URL": "http://127.0.0.1:4200/api",
        "PREFECT_HOME": f"/{_HOME}",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
        "GDR_STATE": f"/{STATE}",
        "GDR_ENVIRONMENTS": f"/{_ENVIRONMENTS}",
        "GDR_BLOCKS": f"/{_SECRETS}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DO_NOT_TRACK": "1",
    }


def _server_environment() -> dict[str, str]:
    return {
        **environment(),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": _DATABASE,
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": "4200",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "15",
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",  # `migrate` has done it
        "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",  # half a second of the start, for checks of a library's own calls
        "PREFECT_SERVER_UI_API_URL": "/api",
        # Without a writable place of its own the interface is missing, while the API works.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": f"/{_UI}",
    }


def command(argv: Sequence[str], settings: Mapping[str, str]) -> list[str]:
    """Return what runs a command on ctl, as `dr`, with settings and with the password, which no process list shows."""
    pairs = [f"{key}={value}" for key, value in settings.items()]
    given = f'set -a; . /{_PASSWORD}; set +a; exec "$@"'
    return ["sh", "-c", given, "sh", "env", "-C", str(CHECKOUT), *pairs, *argv]


def _lines(values: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _install_access(disk: pathlib.Path, credentials: Credentials, known_hosts: str, owner: int) -> None:
    from ruamel.yaml import YAML  # noqa: PLC0415

    ssh = disks.folder(disk, "home/dr/.ssh", mode=0o700, owner=owner).relative_to(disk)
    disks.write(disk, f"{ssh}/id_ed25519", credentials.ssh.private, mode=0o600, owner=owner)
    disks.write(disk, f"{ssh}/known_hosts", known_hosts, owner=owner)
    disks.write(disk, f"{ssh}/config", "Host *\n  User gdr\n  StrictHostKeyChecking yes\n", owner=owner)
    word, key = credentials.api_password, credentials.api_key
    password = {"PREFECT_API_AUTH_STRING": word, "PREFECT_SERVER_API_AUTH_STRING": word}
    disks.write(disk, _PASSWORD, _lines(password), mode=0o600, owner=owner)
    disks.write(disk, _KEY, _lines({"PREFECT_SERVER_ENCRYPTION_KEY": key}), mode=0o600, owner=owner)
    disks.write(disk, _SIGNING_KEY, _signing_key(), mode=0o600, owner=owner)
    text = io.StringIO()
    YAML().dump(blocks(credentials, known_hosts), text)
    disks.write(disk, _SECRETS, text.getvalue(), mode=0o600, owner=owner)


def _signing_key() -> str:
    """Make the key that signs the evidence of one laboratory, as `gdr evidence key` does."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def blocks(credentials: Credentials, known_hosts: str) -> dict[str, dict[str, str]]:
    """Return the access blocks' contents, by the names the environment file uses."""
    return {
        "lab-ssh": {
            "type": "ssh-access",
            "username": "gdr",
            "private_key": credentials.ssh.private,
            "known_hosts": known_hosts,
        },
        "lab-dns": {
            "type": "dns-server",
            "key_name": bind.KEY_NAME,
            "key_secret": credentials.tsig,
            "algorithm": "hmac-sha256",
        },
        "lab-postgresql": {
            "type": "postgresql-access",
            "observer": "gdr_observer",
            "observer_password": credentials.observer_password,
            "account": "genesys",
            "account_password": credentials.account_password,
            "replica_password": credentials.replica_password,
            "log_password": credentials.account_password,
        },
    }


def _install_database(disk: pathlib.Path) -> None:
    cluster = template() / "cluster" if template().is_dir() else root.cluster()
    settings = postgresql.SETTINGS.format(listen="", port=5432)
    access = "local prefect prefect peer map=control\nlocal all all peer\n"
    postgresql.put_control_cluster(disk, settings, access, cluster)
    owner = disks.uid(disk, "postgres")
    # Where the checkout belongs to root, PostgreSQL knows the service account by root's name.
    disks.write(
        disk,
        f"{postgresql.CONTROL_DATA}/pg_ident.conf",
        "control dr prefect\ncontrol root prefect\n",
        mode=0o600,
        owner=owner,
    )


def _install_units(disk: pathlib.Path) -> None:
    disks.write(disk, "etc/systemd/system/ui-relay.service", _RELAY)
    disks.unit(disk, "ui-relay.socket", _RELAY_SOCKET.format(socket=UI_SOCKET))
    for shipped in sorted(_SHIPPED.glob("*.service")):
        disks.write(disk, f"{UNITS}/{shipped.name}", shipped_file(shipped.name))
        disks.write(
            disk, f"{UNITS}/{shipped.name}.d/lab.conf", DROP_IN + _DROP_IN_OF.get(shipped.name, "").format(bin=_bin())
        )
    for name in _ENABLED:
        disks.enable(disk, name)


def shipped_file(name: str) -> str:
    """Return what an operator installs, with the places of this checkout and of the virtualenv it runs from."""
    text = (_SHIPPED / name).read_text()
    return text.replace(f"{_SHIPPED_FOR}/.venv/bin", str(_bin())).replace(_SHIPPED_FOR, str(CHECKOUT))


def _bin() -> pathlib.Path:
    return hosts.venv_python().parent


def compile_code() -> None:
    """Compile the virtualenv once, and what of the product is not compiled: ctl reads both only, at every start."""
    for package in ("blocks", "flows", "gdr", "model", "tasks"):
        compileall.compile_dir(CHECKOUT / package, quiet=2)
    packages = pathlib.Path(sysconfig.get_path("purelib"))
    probe = importlib.util.cache_from_source(str(packages / "prefect/server/api/server.py"))
    if not pathlib.Path(probe).exists():
        # Some packages ship files for other Pythons that do not compile; that is no fault of ours.
        run(str(hosts.venv_python()), "-m", "compileall", "-q", "-j", "0", str(packages), check=False)


def migrate(lab: Identity, control: Host) -> None:
    """Make the databases of a control host that began with none, and start the server."""
    sql = "create role prefect login; create database prefect owner prefect;"
    hosts.execute(lab, control, ["psql", "-qv", "ON_ERROR_STOP=1", "-d", "postgres"], user="postgres", stdin=sql)
    upgrade = [str(hosts.venv_python()), "-m", "prefect", "server", "database", "upgrade", "-y"]
    for command, settings in ((upgrade, _server_environment()), (["gdr", "install"], environment())):
        pairs = [f"{key}={value}" for key, value in settings.items()]
        hosts.execute(lab, control, ["env", "-C", str(CHECKOUT), *pairs, *command], user="dr")
    disk = lab.disk(control.name)
    disks.write(disk, f"{postgresql.CONTROL_DATA}/{_MIGRATED}", "", owner=disks.uid(disk, "postgres"))
    hosts.execute(lab, control, ["systemctl", "start", "prefect-server"])


def keep_template(lab: Identity, control: Host) -> None:
    """Keep what the servers have made of empty databases and homes, then start everything that waited for them."""
    hosts.execute(lab, control, ["systemctl", "stop", "prefect-server", "postgresql"])
    disk = lab.disk(control.name)
    shutil.rmtree(_partial(), ignore_errors=True)
    _partial().mkdir(mode=0o700)
    for source, name in ((postgresql.CONTROL_DATA, "cluster"), (_UI, "ui"), (_MEMO, "memo"), (_PRIVATE, "private")):
        run("cp", "-a", str(disk / source), str(_partial() / name))
    _partial().rename(template())
    units = [unit.name for unit in (disk / "etc/systemd/system/multi-user.target.wants").iterdir()]
    hosts.execute(lab, control, ["systemctl", "start", "--no-block", *units])


def _partial() -> pathlib.Path:
    """Hold a template in the making; another laboratory that makes one has its own."""
    return template().with_name(f"{template().name}.{os.getpid()}.partial")
