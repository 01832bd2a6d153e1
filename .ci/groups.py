"""Run groups of checks in order and print what each took: `make check`, `make test`, `make campaign`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class Tests:
    """One run of pytest."""

    folder: str
    options: tuple[str, ...] = ()

    def exist(self) -> bool:
        """Say whether there is anything to run."""
        return any((ROOT / self.folder).rglob("test_*.py"))


@dataclass(frozen=True)
class Group:
    """Checks with a share of the half hour that two cores have for all of them.

    Attributes:
        lanes: How many run at once; what one says is then printed when it ends. The laboratory is one for all.
        beside: It needs no laboratory: beside groups that do, it runs on what they leave of the processors.
        patient: It does so now.
    """

    name: str
    share_s: int
    tools: tuple[tuple[str, ...], ...] = ()
    tests: tuple[Tests, ...] = ()
    lanes: int = 1
    beside: bool = False
    patient: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one check. A tool that fails counts as one failed test."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    fault: str = ""


@dataclass
class Outcome:
    """What came of a group."""

    group: Group
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Count one check."""
        self.passed += result.passed
        self.failed += result.failed
        self.skipped += result.skipped
        self.faults += [result.fault] if result.fault else []

    def remark(self) -> str:
        """Say what is worth a second look."""
        if self.faults:
            return "FAILED: " + ", ".join(self.faults)
        if self.group.patient:
            return "beside the others: its seconds are not its own"
        return "*** OVER ITS SHARE: make it faster before anything is added ***" if self.over() else ""

    def over(self) -> bool:
        """Say whether the group took more than its share. That alone fails nothing: machines differ."""
        return self.seconds > self.group.share_s


PLAIN = ("-p", "no:hypothesispytest")  # it costs a second, and only the model's tests use it
SLOWEST = ("--durations=10", "--durations-min=5")  # where the time of the laboratory goes
# Linux shares the processors out between sessions first: niceness alone counts within one, and each host is one.
GIVES_WAY = 'test ! -w /proc/self/autogroup || echo 19 > /proc/self/autogroup; exec nice -n 19 "$@"'
PATIENT = ("sh", "-c", GIVES_WAY, "sh")
PROXY = "tests/contract/proxy"  # seventy tests before one Prefect server
SPREAD = ("-n", "auto")  # as many processes as there are processors; beside the laboratory one
ALONE = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}
OWN_LABS = ("bare", "logs")  # folders of tests/lab whose laboratories are others; that with logs is the campaign's
GROUPS = (
    Group(
        "check",
        60,
        tools=(
            ("ruff", "format", "--check", "--output-format=concise", "."),
            ("ruff", "check", "--output-format=concise", "."),
            ("lint-imports", "--no-logo"),
            ("mypy",),
        ),
        # The longest first, beside the others. Coverage traces the model's own tests alone.
        tests=(
            Tests("tests/unit/model", ("--cov", "--cov-report=term", *SPREAD)),
            Tests("tests/unit", (*PLAIN, "--ignore=tests/unit/hosts", "--ignore=tests/unit/model")),
            Tests("tests/architecture", PLAIN),
        ),
        lanes=2,
        beside=True,
    ),
    # Too slow for the inner loop: every state of every runbook, and tests each of which runs programs.
    Group("states", 180, tests=(Tests("tests/explore", PLAIN), Tests("tests/unit/hosts", PLAIN)), lanes=2, beside=True),
    Group("flow", 150, tests=(Tests("tests/flow", SPREAD), Tests(PROXY)), beside=True),
    Group("contract", 120, tests=(Tests("tests/contract", (f"--ignore={PROXY}",)),)),
    # One laboratory for all of it: what is killed, what a Prefect server deploys, and the rest.
    Group("lab", 1140, tests=(Tests("tests/lab", (*SLOWEST, *(f"--ignore=tests/lab/{it}" for it in OWN_LABS))),)),
    Group("bare", 240, tests=(Tests("tests/lab/bare", SLOWEST),)),  # a laboratory of its own, with nothing deployed
    Group("campaign", 8 * 3600, tests=(Tests("tests", ("-m", "campaign", "--timeout=0")),)),
)


def main(names: list[str]) -> int:
    """Run the named groups, all of them even after a failure."""
    known = {group.name: group for group in GROUPS}
    if not names or not set(names) <= set(known):
        print(f"usage: groups.py GROUP...: one or more of {' '.join(known)}", file=sys.stderr)
        return 2
    outcomes = _run_all([known[name] for name in names])
    print(table(outcomes))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def interruptible(names: list[str]) -> int:
    """Run groups; at Ctrl-C be gone at once: what runs in a session of its own was not told, and ends with us."""
    try:
        return main(names)
    except KeyboardInterrupt:
        os._exit(130)


def _run_all(groups: list[Group]) -> list[Outcome]:
    """Run groups in order. What needs no laboratory runs beside what does and waits a lot, one check at a time."""
    busy = [group for group in groups if not group.beside]
    aside = [group for group in groups if group.beside]
    if busy:  # two at once made tests of the laboratory late, and the whole no shorter
        aside = [replace(group, patient=True, lanes=1) for group in aside]
    waiting = ThreadPoolExecutor(1).submit(lambda: [_run(group) for group in aside])
    outcomes = [_run(group) for group in busy]
    return [*waiting.result(), *outcomes]


def table(outcomes: list[Outcome]) -> str:
    """Lay the outcomes out, a line each and the sum last."""
    lines = ["", _row("group", "seconds", "share", "passed", "failed", "skipped", "")]
    for it in outcomes:
        took = f"{it.seconds:.1f}"
        lines.append(_row(it.group.name, took, it.group.share_s, it.passed, it.failed, it.skipped, it.remark()))
    passed, failed, skipped = (
        sum(counts) for counts in zip(*((it.passed, it.failed, it.skipped) for it in outcomes), strict=True)
    )
    return "\n".join([*lines, f"{passed} passed, {failed} failed, {skipped} skipped"])


def _row(name: object, *cells: object) -> str:
    *numbers, remark = cells
    return f"{name:10}{''.join(f'{cell:>9}' for cell in numbers)}  {remark}".rstrip()


def _run(group: Group) -> Outcome:
    outcome = Outcome(group)
    start = time.monotonic()
    checks: list[Callable[[], Result]] = [partial(_run_tool, group, argv) for argv in group.tools]
    checks += [partial(_run_tests, group, tests) for tests in group.tests]
    lanes = ThreadPoolExecutor(group.lanes)
    try:
        for done in [lanes.submit(check) for check in checks]:
            outcome.add(done.result())
    finally:
        lanes.shutdown(cancel_futures=True)
    outcome.seconds = time.monotonic() - start
    return outcome


def _run_tool(group: Group, argv: tuple[str, ...]) -> Result:
    return Result(failed=1, fault=" ".join(argv)) if _call(group, argv) else Result()


def _run_tests(group: Group, tests: Tests) -> Result:
    if not tests.exist():
        return Result(failed=1, fault=f"no tests in {tests.folder}")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = _call(group, ("pytest", "-q", *tests.options, tests.folder), f"--junitxml={report}")
        passed, failed, skipped = _counts(report)
    if code and not failed:
        failed = 1  # pytest has other ways to fail: coverage, collection, a crash
    return Result(passed, failed, skipped, tests.folder if code else "")


def _call(group: Group, argv: tuple[str, ...], *more: str) -> int:
    """Run a check, which ends when we are killed, and return its exit code; of several, each speaks in one piece."""
    title = f"\n--- {group.name}: {' '.join(argv)}"
    manners = PATIENT if group.patient else ()
    command = (*manners, "setpriv", "--pdeathsig=TERM", str(BIN / argv[0]), *argv[1:], *more)
    if group.lanes == 1 and not group.patient:
        print(title, flush=True)
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | (ALONE if group.patient else {}),
        start_new_session=group.patient,
    )
    print(f"{title}\n{done.stdout}", end="", flush=True)
    return done.returncode


def _counts(report: Path) -> tuple[int, int, int]:
    """Read passed, failed and skipped from a JUnit report; nothing where pytest could not write one."""
    if not report.exists():
        return 0, 0, 0
    passed = failed = skipped = 0
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314  # our own pytest wrote it just now
        total, failures, errors, left_out = (
            int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")
        )
        passed += total - failures - errors - left_out
        failed += failures + errors
        skipped += left_out
    return passed, failed, skipped


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    os.environ.setdefault("GENESYS_DR_LAB", "test")  # a laboratory that somebody has up to look at stays
    sys.exit(interruptible(sys.argv[1:]))
