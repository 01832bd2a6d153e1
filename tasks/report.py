"""The report: rendered from the journal, kept as a file and as an artifact; then the case is closed."""

from pathlib import Path

from prefect.artifacts import acreate_markdown_artifact

from model.report import render
from model.words import reached
from tasks import cases, evidence
from tasks.act import observe
from tasks.run import Run, environment, state
from tasks.show import shown


def path(case: str) -> Path:
    """Return where a case's report lies."""
    return state() / "reports" / f"{case}.md"


@observe
async def publish(run: Run) -> str:
    """Write the report, close the case, show the report in the UI; return the sentence the run ends with.

    It is written once before the case is closed, so that a kill between the two does not lose it.
    """
    _write(run)
    cases.close(run, "reached")
    artifact = acreate_markdown_artifact(markdown=_write(run), key=f"report-{run.environment}", description=run.case)
    await shown(run, "report", artifact)
    return f"{reached(run.intent)}. Report {path(run.case)}, evidence {evidence.journal(run.case)}"


def _write(run: Run) -> str:
    text = render(evidence.entries(run.case), environment(run.environment).objectives.rto_s)
    target = path(run.case)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(text)
    draft.replace(target)
    return text
