"""What this host has of a deployment: files by their checksum, components, tables. Nothing is changed.

Asked with the paths that deploy would write; of a configuration file the password is left out before it is summed, so
that who has rendered it can compare without either side telling the secret.
"""

import hashlib
import json
import pwd
import re
import sys
from contextlib import suppress
from pathlib import Path

from gdr_host.epoch import is_held
from gdr_host.host import FAILED, USAGE, VAR, Facts, Fault, under_root
from gdr_host.marks import FIRST_OF_A_USER, of_dbms, of_log_server
from gdr_host.passfile import lines, passfile
from gdr_host.postgresql import log_server
from gdr_host.program import run
from gdr_host.services import listening

MARK = ".genesys-dr.json"
PAIR = VAR / "pair.json"
SECRET = re.compile(r"(?m)^password=.*$")
MASKED = "password={password}"
OURS = ("/opt/genesys-dr/", "/etc/genesys-dr/", "/etc/systemd/system/", "/etc/sudoers.d/genesys-dr")


def survey(facts: Facts, wanted: Facts) -> str:
    """Describe this host, as one JSON object."""
    deployment = deployment_of(facts)
    paths = [path for path in wanted["paths"] if _ours(facts, path)]
    return json.dumps({
        "host": facts["host"],
        "files": {path: _sum(path) for path in paths},
        "parts": {one["unit"]: _part(deployment, one) for one in facts["components"] if one["kind"] != "dbms"},
        "database": of_dbms(facts) if facts["database"] else None,
        "log": of_log_server(log_server(facts)),
        "narrow": _narrow(),
        "pair": _note(PAIR).get("name"),
        "used": _used(facts) if facts["database"] else None,
        "passfile": _has_passfile(facts) if facts["database"] else None,
        **(_standby(facts) if facts["database"] else {}),
    })  # fmt: skip


def asked() -> Facts:
    """Read from standard input which paths are wanted."""
    try:
        wanted: Facts = json.load(sys.stdin)
        known = all(isinstance(path, str) for path in wanted["paths"])
    except (ValueError, TypeError, LookupError):
        known = False
    if not known:
        raise Fault(USAGE, "survey: standard input: no list of paths")
    return wanted


def deployment_of(facts: Facts) -> Facts:
    """Return what host.json says of the deployment."""
    known: Facts | None = facts.get("deployment")
    if not known:
        raise Fault(USAGE, "host.json: names no deployment: this host was not made by deploy")
    return known


def _ours(facts: Facts, path: str) -> bool:
    """Whether a path is one that deploy may write: of no other is anything told."""
    known = facts["database"]
    more = (str(Path(known["config_file"]).parent) + "/",) if known else ()
    places = (*OURS, f"{deployment_of(facts)['home']}/", *more)
    return path.startswith(places) and ".." not in Path(path).parts


def _sum(path: str) -> str | None:
    try:
        text = under_root(path).read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return hashlib.sha256(SECRET.sub(MASKED, text).encode()).hexdigest()


def _part(deployment: Facts, component: Facts) -> Facts:
    folder, held = under_root(f"{deployment['home']}/{component['unit']}"), is_held()
    mark, entries = _note(folder / MARK), left_in(folder)
    return {
        "mark": mark.get("name"),
        "installed": bool(mark.get("installed")),
        "unknown": end_unknown(mark) and entries > 0 and not (held or is_held()),  # it may begin or end here
        "entries": entries,
        "account": _account(component["port"]),
    }


def left_in(folder: Path) -> int:
    """Count what is in a component's folder beside our mark."""
    return len([entry for entry in folder.iterdir() if entry.name != MARK]) if folder.is_dir() else 0


def end_unknown(mark: Facts) -> bool:
    """Whether an installer was begun, and neither ended well nor with an exit code of its own."""
    return bool(mark) and not mark.get("installed") and "exit" not in mark


def _account(port: int) -> str | None:
    """Name who runs what listens on a port; None where nothing does."""
    for pid in (pid for one in listening(port) for pid in one.pids):
        with suppress(OSError):  # it has ended since
            return _name_of(Path(f"/proc/{pid}").stat().st_uid)
    return "nobody known" if listening(port) else None


def _name_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _narrow() -> bool:
    """Whether the account's only right is to run gdr-host."""
    ran = run("sudo", "-n", "-l", "-U", "gdr", within=5)
    rights = [line.strip() for line in ran.stdout.splitlines() if re.match(r"\s+\(", line)]
    return rights == ["(root) NOPASSWD: /opt/genesys-dr/bin/gdr-host"]


def _used(facts: Facts) -> bool | None:
    try:
        return bool(databases_of_users(facts))
    except (Fault, OSError) as fault:
        print(f"cluster: unknown: {fault}", file=sys.stderr)
        return None


def _standby(facts: Facts) -> Facts:
    """Say whom the cluster follows and whether it is being copied: `observe` of a host side half laid down may not."""
    from gdr_host.cluster import Cluster
    from gdr_host.standby import follows
    from gdr_host.swap import reseeding

    cluster = Cluster.of(facts)
    try:
        return {"follows": follows(cluster.data), "reseeding": reseeding(cluster)}
    except (Fault, OSError) as fault:
        print(f"standby: unknown: {fault}", file=sys.stderr)
        return {}


def databases_of_users(facts: Facts) -> list[str]:
    """Name the folders of databases and tables that initdb has not made; a server that is down tells them, too."""
    data = under_root(facts["database"]["data_directory"])
    if not (data / "base").is_dir():
        raise Fault(FAILED, f"{data}: holds no cluster: mount it, or correct the environment file")
    made = {entry.name: entry for entry in (data / "base").iterdir() if entry.name.isdigit()}
    theirs = [name for name in made if _is_a_users(name)]
    within = [
        f"tables in {name}"
        for name in made.keys() - theirs
        if any(_is_a_users(one.name) for one in made[name].iterdir())
    ]
    elsewhere = [f"tablespace {entry.name}" for entry in (data / "pg_tblspc").iterdir()]
    return sorted(theirs) + sorted(within) + sorted(elsewhere)


def _is_a_users(name: str) -> bool:
    return name.isdigit() and int(name) >= FIRST_OF_A_USER


def _note(path: Path) -> Facts:
    try:
        note: Facts = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError as error:
        raise Fault(FAILED, f"{path}: {error}: not a mark of ours: look at it, then remove it") from error
    return note


def _has_passfile(facts: Facts) -> bool:
    """Whether the server's account has a password for its peer."""
    try:
        known = lines(passfile(facts))
    except (Fault, OSError, KeyError) as fault:
        print(f"password file: unknown: {fault}", file=sys.stderr)
        return False
    return any(f":{facts['database']['replication_user']}:" in line for line in known)
