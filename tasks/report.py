"""The report: rendered from the journal, kept as a file and as an artifact; then the case is closed."""

from pathlib import Path

from prefect.artifacts import acreate_markdown_artifact

from model.bundle import Anchor
from model.errors import Refused
from model.report import render
from model.words import reached
from tasks import bundles, cases, evidence, mirror, signing
from tasks.act import observe
from tasks.run import Run, environment, state
from tasks.show import shown


def path(case: str) -> Path:
    """Return where a case's report lies."""
    return state() / "reports" / f"{case}.md"


@observe
async def publish(run: Run) -> str:
    """Write the report, close the case, show the report in the UI; return the sentence the run ends with.

    It is written once before the case is closed, so that a kill between the two does not lose it. The evidence is
    signed in the end; what cannot be signed stops nobody, and the report says so.
    """
    _write(run)
    mirrored = mirror.standing(run.environment, evidence.journal(run.case))
    cases.close(run, "reached", signed_by=_signer(), mirror=mirrored)
    artifact = acreate_markdown_artifact(markdown=_write(run), key=f"report-{run.environment}", description=run.case)
    await shown(run, "report", artifact)
    return (
        f"{reached(run.intent)}. Report {path(run.case)}, evidence {evidence.journal(run.case)}, {await _bundle(run)}"
    )


def _signer() -> str | None:
    """Return the public part of the key that signs here; None where there is none."""
    try:
        return signing.public()
    except Refused:
        return None


async def _bundle(run: Run) -> str:
    """Sign the evidence as it is now, and say where that lies."""
    case = evidence.case_of(run.case)
    try:
        signing.key()  # without one nobody need wait for a name server
        kept = await bundles.anchor(case, evidence.entries(run.case))
        return f"bundle {bundles.write(case, kept if isinstance(kept, Anchor) else None)}"
    except (Refused, OSError) as error:
        return f"not signed: {error}"


def _write(run: Run) -> str:
    text = render(evidence.entries(run.case), environment(run.environment).objectives.rto_s)
    target = path(run.case)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(text)
    draft.replace(target)
    return text
