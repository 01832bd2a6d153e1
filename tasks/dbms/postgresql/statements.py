"""The SQL statements, kept as files so that a DBA can review them."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Return the text of `sql/<name>.sql`."""
    return (files("tasks.dbms.postgresql") / "sql" / f"{name}.sql").read_text()
