"""What psql hears from the primary, by its replication protocol and in SQL, and from the old cluster run privately."""

import os
import re
import sys

from recording import STATE, load  # type: ignore[import-not-found]  # beside it, where fakes are started from


def answer(conninfo, statement):
    """Answer a conversation with another server than this host's own."""
    if conninfo.startswith(f"host={os.environ['GDR_ROOT']}/run/"):
        return private(conninfo, statement)
    primary = load("primary.json", {})
    if not conninfo.startswith(f"host={primary.get('address')} port=5432 user=replica "):
        fail(2, "psql: error: connection to server failed: Connection refused")
    if conninfo.endswith(" replication=1"):
        return replication(primary, statement)
    if conninfo.endswith(" dbname=postgres"):
        return in_sql(primary, statement)
    return fail(2, f"psql: error: unknown: {conninfo}")


def replication(primary, statement):
    if statement == "identify_system; show in_hot_standby;":
        who = f"{primary['system']}|{primary['timeline']}|{primary.get('end', '0/6000000')}|"
        return primary.get("says") or f"{who}\n{'on' if primary.get('standby') else 'off'}"
    if statement == f"timeline_history {primary['timeline']};":
        left = (f"{timeline}\t{at}\tno recovery target specified\n" for timeline, at in primary["left"].items())
        return f"{primary['timeline']:08X}.history|" + "\n".join(left)
    return fail(3, f"ERROR:  syntax error: {statement}")


def in_sql(primary, statement):
    if found := re.search(
        r"from pg_replication_slots where slot_name = '(\w+)' and slot_type = 'physical';$", statement
    ):
        return primary["slots"].get(found[1], "")
    if found := re.search(
        r"from pg_ls_dir\('pg_wal', true, false\) .* name ~ '\^\[0-9a-f\]\{8\}(\w{16})\$';$", statement
    ):
        return "t" if any(name.lower().endswith(found[1]) for name in primary["log"]) else "f"
    return fail(3, f"ERROR:  syntax error: {statement}")


def private(conninfo, statement):
    if not os.path.exists(f"{STATE}/serving"):
        fail(2, "psql: error: connection to server on socket failed: No such file or directory")
    (quoted,) = re.findall(r"dbname='(.*)'$", conninfo)
    database = re.sub(r"\\(.)", r"\1", quoted)
    rows = load("rows.json", {})
    if statement.startswith("select datname from pg_database where datallowconn"):
        return "\n".join(rows)
    if statement.endswith("\\gexec") and database in rows:
        (wanted,) = re.findall(r"\{([\d,]+)\}", statement)
        return "\n".join(row for xid, row in rows[database] if str(xid) in wanted.split(","))
    return fail(3, f"ERROR:  unknown: {statement}")


def fail(code, words):
    sys.stderr.write(f"{words}\n")
    sys.exit(code)
