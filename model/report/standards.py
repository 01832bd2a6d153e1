"""What the regulator and the standard ask of a test, and what this report answers; the rest is for a person.

Sources: Regulation (EU) 2022/2554 (DORA), Articles 11 and 12; ISO 22301:2019, clauses 8.2.2, 8.4, 8.5, 8.6, 10.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from whenever import Instant

from model.report.facts import Report, has_objectives
from model.report.markdown import rpo, rto

NOTHING = "nothing on record"
UNMEASURED = "none: nothing was moved"


@dataclass(frozen=True, slots=True)
class Field:
    """One line: where it is asked, what is asked, and the answer; empty where only a person can give it."""

    where: str
    asks: str
    answer: str = ""


def fields(known: Report) -> Iterator[Field]:
    """Yield the lines, in the order of the clauses."""
    when, met = _utc(known.opened_at), f"RTO {rto(known)}; RPO {rpo(known)}" if has_objectives(known) else UNMEASURED
    debts = "; ".join(f"{debt.target}: {debt.words}" for debt in known.debts) or "none"
    said = "; ".join(f"{one.decision} by {one.approver} ({one.identity}), {_utc(one.at)}" for one in known.approvals)
    yield Field("DORA 11(2)(a)", "critical or important function that is kept up")
    yield Field(
        "DORA 11(6)", "date of the test, or of the activation; at least yearly", f"{when} to {_utc(known.closed_at)}"
    )
    yield Field("DORA 11(6)", "scenario, with switchover to the redundant capacity", f"{known.title}: {known.reason}")
    yield Field("DORA 11(6)(b)", "crisis communication plans tested")
    yield Field(
        "DORA 11(8)",
        "records of the activities, kept at hand",
        f"journal of case {known.case}, {known.records} records, head {known.head}",
    )
    yield Field(
        "DORA 12(6)", "recovery time and recovery point objectives", f"RTO {known.rto_s:.0f} s, RPO {known.rpo_s:.0f} s"
    )
    yield Field("DORA 12(6)", "recovery time and recovery point reached", met)
    yield Field(
        "DORA 12(7)",
        "checks of integrity when recovering",
        "; ".join(f"{proof.what}: {proof.by}" for proof in known.proofs) or NOTHING,
    )
    yield Field("DORA 11(10)", "costs and losses caused by the incident")
    yield Field("ISO 22301 8.2.2", "prioritised activity, and its maximum tolerable outage")
    yield Field(
        "ISO 22301 8.4",
        "plan that was followed, and its version",
        f"runbook {known.runbook}, {known.mode}; environment file {known.environment}, SHA-256 {known.digest}",
    )
    yield Field("ISO 22301 8.4.2", "who decided", said or NOTHING)
    yield Field(
        "ISO 22301 8.5",
        "exercise: scope",
        f"environment {known.environment}: configuration layer from {known.source} to {known.target}",
    )
    yield Field("ISO 22301 8.5", "exercise: result", known.outcome)
    yield Field("ISO 22301 8.6", "what was not evaluated", " ".join(known.not_proven))
    yield Field("ISO 22301 10.1", "nonconformities", debts)
    yield Field("ISO 22301 10.1", "corrective actions: owner and date")


def _utc(at: float | None) -> str:
    """Write a moment; None is one that has not come yet."""
    return "open" if at is None else Instant.from_timestamp(int(at)).format_iso()
