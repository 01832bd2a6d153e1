"""What the Local Control Agent reports."""

import pytest

from lab.standins.lca.engine import MISSES, Host
from lab.standins.wire import Rejection

RUNNING = {"status": "Running", "runmode": "Primary", "pid": 42}


def host():
    made = Host()
    made.know(["confserv"])
    return made


def test_a_unit_started_by_systemd_is_seen_by_its_socket():
    seen = host()
    seen.unit("confserv").hear(RUNNING)
    assert seen.report() == [{"unit": "confserv", "status": "Running", "runmode": "Primary", "pid": 42}]


def test_a_closed_socket_is_a_stopped_unit_and_one_silent_poll_is_not():
    unit = host().unit("confserv")
    unit.hear(RUNNING)
    unit.miss(gone=False)
    assert unit.status == "Running"
    for _ in range(MISSES):
        unit.miss(gone=False)
    assert unit.status == "Stopped"
    unit.hear(RUNNING)
    unit.miss(gone=True)
    assert unit.status == "Stopped"


def test_a_child_still_behind_the_guard_is_pending_and_not_started_twice():
    seen = host()
    seen.unit("confserv").child = 7
    with pytest.raises(Rejection, match="Start Pending"):
        seen.startable("confserv")


def test_an_unknown_unit_is_rejected():
    with pytest.raises(Rejection, match="unknown unit"):
        host().unit("postgresql")
