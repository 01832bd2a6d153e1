"""The control host is lost with its Prefect server: what a backup and the journals bring back, an open case too."""

import asyncio
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows import full_failover as runbook
from flows.gate import Beforehand
from model.errors import Unverified
from model.explore.sight import observe
from model.observation import Observation
from model.runbooks.full_failover import FullFailoverPlan
from tasks import evidence, presence
from tests.flow.recorders import BEFOREHAND, Fixed, Recorder, plan_of_names
from tests.flow.servers import Server
from tests.unit.gdr import shell
from tests.unit.model.builders import ground, steady

PAGE = Path("docs/operate.md").read_text().partition("## Backup of the control host")[2].partition("\n## Upgrade")[0]


@pytest.fixture
def gdr(capsys: pytest.CaptureFixture[str]) -> shell.Gdr:
    return shell.gdr(capsys)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    found.install(monkeypatch)
    monkeypatch.setattr(runbook, "FULL_FAILOVER", Fixed(plan_of_names(FullFailoverPlan)))
    return found


def on(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work on that machine from now on; return its block file."""
    file = machine / "etc/genesys-dr/blocks.yaml"
    monkeypatch.setenv("GDR_STATE", str(machine / "var/lib/genesys-dr"))
    monkeypatch.setenv("GDR_BLOCKS", str(file))
    return file


def typed(program: str, machine: Path, archive: Path) -> None:
    """Type that line of the page, with the machine's folder for its root and the archive where this test may write."""
    (line,) = re.findall(rf"^ *({program} .+)$", PAGE, re.MULTILINE)
    words = [str(machine) if word == "/" else word for word in shlex.split(line)]
    argv = [str(archive) if word.endswith(".tgz") else word for word in words]
    subprocess.run(argv, check=True, capture_output=True)


async def run(beforehand: Beforehand | None = None) -> State[str]:
    ended: Any = runbook.full_failover(
        environment="lab", target="region2", mode="planned", reason="a test", beforehand=beforehand, return_state=True
    )
    state: State[str] = await ended
    return state


@pytest.mark.timeout(300)
def test_an_open_case_is_gone_on_with_on_a_new_machine_with_an_empty_prefect_server(
    recorder: Recorder, own_server: Server, gdr: shell.Gdr, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new, archive = tmp_path / "old", tmp_path / "new", tmp_path / "control-host.tgz"
    file = on(old, monkeypatch)
    file.parent.mkdir(parents=True)
    shell.blocks(file)
    assert gdr("evidence", "key").code == 0
    public = gdr("evidence", "key", "--json").json["public"]
    recorder.fails["promote"] = Unverified("nobody knows")
    assert asyncio.run(run(BEFOREHAND)).name == "Held"
    with presence.at_work("lab", "full-failover", {}, "", KeyError):
        typed("tar -C / -cz", old, archive)

    new.mkdir()
    typed("tar -C / -xzp", new, archive)
    on(new, monkeypatch)
    assert presence.roll_call("lab") == ((), ()), "who was at work then is not found dead here"
    own_server.start()
    with own_server.asked():
        assert set(gdr("register", "--json").json.values()) - {"none: the block file has no notify"} == {"created"}
        assert gdr("blocks", "check", "lab").code == 0
        assert gdr("evidence", "key", "--json").json["public"] == public
        (case,) = evidence.cases("lab")
        said = gdr("evidence", "verify", case.name, "--offline")
        assert (said.code, case.outcome) == (0, None)
        recorder.fails.clear()
        state = asyncio.run(run())
    assert state.name == "Completed", state.message
    kinds = [entry.kind for entry in evidence.entries(case.name)]
    assert [kinds.count(kind) for kind in ("case.opened", "gate.asked", "gate.answered", "attempt.started")] == [
        1,
        1,
        1,
        2,
    ]
    assert Path(str(evidence.journal(case.name))).is_relative_to(new)


def held(head: str, case: str) -> Observation:
    """Return what is seen in the middle of the switch, while the record keeps that head of the case."""
    found = observe(ground(), steady())
    assert found.record is not None
    return replace(found, record=replace(found.record, state="switching", target="region2", case=case, head=head))


async def test_an_older_copy_of_an_open_journal_is_refused_until_a_person_says_that_there_is_no_newer(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.fails["promote"] = Unverified("nobody knows")
    await run(BEFOREHAND)
    recorder.fails.clear()
    (case,) = evidence.cases("lab")
    journal, head = evidence.journal(case.name), evidence.head(case.name)
    newest = journal.read_text()
    journal.write_text("".join(newest.splitlines(keepends=True)[:-1]))
    lines = list(recorder.lines)
    recorder.install(monkeypatch, lambda: held(head, case.name))
    state = await run()
    assert (state.name, recorder.lines) == ("Refused", lines)
    said = f"an older copy: the activation record knows a later one (head {head}): put its newest copy back"
    assert said in str(state.message)
    recorder.install(monkeypatch, lambda: held("-", case.name))
    assert (await run(BEFOREHAND)).name == "Completed"


async def test_the_newest_copy_of_an_open_journal_is_gone_on_with(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.fails["promote"] = Unverified("nobody knows")
    await run(BEFOREHAND)
    recorder.fails.clear()
    (case,) = evidence.cases("lab")
    head = evidence.head(case.name)
    recorder.install(monkeypatch, lambda: held(head, case.name))
    assert (await run(BEFOREHAND)).name == "Completed"
