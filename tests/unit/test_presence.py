"""Who died is told by a lock that ends with its process, in whatever way that ends."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.step import Intent
from tasks import evidence, presence
from tasks.presence import at_work, roll_call
from tasks.run import Run

WORDS = {"environment": "lab", "reason": "rain"}
INTENT = Intent(runbook="full_failover", target="region2", mode="planned", reason="rain")
RUN = Run(environment="lab", case="lab-1", attempt="h-1-1", intent=INTENT)
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


def test_where_no_note_can_be_written_the_work_is_done_and_that_is_owed(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed: list[str] = []
    monkeypatch.setattr(evidence, "record", lambda _run, kind, target, what: owed.append(f"{kind}: {target}: {what}"))
    (state / "at_work").touch()
    with at_work("lab", "drill", WORDS, "", Waits) as fault:
        assert f"{state}/at_work/lab/" in fault
        assert "should this process die, gdr-watchdog tells nobody" in fault
        presence.owe(RUN)
    with pytest.raises(ValueError, match="its own"), at_work("lab", "drill", WORDS, "", Waits):
        raise ValueError("its own")
    (state / "at_work").unlink()
    with at_work("lab", "drill", WORDS, "", Waits):
        presence.owe(RUN)
    assert owed == [f"debt: tidings of a dead run: {fault}"]


def test_a_note_for_which_there_is_no_room_leaves_none_that_is_half_written(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with at_work("lab", "drill", WORDS, "", Waits) as fault:
        assert "No space left on device" in fault
        assert list((state / "at_work/lab").iterdir()) == []


def test_a_note_that_cannot_be_taken_away_ends_no_runbook_and_tells_of_no_death(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with at_work("lab", "drill", WORDS, "", Waits) as fault:
        assert fault == ""
        monkeypatch.setattr(Path, "unlink", refused)
    assert len(list((state / "at_work/lab").iterdir())) == 1
    assert roll_call("lab") == ((), ())


def test_a_folder_that_cannot_be_listed_is_not_one_in_which_nobody_died(state: Path) -> None:
    (state / "at_work").mkdir()
    (state / "at_work/lab").touch()
    with pytest.raises(NotADirectoryError):
        roll_call("lab")
    with pytest.raises(NotADirectoryError):
        presence.told("lab")


def test_what_was_told_of_a_run_is_remembered_until_it_is_over() -> None:
    presence.bury("lab", "", "5f1c")
    assert set(presence.told("lab")) == {"5f1c"}
    presence.forget("lab", "5f1c")
    assert presence.told("lab") == {}
