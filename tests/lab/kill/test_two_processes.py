import fcntl
import signal

import pytest

from lab.drill.proof import require_target
from tests.lab.operator import Journal, Operator

pytestmark = pytest.mark.timeout(600)


def freeze(lab, operator):
    """Freeze a process, but not while it writes a record: nobody else could write one then."""
    lock = lab.identity.disk("ctl") / "var/lib/genesys-dr/cases/lab.lock"
    while True:
        operator.signal(signal.SIGSTOP)
        with lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                operator.signal(signal.SIGCONT)
            else:
                return


def test_of_two_processes_of_one_case_the_older_is_refused(lab):
    """A frozen orchestrator that wakes up after another took over does nothing more."""
    lab.restore()
    journal = Journal(lab)
    older = Operator.cold(lab, "planned")
    journal.wait_for("act.after stop:r1-fw-p/scs", older)
    freeze(lab, older)
    younger = Operator.cold(lab, "planned")
    status, text = younger.output()
    older.signal(signal.SIGCONT)
    refused, words = older.output()
    assert status == 0, text[-2000:]
    assert refused == 3, words[-2000:]
    assert "another process has taken over" in words
    require_target(lab, "region2", ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b"))
