"""Who died is told by a lock that ends with its process, in whatever way that ends."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks import presence
from tasks.presence import at_work, roll_call

WORDS = {"environment": "lab", "reason": "rain"}
PROGRAM = """
    import signal, sys
    from tasks import presence

    def stop(*_):
        raise SystemExit

    signal.signal(signal.SIGTERM, stop)
    with presence.at_work("lab", "drill", {"environment": "lab", "reason": "rain"}, "5f1c", KeyError):
        print("at work", flush=True)
        signal.pause()
"""


class Waits(BaseException):
    """It ends here, and a person is asked."""


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    return tmp_path


@pytest.fixture
def working() -> Iterator[subprocess.Popen[str]]:
    """A process that is at work, with one of its own that outlives it."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        env={**os.environ, "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process
        process.kill()


def test_who_is_at_work_says_what_it_was_told(working: subprocess.Popen[str]) -> None:
    (note,), gone = roll_call("lab")
    assert (note.runbook, note.words, note.run, gone) == ("drill", WORDS, "5f1c", ())
    assert note.process.split("-")[-2] == str(working.pid)
    assert roll_call("other") == ((), ())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_was_killed_or_made_to_stop_has_told_nobody(working: subprocess.Popen[str], number: signal.Signals) -> None:
    working.send_signal(number)
    working.wait(10)
    living, (note,) = roll_call("lab")
    assert (living, note.process.split("-")[-2]) == ((), str(working.pid))
    presence.bury("lab", note.process)
    assert roll_call("lab") == ((), ())


@pytest.mark.parametrize("end", [ValueError, Waits])
def test_who_ends_with_a_word_leaves_nothing_behind(end: type[BaseException]) -> None:
    with pytest.raises(end), at_work("lab", "drill", WORDS, "", Waits):
        raise end
    assert roll_call("lab") == ((), ())
    with at_work("lab", "drill", WORDS, "", Waits):
        assert len(roll_call("lab")[0]) == 1
    assert roll_call("lab") == ((), ())


def test_who_tells_of_its_end_before_it_comes_leaves_nothing_behind() -> None:
    with at_work("lab", "drill", WORDS, "", Waits):
        presence.leave()
        assert roll_call("lab") == ((), ())


def test_a_note_that_is_being_written_is_nobodys_death(state: Path) -> None:
    (state / "at_work/lab").mkdir(parents=True)
    (state / "at_work/lab/h-1-1.json").touch()
    assert roll_call("lab") == ((), ())


def test_where_no_note_can_be_written_nothing_is_begun(state: Path) -> None:
    (state / "at_work").touch()
    with pytest.raises(OSError, match="at_work"), at_work("lab", "drill", WORDS, "", Waits):
        pytest.fail("begun")


def test_what_was_told_of_a_run_is_remembered_until_it_is_over() -> None:
    presence.bury("lab", "", "5f1c")
    assert set(presence.told("lab")) == {"5f1c"}
    presence.forget("lab", "5f1c")
    assert presence.told("lab") == {}
