"""What a failover did to its targets, counted there and never in our own evidence."""

import re
from collections import Counter
from collections.abc import Sequence

from lab.api import Lab
from lab.drill.proof import require_target
from tests.lab.operator import Journal

_ORDER = re.compile(r"COMMAND=/opt/genesys-dr/bin/gdr-host (\d+) (.+)")
_A_RECORD = re.compile(r"adding an RR at '(cfgmaster-[pb])\.gen\.test' A")

LIVING = {"unplanned": ("r2-app-p", "r2-app-b"), "planned": ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b")}


def prepare(lab: Lab, mode: str) -> None:
    """Return to the steady state, and lose region 1 where that is what the failover is for."""
    lab.restore()
    if mode == "unplanned":
        lab.break_("power-off", "region1")


def require_single(lab: Lab, mode: str, living: Sequence[str] = ()) -> None:
    """Require that a full failover reached region 2 and that every effect took place once."""
    require_target(lab, "region2", living or LIVING[mode])
    repeatable = {f"{host.name}: epoch" for host in lab.topology.hosts}  # stores the epoch of each process in turn
    told = orders(lab)
    assert {order for order in told if order.endswith(": pg-promote")} == {"r2-db: pg-promote"}, (
        "the sudo logs are not read"
    )
    assert not {order: count for order, count in told.items() if count > 1 and order not in repeatable}
    assert moved_names(lab) == {"cfgmaster-p": 1, "cfgmaster-b": 1}
    assert timeline(lab, "r2-db") == 2
    assert all(count == 1 for count in started(lab, "region2").values()), started(lab, "region2")
    assert set(canaries(lab, "r2-db").values()) == {1}
    for host in lab.topology.with_role("dbms"):
        assert not lab.is_on(host.name) or not repeated_rules(lab, host.name)
    assert Journal(lab).subjects().count("case.closed") == 1


def orders(lab: Lab) -> Counter[str]:
    """Count what each host was told to do, as its sudo wrote it down; the epoch is left out."""
    counted: Counter[str] = Counter()
    for host in lab.topology.hosts:
        log = lab.identity.disk(host.name) / "var/log/sudo.log"
        text = log.read_text().replace("\n    ", " ") if log.exists() else ""
        counted.update(f"{host.name}: {found.group(2).strip()}" for found in _ORDER.finditer(text))
    return counted


def moved_names(lab: Lab) -> Counter[str]:
    """Count the changes of each A record in the DNS server's own log."""
    log = lab.identity.disk("ns1") / "var/log/named/update.log"
    return Counter(_A_RECORD.findall(log.read_text()))


def timeline(lab: Lab, host: str) -> int:
    """Return the timeline of a DBMS: it grows by one with each promotion."""
    sql = "select timeline_id from pg_control_checkpoint()"
    return int(lab.exec(host, ["psql", "-XqAt", "-d", "postgres", "-c", sql], "postgres", check=True).stdout)


def canaries(lab: Lab, host: str) -> dict[str, int]:
    """Count what a Configuration Database has of the newest case's canaries, by step."""
    sql = "select step from gdr_canary where case_id = (select case_id from gdr_canary order by at desc limit 1)"
    said = lab.exec(host, ["psql", "-XqAt", "-d", "config", "-c", sql], "postgres", check=True).stdout
    return Counter(said.split())


def record(lab: Lab) -> str:
    """Return the activation record as its writer has it."""
    said = lab.exec("ns1", ["dig", "@127.0.0.1", "+short", "TXT", "_genesys-dr.gen.test"], check=True).stdout
    return said.strip().strip('"')


def starts(lab: Lab, host: str, unit: str) -> int:
    """Count how often systemd started a unit, since boot."""
    said = lab.exec(host, ["journalctl", "--no-pager", "-o", "cat", "-u", unit], check=True).stdout
    return len(re.findall(r"^Started ", said, re.MULTILINE))


def agent_starts(lab: Lab, host: str, unit: str) -> int:
    """Count how often a host's Local Control Agent started a unit, by the agent's own log."""
    log = lab.identity.disk(host) / "var/log/genesys/lca.log"
    return log.read_text().count(f" asked to start {unit}: pid ")


def started(lab: Lab, region: str) -> dict[str, int]:
    """Count the starts of a region's framework: what systemd starts, and what the Management Layer does."""
    by = {"service": starts, "management_layer": agent_starts}
    parts = [(host.name, part) for host in lab.topology.framework(region) for part in host.components]
    return {f"{host}/{part.unit}": by[part.started_by](lab, host, part.unit) for host, part in parts}


def repeated_rules(lab: Lab, host: str) -> list[str]:
    """Return firewall rules that stand more than once in the kernel."""
    rules = lab.exec(host, ["iptables", "-S"], check=True).stdout.splitlines()
    return [rule for rule, count in Counter(rules).items() if count > 1]
