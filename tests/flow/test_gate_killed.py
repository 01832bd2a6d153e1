"""What a person said is neither lost nor counted twice: real processes, killed, and taken up through every door."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pyotp
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import SetStateStatus
from prefect.states import AwaitingRetry, Crashed

from flows.full_failover import full_failover
from model.approval import CODE
from model.evidence import Entry
from tasks import evidence
from tasks.approvals import codes
from tasks.run import environment_file
from tests.flow.process import PARAMETERS

ALONE = "  approvers: [alice, bob]\n  four_eyes: false\n"
TOGETHER = "  approvers: [{name: alice, identity: code}, {name: bob, identity: code}]\n  four_eyes: true\n"
ARGV = (sys.executable, "-m", "tests.flow.process")
Process = Callable[..., None]

pytestmark = pytest.mark.timeout(900)  # a guard: each process imports all of Prefect, beside whatever else runs


@pytest.fixture
def together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pyotp.TOTP]:
    """Two people must say go, each by a code; return what their devices show."""
    text = environment_file("lab").read_text()
    assert ALONE in text
    (tmp_path / "lab.yaml").write_text(text.replace(ALONE, TOGETHER))
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    return {name: pyotp.TOTP(pyotp.parse_uri(codes.enrol(name, renew=False)).secret) for name in ("alice", "bob")}


@pytest.fixture
def process(together: dict[str, pyotp.TOTP], surroundings: dict[str, str]) -> Process:
    """Let a process go on to its end, or to where it dies: of a flow run, or else at a terminal nobody sits at."""
    assert together

    def ran(*run: UUID, dies_at: str = "") -> None:
        done = subprocess.run(
            [*ARGV, *map(str, run)], env=surroundings | {"DIES_AT": dies_at},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == (-signal.SIGKILL if dies_at else 0), done.stdout

    return ran


async def new_run() -> UUID:
    """Begin a run of a deployment, as the interface does."""
    async with get_client() as client:
        deployment = await client.create_deployment(await client.create_flow(full_failover), "of-a-test")
        return UUID(str((await client.create_flow_run_from_deployment(deployment, parameters=PARAMETERS)).id))


async def retried(run: UUID) -> UUID:
    """Press Retry, once the worker has told the server that the run's process is dead."""
    async with get_client() as client:
        await client.set_flow_run_state(run, Crashed(), force=True)
        await client.set_flow_run_state(run, AwaitingRetry())
    return run


async def says_go(run: UUID, approver: str, code: str) -> None:
    async with get_client() as client:
        form = {"decision": "go", "approver": approver, "reason": "seen on the bridge", "code": code}
        assert (await client.resume_flow_run(run, run_input=form)).status == SetStateStatus.ACCEPT


def gates() -> list[Entry]:
    (case,) = evidence.cases("lab")
    return [entry for entry in evidence.entries(case.name) if entry.kind.startswith("gate.")]


def kinds() -> list[str]:
    return [entry.kind.removeprefix("gate.") for entry in gates()]


async def test_a_go_that_its_run_did_not_live_to_read_counts_once_through_every_door(
    process: Process, together: dict[str, pyotp.TOTP]
) -> None:
    """Killed between the server's ACCEPT and the journal, again and again; and then while it acts."""
    first = await new_run()
    process(first)
    await says_go(first, "alice", together["alice"].now())
    process(first, dies_at="gate.answered")
    process(await retried(first), dies_at="gate.answered")
    process(await new_run(), dies_at="gate.answered")
    assert kinds() == ["asked"]
    second = await new_run()
    process(second)
    assert kinds() == ["asked", "answered", "asked"]
    await says_go(second, "bob", together["bob"].now())
    process(second, dies_at="gate.answered")
    process(dies_at="promote")
    process(await retried(first))
    assert kinds() == ["asked", "answered", "asked", "answered"]
    (case,) = evidence.cases("lab")
    assert [(go.approver, go.identity) for go in case.approvals] == [("alice", CODE), ("bob", CODE)]
    assert case.outcome == "reached"
