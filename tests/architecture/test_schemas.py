"""The schema that is handed out is that of the report's own types."""

import subprocess
import sys

from tests.architecture.repository import ROOT

PRINT = "import runpy; print(runpy.run_path('.ci/schemas.py')['text'](), end='')"


def test_the_schema_of_the_report_is_up_to_date() -> None:
    """To renew it: `PYTHONPATH=. .venv/bin/python .ci/schemas.py`."""
    done = subprocess.run([sys.executable, "-c", PRINT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (ROOT / "tasks" / "schemas" / "report.json").read_text()
