"""docs/verified.md says what the tests play, and nothing else."""

import importlib.util
import subprocess
import sys

from tests.architecture.repository import ROOT

PROGRAM = ROOT / ".ci" / "verified.py"
PLANTED = """
import pytest

def test_a_cat_is_a_cat(): ...

@pytest.mark.campaign
async def test_a_long_night(lab): ...

def helper(): ...
"""
WHOLE = """
import pytest

pytestmark = [pytest.mark.timeout(900), pytest.mark.campaign]

def test_a_long_night(lab): ...
"""


def test_the_page_is_the_one_the_tests_write() -> None:
    done = subprocess.run([sys.executable, PROGRAM, "--check"], check=False)
    assert done.returncode == 0, "write it again: python .ci/verified.py"


def test_every_test_is_a_sentence_and_the_campaigns_are_marked() -> None:
    spec = importlib.util.spec_from_file_location("verified", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list(module.scenarios(PLANTED)) == ["A cat is a cat", "A long night (campaign)"]
    assert list(module.scenarios(WHOLE)) == ["A long night (campaign)"]


def test_there_are_at_least_a_hundred() -> None:
    text = (ROOT / "docs" / "verified.md").read_text()
    assert len({line for line in text.splitlines() if line.startswith("- ")}) >= 100
