"""The schema that is handed out is that of the report's own types."""

import json
import subprocess
import sys
from dataclasses import fields
from typing import get_args

import pytest

from model.step import Intent, Name
from tests.architecture.repository import ROOT

PRINT = "import runpy; print(runpy.run_path('.ci/schemas.py')['text'](), end='')"


def test_the_schema_of_the_report_is_up_to_date() -> None:
    """To renew it: `PYTHONPATH=. .venv/bin/python .ci/schemas.py`."""
    done = subprocess.run([sys.executable, "-c", PRINT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "tasks" / "schemas" / "report.json").read_text()


@pytest.mark.parametrize("kind", ["case.opened", "intent.escalated", "intent.aborted"])
def test_the_schema_of_the_journal_knows_what_can_be_intended(kind: str) -> None:
    schema = json.loads((ROOT / "tasks" / "schemas" / "journal.json").read_text())
    known = schema["$defs"][kind]["properties"]["intent"]["properties"]
    assert set(known) == {field.name for field in fields(Intent)}
    assert set(known["runbook"]["enum"]) == set(get_args(Name))
