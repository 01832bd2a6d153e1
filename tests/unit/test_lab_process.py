import os
import signal
import subprocess
from unittest.mock import Mock

from lab import leftovers, preflight, process
from lab.command import wait_until
from lab.identity import Identity
from lab.leftovers import Leftovers


def begins(pid):
    """Wait until a process has what it was given: for a moment after its start nothing can be read of it."""
    wait_until("its environment", lambda: process.setting(pid, "GENESYS_DR_LAB", "") == "one", 30)


def test_what_a_process_was_given_is_read_from_itself():
    given = subprocess.Popen(["sleep", "60"], env={"GENESYS_DR_LAB": "one", "OTHER": "a=b"})
    try:
        begins(given.pid)
        assert process.setting(given.pid, "GENESYS_DR_LAB", "dr") == "one"
        assert process.setting(given.pid, "OTHER", "") == "a=b"
        assert process.setting(given.pid, "NOT_GIVEN", "dr") == "dr"
    finally:
        given.kill()
        given.wait()
    assert process.setting(given.pid, "OTHER", "") is None


def test_an_up_of_another_laboratory_is_no_reason_to_leave_debris(monkeypatch):
    debris = Leftovers((), ("gdr-one-r1-db",), (), (), ())
    monkeypatch.setattr(leftovers, "scan", Mock(return_value=debris))
    up = subprocess.Popen(["sh", "-c", "sleep 60; true", "lab", "up"], env={"GENESYS_DR_LAB": "one"}, process_group=0)
    try:
        begins(up.pid)
        assert not preflight.is_debris(Identity("one"))
        assert preflight.is_debris(Identity("two"))
    finally:
        os.killpg(up.pid, signal.SIGKILL)
        up.wait()
