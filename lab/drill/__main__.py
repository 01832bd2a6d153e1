"""The drill: region 1 dies under load, region 2 takes over, through the deployment that runs in production."""

import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from lab import identity, rehearsal, teardown, topology, up
from lab.api import Lab
from lab.drill.follow import follow, journals, records
from lab.drill.load import Load, Outcome
from lab.drill.proof import require_target
from lab.drill.server import Server
from lab.errors import LabError

KEPT = identity.CHECKOUT / "drill"


@dataclass(frozen=True, slots=True)
class Variant:
    """What dies, which application hosts live on, and whether the lost region comes back and takes over again."""

    name: str
    title: str
    lost: tuple[str, ...]
    living: tuple[str, ...]
    and_back: bool


def variants(built: topology.Topology) -> tuple[Variant, Variant]:
    """Return what is drilled: a region that is lost whole and comes back, and the heart of one."""
    heart = (*(host.name for host in built.framework("region1")), built.database("region1").name)
    title = "Region 1 loses its framework and its DBMS, its applications live on"
    return (
        Variant("region", "Region 1 loses everything", ("region1",), proxies(built, "region2"), and_back=True),
        Variant("framework-and-dbms", title, heart, proxies(built), and_back=False),
    )


def proxies(built: topology.Topology, *regions: str) -> tuple[str, ...]:
    """Name the application hosts of regions, or of both."""
    wanted = regions or built.regions
    return tuple(host.name for host in built.with_role("application") if host.region in wanted)


def main() -> int:
    """Bring the laboratory up, run both variants, take it down unless KEEP=1."""
    keep, ask = bool(os.environ.get("KEEP")), bool(os.environ.get("ASK"))
    lab = identity.current()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ended)
    try:
        up.up(lab, _environment(), 0 if keep else os.getpid(), keep_failed=keep)
        try:
            _drill_all(Lab(lab), asks=ask, once=keep)
        finally:
            _leave(lab, keep=keep)
    except LabError as error:
        print(f"drill: {error}", file=sys.stderr)
        return 1
    return 0


def _ended(number: int, _frame: FrameType | None) -> None:
    """Leave by the way that takes the laboratory down; asked again meanwhile, go on with that."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(f"drill: ended by {signal.Signals(number).name}; the laboratory goes with it")


def _drill_all(lab: Lab, *, asks: bool, once: bool) -> None:
    """Run the variants, each where the one before has come back to; the first alone where the laboratory is kept."""
    for variant in variants(lab.topology)[: 1 if once else None]:
        _drill(lab, variant, asks=asks)


def _environment() -> Path:
    """Return the shipped file to drill with, or the user's own with the laboratory's machines in it."""
    own = os.environ.get("ENVIRONMENT")
    if not own:
        return topology.DEFAULT
    file, otherwise = rehearsal.prepare(Path(own), KEPT / "environments")
    print(f"=== Rehearsal of {own} ===\n" + "\n".join(f"  not proven: {line}" for line in otherwise), flush=True)
    return file


def _leave(lab: identity.Identity, *, keep: bool) -> None:
    if keep:
        print(
            f"\nThe laboratory stays up: {Lab(lab).url} (Prefect; `python -m lab password` prints what it"
            " asks for); `make lab-shell` opens a shell on its control host,"
            " `make lab-down` removes it."
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
        run = server.start(
            "full-failover/full-failover", parameters | ({} if asks else {"beforehand": _beforehand(lab)})
        )
        print(f"  {server.link(run)}", flush=True)
        state = follow(lab, server, run, asks=asks)
        _require(state["type"] == "COMPLETED", f"the run ended {state['name']}: {state['message']}")
        require_target(lab, "region2", variant.living)
        load.wait_for_writes_after(time.time())
        _tell(lab, variant, load.judge(lab.topology.database("region2").name, begun))
        if variant.and_back:
            _back(lab, server, load, asks=asks)


def _back(lab: Lab, server: Server, load: Load, *, asks: bool) -> None:
    """Let the lost region come back, and go back to it: nothing acknowledged may be lost."""
    print("\n=== Region 1 has its power back; back to it ===", flush=True)
    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))
    begun = time.time()
    parameters: dict[str, Any] = {"environment": "lab", "target": "region1", "reason": "region 1 is mended"}
    run = server.start("failback/failback", parameters | ({} if asks else {"beforehand": _beforehand(lab)}))
    print(f"  {server.link(run)}", flush=True)
    state = follow(lab, server, run, asks=asks)
    _require(state["type"] == "COMPLETED", f"the run ended {state['name']}: {state['message']}")
    require_target(lab, "region1", proxies(lab.topology))
    load.wait_for_writes_after(time.time())
    outcome = load.judge(lab.topology.database("region1").name, begun, since=begun)
    _require(outcome.verdict.lost == 0, f"{outcome.verdict.lost} acknowledged changes lost on the way back")
    for written in journals(lab):
        _conforming(lab, written)
    print(f"\nAcknowledged on the way back {outcome.verdict.acknowledged}, lost 0. {_stranded(lab)}", flush=True)


def _beforehand(lab: Lab) -> dict[str, str]:
    """Answer as the first on the list of approvers, before anybody is asked."""
    return {"approver": lab.topology.approvers[0], "reason": "drill: the answer is given beforehand"}


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
