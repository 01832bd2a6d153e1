"""Run commands of the machine, and wait for conditions."""

import subprocess
import time
from collections.abc import Callable, Sequence

from lab.errors import LabError

POLL_S = 0.02
_LONGEST_S = 0.1


def run(*argv: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; its last words become the error."""
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise LabError(f"{' '.join(argv[:6])}: exit {done.returncode}: {words}")
    return done


def wait_until(what: str, is_true: Callable[[], bool], deadline_s: float) -> None:
    """Ask again until a condition holds; raise when the deadline passes first."""
    end = time.monotonic() + deadline_s
    while True:
        asked = time.monotonic()
        if is_true():
            return
        answered = time.monotonic()
        if answered > end:
            raise LabError(f"{what}: not within {deadline_s:g} s")
        # What is waited for needs the processor too: an expensive question is asked less often. One that was slow
        # because nobody answered cost nothing, and waits no longer for it.
        time.sleep(min(max(POLL_S, answered - asked), _LONGEST_S))


def batch(netns: str, lines: Sequence[str]) -> None:
    """Run `ip` commands inside a network namespace, stopping at the first that fails."""
    run("ip", "-n", netns, "-batch", "-", stdin="\n".join(lines) + "\n")
