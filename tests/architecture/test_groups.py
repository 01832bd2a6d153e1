"""What `make check` and `make test` say is true: a failure is counted, and CI skips no lab test."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.repository import ROOT, plant

PREFLIGHT = "from lab.errors import LabError\ndef require(): raise LabError('user: not root')\n"
BARE = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what is planted needs none, and each start imports them all
SETTINGS = '[tool.pytest.ini_options]\npythonpath = ["."]\nmarkers = ["lab: needs root"]\n'


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("groups", ROOT / ".ci" / "groups.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "groups", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def groups(real: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setattr(real, "ROOT", tmp_path)
    monkeypatch.setenv(*BARE)
    planted = real.Group("planted", 60, tests=(real.Tests("tests/x"),))
    monkeypatch.setattr(real, "GROUPS", (planted,))
    return real


MIXED = "import pytest\ndef test_a(): ...\ndef test_b(): assert 0\ndef test_c(): pytest.skip('x')\n"


@pytest.mark.parametrize(
    ("more", "status", "total"),
    [
        ({"test_x.py": MIXED, "test_y.py": "import no_such_module"}, 1, "0 passed, 1 failed, 0 skipped"),
        ({"test_x.py": MIXED}, 1, "1 passed, 1 failed, 1 skipped"),
        ({"test_x.py": "nothing = 'collected'"}, 1, "0 passed, 1 failed, 0 skipped"),
    ],
)
def test_the_sum_is_what_happened(
    groups: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, str],
    status: int,
    total: str,
) -> None:
    for name, text in more.items():
        plant(tmp_path, f"tests/x/{name}", text)
    assert groups.main(["planted"]) == status
    assert capsys.readouterr().out.splitlines()[-1] == total


def test_of_checks_at_once_each_says_its_own_in_one_piece(
    groups: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(tmp_path, "tests/x/test_x.py", MIXED)
    plant(tmp_path, "tests/y/test_y.py", "def test(): ...\n")
    both = (groups.Tests("tests/x"), groups.Tests("tests/y"))
    monkeypatch.setattr(groups, "GROUPS", (groups.Group("planted", 60, tests=both, lanes=2),))
    assert groups.main(["planted"]) == 1
    out = capsys.readouterr().out
    pieces = dict(piece.split("\n", 1) for piece in out.split("--- planted: ")[1:])
    assert "1 failed, 1 passed, 1 skipped" in pieces["pytest -q tests/x"]
    assert pieces["pytest -q tests/y"].startswith(".")
    assert out.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"


def test_a_group_without_laboratory_runs_beside_the_others_and_both_are_counted(
    groups: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each waits until the other has begun, and the one that leaves the processors to the other says it at its end."""
    session = "pathlib.Path('/proc/self/autogroup')"
    share = f"os.getsid(0) != {os.getsid(0)} and (not {session}.exists() or 'nice 19' in {session}.read_text())"
    met = "import os, pathlib, time\ndef test():\n    pathlib.Path('{}').touch()\n    end = time.monotonic() + 120\n"
    met += "    while not pathlib.Path('{}').exists(): assert time.monotonic() < end; time.sleep(0.01)\n"
    plant(
        tmp_path,
        "tests/x/test_x.py",
        met.format("x", "y") + f"    assert os.nice(0) == 19\n    assert {share}\n    assert 0, 'told'\n",
    )
    plant(tmp_path, "tests/y/test_y.py", met.format("y", "x") + f"    assert os.nice(0) == {os.nice(0)}\n")
    aside = groups.Group("aside", 0, tests=(groups.Tests("tests/x"),), beside=True)
    monkeypatch.setattr(groups, "GROUPS", (aside, groups.Group("lab", 600, tests=(groups.Tests("tests/y"),))))
    assert groups.main(["aside", "lab"]) == 1
    out = capsys.readouterr().out
    assert "--- aside: pytest -q tests/x\n" in out
    assert "AssertionError: told" in out
    assert out.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"
    plant(tmp_path, "tests/x/test_x.py", f"import os\ndef test(): assert os.nice(0) == {os.nice(0)}\n")
    assert groups.main(["aside"]) == 0, "alone it takes what it needs"


def test_a_tool_that_fails_is_a_failure(groups: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "BIN", Path("/bin"))
    monkeypatch.setattr(groups, "GROUPS", (groups.Group("planted", 60, tools=(("true",), ("false",))),))
    assert groups.main(["planted"]) == 1


@pytest.mark.parametrize("more", [{}, {"test_y.py": "def test_a(): ...\n"}])
def test_a_group_without_its_tests_is_a_failure(
    groups: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, str],
) -> None:
    """The folder is gone, or the marker chooses none of what is left."""
    chosen = groups.Tests("tests", ("-m", "campaign"))
    monkeypatch.setattr(groups, "GROUPS", (groups.Group("planted", 60, tests=(chosen,)),))
    plant(tmp_path, "pyproject.toml", '[tool.pytest.ini_options]\nmarkers = ["campaign: x"]\n')
    for name, text in more.items():
        plant(tmp_path, f"tests/{name}", text)
    assert chosen.exist() is bool(more)
    assert groups.main(["planted"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"


def test_remarks(groups: ModuleType) -> None:
    group = groups.Group("planted", 60)
    assert groups.Outcome(group, passed=1, seconds=59).remark() == ""
    assert "OVER" in groups.Outcome(group, passed=1, seconds=61).remark()
    assert groups.Outcome(group, failed=1, faults=["mypy"]).remark() == "FAILED: mypy"


@pytest.mark.parametrize(("ci", "status", "word"), [("", 0, "1 skipped"), ("true", 1, "CI must run the lab")])
def test_a_lab_that_cannot_run(tmp_path: Path, ci: str, status: int, word: str) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", plant(tmp_path, "tests/conftest.py", ""))
    plant(tmp_path, "pyproject.toml", SETTINGS)
    plant(tmp_path, "lab/__init__.py", "")
    plant(tmp_path, "lab/errors.py", "class LabError(Exception): ...\n")
    plant(tmp_path, "lab/preflight.py", PREFLIGHT)
    plant(tmp_path, "tests/lab/test_x.py", "def test(): ...\n")
    argv = [sys.executable, "-m", "pytest", "-rs", "tests"]
    environment = {**os.environ, **dict([BARE]), "CI": ci}
    done = subprocess.run(argv, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == status, done.stdout
    assert word in done.stdout
    assert "user: not root" in done.stdout


HURRIED = """
import pytest
pytestmark = pytest.mark.timeout(900)
def none(request): return request.node.get_closest_marker("timeout").args == (0,)
def test_of_a_module_that_names_a_timeout(request): assert none(request)
@pytest.mark.timeout(1800)
def test_that_names_its_own(request): assert none(request)
"""


@pytest.mark.parametrize(("options", "total"), [(["--timeout=0"], "2 passed"), ([], "2 failed")])
def test_a_campaign_is_cut_short_by_no_timeout_that_a_test_names(
    tmp_path: Path, options: list[str], total: str
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", plant(tmp_path, "tests/conftest.py", ""))
    plant(tmp_path, "pyproject.toml", SETTINGS)
    plant(tmp_path, "tests/test_x.py", HURRIED)
    argv = [sys.executable, "-m", "pytest", "-p", "pytest_timeout", *options, "tests"]
    environment = {**os.environ, **dict([BARE])}
    done = subprocess.run(argv, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert total in done.stdout, done.stdout


def test_the_campaign_asks_for_no_timeout(real: ModuleType) -> None:
    (campaign,) = [group for group in real.GROUPS if group.name == "campaign"]
    assert all("--timeout=0" in tests.options for tests in campaign.tests)


CHILD = """
import importlib.util, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background command ignores it
spec = importlib.util.spec_from_file_location("groups", ".ci/groups.py")
groups = sys.modules["groups"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(groups)
waits = "import os, time; open(os.environ['PIDS'], 'a').write(f'{os.getpid()} '); time.sleep(600)"
check = ("python", "-c", waits)
"""
ONE = 'groups._call(groups.Group("one", 1), check)'
TWO = """
groups.GROUPS = groups.Group("aside", 1, tools=(check,), beside=True), groups.Group("busy", 1, tools=(check,))
groups.interruptible(["aside", "busy"])
"""


@pytest.mark.parametrize(("run", "checks", "number"), [(ONE, 1, signal.SIGKILL), (TWO, 2, signal.SIGINT)])
def test_checks_end_with_the_groups_that_ran_them(
    tmp_path: Path, run: str, checks: int, number: signal.Signals
) -> None:
    """A killed `make test` must not leave laboratories behind, nor Ctrl-C what runs beside them."""
    noted = tmp_path / "pids"
    noted.touch()
    environment = {**os.environ, "PIDS": str(noted)}
    # In a session of its own it stands for what a terminal interrupts: the command and whatever is in its group.
    running = subprocess.Popen([sys.executable, "-c", CHILD + run], cwd=ROOT, env=environment, start_new_session=True)
    until(lambda: len(noted.read_text().split()) == checks)
    os.killpg(running.pid, number) if number == signal.SIGINT else running.kill()
    running.wait(10)
    until(lambda: not any(b"sleep" in cmdline(int(pid)) for pid in noted.read_text().split()))


SERVED = """
import os, subprocess, sys, time, pytest
@pytest.fixture
def server():
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    open(os.environ["PIDS"], "w").write(f"{started.pid}")
    yield
    started.kill()
    started.wait()
def test_that_is_cut_off(server): time.sleep(600)
"""


def test_a_check_that_is_ended_takes_down_what_its_tests_have_started(tmp_path: Path) -> None:
    noted = plant(tmp_path, "pids", "")
    shutil.copy(ROOT / "tests" / "conftest.py", plant(tmp_path, "tests/conftest.py", ""))
    plant(tmp_path, "pyproject.toml", SETTINGS)
    plant(tmp_path, "tests/test_x.py", SERVED)
    environment = {**os.environ, **dict([BARE]), "PIDS": str(noted)}
    running = subprocess.Popen([sys.executable, "-m", "pytest", "-q", "tests"], cwd=tmp_path, env=environment)
    until(lambda: bool(noted.read_text()))
    running.terminate()
    running.wait(20)
    assert not cmdline(int(noted.read_text()))


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def cmdline(pid: int) -> bytes:
    """Return a process's command line, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
