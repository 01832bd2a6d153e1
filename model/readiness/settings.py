"""Settings a promotion would miss, as configuration files are not replicated: of each DBMS, and compared."""

from collections.abc import Callable, Iterator, Mapping

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS
from model.readiness.blocked import FAILOVERS, WAY_BACK, unless_off
from model.readiness.line import Check, Line
from model.view import View

Settings = Mapping[str, str]
Rule = tuple[Check, tuple[str, ...], Callable[[Settings], bool]]
EQUAL = ("max_connections", "wal_level", "server_version")


def _rewinds(settings: Settings) -> bool:
    return "on" in (settings["wal_log_hints"], settings["data_checksums"])


def _bounded(settings: Settings) -> bool:
    return int(settings["max_slot_wal_keep_size"]) > 0


def _replicates(settings: Settings) -> bool:
    return settings["wal_level"] in ("replica", "logical")


def _safe(settings: Settings) -> bool:
    return settings["fsync"] == "on"


def _readable(settings: Settings) -> bool:
    return settings["hot_standby"] == "on"


RULES: tuple[Rule, ...] = (
    (
        Check("pg_rewind possible", "fence", "set wal_log_hints = on: else the way back is a full copy", WAY_BACK),
        ("wal_log_hints", "data_checksums"),
        _rewinds,
    ),
    (
        Check("kept WAL bounded", "database", "set max_slot_wal_keep_size: a lost standby fills the disk", WAY_BACK),
        ("max_slot_wal_keep_size",),
        _bounded,
    ),
    (Check("wal_level", "database", "set wal_level = replica"), ("wal_level",), _replicates),
    (Check("fsync", "database", "set fsync = on: a crash must lose nothing", FAILOVERS), ("fsync",), _safe),
    (
        Check("hot_standby", "observe", "set hot_standby = on: else a standby cannot be asked"),
        ("hot_standby",),
        _readable,
    ),
)
ALIKE = Check("settings alike", "database", "make both equal: a smaller one stops following, or fails under load")


def lines(view: View) -> Iterator[Line]:
    """Judge both DBMS by the rules, then against each other."""
    for region in REGION_KEYS:
        for rule in RULES:
            yield _alone(view, region, rule)
    yield from (_alike(view, name) for name in EQUAL)


def _alone(view: View, region: RegionKey, rule: Rule) -> Line:
    check, names, holds = rule
    subject, settings = view.environment.dbms(region).name, view.seen.database(region).settings
    if not set(names) <= set(settings):
        return check.judged(subject, None, "unknown", unless_off(view, subject, check.blocks))
    return check.judged(subject, holds(settings), ", ".join(f"{name} = {settings[name]}" for name in names))


def _alike(view: View, name: str) -> Line:
    values = [view.seen.database(region).settings.get(name) for region in REGION_KEYS]
    found = " and ".join(value or "unknown" for value in values)
    blocks = unless_off(view, view.environment.dbms(view.target).name, ALIKE.blocks)
    return ALIKE.judged(name, None if None in values else values[0] == values[1], found, blocks)
