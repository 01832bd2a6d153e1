import signal

import pytest

from lab.drill.proof import require_target
from tests.lab.operator import Journal, Operator

pytestmark = pytest.mark.timeout(600)


def test_of_two_processes_of_one_case_the_older_is_refused(lab):
    """A frozen orchestrator that wakes up after another took over does nothing more."""
    lab.restore()
    journal = Journal(lab)
    older = Operator(lab, "planned")
    journal.wait_for("act.after stop:r1-fw-p/scs", older)
    older.signal(signal.SIGSTOP)
    younger = Operator(lab, "planned")
    status, text = younger.output()
    older.signal(signal.SIGCONT)
    refused, words = older.output()
    assert status == 0, text[-2000:]
    assert refused == 3, words[-2000:]
    assert "another process has taken over" in words
    require_target(lab, "region2", ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b"))
