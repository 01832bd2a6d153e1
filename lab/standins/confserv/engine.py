"""What a Configuration Server decides, without I/O: its role, its status, whom it answers."""

import configparser
from dataclasses import dataclass
from pathlib import Path

from lab.standins.daemon import BACKUP, INITIALIZING, PRIMARY, RUNNING, UNAVAILABLE
from lab.standins.wire import Rejection

PRIMARY_SECTION = "confserv"
"""The vendor's default section: the primary's. A backup's section is its Application name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One confserv.conf, read for one section."""

    section: str
    port: int
    ha_port: int
    peer: str
    dbserver: str
    dbport: int
    dbname: str
    username: str
    password: str

    @property
    def backup(self) -> bool:
        """Whether this process starts as Backup."""
        return self.section != PRIMARY_SECTION


def read_settings(path: Path, section: str) -> Settings:
    """Read confserv.conf; a missing option is a KeyError naming it."""
    ini = configparser.ConfigParser(interpolation=None)
    with path.open() as file:
        ini.read_file(file)
    server = ini[section]
    database = ini[server["server"]]
    return Settings(
        section=section,
        port=int(server["port"]),
        ha_port=int(server["ha-port"]),
        peer=server["peer"],
        dbserver=database["dbserver"],
        dbport=int(database["dbport"]),
        dbname=database["dbname"],
        username=database["username"],
        password=database["password"],
    )


def first_role(*, backup: bool, peer_role: str | None) -> str:
    """Decide the role to start in. Nobody but the pair is asked, and the database least of all.

    Args:
        backup: The process was started with the backup's section.
        peer_role: What the peer said, None when it did not answer.
    """
    if backup or peer_role == PRIMARY:
        return BACKUP
    return PRIMARY


@dataclass(slots=True)
class Server:
    """The state that decides what is answered."""

    role: str
    loaded: bool = False
    writable: bool = False

    @property
    def status(self) -> str:
        """What SCS would show."""
        if not self.loaded:
            return INITIALIZING
        return RUNNING if self.writable else UNAVAILABLE

    @property
    def session_name(self) -> str:
        """The application_name of our database session: the witness of who writes."""
        return "confserv" if self.role == PRIMARY else "confserv-backup"

    def require_client(self) -> None:
        """Reject clients where the vendor's server does."""
        if self.role != PRIMARY:
            raise Rejection("Backup: accepts no clients")
        if not self.loaded:
            raise Rejection("Initializing: configuration is not loaded")

    def require_write(self) -> None:
        """Reject a write that cannot reach the database."""
        self.require_client()
        if not self.writable:
            raise Rejection("Service Unavailable: no writable database")

    def require_leader(self) -> None:
        """Reject a follower where there is nothing to follow."""
        if self.role != PRIMARY or not self.loaded:
            raise Rejection(f"{self.role}: not a loaded Primary")
