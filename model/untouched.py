"""Whether production is as it was: what was seen before a bubble, throughout, and once nothing of it was left."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.evidence import Entry
from model.observation import DatabaseRole, Power

LOOKS = ("attempt.started", "observed")
Seen = Mapping[str, Any]
KEPT = (("record", ("active", "target", "database")), ("servers", ("addresses", "aliases")))
OF_HOSTS, OF_DATABASES = ("names", "aliases", "hosts_file", "blocked"), ("role", "timeline", "follows", "sync_names")


def compared(entries: Sequence[Entry]) -> bool:
    """Whether there was a look before and one after."""
    return len([entry for entry in entries if entry.kind in LOOKS]) > 1


def touched(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Yield what is not as it was, or not known to be, and how: of names, record, DBMS, hosts and what runs on them.

    Args:
        entries: The journal of a bubble's case.
    """
    looks: list[Seen] = [entry.data["observation"] for entry in entries if entry.kind in LOOKS]
    if not looks:
        return
    first, last = looks[0], looks[-1]
    yield from _unknown(first, "before")
    yield from _unknown(last, "after")
    yield from _differing("record", first.get("record"), last.get("record"), KEPT[0][1])
    for part, kept in (KEPT[1], ("databases", OF_DATABASES), ("hosts", OF_HOSTS)):
        before, after = first.get(part, {}), last.get(part, {})
        for name in sorted({*before, *after}):
            yield from _differing(name, before.get(name), after.get(name), kept)
    for name, seen in sorted(first.get("hosts", {}).items()):
        yield from _restarted(name, seen, last.get("hosts", {}).get(name, {}))
    yield from _followed(looks)


def _unknown(look: Seen, when: str) -> Iterator[tuple[str, str]]:
    """Name what was not seen: where nobody looked, nothing is as it was."""
    if not look.get("record"):
        yield "record", f"was not seen {when}"
    for part in ("servers", "hosts"):
        silent = [name for name, seen in look.get(part, {}).items() if not (seen.get("answers") or _is_off(seen))]
        yield from ((name, f"was not seen {when}") for name in sorted(silent))


def _is_off(seen: Seen) -> bool:
    return bool(seen.get("power") == Power.OFF)


def _differing(name: str, before: Seen | None, after: Seen | None, kept: Sequence[str]) -> Iterator[tuple[str, str]]:
    for part in kept:
        was, found = (before or {}).get(part), (after or {}).get(part)
        if _plain(was) != _plain(found):
            yield f"{name}: {part}", f"was {was}, is {found}"


def _plain(value: Any) -> Any:
    """Compare sets, which are written as lists, whatever their order."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return sorted(value) if isinstance(value, list) else value


def _restarted(name: str, before: Seen, after: Seen) -> Iterator[tuple[str, str]]:
    for kind, was in before.get("components", {}).items():
        found = after.get("components", {}).get(kind, {})
        if was.get("running") != found.get("running"):
            yield f"{name}: {kind}", f"running was {was.get('running')}, is {found.get('running')}"
        elif was.get("running"):
            yield from ((f"{name}: {kind}", how) for how in _younger(was.get("age_s"), found.get("age_s")))


def _younger(was: float | None, found: float | None) -> Iterator[str]:
    if was is None or found is None:
        yield "since when it runs was not seen"
    elif found < was:
        yield "was started since"


def _followed(looks: Sequence[Seen]) -> Iterator[tuple[str, str]]:
    """Say where a standby was not seen to stream, at any moment; whose role nobody saw may be one."""
    for number, seen in enumerate(looks, 1):
        for region, database in seen.get("databases", {}).items():
            known = database.get("role", DatabaseRole.UNKNOWN)
            if known == DatabaseRole.UNKNOWN:
                yield f"{region}: replication", f"its role was not seen at look {number} of {len(looks)}"
            if known == DatabaseRole.STANDBY and not database.get("streaming"):
                yield f"{region}: replication", f"did not stream at look {number} of {len(looks)}"
