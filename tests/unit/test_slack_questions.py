"""A question is open where a suspended run waits at it; a journal may hold what names none."""

from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from gdr.slack import questions
from model.answered import question_data
from model.approval import Bounds, Question
from tests.unit.gdr.shell import case

BOUNDS = Bounds(loss_changes=0, unreachable=frozenset(), waived=frozenset())


async def test_a_journal_that_names_what_can_be_no_run_has_no_open_question(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    asked = Question(
        key="q", mode="planned", steps=frozenset(), levels={}, text="may we?", bounds=BOUNDS, flow_run="no-uuid"
    )
    data = {"stage": "declare", "channel": "prefect-ui", **question_data(asked)}
    case("lab-20261121T000000-region2", ("gate.asked", data))
    monkeypatch.setattr(questions, "get_client", AsyncMock)
    assert await questions.open_question("lab") is None
