"""A log database asked over its server's own port."""

import json
from typing import Any

import pytest

from blocks import reach
from model.errors import Transient
from model.logs import LogSeen
from model.scope import Scope
from tasks.dbms.postgresql.logs import log, question
from tasks.look import look
from tests.unit.model.logbook import logs
from tests.unit.model.steady import lab


class Answers:
    """A server that says the same to whoever asks, and remembers where and what."""

    def __init__(self, row: dict[str, Any] | Exception) -> None:
        self.row = row
        self.asked: list[tuple[Any, ...]] = []

    async def fetch(self, *words: Any, deadline_s: float) -> list[dict[str, Any]]:
        """Read."""
        self.asked.append((*words, deadline_s))
        if isinstance(self.row, Exception):
            raise self.row
        return [self.row]


def answering(monkeypatch: pytest.MonkeyPatch, row: dict[str, Any] | Exception) -> Answers:
    known = Answers(row)

    async def sql(_name: str) -> Any:
        return known

    monkeypatch.setattr(reach, "sql", sql)
    return known


async def test_who_writes_is_read_in_the_log_database_within_the_patience_for_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = {"writable": True, "sessions": json.dumps({"198.18.1.21": 5.5}), "rows": json.dumps({"r1-app-p": 1.0})}
    row["counts"] = json.dumps({"r1-app-p": 7})
    known = answering(monkeypatch, row)
    seen = await log(logs(), "region1")
    assert seen == LogSeen(writable=True, sessions={"198.18.1.21": 5.5}, rows={"r1-app-p": 1.0}, counts={"r1-app-p": 7})
    ((address, port, database, asked, deadline_s),) = known.asked
    assert (address, port, database, deadline_s) == ("198.18.1.31", 5432, "logs", 2.0)
    assert 'max("timewritten")' in asked
    assert 'FROM "g_log_messages"' in asked
    assert "{" not in asked.replace("'{}'", "")


async def test_a_log_database_that_does_not_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Transient("198.18.1.31:5432: silent"))
    assert await log(logs(), "region1") == LogSeen(fault="198.18.1.31:5432: silent")


async def test_nobody_asks_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    known = answering(monkeypatch, Transient("asked"))
    assert (await look(lab(), Scope(logs=frozenset({"region1"})))).logs == {}
    assert known.asked == []
    with pytest.raises(LookupError, match="lab: asked for a log database"):
        await log(lab(), "region1")


def test_names_are_quoted_as_they_stand() -> None:
    known = logs().database.log
    assert known
    assert question(known.rows).count('"hostname"') == 3
