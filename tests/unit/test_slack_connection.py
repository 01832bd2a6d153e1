"""No log of the connection to Slack keeps a ticket."""

import logging

import pytest

from blocks.slack import without_ticket


@pytest.mark.parametrize("scheme", ["ws", "wss", "http", "https"])
def test_no_address_in_the_log_keeps_its_ticket(scheme: str) -> None:
    url = f"{scheme}://slack.example/link"
    error = ValueError(f"no answer from '{url}?ticket=planted&app_id=A0'")
    told = (f"{url}?ticket=planted",)
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "tried %s", told, (ValueError, error, None))
    assert without_ticket(record)
    assert record.getMessage() == f"tried {url}"
    assert record.exc_text
    assert f"no answer from '{url}'" in record.exc_text
