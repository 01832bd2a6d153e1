"""Put block types, blocks, work pool and deployments on the Prefect server, as often as one likes.

What is there is made as written here and in deployments/prefect.yaml, so running it again puts back what somebody
changed in the UI. It belongs on the host of the worker: the pool's fixed command is this Python, in this checkout.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectNotFound
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import ValidationError, validate
from ruamel.yaml import YAML

from blocks import reach
from gdr import automations
from gdr.server_blocks import load, outcome
from model.errors import Refused
from tasks.run import environment_file

POOL = "genesys-dr"
GUARD = "guard"  # the tag of what comes due each minute, and for which nobody waits
DEPLOYMENTS = Path("deployments/prefect.yaml")
ASK_S = 0.1
ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)  # so that registering again moves no run
COMPARED = (
    "entrypoint", "parameters", "parameter_openapi_schema", "enforce_parameter_schema", "description", "tags",
    "job_variables", "pull_steps", "work_pool_name", "concurrency_options", "paused",
)  # fmt: skip
Outcome = dict[str, str]


async def register(wait_s: float = 0.0, *, schedules: bool = True) -> Outcome:
    """Register everything; return what became of each thing. Secrets are never among it.

    Args:
        wait_s: How long the server may still need to come up.
        schedules: Whether the schedules are active; a laboratory runs nothing by itself.

    Raises:
        Refused: The block file, the file of deployments, or the parameters of a schedule cannot be used.
    """
    documents = reach.documents(reach.second_source())
    written, tells = _written(), automations.wanted(documents)
    async with get_client() as client:
        await _come_up(client, wait_s)
        blocks = await load(client, documents)
        pool = await _pool(client)
        deployments = [await _deployment(client, item, active=schedules) for item in written]
        late = await _late_guards(client)
        told = await _automations(client, tells)
    return dict([*blocks, pool, *deployments, *late, *told])


async def _come_up(client: PrefectClient, wait_s: float) -> None:
    """Let the server come up; that it did not is for the first real request to find out."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end and await client.api_healthcheck() is not None:  # noqa: ASYNC110  (another process)
        await asyncio.sleep(ASK_S)


def _written() -> list[dict[str, Any]]:
    if not DEPLOYMENTS.is_file():
        raise Refused(f"{DEPLOYMENTS}: no such file here: run it in the folder of the code")
    found: list[dict[str, Any]] = YAML(typ="safe").load(DEPLOYMENTS)["deployments"]
    for item in found:
        for schedule in item.get("schedules", ()):
            _require_parameters(item, schedule)
    return found


def _require_parameters(item: Mapping[str, Any], schedule: Mapping[str, Any]) -> None:
    """Refuse a schedule whose runs would die at their start: the server looks at its parameters only then."""
    given = {**item["parameters"], **schedule["parameters"]}
    try:
        validate(given, _parameters(load_flow_from_entrypoint(item["entrypoint"])), raise_on_error=True)
    except ValidationError as error:
        raise Refused(f"{DEPLOYMENTS}: {item['name']}: schedule {schedule['slug']}: {error}") from None
    environment_file(given["environment"])


def job_template() -> dict[str, Any]:
    """Return the pool's job template with nothing left to choose.

    Prefect's own offers `command`, `env` and `working_dir` in the run form: any command as the worker's user. A
    command of the pool's own also saves the process in which a worker otherwise prepares a workspace.
    """
    return {
        "job_configuration": {
            "name": "{{ name }}",
            "command": f"{sys.executable} -m prefect.engine",
            "env": {},
            "labels": {},
            "stream_output": True,
            "working_dir": str(Path.cwd()),
        },
        "variables": {
            "type": "object",
            "properties": {"name": {"type": "string", "title": "Name", "description": "Of the process."}},
            "additionalProperties": False,
        },
    }


async def _pool(client: PrefectClient) -> tuple[str, str]:
    try:
        before = (await client.read_work_pool(POOL)).base_job_template
    except ObjectNotFound:
        before = None
    template = job_template()
    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)
    return f"work pool {POOL}", outcome(before, template)


async def _automations(client: PrefectClient, block: str | None) -> list[tuple[str, str]]:
    if block is None:
        gone = [(f"automation {name}", "removed from the server") for name in await automations.removed(client)]
        return gone or [("automations", f"none: the block file has no {automations.written()['block']}")]
    return [
        (f"automation {name}", outcome(before, after)) for name, before, after in await automations.put(client, block)
    ]


async def _deployment(client: PrefectClient, item: Mapping[str, Any], *, active: bool) -> tuple[str, str]:
    flow: Flow[..., Any] = load_flow_from_entrypoint(item["entrypoint"])
    name, limit = f"{flow.name}/{item['name']}", item.get("concurrency_limit")
    before = await _deployed(client, name)
    await client.create_deployment(
        flow_id=await client.create_flow(flow),
        name=item["name"],
        description=item["description"],
        tags=item["tags"],
        entrypoint=item["entrypoint"],
        parameters=item["parameters"],
        parameter_openapi_schema=_parameters(flow),
        enforce_parameter_schema=item["enforce_parameter_schema"],
        work_pool_name=item["work_pool"]["name"],
        concurrency_limit=limit and limit["limit"],
        concurrency_options=limit and _collision(limit["collision_strategy"]),
        schedules=_schedules(item.get("schedules", ()), active=active),
        job_variables={},
        pull_steps=[],
        paused=False,
    )
    return f"deployment {name}", outcome(before, await _deployed(client, name))


async def _late_guards(client: PrefectClient) -> list[tuple[str, str]]:
    """Take return guards off that came due while no worker lived: they would start at once, a process each."""
    late = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            tags=FlowRunFilterTags(all_=["genesys-dr", GUARD]),
            state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"])),
        )
    )
    for run in late:
        await client.delete_flow_run(run.id)
    return [("return guards that came due meanwhile", f"{len(late)} taken off")] if late else []


def _parameters(flow: Flow[..., Any]) -> dict[str, Any]:
    """Return the schema of its parameters, closed: Prefect's own lets an unknown one in, and the run dies of it."""
    return parameter_schema(flow).model_dump_for_openapi() | {"additionalProperties": False}


def _collision(strategy: str) -> ConcurrencyOptions:
    return ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy(strategy))


def _schedules(items: Sequence[Mapping[str, Any]], *, active: bool) -> list[DeploymentScheduleCreate]:
    """Spread what comes in intervals over them: fifty environments are not all judged at the full half hour."""
    return [
        DeploymentScheduleCreate(
            schedule=_when(item, place / len(items)), slug=item["slug"], parameters=item["parameters"], active=active
        )
        for place, item in enumerate(items)
    ]


def _when(item: Mapping[str, Any], share: float) -> IntervalSchedule | CronSchedule:
    if "cron" in item:
        return CronSchedule(cron=item["cron"], timezone=item["timezone"])
    interval = timedelta(seconds=item["interval"])
    return IntervalSchedule(interval=interval, anchor_date=ANCHOR + share * interval)


async def _deployed(client: PrefectClient, name: str) -> object:
    """Return what can be compared of a deployment, None when there is none."""
    try:
        found = await client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None
    schedules = [(each.slug, each.schedule.model_dump(), each.parameters, each.active) for each in found.schedules]
    limit = found.global_concurrency_limit
    return [getattr(found, field) for field in COMPARED], schedules, limit and limit.limit
