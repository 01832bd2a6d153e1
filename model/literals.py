"""Addresses that stand in the Configuration Database as such, where both regions share the row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLiteral:
    """What looks like an address in a table of the Configuration Database, in how many rows, and one of them."""

    table: str
    address: str
    rows: int
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Literals:
    """All of them in one region's copy; `found` is None where it could not be read, and `fault` says why."""

    found: tuple[AddressLiteral, ...] | None = None
    fault: str = "not asked"
