"""The log database in the environment file: its name, what its rows look like, and under `cross` where it is."""

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field

from model.environment.making import DatabaseName, Fqdn, Identifier, Port, Strict


class LogRows(Strict):
    """Where the log database keeps a message, from which host it is and when it was written, for the proof that it is.

    `at` must have an index: only the rows of the last hour are asked for.
    """

    table: Identifier
    host: Identifier
    at: Identifier


class LogServers(Strict):
    """The log server of each region, under `cross`: a machine of its own, or another port of the region's DBMS host.

    Attributes:
        port: Of both: the log message servers of both regions have one Database Access Point.
        replicated_by: What of the site's carries rows both ways, in its own words. It is observed, never changed.
        behind_s: How many seconds a region may be behind at the other one; the RPO, where it is left out.
    """

    region1: IPv4Address
    region2: IPv4Address
    port: Port
    replicated_by: Annotated[str, Field(pattern=r"\S")]
    behind_s: Annotated[float | None, Field(gt=0)] = None


class Log(Strict):
    """The log database: one more database of the same DBMS, so that it follows as that does (DrBc, DBMS).

    Under `cross` it is one in each region, on a server that is no DBMS of the Configuration Database (DisRecOGG).

    Attributes:
        name: The name by which the log message servers of both regions know it: of their one Database Access Point.
        answered_by: zone: a name of our zone, which moves with the database. geo_dns: the site's own GEO DNS answers
            each region; it is asked and proven there, never changed.
        servers: Under `cross` alone.
    """

    database: DatabaseName
    name: Fqdn
    answered_by: Literal["zone", "geo_dns"] = "zone"
    rows: LogRows
    servers: LogServers | None = None
