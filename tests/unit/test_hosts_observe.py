"""Hosts and power sources asked over a shell in memory: what one of them says or does not say stays its own."""

import json
from typing import Any

import pytest

from blocks import reach
from model.errors import Refused
from model.observation import DatabaseRole, Power
from tasks.hosts.command import COMMAND
from tasks.hosts.observe import INVENTORY_S, host, inventory, powers
from tests.fakes.ssh import Done, FakeShell, Machine, Manner
from tests.unit.model.steady import lab
from tests.unit.test_hosts_report import DATABASE, REPORT

NAMES = sorted(one.name for _, one in lab().all_hosts())
OBSERVE = (*COMMAND, "observe")
STATUS = (*COMMAND, "power-status")
POWER = str(lab().power[0].address)


def address(name: str) -> str:
    return str(lab().host(name).address)


def telling(report: object) -> Machine:
    return Machine(answers={OBSERVE: Done(stdout=json.dumps(report))})


def power_source(said: str, *names: str) -> Machine:
    return Machine(answers={(*STATUS, *names): Done(stdout=said)})


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> FakeShell:
    """Two hosts that answer well and a power source."""
    fake = FakeShell({address("r1-db"): telling(REPORT | {"database": DATABASE}), address("r2-db"): telling(REPORT)})

    async def access(_name: str) -> reach.Shell:
        return fake

    monkeypatch.setattr(reach, "shell", access)
    return fake


def put(shell: FakeShell, where: str, machine: Machine) -> None:
    shell.machines = {**shell.machines, where: machine}


@pytest.mark.usefixtures("shell")
async def test_a_host_is_asked_and_its_dbms_with_it():
    seen, database = await host(lab(), "r1-db")
    assert seen.answers
    assert database
    assert database.role is DatabaseRole.PRIMARY


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine(manner=Manner.SILENT), "silent for"),
        (Machine(manner=Manner.REFUSES), "no connection"),
        (Machine(manner=Manner.STRANGER), "host key is not the one we know"),
        (Machine(manner=Manner.FORGETS), "answers, but"),
        (Machine(), "command not found"),
        (Machine(dies={OBSERVE: "mark"}), "connection lost"),
        (telling([]), "answers, but"),
        (telling({key: value for key, value in REPORT.items() if key != "hosts_file"}), "deploy gdr-host again"),
    ],
    ids=str,
)
async def test_a_fault_of_one_host_is_its_own(shell: FakeShell, machine: Machine, words: str):
    put(shell, address("r1-db"), machine)
    seen, database = await host(lab(), "r1-db")
    assert (seen.answers, database) == (False, None)
    assert words in seen.fault
    assert (await host(lab(), "r2-db"))[0].answers


async def test_a_block_that_is_missing_is_said_where_the_answer_is(monkeypatch: pytest.MonkeyPatch):
    async def access(name: str) -> Any:
        raise Refused(f"blocks.yaml: {name}: no such block")

    monkeypatch.setattr(reach, "shell", access)
    assert (await host(lab(), "r1-db"))[0].fault == "blocks.yaml: lab-ssh: no such block"
    assert await powers(lab(), ["r1-db"]) == {"r1-db": Power.UNKNOWN}


async def test_powers_are_asked_of_their_source_at_once(shell: FakeShell):
    put(shell, POWER, power_source('{"r1-db": "off", "r2-db": "on"}', "r1-db", "r2-db"))
    assert await powers(lab(), ["r1-db", "r2-db"]) == {"r1-db": Power.OFF, "r2-db": Power.ON}


@pytest.mark.parametrize(
    "machine",
    [Machine(manner=Manner.SILENT), Machine(), power_source("{", "r1-db"), power_source("[]", "r1-db")],
    ids=["silent", "fails", "no JSON", "a list"],
)
async def test_a_power_source_that_does_not_say_leaves_its_hosts_unknown(shell: FakeShell, machine: Machine):
    put(shell, POWER, machine)
    assert await powers(lab(), ["r1-db"]) == {"r1-db": Power.UNKNOWN}


async def test_one_strange_word_of_a_power_source_hides_no_other_host(shell: FakeShell):
    put(shell, POWER, power_source('{"r1-db": "off", "r2-db": "hibernates"}', "r1-db", "r2-db"))
    assert await powers(lab(), ["r1-db", "r2-db"]) == {"r1-db": Power.OFF, "r2-db": Power.UNKNOWN}


async def test_a_host_without_a_power_source_is_unknown_and_asks_nobody(shell: FakeShell):
    none = lab("hypervisor: {kind: command, power: power}", "hypervisor: {kind: none}")
    assert await powers(none, ["r1-fw-p"]) == {"r1-fw-p": Power.UNKNOWN}
    assert shell.acts == []


async def test_an_inventory_may_take_longer_than_a_look_that_a_failover_waits_for(
    monkeypatch: pytest.MonkeyPatch, shell: FakeShell
) -> None:
    given: list[float] = []

    async def read(*_words: str, deadline_s: float, **_more: float) -> str:
        given.append(deadline_s)
        raise Refused("no")

    monkeypatch.setattr(shell, "read", read)
    assert (await inventory(lab(), "r1-db")).fault == "no"
    await host(lab(), "r1-db")
    assert given == [INVENTORY_S, lab().probes.deadline_s]
