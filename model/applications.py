"""The pair's Application objects: what the Configuration Database says of the two Configuration Servers of a pair."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.inventory import UNASKED, Inventory, server_section


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option in which the two differ. `values` is None of what may be a secret; one of them, where it is absent."""

    section: str
    option: str
    values: tuple[str | None, str | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """An Application with the backup's name.

    Attributes:
        served: The Application that names it as its backup; None where there is none.
        differing: Options in which the two differ, but for those of their logs.
    """

    name: str
    enabled: bool
    served: str | None
    differing: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applications:
    """Those of one name; `found` is None where it could not be read, and `fault` says why.

    Attributes:
        foreign: The tables have other columns in this release: only a person can compare.
    """

    name: str = ""
    found: tuple[Backup, ...] | None = None
    fault: str = "not asked"
    foreign: bool = False


UNTOLD = Applications()


def backup_name(environment: Environment, region: RegionKey, installed: Mapping[str, Inventory]) -> str | None:
    """Return the name of a region's backup Application; None where its host did not tell its configuration file.

    Source: Genesys, "Redundant (HA) Configuration Servers": the backup's section "has the same name as the backup
    Configuration Server Application object".
    """
    part = installed.get(environment.framework(region)[1].name, UNASKED).parts.get("confserv")
    return server_section(part.config or {}) if part else None
