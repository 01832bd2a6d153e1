"""Settings a promotion would miss, as configuration files are not replicated: of each DBMS, and compared.

Sources: PostgreSQL, "Hot Standby", 27.4.3 (what a standby must have at least as much of as its primary); "pg_rewind",
prerequisites; Genesys, "Framework Database Connectivity", PostgreSQL (`bytea_output`, `standard_conforming_strings`).
"""

from collections.abc import Callable, Iterator, Mapping

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.readiness.blocked import PROMOTING, WAY_BACK, Blocks, data_in, unless_off
from model.readiness.line import Check, Line
from model.view import View

Settings = Mapping[str, str]
Rule = tuple[Check, tuple[str, ...], Callable[[Settings], bool]]
SIZES = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
EQUAL = (
    "wal_level",
    "server_version",
    "archive_mode",
    "archive_command",
    "archive_library",
    "full_page_writes",
    "max_replication_slots",
    "bytea_output",
    "standard_conforming_strings",
)
MISSING = "(none)"  # of a release that does not have it


def _rewinds(settings: Settings) -> bool:
    return "on" in (settings["wal_log_hints"], settings["data_checksums"]) and settings["full_page_writes"] == "on"


def _bounded(settings: Settings) -> bool:
    return int(settings["max_slot_wal_keep_size"]) > 0


def _replicates(settings: Settings) -> bool:
    return settings["wal_level"] in ("replica", "logical")


def _safe(settings: Settings) -> bool:
    return settings["fsync"] == "on"


def _readable(settings: Settings) -> bool:
    return settings["hot_standby"] == "on"


def _feeds(settings: Settings) -> bool:
    return min(int(settings["max_wal_senders"]), int(settings["max_replication_slots"])) > 0


def _archives(settings: Settings) -> bool:
    return settings["archive_mode"] == "off" or "set" in (settings["archive_command"], settings.get("archive_library"))


REWINDS = "set wal_log_hints and full_page_writes = on: else the way back is a full copy"
RULES: tuple[Rule, ...] = (
    (
        Check("pg_rewind possible", "fence", REWINDS, WAY_BACK),
        ("wal_log_hints", "data_checksums", "full_page_writes"),
        _rewinds,
    ),
    (
        Check("kept WAL bounded", "database", "set max_slot_wal_keep_size: a lost standby fills the disk", WAY_BACK),
        ("max_slot_wal_keep_size",),
        _bounded,
    ),
    (Check("wal_level", "database", "set wal_level = replica"), ("wal_level",), _replicates),
    (Check("fsync", "database", "set fsync = on: a crash must lose nothing", PROMOTING), ("fsync",), _safe),
    (
        Check("hot_standby", "observe", "set hot_standby = on: else a standby cannot be asked"),
        ("hot_standby",),
        _readable,
    ),
    (
        Check("feeds a standby", "database", "raise max_wal_senders and max_replication_slots above 0", WAY_BACK),
        ("max_wal_senders", "max_replication_slots"),
        _feeds,
    ),
    (
        Check("archives", "database", "set archive_command: without it the log piles up until the disk is full"),
        ("archive_mode", "archive_command"),
        _archives,
    ),
)
ALIKE = Check("settings alike", "database", "make both equal: the regions exchange their roles", PROMOTING)
STOPS = "make both equal: a standby that has less of it stops following"
SIZED = Check("settings alike", "database", STOPS, PROMOTING, WAY_BACK)


def lines(view: View) -> Iterator[Line]:
    """Judge both DBMS by the rules, then against each other."""
    for region in REGION_KEYS:
        for rule in RULES:
            yield _alone(view, region, rule)
    yield from (_alike(view, SIZED, name) for name in SIZES)
    yield from (_alike(view, ALIKE, name) for name in EQUAL)


def _alone(view: View, region: RegionKey, rule: Rule) -> Line:
    check, names, holds = rule
    subject, settings = view.environment.dbms(region).name, view.seen.database(region).settings
    if not set(names) <= set(settings):
        return check.judged(subject, None, "unknown", unless_off(view, subject, check.blocks))
    return check.judged(subject, holds(settings), ", ".join(f"{name} = {settings[name]}" for name in names))


def _alike(view: View, check: Check, name: str) -> Line:
    dormant = view.environment.dbms(other(data_in(view))).name
    if not all(view.seen.database(region).settings for region in REGION_KEYS):
        return check.judged(name, None, "unknown", unless_off(view, dormant, check.blocks))
    first, second = (view.seen.database(region).settings.get(name, MISSING) for region in REGION_KEYS)
    return check.judged(name, first == second, f"{first} and {second}", _smaller(view, check, name))


def _smaller(view: View, check: Check, name: str) -> Blocks:
    """Return what a size blocks that differs: the active DBMS will be the standby only after a failover."""
    active, dormant = (view.seen.database(key).settings.get(name, "") for key in (data_in(view), other(data_in(view))))
    less = check is SIZED and active.isdecimal() and dormant.isdecimal() and int(active) < int(dormant)
    return WAY_BACK if less else check.blocks
