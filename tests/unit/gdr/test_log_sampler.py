"""What each region has logged and the other one has not: the last word of a region that is lost is kept."""

import asyncio
from typing import Any

import pytest
from asyncpg import InternalClientError

from gdr import log_sampler, sampler
from gdr.log_sampler import keep_sampling, measure
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.logs import Behind, LogSeen
from model.scope import Scope
from tasks import log_samples, look
from tasks.dbms.postgresql import logs as logs_of_postgresql
from tests.unit.model.logbook import CROSS, SERVERS, logs
from tests.unit.model.steady import lab

OWN, CARRIED = {"r1-app-p": 1.0, "r2-app-p": 4.0}, {"r1-app-p": 3.0, "r2-app-p": 1.0}
HERE = LogSeen(writable=True, rows=OWN, counts={"r1-app-p": 9, "r2-app-p": 5})
THERE = LogSeen(writable=True, rows=CARRIED, counts={"r1-app-p": 7, "r2-app-p": 5})
SILENT = LogSeen(fault="silent")


def answering(monkeypatch: pytest.MonkeyPatch, region1: LogSeen, region2: LogSeen) -> None:
    async def log(_known: Environment, region: RegionKey) -> LogSeen:
        return region1 if region == "region1" else region2

    monkeypatch.setattr(log_sampler, "log", log)
    monkeypatch.setattr(logs_of_postgresql, "log", log)


async def test_each_region_is_held_against_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, HERE, THERE)
    found = await measure(logs(*CROSS), 100.0)
    assert found == {"region1": Behind(at=100.0, rows=2, seconds=2.0), "region2": Behind(at=100.0, rows=0, seconds=3.0)}


async def test_of_a_region_that_is_silent_the_last_word_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    known = logs(*CROSS, (SERVERS, SERVERS.replace("198.18.", "203.0.")))  # on machines of their own
    for at, region1 in ((100.0, HERE), (110.0, SILENT)):
        answering(monkeypatch, region1, THERE)
        log_samples.keep(known.name, await measure(known, at))
    assert log_samples.newest(known.name)["region1"] == Behind(at=100.0, rows=2, seconds=2.0)
    seen = (await look.look(known, Scope(logs=frozenset({"region1"})))).logs
    assert seen == {"region1": LogSeen(fault="silent", sample=Behind(at=100.0, rows=2, seconds=2.0))}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"region1": {"at": 1}}'])
def test_a_file_that_is_none_tells_nothing(text: str) -> None:
    assert log_samples.newest("lab") == {}
    log_samples.keep("lab", {})
    log_samples._path("lab").write_text(text)
    assert log_samples.newest("lab") == {}


async def test_where_no_region_has_a_log_server_of_its_own_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_words: Any) -> Any:
        pytest.fail("asked")

    monkeypatch.setattr(log_sampler, "measure", never)
    await keep_sampling(lab())
    await keep_sampling(logs())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "OSError: No space left on device"),
        (OSError(), "OSError"),
        (InternalClientError("password=opensesame"), "InternalClientError"),
    ],
)
async def test_a_turn_of_the_log_sampler_that_fails_is_told_in_a_line_and_the_next_one_is_sampled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, words: str
) -> None:
    known, sampled, turns = logs(*CROSS), asyncio.Event(), iter([error, error])

    async def fails_twice(_known: Environment, at: float) -> dict[RegionKey, Behind]:
        for turn in turns:
            raise turn
        sampled.set()
        return {"region1": Behind(at=at, rows=7, seconds=0.0)}

    async def ends_then(_known: Environment) -> None:
        await sampled.wait()
        raise LookupError

    monkeypatch.setattr(log_sampler, "EVERY_S", 0.0)
    monkeypatch.setattr(log_sampler, "measure", fails_twice)
    monkeypatch.setattr(sampler, "keep_sampling", ends_then)
    with pytest.raises(ExceptionGroup):
        await sampler.keep_all(known)
    assert caplog.messages == [f"lab: log rows not sampled: {words}"] * 2
    assert log_samples.newest("lab")["region1"].rows == 7


async def test_the_sampler_of_what_is_written_ends_the_process_where_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_known: Environment) -> None:
        raise LookupError

    answering(monkeypatch, HERE, THERE)
    monkeypatch.setattr(sampler, "keep_sampling", fails)
    with pytest.raises(ExceptionGroup) as found:
        await sampler.keep_all(logs(*CROSS))
    assert [type(error) for error in found.value.exceptions] == [LookupError]
