"""The components: started through systemd, stopped to the last process that listens, whoever started it."""

import os
import signal
from contextlib import suppress

from gdr_host.host import FAILED, Facts, Fault
from gdr_host.postgresql import pg_stop
from gdr_host.program import DOWN, checked, run, said, unit_states, until
from gdr_host.sockets import Socket, parse

PATIENCE_S = 5


def listening(port: int) -> list[Socket]:
    """Return the sockets that listen on a port of this host."""
    return [one for one in parse(checked("ss", "-Htlnp")) if one.port == port]


def component_start(_: Facts, component: Facts) -> None:
    """Start a unit, unless the management layer has already started its program past systemd."""
    unit = component["unit"]
    before = unit_states([unit])[unit]
    if before != "active" and listening(component["port"]):
        print(f"{unit}: already listens on port {component['port']}, started past systemd")
        return
    if before == "failed":
        checked("systemctl", "reset-failed", unit)
    ran = run("systemctl", "start", unit, within=60)
    after = unit_states([unit])[unit]
    if after != "active":
        # A unit whose boot guard says no is skipped: systemctl succeeds and nothing runs.
        why = said(ran) if ran.returncode else f"it is {after}; the boot guard did not let it"
        raise Fault(FAILED, f"{unit}: did not start: {why}: see journalctl -u {unit}")


def component_stop(facts: Facts, component: Facts) -> None:
    """Stop a unit, then end what still listens on its port: LCA and SCS start some past systemd."""
    if component["kind"] == "dbms":
        pg_stop(facts)
        return
    unit, port = component["unit"], component["port"]
    stopped = run("systemctl", "stop", unit, within=105)
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal_listeners(port, number)
        if until(lambda: not listening(port), PATIENCE_S):
            break
    state, left = unit_states([unit])[unit], [pid for one in listening(port) for pid in one.pids]
    if left or listening(port):
        raise Fault(
            FAILED,
            f"{unit}: port {port} is still held by pids {left}: end what starts them, SCS and LCA first",
        )
    if state not in DOWN:
        raise Fault(FAILED, f"{unit}: is still {state}: {said(stopped)}")


def _signal_listeners(port: int, number: signal.Signals) -> None:
    for pid in {pid for one in listening(port) for pid in one.pids if pid > 1}:
        with suppress(ProcessLookupError):  # it ended by itself, which is what is wanted
            os.kill(pid, number)


def component_restart(facts: Facts, component: Facts) -> None:
    """Stop to the last listener, then start."""
    component_stop(facts, component)
    component_start(facts, component)
