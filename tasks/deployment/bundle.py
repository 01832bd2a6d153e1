"""What is sent to a host that is deployed: the shipped host side, and what the model rendered for its components."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from model.deployment import database
from model.deployment.render import BIN, LOG_PASSWORD, PAIR, PASSWORD, UNITS, USERNAME, host_json, making, part_files
from model.environment.document import Component, Host
from model.environment.environment import Environment
from model.errors import Refused
from model.steps.parts import counterpart
from model.survey import DBMS, HOST
from tasks.run import CODE

SHIPPED = CODE / "deployments" / "hosts"
GUARDED = ("dbms", *PAIR)
Files = dict[str, str]


@cache
def _shipped(name: str) -> str:
    return (SHIPPED / name).read_text()


def program() -> str:
    """Return the program that runs the bundle on a host without a host side."""
    return _shipped("bootstrap.py")


def host_side(environment: Environment, host: Host) -> Files:
    """Return the host side by path, as docs/operate.md tells an operator to put it."""
    package = sorted(path.name for path in Path(SHIPPED, "gdr_host").glob("*.py"))
    files = {f"{BIN}/{name}": _shipped(name) for name in ("gdr-host", "gdr-guard")}
    files |= {f"{BIN}/gdr_host/{name}": _shipped(f"gdr_host/{name}") for name in package}
    files["/etc/genesys-dr/host.json"] = host_json(environment, host)
    if host.role in PAIR:
        files["/etc/genesys-dr/counterpart.json"] = host_json(environment, counterpart(environment, host.name))
    if host.role in GUARDED:
        files[f"{UNITS}/gdr-firewall.service"] = _shipped("gdr-firewall.service")
    files["/etc/sudoers.d/genesys-dr"] = _shipped("sudoers")
    return files


def of_part(environment: Environment, host: Host, part: Component) -> Files:
    """Return a component's files; on a framework host with the guard that is shipped for its unit."""
    guard = {f"{UNITS}/{part.unit}.service.d/guard.conf": _shipped("guard.conf")} if host.role in PAIR else {}
    return part_files(environment, host, part) | guard


def of_database(environment: Environment) -> Files:
    """Return the files of a DBMS."""
    return database.files(environment, _shipped("guard-database.conf"))


def groups(environment: Environment, host: Host) -> Mapping[str, Files]:
    """Return all that deploy writes on a host, by what it belongs to: nothing of a kind that has no installer."""
    made = making(environment).components
    own = {DBMS: of_database(environment)} if host.role == "dbms" else {}
    parts = {
        part.unit: of_part(environment, host, part)
        for part in host.components
        if part.kind in made and part.kind != "dbms"
    }
    return {HOST: host_side(environment, host)} | own | parts


def filled(files: Files, logins: Mapping[str, str], *, secret: bool) -> Files:
    """Put names, and where that is wanted the password, into rendered files.

    Raises:
        Refused: A file asks for the log database's password, and there is none: the host would not tell that it lacks.
    """
    names = {USERNAME: logins["account"], database.OBSERVER: logins["observer"]}
    asking = [path for path, text in files.items() if LOG_PASSWORD in text]
    if secret and asking and not logins["log_password"]:
        raise Refused(f"log_password: is empty, and {asking[0]} asks for it: give the block of the database one")
    if secret:
        names |= {LOG_PASSWORD: logins["log_password"], PASSWORD: logins["account_password"]}
    else:
        names |= {LOG_PASSWORD: PASSWORD}  # the host tells no password, and none from another
    return {path: _with(text, names) for path, text in files.items()}


def _with(text: str, names: Mapping[str, str]) -> str:
    for hole, name in names.items():
        text = text.replace(hole, name)
    return text


def checksum(text: str) -> str:
    """Sum a file as the host does."""
    return hashlib.sha256(text.encode()).hexdigest()
