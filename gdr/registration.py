"""Put blocks, work pool and deployments on the Prefect server, as often as one likes: what is there is made as written."""

import asyncio
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from ruamel.yaml import YAML

from blocks import reach

POOL = "genesys-dr"
DEPLOYMENTS = Path("deployments/prefect.yaml")
# Without these three nobody can run his own command as the worker's user through a run's job variables.
LOCKED: dict[str, Any] = {
    "job_configuration": {"name": "{{ name }}", "stream_output": True, "env": {}, "labels": {}, "command": None, "working_dir": None},
    "variables": {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string", "default": None}}},
}


async def register() -> list[str]:
    """Register everything; return what was registered, secrets never."""
    async with get_client() as client:
        blocks = await asyncio.gather(*(_block(name) for name in reach.documents(reach.second_source())))
        pool = WorkPoolCreate(name=POOL, type="process", base_job_template=LOCKED)
        await client.create_work_pool(pool, overwrite=True)
        described = YAML(typ="safe").load(DEPLOYMENTS.read_text())["deployments"]
        names = [await _deployment(client, item) for item in described]
    return [*(f"block {name}" for name in blocks), f"work pool {POOL}", *(f"deployment {name}" for name in names)]


async def _block(name: str) -> str:
    block = reach.from_file(name, reach.second_source())
    await block.asave(name, overwrite=True)
    return name


async def _deployment(client: PrefectClient, item: dict[str, Any]) -> str:
    flow: Flow[..., Any] = load_flow_from_entrypoint(item["entrypoint"])
    limit = item["concurrency_limit"]
    await client.create_deployment(
        flow_id=await client.create_flow(flow),
        name=item["name"],
        description=item["description"],
        tags=item["tags"],
        parameters=item["parameters"],
        entrypoint=item["entrypoint"],
        work_pool_name=item["work_pool"]["name"],
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=item["enforce_parameter_schema"],
        concurrency_limit=limit["limit"],
        concurrency_options=ConcurrencyOptions(collision_strategy=limit["collision_strategy"]),
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}],
    )
    return f"{flow.name}/{item['name']}"
