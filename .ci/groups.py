"""Run groups of checks in order and print what each took: `make check`, `make test`, `make campaign`."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
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
    """Checks with a share of the half hour that two cores have for all of them."""

    name: str
    share_s: int
    tools: tuple[tuple[str, ...], ...] = ()
    tests: tuple[Tests, ...] = ()


@dataclass
class Outcome:
    """What came of a group. A tool that fails counts as one failed test."""

    group: Group
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def remark(self) -> str:
        """Say what is worth a second look."""
        if self.faults:
            return "FAILED: " + ", ".join(self.faults)
        return "*** OVER ITS SHARE: make it faster before anything is added ***" if self.over() else ""

    def over(self) -> bool:
        """Say whether the group took more than its share. That alone fails nothing: machines differ."""
        return self.seconds > self.group.share_s


PARALLEL = ("-n", "2")
GROUPS = (
    Group(
        "check",
        60,
        tools=(
            ("ruff", "format", "--check", "--output-format=concise", "."),
            ("ruff", "check", "--output-format=concise", "."),
            ("mypy",),
            ("lint-imports", "--no-logo"),
        ),
        tests=(
            Tests("tests/unit", (*PARALLEL, "--cov", "--cov-report=term")),
            Tests("tests/architecture", PARALLEL),
        ),
    ),
    Group("flow", 90, tests=(Tests("tests/flow"),)),
    Group("contract", 180, tests=(Tests("tests/contract"),)),
    Group("lab", 240, tests=(Tests("tests/lab", ("--ignore=tests/lab/kill", "--ignore=tests/lab/server")),)),
    Group("kill", 360, tests=(Tests("tests/lab/kill"),)),
    Group("server", 240, tests=(Tests("tests/lab/server"),)),
    Group("campaign", 8 * 3600, tests=(Tests("tests", ("-m", "campaign", "--timeout=0")),)),
)


def main(names: list[str]) -> int:
    """Run the named groups in order, all of them even after a failure."""
    known = {group.name: group for group in GROUPS}
    if not names or not set(names) <= set(known):
        print(f"usage: groups.py GROUP...: one or more of {' '.join(known)}", file=sys.stderr)
        return 2
    outcomes = [_run(known[name]) for name in names]
    print(table(outcomes))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


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
    for argv in group.tools:
        _say(group, argv)
        if subprocess.run((BIN / argv[0], *argv[1:]), cwd=ROOT, check=False).returncode:
            outcome.failed += 1
            outcome.faults.append(" ".join(argv))
    for tests in group.tests:
        if tests.exist():
            _run_tests(outcome, tests)
        else:
            outcome.failed += 1
            outcome.faults.append(f"no tests in {tests.folder}")
    outcome.seconds = time.monotonic() - start
    return outcome


def _run_tests(outcome: Outcome, tests: Tests) -> None:
    argv = ("pytest", "-q", *tests.options, tests.folder)
    _say(outcome.group, argv)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run((BIN / "pytest", *argv[1:], f"--junitxml={report}"), cwd=ROOT, check=False)
        passed, failed, skipped = _counts(report)
    outcome.passed += passed
    outcome.skipped += skipped
    outcome.failed += failed
    if done.returncode:
        outcome.failed += not failed  # pytest has other ways to fail: coverage, collection, a crash
        outcome.faults.append(tests.folder)


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


def _say(group: Group, argv: tuple[str, ...]) -> None:
    print(f"\n--- {group.name}: {' '.join(argv)}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main(sys.argv[1:]))
