"""What the server tells people by itself leads to the run, in the interface that has the form."""

from typing import Any
from uuid import uuid4

import pytest
from prefect.server.events.actions import SendNotification
from prefect.server.schemas.core import FlowRun
from prefect.server.utilities.user_templates import render_user_template_sync
from prefect.settings import PREFECT_UI_URL, temporary_settings
from prefect.states import Suspended

from gdr import automations

UI = "https://prefect.example"


@pytest.mark.parametrize("item", automations.written()["automations"], ids=lambda item: item["name"])
def test_a_notice_leads_to_its_run(item: dict[str, Any]) -> None:
    """Prefect's own filter leads to the first interface."""
    state = Suspended(message="waits").model_dump()
    run = FlowRun(flow_id=uuid4(), name="full-failover lab", state=state)
    notice = SendNotification(block_document_id=uuid4(), subject=item["name"], body=item["body"])
    with temporary_settings({PREFECT_UI_URL: UI}):
        told = render_user_template_sync(notice.body, {"flow_run": run})
    assert told.startswith("full-failover lab")
    assert told.endswith(f" {UI}/v2/runs/flow-run/{run.id}")
