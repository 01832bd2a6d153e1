"""What `deploy` must know beyond what runs where: installers, start commands, places of the DBMS and its scripts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
DatabaseName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
Fqdn = Annotated[str, Field(pattern=r"^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]  # quoted as it stands
Port = Annotated[int, Field(ge=1, le=65535)]
AbsolutePath = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.@-]*)+$")]
Kind = Literal["lca", "confserv", "scs", "message_server", "proxy", "log_message_server", "dbms"]


class Strict(BaseModel):
    """Frozen, and strict about unknown keys: a typo must not pass silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Making(Strict):
    """How a component of one kind gets onto a host, and what starts it.

    Attributes:
        install: The site's own installer, run once on the host as root.
        start: What run.sh executes. `{config}`, `{section}`, `{host}`, `{port}` are filled in.
        options: What else its configuration file says, by section; `server` is the server's own. `{peer}` and
            `{ha_port}` are filled in, too.
    """

    install: Annotated[tuple[str, ...], Field(min_length=1)]
    start: Annotated[tuple[str, ...], Field(min_length=1)]
    options: dict[str, dict[str, str]] = {}


class LogMaking(Strict):
    """The log database that deploy makes: the login that owns it, and the vendor's scripts that make its tables."""

    account: Identifier
    init_scripts: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)]


class DatabaseMaking(Strict):
    """Where a DBMS host's own packages have put the server, and the vendor's scripts that make the tables."""

    data_directory: AbsolutePath
    config_directory: AbsolutePath
    bin: AbsolutePath
    replication_user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
    init_scripts: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)]
    log: LogMaking | None = None


class Deployment(Strict):
    """What `deploy` must know beyond the rest of the file; where it is left out, deploy refuses.

    Attributes:
        home: Below it, each component has a folder of its unit's name.
        account: The account under which every component is started, the first time as always.
        resolver_flush: What empties the cache of an application host's own resolver; `{zone}` is filled in.
        addp_timeout_s: ADDP between the two of a pair, both ways: the vendor's example.
    """

    home: AbsolutePath
    account: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
    resolver_flush: tuple[str, ...] | None = None
    addp_timeout_s: Annotated[int, Field(ge=1)] = 16
    addp_remote_timeout_s: Annotated[int, Field(ge=1)] = 32
    database: DatabaseMaking
    components: dict[Kind, Making]
