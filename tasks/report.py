"""The report: rendered from the journal, kept as files and as an artifact; then the case is closed, and signed."""

import logging

from prefect.artifacts import acreate_markdown_artifact

from model.bundle import Anchor
from model.errors import Refused
from model.step import numbered
from model.words import reached
from tasks import bundles, cases, evidence, mirror, reports, signing
from tasks.act import observe
from tasks.report_forms.forms import texts
from tasks.report_forms.page import html
from tasks.run import Run
from tasks.show import advance, shown

LOG = logging.getLogger("gdr.report")


@observe(f"{numbered('report')}: write it, and close the case")
async def publish(run: Run, outcome: str = "reached") -> str:
    """Write the report, close the case, show the report in the UI; return the sentence the run ends with.

    It is written once before the case is closed, so that a kill between the two does not lose it. The evidence is
    signed in the end, with the report in it: the report names the key that is to sign, and the sentence says what came
    of it. What cannot be signed, or drawn for a browser, stops nobody.
    """
    reports.write(run.case, texts(reports.report_of(run.case)))
    mirrored = mirror.standing(run.environment, evidence.journal(run.case))
    cases.close(run, outcome, signed_by=_signer(), mirror=mirrored)
    text, undrawn = _write(run)
    artifact = acreate_markdown_artifact(markdown=text, key=f"report-{run.environment}", description=run.case)
    await shown(run, "report", artifact)
    await advance(run, 100.0, f"{run.case}: report done")
    written, journal = reports.path(run.case), evidence.journal(run.case)
    return f"{reached(run.intent)}. Report {written}{undrawn}, evidence {journal}, {await _bundle(run)}"


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


def _write(run: Run) -> tuple[str, str]:
    """Write the report in all forms; return it for the UI, and what to say where none could be drawn for a browser."""
    known = reports.report_of(run.case)
    told, undrawn = texts(known), ""
    try:
        told |= {"html": html(known)}
    except Exception as error:
        LOG.exception("%s: the report was not drawn for a browser", run.case)
        undrawn = f" (no HTML page: {type(error).__name__}: see the log; gdr report {run.case} --html draws it again)"
    reports.write(run.case, told)
    return told["md"], undrawn
