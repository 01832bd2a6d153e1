"""The drill: region 1 dies under load, region 2 takes over, through the deployment that runs in production."""

import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import identity, teardown, topology, up
from lab.api import Lab
from lab.drill.follow import follow, journals, records
from lab.drill.load import Load, Outcome
from lab.drill.proof import require_target
from lab.drill.server import Server
from lab.errors import LabError

KEPT = identity.CHECKOUT / "drill"
BEFOREHAND = {"approver": "alice", "reason": "drill: the answer is given beforehand"}


EVERY_PROXY = ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b")


@dataclass(frozen=True, slots=True)
class Variant:
    """What dies, which application hosts live on, and whether the lost region comes back and takes over again."""

    name: str
    title: str
    lost: tuple[str, ...]
    living: tuple[str, ...]
    and_back: bool


VARIANTS = (
    Variant("region", "Region 1 loses everything", ("region1",), ("r2-app-p", "r2-app-b"), and_back=True),
    Variant(
        "framework-and-dbms",
        "Region 1 loses its framework and its DBMS, its applications live on",
        ("r1-fw-p", "r1-fw-b", "r1-db"),
        EVERY_PROXY,
        and_back=False,
    ),
)


def main() -> int:
    """Bring the laboratory up, run both variants, take it down unless KEEP=1."""
    keep, ask = bool(os.environ.get("KEEP")), bool(os.environ.get("ASK"))
    lab = identity.current()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("drill: ended by SIGTERM; the laboratory goes with it"))
    try:
        up.up(lab, topology.DEFAULT, 0 if keep else os.getpid(), keep_failed=False)
        laboratory = Lab(lab)
        if not keep:
            laboratory.checkpoint()
        for number, variant in enumerate(VARIANTS[:1] if keep else VARIANTS):
            if number:
                laboratory.restore()
            _drill(laboratory, variant, asks=ask)
    except LabError as error:
        print(f"drill: {error}", file=sys.stderr)
        return 1
    finally:
        _leave(lab, keep=keep)
    return 0


def _leave(lab: identity.Identity, *, keep: bool) -> None:
    if keep:
        print(
            f"\nThe laboratory stays up: {Lab(lab).url} (Prefect), `python -m lab status`; `make lab-down` removes it."
        )
    else:
        teardown.down(lab)


def _drill(lab: Lab, variant: Variant, *, asks: bool) -> None:
    print(f"\n=== {variant.title} ===", flush=True)
    server = Server(lab)
    parameters: dict[str, Any] = {
        "environment": "lab",
        "target": "region2",
        "mode": "unplanned",
        "reason": variant.title,
    }
    with Load(lab) as load:
        for lost in variant.lost:
            lab.break_("power-off", lost)
        begun = time.time()
        run = server.start("full-failover/full-failover", parameters | ({} if asks else {"beforehand": BEFOREHAND}))
        print(f"  {server.link(run)}", flush=True)
        state = follow(lab, server, run, asks=asks)
        _require(state["type"] == "COMPLETED", f"the run ended {state['name']}: {state['message']}")
        require_target(lab, "region2", variant.living)
        load.wait_for_writes_after(time.time())
        _tell(lab, variant, load.judge("r2-db", begun))
        if variant.and_back:
            _back(lab, server, load, asks=asks)


def _back(lab: Lab, server: Server, load: Load, *, asks: bool) -> None:
    """Let the lost region come back, and go back to it: nothing acknowledged may be lost."""
    print("\n=== Region 1 has its power back; back to it ===", flush=True)
    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))
    begun = time.time()
    parameters: dict[str, Any] = {"environment": "lab", "target": "region1", "reason": "region 1 is mended"}
    run = server.start("failback/failback", parameters | ({} if asks else {"beforehand": BEFOREHAND}))
    print(f"  {server.link(run)}", flush=True)
    state = follow(lab, server, run, asks=asks)
    _require(state["type"] == "COMPLETED", f"the run ended {state['name']}: {state['message']}")
    require_target(lab, "region1", EVERY_PROXY)
    load.wait_for_writes_after(time.time())
    outcome = load.judge("r1-db", begun, since=begun)
    _require(outcome.verdict.lost == 0, f"{outcome.verdict.lost} acknowledged changes lost on the way back")
    for written in journals(lab):
        _conforming(lab, written)
    print(f"\nAcknowledged on the way back {outcome.verdict.acknowledged}, lost 0. {_stranded(lab)}", flush=True)


def _stranded(lab: Lab) -> str:
    """Say what the reports of the cases say of it."""
    reports = (lab.identity.disk("ctl") / "var/lib/genesys-dr/reports").glob("*.md")
    lines = [line[2:] for path in sorted(reports) for line in path.read_text().splitlines() if "Stranded: " in line]
    return lines[0] if lines else "Nobody looked for what was stranded."


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001  (reads as a sentence)
    if not holds:
        raise LabError(otherwise)


def _tell(lab: Lab, variant: Variant, outcome: Outcome) -> None:
    """Print the report, compare what was lost with what was shown, keep report and evidence."""
    report, evidence = _keep(lab, variant, _conforming(lab, journals(lab)[-1]))
    shown = [
        record["data"]["bounds"]["loss_changes"] for record in records(evidence) if record["kind"] == "gate.answered"
    ][-1]
    verdict = outcome.verdict
    _require(shown is not None and verdict.lost <= shown, f"{verdict.lost} changes lost, {shown} shown at the gate")
    print(f"\n{report.read_text()}")
    print(
        f"Acknowledged {verdict.acknowledged}, found {verdict.present}, "
        f"lost {verdict.lost} <= {shown} shown at the gate."
    )
    print(f"Written after the failover: {outcome.after}. In normal mode on region2: {', '.join(variant.living)}.")
    print(f"Report   {report}\nEvidence {evidence}", flush=True)


def _conforming(lab: Lab, written: Path) -> Path:
    """Return a case's journal, after its replay through the model."""
    replayed = lab.control(["gdr", "evidence", "replay", written.stem])
    _require(replayed.returncode == 0, replayed.stdout + replayed.stderr)
    print(replayed.stdout.strip())
    return written


def _keep(lab: Lab, variant: Variant, written: Path) -> tuple[Path, Path]:
    KEPT.mkdir(exist_ok=True)
    report = lab.identity.disk("ctl") / "var/lib/genesys-dr/reports" / f"{written.stem}.md"
    return (
        Path(shutil.copy(report, KEPT / f"{variant.name}.md")),
        Path(shutil.copy(written, KEPT / f"{variant.name}.jsonl")),
    )


if __name__ == "__main__":
    sys.exit(main())
