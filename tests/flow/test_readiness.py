"""Readiness in the UI: one artifact, whose versions are its history."""

import json
from pathlib import Path

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact

from flows.readiness import readiness
from model.readiness.line import Line
from tasks.readiness import publish

RED = Line(name="clock", subject="r1-db", verdict="red", found="+9.0 s | **fast**", stage="observe", remedy="repair it")
GREEN = Line(name="clock", subject="r1-db", verdict="green", found="+0.0 s", stage="observe")


@flow
async def published(line: Line) -> None:
    await publish("lab", (line,))


async def shown() -> list[Artifact]:
    async with get_client() as client:
        its = ArtifactFilter(key=ArtifactFilterKey(like_="readiness%"))
        return await client.read_artifacts(artifact_filter=its)


async def test_readiness_is_one_artifact_and_each_judgement_a_version_of_it(state: Path) -> None:
    for line in (RED, GREEN):
        await published(line)
    versions = sorted(await shown(), key=lambda version: version.created)
    assert [(version.key, version.type) for version in versions] == [("readiness-lab", "markdown")] * 2
    assert [str(version.description).split(";")[0] for version in versions] == ["not ready", "ready"]
    red, green = (str(version.data) for version in versions)
    assert "| red | r1-db | clock | +9.0 s \\| \\*\\*fast\\*\\* |" in red
    assert "| green | r1-db | clock | +0.0 s |" in green
    kept = json.loads((state / "readiness" / "lab.json").read_text())
    assert [line["verdict"] for line in kept["lines"]] == ["green"]


async def test_an_environment_that_is_not_there_is_refused_by_name() -> None:
    state = await readiness("nowhere", return_state=True)
    assert state.name == "Refused"
    assert "nowhere.yaml: no such environment; known here: " in str(state.message)
    assert "readiness-nowhere" not in {version.key for version in await shown()}
