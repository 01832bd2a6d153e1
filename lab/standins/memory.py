"""The configuration in memory, as a master, its backup and every proxy hold it. No I/O."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from lab.standins.wire import Message, Rejection

Row = dict[str, Any]
Rows = dict[int, Row]

TABLES: dict[str, tuple[str, ...]] = {
    "cfg_locale": ("dbid", "name"),
    "cfg_tenant": ("dbid", "name", "state"),
    "cfg_host": ("dbid", "name", "ip_address", "lca_port", "scs_dbid", "state"),
    "cfg_application": ("dbid", "name", "type", "version", "is_server", "state"),
    "cfg_server": ("dbid", "app_dbid", "host_dbid", "backup_app_dbid", "port"),
    "cfg_app_option": ("dbid", "app_dbid", "section", "opt", "val"),
    "cfg_flex_prop": ("dbid", "object_dbid", "object_type", "section", "opt", "val"),
    "cfg_person": ("dbid", "tenant_dbid", "user_name", "first_name", "last_name", "state"),
}
"""Columns by table. The key of every table is dbid."""

HISTORY = 2000
"""Changes kept for clients that come back; one that missed more loads everything."""


@dataclass(frozen=True, slots=True)
class Change:
    """One insert, update or delete of one row."""

    op: str
    table: str
    row: Row

    def as_message(self) -> Message:
        """Render for the wire and for the History Log."""
        return {"op": self.op, "table": self.table, "row": self.row}


def parse_change(message: Message) -> Change:
    """Read a change, or reject what is not understood."""
    op, table, row = message.get("op"), message.get("table"), message.get("row")
    if op not in ("insert", "update", "delete"):
        raise Rejection(f"unknown operation {op!r}")
    if table not in TABLES:
        raise Rejection(f"unknown table {table!r}")
    if not isinstance(row, dict) or not row:
        raise Rejection(f"{table}: no row")
    if strange := sorted(set(row) - set(TABLES[table])):
        raise Rejection(f"{table}: unknown columns {strange}")
    if op != "insert" and not isinstance(row.get("dbid"), int):
        raise Rejection(f"{table}: {op} needs a dbid")
    return Change(op, table, row)


def _empty() -> dict[str, Rows]:
    return {table: {} for table in TABLES}


@dataclass(slots=True)
class Memory:
    """All objects by table and dbid, at one version of the History Log."""

    tables: dict[str, Rows] = field(default_factory=_empty)
    version: int = 0
    loaded: bool = False
    history: deque[tuple[int, Change]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    used: dict[str, int] = field(default_factory=dict)

    def load(self, tables: dict[str, list[Row]], version: int, history: list[tuple[int, Change]]) -> None:
        """Replace everything by what a database or a master holds."""
        self.tables = _empty()
        for table, rows in tables.items():
            self.tables[table] = {row["dbid"]: row for row in rows}
        self.version, self.loaded = version, True
        self.history = deque(history, maxlen=HISTORY)

    def complete(self, change: Change) -> Change:
        """Check a change against what is held and give a new row its dbid.

        A dbid handed out once is never handed out again: a write whose outcome is unknown may have used it.
        """
        rows = self.tables[change.table]
        if change.op != "insert":
            if change.row["dbid"] not in rows:
                raise Rejection(f"{change.table}: no object {change.row['dbid']}")
            return change
        dbid = change.row.get("dbid")
        if dbid is None:
            dbid = max(max(rows, default=0), self.used.get(change.table, 0)) + 1
            self.used[change.table] = dbid
        elif dbid in rows:
            raise Rejection(f"{change.table}: object {dbid} exists")
        return Change(change.op, change.table, {**change.row, "dbid": dbid})

    def apply(self, version: int, change: Change) -> None:
        """Take over one change that the database has committed."""
        rows, dbid = self.tables[change.table], change.row["dbid"]
        if change.op == "delete":
            rows.pop(dbid, None)
        else:
            rows[dbid] = {**rows.get(dbid, {}), **change.row}
        self.version = version
        self.history.append((version, change))

    def read(self, table: str, where: Row) -> list[Row]:
        """Select rows by equal columns."""
        if table not in TABLES:
            raise Rejection(f"unknown table {table!r}")
        if strange := sorted(set(where) - set(TABLES[table])):
            raise Rejection(f"{table}: unknown columns {strange}")
        return [row for row in self.tables[table].values() if where.items() <= row.items()]

    def since(self, version: int) -> list[Message] | None:
        """List the changes after a version, or None when only a full load can tell.

        As with the vendor's History Log, a client that is *ahead* of this master gets an empty list
        and keeps objects the master does not hold: nobody compares contents.
        """
        if version < self.version and (not self.history or self.history[0][0] > version + 1):
            return None
        return [change_event(at, change) for at, change in self.history if at > version]

    def snapshot(self) -> Message:
        """Render everything for a backup or for a proxy that starts."""
        return {
            "version": self.version,
            "tables": {table: list(rows.values()) for table, rows in self.tables.items()},
        }

    def load_snapshot(self, message: Message) -> None:
        """Replace everything by another server's snapshot."""
        self.load(message["tables"], message["version"], [])


def change_event(version: int, change: Change) -> Message:
    """Render the notification of one change."""
    return {"event": "change", "version": version, "change": change.as_message()}


def apply_event(memory: Memory, event: Message) -> None:
    """Take over a notified change."""
    memory.apply(event["version"], parse_change(event["change"]))
