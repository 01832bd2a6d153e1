"""What a host says of itself, read by one command over SSH, and what its power source says of it."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any

from blocks import reach
from model.environment.document import PowerSource
from model.environment.environment import Environment
from model.errors import Refused, Transient
from model.observation import ComponentSeen, DatabaseRole, DatabaseSeen, Guard, HostSeen, Power
from tasks.hosts.command import COMMAND, location

MUST_TELL = ("epoch", "peers", "names", "hosts_file", "blocked")


async def powers(environment: Environment, names: Iterable[str]) -> dict[str, Power]:
    """Ask every power source about its hosts, one command each; UNKNOWN where there is none, or it does not say."""
    machines = {
        host.name: environment.power_source(host) for _, host in environment.all_hosts() if host.name in set(names)
    }
    sources = {source.name: source for source in machines.values() if source}
    asked = {name: [host for host, source in machines.items() if source and source.name == name] for name in sources}
    answers = await asyncio.gather(*(_power(environment, sources[name], hosts) for name, hosts in asked.items()))
    said = {host: state for answer in answers for host, state in answer.items()}
    return {name: said.get(name, Power.UNKNOWN) for name in names}


async def _power(environment: Environment, source: PowerSource, names: list[str]) -> dict[str, Power]:
    shell = await reach.shell(source.access)
    probes = environment.probes
    try:
        answer = await shell.read(
            str(source.address),
            *COMMAND,
            "power-status",
            *names,
            silent_s=probes.silent_s,
            deadline_s=probes.deadline_s,
        )
        return {name: Power(state) for name, state in json.loads(answer).items()}
    except (Transient, Refused, ValueError):
        return {}


async def host(environment: Environment, name: str, state: Power) -> tuple[HostSeen, DatabaseSeen | None]:
    """Ask a host about itself unless its power source says it is off.

    Returns:
        The host, and what it says of its DBMS if it has one.
    """
    if state is Power.OFF:
        return HostSeen(power=state, fault="powered off"), DatabaseSeen(role=DatabaseRole.STOPPED, fault="powered off")
    address, access = location(environment, name)
    shell = await reach.shell(access)
    try:
        probes = environment.probes
        report = json.loads(
            await shell.read(address, *COMMAND, "observe", silent_s=probes.silent_s, deadline_s=probes.deadline_s)
        )
    except (Transient, Refused, ValueError) as error:
        return HostSeen(power=state, fault=str(error)), None
    blind = [part for part in MUST_TELL if report[part] is None]
    if blind:
        return HostSeen(power=state, fault=f"answers, but could not read: {', '.join(blind)}"), None
    return _host(report, state), _database(report.get("database"))


def _host(report: dict[str, Any], state: Power) -> HostSeen:
    return HostSeen(
        power=state,
        answers=True,
        epoch=report["epoch"],
        guard=Guard(report["guard"]),
        components={part["kind"]: _component(part) for part in report["components"]},
        peers=frozenset(report["peers"]),
        names={name: tuple(addresses or ()) for name, addresses in report["names"].items()},
        hosts_file=frozenset(report["hosts_file"]),
        blocked={int(port): frozenset(addresses) for port, addresses in report["blocked"].items()},
        clock_skew_s=round(report["clock"] - time.time(), 3),
        disk_free_bytes=report["disk_free_bytes"],
    )


def _running(part: dict[str, Any]) -> bool | None:
    """Count a unit on its way up, for instance one that waits for its guard, as unknown and never as stopped."""
    if part["listening"] is False and part["active"] not in ("inactive", "failed", "not-found"):
        return None
    running: bool | None = part["listening"]
    return running


def _component(part: dict[str, Any]) -> ComponentSeen:
    return ComponentSeen(
        running=_running(part), status=part["status"], run_mode=part["run_mode"], age_s=part.get("age_s")
    )


def _database(report: dict[str, Any] | None) -> DatabaseSeen | None:
    if report is None:
        return None
    return DatabaseSeen(
        role=_role(report),
        checkpoint=lsn(report["checkpoint_lsn"]),
        clean=report["cluster_state"] in ("shut down", "shut down in recovery"),
        timeline=report["timeline"],
    )


def _role(report: dict[str, Any]) -> DatabaseRole:
    if report["running"] is False:
        return DatabaseRole.STOPPED
    if report["running"] is None or report["in_recovery"] is None:
        return DatabaseRole.UNKNOWN
    return DatabaseRole.STANDBY if report["in_recovery"] else DatabaseRole.PRIMARY


def lsn(text: str | None) -> int | None:
    """Return a position `0/3000060` in bytes; None stays unknown."""
    if text is None:
        return None
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)
