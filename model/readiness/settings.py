"""Settings a promotion would miss, as configuration files are not replicated: of each DBMS, and compared."""

from collections.abc import Callable, Iterator, Mapping

from model.environment.environment import REGION_KEYS
from model.readiness.line import Check, Line
from model.view import View

Settings = Mapping[str, str]
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


RULES: tuple[tuple[Check, tuple[str, ...], Callable[[Settings], bool]], ...] = (
    (
        Check("pg_rewind possible", "report", "set wal_log_hints = on: else the way back is a full copy"),
        ("wal_log_hints", "data_checksums"),
        _rewinds,
    ),
    (
        Check("kept WAL bounded", "database", "set max_slot_wal_keep_size: a lost standby fills the disk"),
        ("max_slot_wal_keep_size",),
        _bounded,
    ),
    (Check("wal_level", "database", "set wal_level = replica"), ("wal_level",), _replicates),
    (Check("fsync", "database", "set fsync = on: a crash must lose nothing"), ("fsync",), _safe),
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
        seen = view.seen.database(region)
        for check, names, holds in RULES:
            yield _alone(check, view.environment.dbms(region).name, seen.settings, names, holds)
    yield from (_alike(view, name) for name in EQUAL)


def _alone(
    check: Check, subject: str, settings: Settings, names: tuple[str, ...], holds: Callable[[Settings], bool]
) -> Line:
    if not set(names) <= set(settings):
        return check.judged(subject, None, "unknown")
    return check.judged(subject, holds(settings), ", ".join(f"{name} = {settings[name]}" for name in names))


def _alike(view: View, name: str) -> Line:
    values = [view.seen.database(region).settings.get(name) for region in REGION_KEYS]
    found = " and ".join(value or "unknown" for value in values)
    return ALIKE.judged(name, None if None in values else values[0] == values[1], found)
