"""Put the automations of deployments/automations.yaml on the Prefect server. They tell people, and do nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import PrefectClient
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import AutomationCore
from ruamel.yaml import YAML

from model.errors import Refused

AUTOMATIONS = Path("deployments/automations.yaml")
RUNS = {"match": {"prefect.resource.id": "prefect.flow-run.*"}, "for_each": ["prefect.resource.id"]}
TYPE = "custom-webhook"


def wanted(documents: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the name of the block that tells; None where the block file has none.

    Raises:
        Refused: It is of another type.
    """
    block = str(written()["block"])
    kind = documents.get(block, {"type": None})["type"]
    if kind not in (None, TYPE):
        raise Refused(f"{block}.type: {kind}: must be {TYPE}: give it another name, or the type")
    return block if kind else None


async def removed(client: PrefectClient) -> list[str]:
    """Take them off the server, for no block tells any more; return the names of those that were there."""
    names = [str(item["name"]) for item in written()["automations"]]
    there = [found for name in names for found in await client.read_automations_by_name(name)]
    for found in there:
        await client.delete_automation(found.id)
    return [found.name for found in there]


async def put(client: PrefectClient, block: str) -> list[tuple[str, AutomationCore | None, AutomationCore]]:
    """Make each as it is written; return its name, what was there before, and what is there now.

    Args:
        block: Name of the block that tells, already on the server.
    """
    document = await client.read_block_document_by_name(block, CustomWebhookNotificationBlock.get_block_type_slug())
    return [await _put(client, wanted) for wanted in _wanted(document.id)]


def written() -> dict[str, Any]:
    """Read the file: `block`, the name of the one that tells, and `automations`."""
    found: dict[str, Any] = YAML(typ="safe").load(AUTOMATIONS)
    return found


def _wanted(block: UUID) -> Iterator[AutomationCore]:
    for item in written()["automations"]:
        tagged = {"prefect.resource.id": f"prefect.tag.{item['tag']}", "prefect.resource.role": "tag"}
        basis = {"type": "event", "threshold": 1, "within": 0, "match_related": tagged}
        trigger = {**basis, **RUNS, **item["trigger"]}
        told = SendNotification(block_document_id=block, subject=item["name"], body=item["body"])
        yield AutomationCore.model_validate({"name": item["name"], "trigger": trigger, "actions": [told]})


async def _put(client: PrefectClient, wanted: AutomationCore) -> tuple[str, AutomationCore | None, AutomationCore]:
    found = await client.read_automations_by_name(wanted.name)
    if not found:
        await client.create_automation(wanted)
        return wanted.name, None, wanted
    before = AutomationCore.model_validate(found[0].model_dump())
    if before != wanted:  # one that is written anew forgets what waits, and what it has told
        await client.update_automation(found[0].id, wanted)
    return wanted.name, before, wanted
