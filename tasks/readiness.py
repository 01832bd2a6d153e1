"""Readiness: look at everything, judge it, keep the verdict. Nothing is touched."""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from prefect.artifacts import acreate_markdown_artifact

from model.environment.environment import Environment
from model.errors import Refused
from model.observation import Minute, Observation, Sample
from model.readiness import proofs
from model.readiness.line import Line
from model.readiness.page import page, table, verdict
from model.runbooks.readiness import readiness, steady_view
from model.scope import of_readiness
from tasks import evidence, last_seen, minutes, mirror, samples, signing
from tasks.act import observe
from tasks.approvals import codes
from tasks.dns import claim
from tasks.drill_files import drills
from tasks.look import look
from tasks.run import environment, state

REMEMBERED_BYTES = 256 * 1024  # the sampler's last half hour and more


async def judge(name: str, *, keep: bool = False) -> tuple[Line, ...]:
    """Look and judge. Needs no Prefect server.

    Args:
        keep: Keep what is seen of hosts that may have no power the next time.
    """
    known = environment(name)
    seen = await looked(known)
    if keep:
        last_seen.keep(known, seen)
    lately = remembered(name)
    now, walked = time.time(), tuple(drills(name))
    judged = readiness(steady_view(known, seen), now, lately, day(name, lately), walked)
    kept = replace(keeping(name), updates=await claim.accepted(name))
    return (*judged, *proofs.lines(name, kept))


async def looked(known: Environment) -> Observation:
    """Look at all that any runbook looks at before it begins, what is costly last."""
    first, then = of_readiness(known)
    seen, more = await look(known, first), await look(known, then)
    return replace(seen, surveys=more.surveys, machines=more.machines, rooms=more.rooms)


def keeping(name: str) -> proofs.Keeping:
    """Look how the evidence of an environment is kept here: each mirror is written to, the first must have it all."""
    known, keepers = evidence.journals(name), mirror.keepers(name)
    owed = [known, *(() for _ in keepers)]
    mirrors = tuple(
        (keeper.target.where, keeper.proven(name, due, mirror.WORTH_S))
        for keeper, due in zip(keepers, owed, strict=False)
    )
    policy, enrolled = environment(name).approval, _enrolled()
    asked = tuple((person, person in enrolled) for person in policy.names if policy.asks_code(person))
    signer, signs = _signer()
    return proofs.Keeping(
        signer=signer,
        signs=signs,
        mirrors=mirrors,
        codes=asked,
        nobody=policy.codes == "all" and not any(has_seed for _, has_seed in asked),
    )


def _enrolled() -> frozenset[str]:
    try:
        return frozenset(codes.seeds())
    except Refused:
        return frozenset()


def _signer() -> tuple[str, bool]:
    try:
        return f"{signing.path()}: {signing.public()}", True
    except Refused as error:
        return str(error), False


def day(name: str, lately: tuple[Sample, ...]) -> tuple[Minute, ...]:
    """Return the sampler's last day by the minute, the youngest from its samples."""
    kept = minutes.day(name)
    over = kept[-1].at if kept else float("-inf")
    return (*kept, *(minute for minute in minutes.of(lately) if minute.at > over))


def remembered(name: str) -> tuple[Sample, ...]:
    """Return what the sampler wrote lately; the first line may be cut, the last not yet whole."""
    file = samples.path(name)
    if not file.exists():
        return ()
    with file.open("rb") as lines:
        begin = max(0, lines.seek(0, os.SEEK_END) - REMEMBERED_BYTES)
        lines.seek(begin)
        whole_lines = lines.read().split(b"\n")[1 if begin else 0 : -1]
    return tuple(Sample(**json.loads(line)) for line in whole_lines)


def path(name: str) -> Path:
    """Return where an environment's last verdict lies."""
    return state() / "readiness" / f"{name}.json"


@observe("look, and judge each line")
async def judged(name: str) -> tuple[Line, ...]:
    """Look and judge, as a task."""
    return await judge(name, keep=True)


@observe("keep the verdict, and show it")
async def publish(name: str, lines: tuple[Line, ...]) -> None:
    """Keep the verdict as a file, and show it in the UI under one key, whose versions are its history."""
    _write(path(name), name, lines)
    text = page(name, lines, environment(name).expected) + table(lines)
    await acreate_markdown_artifact(markdown=text, key=f"readiness-{name}", description=verdict(lines))


def _write(target: Path, name: str, lines: Iterable[Line]) -> None:
    """Replace the file whole: whoever reads it meanwhile sees the old verdict."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = {"environment": name, "at": time.time(), "lines": [asdict(line) for line in lines]}
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(target)
