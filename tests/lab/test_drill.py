"""`make drill` to its end, in a second laboratory: what it prints is true, and the machine is left as it was."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab import inventory, state, web
from lab.identity import CHECKOUT, Identity

pytestmark = [pytest.mark.timeout(900), pytest.mark.campaign]  # two minutes each

LOST, BACK, HEART = (
    "=== Region 1 loses everything ===",
    "=== Region 1 has its power back; back to it ===",
    "=== Region 1 loses its framework and its DBMS, its applications live on ===",
)


@pytest.fixture
def other(identity):
    """A second laboratory's name; what the machine had before must be all that it has afterwards."""
    other = Identity(f"{identity.id[:5]}d")
    before = inventory.take(other)
    yield other
    assert inventory.take(other) == before


def program(other, *words, **settings):
    environment = {**os.environ, "GENESYS_DR_LAB": other.id, **settings}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def titles(text):
    return [line for line in text.splitlines() if line.startswith("=== ")]


def require_told(text, drills):
    """Require what an operator reads at the end of each: loss within what was shown, proxies, two files that exist."""
    lost = re.findall(r"^Acknowledged \d+, found \d+, lost (\d+) <= (\d+) shown at the gate\.$", text, re.MULTILINE)
    assert [int(one) <= int(shown) for one, shown in lost] == [True] * drills
    assert text.count("In normal mode on region2: ") == drills
    kept = re.findall(r"^(?:Report  |Evidence) (\S+)$", text, re.MULTILINE)
    assert [Path(path).stat().st_size > 0 for path in kept] == [True] * 2 * drills
    assert re.findall(r"- RTO [\d.]+ s \(objective \d+ s: (\w+)\)", text) == ["met"] * drills


def test_the_whole_drill_ends_with_what_it_found_and_leaves_nothing(other):
    text = program(other, "lab.drill")
    assert titles(text) == [LOST, BACK, HEART]
    require_told(text, 2)
    assert re.search(r"^Acknowledged on the way back \d+, lost 0\. Stranded: ", text, re.MULTILINE)


def test_a_drill_that_is_kept_leaves_its_laboratory_and_interface_up_until_it_is_taken_down(other):
    text = program(other, "lab.drill", KEEP="1")
    try:
        assert titles(text) == [LOST, BACK]
        require_told(text, 1)
        (url,) = re.findall(r"^The laboratory stays up: (\S+) ", text, re.MULTILINE)
        port = state.load(other).port
        assert url == web.address(port)
        assert web.is_healthy(port)
    finally:
        program(other, "lab", "down")
