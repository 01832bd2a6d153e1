"""A death is told once, with the command that goes on, and nothing is begun; who ended with a word is no death."""

import asyncio
import fcntl
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from jsonschema import Draft202012Validator, ValidationError
from prefect.client.schemas.objects import StateType

from gdr import deaths
from gdr.deaths import Watch
from gdr.runs import Run, Runs
from model.errors import Refused
from tasks import evidence, presence
from tasks.bundles import SCHEMAS
from tasks.presence import Note
from tasks.run import environment
from tests.unit.gdr import shell

WORDS = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "maintenance"}
AGAIN = "gdr run full-failover lab --target region2 --mode planned --reason=maintenance"
RUN = "0b5a2c14-5f1c-4c5e-9d55-2f6d7a9c1e00"


class Site:
    """A control host: notes, a Prefect server, and what people were told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server: dict[str, Run] | None = {}
        self.told: list[str] = []
        self.fault: Exception | None = None
        self.unfit = "not told of anything"
        self.watch = Watch(environment("lab"))
        monkeypatch.setattr(deaths, "runs", self._runs)
        monkeypatch.setattr(deaths, "send", self._send)

    async def _runs(self, name: str, _ids: Iterable[str]) -> Runs | None:
        assert name == "lab"
        return self.server

    async def _send(self, text: str) -> None:
        if self.fault:
            raise self.fault
        if self.unfit in text:
            raise answered(400)
        self.told.append(text)

    def note(self, pid: int = 7, runbook: str = "full-failover", run: str = RUN, since: float = 200.0) -> Path:
        """Leave the note of a process that is gone."""
        process = f"ctl-{pid}-1000"
        path = presence.folder("lab") / f"{process}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(Note(process=process, runbook=runbook, words=WORDS, run=run, since=since))))
        return path

    def says(self, type_: StateType = StateType.RUNNING, since: float = 200.0) -> None:
        """Let the server say this of the run."""
        name = type_.value.capitalize()
        self.server = {RUN: Run(runbook="full-failover", words=WORDS, state=name, type=type_, since=since)}

    async def look(self, times: int = 2) -> list[str]:
        for _ in range(times):
            await self.watch.look()
        return self.told


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, state: Path) -> Site:
    evidence.folder()
    assert state
    return Site(monkeypatch)


def records() -> list[dict[str, Any]]:
    return [dict(entry.data) for entry in evidence.entries("lab-1") if entry.kind == "attempt.died"]


async def test_a_death_is_told_when_it_is_seen_again_and_never_twice(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    shell.case("lab-1")
    site.note()
    site.says()
    assert await site.look(1) == []
    (told,) = await site.look(5)
    (record,) = records()
    assert told == (
        f"lab: {record['what']}. Case lab-1 stays open; nothing was begun again:"
        f" go on with `{AGAIN}`, or start its deployment anew."
    )
    assert f"calls run {RUN} Running" in told
    assert (record["way"], record["process"], record["run"]) == (AGAIN, "ctl-7-1000", RUN)
    assert [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR] == [told]
    assert await site.look() == [told], "the server still calls it Running"


async def test_a_watchdog_that_starts_again_does_not_tell_it_again(site: Site) -> None:
    shell.case("lab-1")
    site.note()
    site.says()
    await site.look()
    site.watch = Watch(environment("lab"))
    assert len(await site.look(3)) == len(records()) == 1


async def test_the_next_death_of_the_same_run_is_told_again(site: Site) -> None:
    shell.case("lab-1")
    site.says()
    site.note(7)
    await site.look()
    site.note(8)
    assert len(await site.look()) == 2
    assert [record["process"] for record in records()] == ["ctl-7-1000", "ctl-8-1000"]


@pytest.mark.parametrize("server", [{}, None])
async def test_the_record_is_one_that_the_schema_of_the_journal_knows(
    site: Site, server: dict[str, Run] | None
) -> None:
    shell.case("lab-1")
    site.note()
    site.server = server
    await site.look()
    valid = Draft202012Validator(json.loads((SCHEMAS / "journal.json").read_text()))
    *_, line = evidence.journal("lab-1").read_text().splitlines()
    assert (json.loads(line)["kind"], [*valid.iter_errors(json.loads(line))]) == ("attempt.died", [])
    with pytest.raises(ValidationError, match="alive_at"):
        valid.validate(json.loads(line.replace("alive_at", "at")))


async def test_while_the_server_is_away_the_note_decides_and_that_is_said(site: Site) -> None:
    shell.case("lab-1")
    site.note()
    site.server = None
    (told,) = await site.look()
    assert f"what the Prefect server says of run {RUN} is not known: it does not answer" in told
    assert records()[0]["server"] is None


async def test_a_command_at_a_shell_needs_no_server_to_be_told(site: Site) -> None:
    shell.case("lab-1")
    site.note(run="")
    (told,) = await site.look(4)
    assert "the Prefect server has no part in it" in told


@pytest.mark.parametrize("ended", [StateType.PAUSED, StateType.CANCELLING, StateType.CANCELLED])
async def test_who_waits_for_a_person_or_was_ended_by_one_is_not_told(site: Site, ended: StateType) -> None:
    shell.case("lab-1")
    note = site.note()
    site.says(ended)
    assert (await site.look(3), records(), note.exists()) == ([], [], False)


@pytest.mark.parametrize("called", [StateType.CRASHED, StateType.FAILED, StateType.SCHEDULED])
async def test_whatever_else_the_server_calls_it_a_process_that_is_gone_is_dead(site: Site, called: StateType) -> None:
    shell.case("lab-1")
    site.note()
    site.says(called)
    (told,) = await site.look(3)
    assert f"calls run {RUN} {called.value.capitalize()}" in told


async def test_a_run_that_was_deleted_is_said_to_be(site: Site) -> None:
    site.note()
    (told,) = await site.look()
    assert f"calls run {RUN} deleted" in told
    assert "No case is open" in told


async def test_who_is_at_work_is_left_alone_and_was_alive_until_it_was_last_seen(site: Site) -> None:
    shell.case("lab-1")
    site.says()
    with site.note().open() as lock:
        hold(lock)
        assert await site.look(3) == []
        at = time.time()
    await site.look()
    assert records()[0]["alive_at"] == pytest.approx(at, abs=60)


async def test_its_own_records_say_how_long_it_lived(site: Site) -> None:
    entries = shell.case("lab-1")
    evidence.append("lab", "lab-1", "ctl-7-2000", "debt", {"target": "x", "what": "y"})
    site.note()
    await site.look()
    assert records()[0]["alive_at"] == evidence.entries("lab-1")[len(entries)].at


@pytest.mark.parametrize("called", [StateType.PENDING, StateType.RUNNING])
async def test_a_run_that_no_process_takes_up_is_told(site: Site, called: StateType) -> None:
    shell.case("lab-1")
    site.says(called)
    (told,) = await site.look(4)
    assert f"run {RUN} of full-failover has been {called.value.capitalize()} since" in told
    assert records()[0]["process"] == ""


async def test_a_run_that_was_handed_out_a_moment_ago_is_not(site: Site) -> None:
    site.says(StateType.PENDING, since=time.time())
    assert await site.look(4) == []


async def test_a_run_that_was_told_and_is_over_is_forgotten(site: Site) -> None:
    site.says()
    await site.look()
    assert set(presence.told("lab")) == {RUN}
    site.server = {}
    await site.look(1)
    assert presence.told("lab") == {}


async def test_a_return_guard_that_died_is_told_outside_of_the_case_that_is_open(site: Site) -> None:
    shell.case("lab-1")
    site.note(runbook="return-guard", run="")
    (told,) = await site.look()
    assert (records(), "gdr run return-guard lab" in told) == ([], True)


async def test_an_old_death_is_none_of_the_case_that_is_open_now(site: Site) -> None:
    reprotect = {"runbook": "reprotect", "target": "region1", "mode": "planned", "reason": "back"}
    shell.write("lab-9", shell.OPENED | {"intent": reprotect})
    site.note(since=0.0)
    (told,) = await site.look(4)
    assert [entry.kind for entry in evidence.entries("lab-9")] == ["case.opened"]
    assert told.endswith(
        ". Case lab-9 was opened since; nothing was begun again: nothing need be on its account:"
        " look with `gdr observe lab`."
    )
    assert "gdr run" not in told


async def test_a_case_that_another_door_has_closed_meanwhile_is_not_gone_on_with(site: Site) -> None:
    """The watchdog was off: an upgrade, a restore."""
    shell.case("lab-1", ("attempt.started", {}), ("case.closed", {"outcome": "reached"}))
    site.note(since=99.0)
    (told,) = await site.look(4)
    assert "Case lab-1 was closed since: reached; nothing was begun again" in told
    assert "gdr run" not in told


async def test_a_case_that_another_was_to_take_over_finishes_nothing_of_who_died_in_between(site: Site) -> None:
    shell.case("lab-1", ("case.closed", {"outcome": evidence.SUPERSEDED}))
    site.note(since=99.0)
    (told,) = await site.look(4)
    assert f"No case is open; nothing was begun again: go on with `{AGAIN}`" in told


async def test_who_has_begun_to_go_on_meanwhile_is_named_instead_of_a_command(site: Site) -> None:
    shell.case("lab-1")
    site.note()
    evidence.append("lab", "lab-1", "ctl-8-3000", "attempt.started", {})
    (told,) = await site.look(4)
    assert "Case lab-1 stays open, and process 8 on ctl has begun to go on with it since; nothing was begun" in told
    assert (records()[0]["way"], "gdr run" in told) == ("gdr observe lab", False)


async def test_what_cannot_be_recorded_is_told_all_the_same(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_name: str) -> None:
        raise Refused("lab-1.jsonl: no case")

    monkeypatch.setattr(evidence, "open_case", damaged)
    site.note()
    (told,) = await site.look(4)
    assert told.endswith("It is not recorded: lab-1.jsonl: no case.")


async def test_what_the_block_did_not_take_is_sent_until_it_does(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.note()
    site.fault = OSError("https://hooks.test/secret")
    assert await site.look(4) == []
    assert [line.getMessage() for line in caplog.records if line.levelno == logging.WARNING] == [
        "lab: the block that tells: OSError: tried again"
    ]
    site.fault = None
    assert len(await site.look()) == 1
    assert presence.roll_call("lab") == ((), ())


async def test_what_did_not_arrive_is_told_by_the_next_watchdog_too(site: Site) -> None:
    """Boot after a power cut: there is no way out yet, and the watchdog is restarted."""
    shell.case("lab-1")
    site.note(7)
    site.note(8, run="")
    site.says()
    site.fault = OSError()
    assert await site.look(4) == []
    site.watch = Watch(environment("lab"))
    site.fault = None
    site.note(7, since=101.0)
    site.note(8, run="", since=101.0)
    assert len(await site.look(4)) == len(records()) == 2
    assert all("last known alive at 1970-01-01 00:03:20 UTC" in told for told in site.told), "seen by the one before"
    site.watch = Watch(environment("lab"))
    assert len(await site.look(4)) == 2


async def test_a_run_that_no_process_has_and_that_did_not_arrive_is_recorded_once(site: Site) -> None:
    shell.case("lab-1")
    site.says()
    site.fault = OSError()
    await site.look(3)
    site.watch = Watch(environment("lab"))
    site.fault = None
    assert len(await site.look(3)) == len(records()) == 1
    site.says(since=time.time() - 60)
    await site.look(3)
    assert len(records()) == 1, "it was told of later than that"


async def test_a_text_that_is_refused_for_good_holds_up_no_other(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.unfit = "process 7"
    site.note(7)
    site.note(8)
    (told,) = await site.look(4)
    assert "process 8" in told
    assert presence.roll_call("lab") == ((), ())
    assert [line.getMessage() for line in caplog.records][-1:] == [
        "lab: the block that tells: HTTP 400 to what is told of ctl-7-1000: not sent again: it stands above"
    ]


@pytest.mark.parametrize("code", [404, 429, 503])
async def test_a_text_that_another_address_or_hour_would_take_is_sent_again(
    site: Site, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    site.note()
    site.fault = answered(code)
    assert await site.look(4) == []
    assert caplog.records[-1].getMessage() == f"lab: the block that tells: HTTP {code}: tried again"
    site.fault = None
    assert len(await site.look(4)) == 1


async def test_a_note_that_cannot_be_taken_away_is_told_once_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: str) -> None:
        raise OSError(28, "No space left on device")

    note = site.note()
    await site.look(1)
    with monkeypatch.context() as patched:
        patched.setattr(presence, "bury", full)
        told, blind = await site.look(3)
    assert (await site.look(3), note.exists()) == ([told, blind], False)
    assert "process 7 on ctl" in told
    assert "at_work/lab: No space left on device: of who dies now nobody may be told" in blind


async def test_a_folder_that_cannot_be_listed_is_told_once_and_again_when_it_happens_again(
    site: Site, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That nothing is found there says nothing of who has died."""
    (state / "at_work").mkdir()
    for times in (1, 2):
        (state / "at_work/lab").touch()
        assert len(await site.look(3)) == times
        (state / "at_work/lab").unlink()
        await site.look(1)
    said = f"lab: {state}/at_work/lab: Not a directory: of who dies now nobody may be told"
    assert [line.getMessage().startswith(said) for line in caplog.records] == [True, True]
    assert site.told[0] == site.told[1] == caplog.records[0].getMessage()


async def test_whatever_goes_wrong_it_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    async def look(_watch: Watch) -> None:
        looks.append(len(looks))
        if len(looks) > 2:
            raise asyncio.CancelledError
        raise KeyError

    monkeypatch.setattr(Watch, "look", look)
    monkeypatch.setattr(deaths, "EVERY_S", 0.0)
    with pytest.raises(asyncio.CancelledError):
        await deaths.keep_looking(environment("lab"))
    assert looks == [0, 1, 2]


def answered(code: int) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "https://hooks.test/secret")
    return httpx.HTTPStatusError("https://hooks.test/secret", request=request, response=httpx.Response(code))


def hold(file: IO[str]) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
