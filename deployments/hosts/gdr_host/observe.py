"""What this host knows of itself, asked of all its parts at once.

A part that does not answer is null (or `unknown`), and standard error says why. Nothing stands for "probably
fine".
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gdr_host import guard
from gdr_host.alone import alone
from gdr_host.epoch import stored_epoch
from gdr_host.firewall import blocked
from gdr_host.host import ROOT, Facts, Fault, under_root
from gdr_host.program import Unit, at_once, checked, units
from gdr_host.sockets import Socket, parse
from gdr_host.walls import walls

DEADLINE_S = 2.5


def observe(facts: Facts, *, heard: bool = True) -> str:
    """Ask everything at once and write it down as one JSON object; unless `heard`, nothing that asks other machines."""
    seen = _ask_all(facts, _questions(facts) | (_heard(facts) if heard else {}))
    return json.dumps(
        {
            "host": facts["host"],
            "epoch": seen["epoch"],
            "boot_id": seen["boot_id"],
            "clock": time.time(),
            "components": [_component(one, seen) for one in facts["components"]],
            "peers": _peers(facts.get("framework_ports") or [], seen["sockets"]),
            "log_peers": _log_peers(facts, seen["sockets"]),
            "names": {name: seen[f"name {name}"] for name in facts.get("names") or [] if heard},
            "aliases": {name: seen[f"name {name}"] for name in facts.get("aliases") or [] if heard},
            "hosts_file": seen["hosts_file"],
            "guard": seen.get("guard") or "unknown",
            **(seen["firewall"] or {"blocked": None, "torn": None}),
            "alone": seen["alone"],
            "disk_free_bytes": seen["disk_free_bytes"],
            "database": _database(facts, seen),
            "walls": seen.get("walls"),
            "copy": seen.get("copy"),
        }
    )


def _questions(facts: Facts) -> dict[str, Callable[[], Any]]:
    """Name every part and how it is asked; each is independent of the others."""
    questions: dict[str, Callable[[], Any]] = {
        "epoch": stored_epoch,
        "boot_id": lambda: (ROOT / "proc/sys/kernel/random/boot_id").read_text().strip(),
        "units": lambda: units([one["unit"] for one in facts["components"]]),
        "sockets": lambda: parse(checked("ss", "-Htanp", within=DEADLINE_S)),
        "hosts_file": lambda: _hosts_file(facts),
        "firewall": lambda: blocked(facts),
        "alone": alone,
        "disk_free_bytes": lambda: shutil.disk_usage(under_root(_disk(facts))).free,
    }
    for one in facts["components"]:
        if command := one.get("status_command"):
            questions[f"status {one['unit']}"] = partial(_status, command)
    if facts["database"]:
        from gdr_host import database

        questions |= database.questions(facts)
    if facts["role"] in ("framework_primary", "framework_backup"):
        questions["walls"] = lambda: walls(facts)
    return questions


def _heard(facts: Facts) -> dict[str, Callable[[], Any]]:
    """Name what it can say only once a name server has answered: its guard's word, and what names mean here."""
    names = [*(facts.get("names") or []), *(facts.get("aliases") or [])]
    return {"guard": lambda: _guard(facts), **{f"name {name}": partial(_addresses, name) for name in names}}


def _ask_all(facts: Facts, questions: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    def answer(part: str) -> Any:  # each part has its own type
        try:
            return questions[part]()
        except (Fault, OSError, ValueError, LookupError) as why:
            print(f"{facts['host']}: {part}: unknown: {why}", file=sys.stderr)
            return None

    return at_once({part: partial(answer, part) for part in questions})


def _component(component: Facts, seen: dict[str, Any]) -> Facts:
    sockets: list[Socket] | None = seen["sockets"]
    own = [one for one in sockets or [] if one.state == "LISTEN" and one.port == component["port"]]
    pids = sorted({pid for one in own for pid in one.pids})
    status: dict[str, str] = seen.get(f"status {component['unit']}") or {}
    unit: Unit | None = (seen["units"] or {}).get(component["unit"])
    return {
        "kind": component["kind"],
        "unit": component["unit"],
        "port": component["port"],
        "active": unit.state if unit else "unknown",
        "guarded": _guarded(unit, component) if unit else None,
        "listening": None if sockets is None else bool(own),
        "pids": None if sockets is None else pids,
        "age_s": _oldest(pids),
        "status": status.get("Status"),
        "run_mode": status.get("Runmode"),
    }


def _guarded(unit: Unit, component: Facts) -> bool:
    """Whether systemd asks the guard before it starts this very unit: a drop-in of another unit guards nothing."""
    asks = "gdr-guard check --database" if component["kind"] == "dbms" else "gdr-guard check"
    return any(re.search(rf"/{asks}( |$)", argv) for argv in re.findall(r"argv\[\]=([^;]*)", " ".join(unit.conditions)))


def _oldest(pids: list[int]) -> float | None:
    """Return the seconds since the oldest of these processes started, of those that live still.

    A DBMS forks for each session, and for a moment that process holds the port as well.
    """
    starts = [ticks for pid in pids if (ticks := _started(pid)) is not None]
    up = float(Path("/proc/uptime").read_text().split()[0])
    return round(up - min(starts) / os.sysconf("SC_CLK_TCK"), 2) if starts else None


def _started(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _log_peers(facts: Facts, sockets: list[Socket] | None) -> list[str] | None:
    """Return the DBMS to which the log message server is connected: no other process of this host counts."""
    own = {one["port"] for one in facts["components"] if one["kind"] == "log_message_server"}
    if not facts.get("log_port") or not own:
        return None
    pids = {pid for one in sockets or [] if one.state == "LISTEN" and one.port in own for pid in one.pids}
    return _peers([facts["log_port"]], sockets and [one for one in sockets if pids & {*one.pids}])


def _peers(wanted: list[int], sockets: list[Socket] | None) -> list[str] | None:
    if sockets is None:
        return None
    ports = {str(port) for port in wanted}
    return sorted({one.peer for one in sockets if one.state == "ESTAB" and one.peer_port in ports})


def _addresses(name: str) -> list[str]:
    answer = checked("getent", "ahostsv4", name, within=DEADLINE_S)
    return sorted({line.split()[0] for line in answer.splitlines() if line.strip()})


def _hosts_file(facts: Facts) -> list[str]:
    lines = (line.partition("#")[0].split()[1:] for line in (ROOT / "etc/hosts").read_text().splitlines())
    return sorted({name for names in lines for name in names} & set(facts.get("names") or []))


def _guard(facts: Facts) -> str | None:
    """Ask what the record says of this region. That a standby may start anyway, `standby_signal` says."""
    if facts["region"] is None or facts["role"] == "application":
        return "absent"
    return {guard.YES: "open", guard.NO: "closed", guard.SILENT: "silent"}.get(guard.main(["check", "--once"]))


def _status(command: list[str]) -> dict[str, str]:
    return dict(re.findall(r"^\s*(\w+):\s*(.*?)\s*$", checked(*command, within=DEADLINE_S), re.MULTILINE))


def _disk(facts: Facts) -> str:
    return str(facts["database"]["data_directory"]) if facts["database"] else "/"


def _database(facts: Facts, seen: dict[str, Any]) -> Facts | None:
    if not facts["database"]:
        return None
    from gdr_host import database

    return database.described(facts, seen)
