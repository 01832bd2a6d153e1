"""Hypervisors and connections, asked over a shell in memory: what is not tried proves nothing."""

import json

import pytest

from blocks import reach
from model.machine import Machine
from model.scope import Scope
from tasks.hosts.command import COMMAND
from tasks.look import look
from tasks.vms.observe import cut_off, machines
from tests.fakes.ssh import Done, FakeShell, Manner
from tests.fakes.ssh import Machine as Host
from tests.unit.model.steady import lab

POWER = str(lab().power[0].address)
PAIR = ("r2-fw-b", "r2-fw-p")
SAID = {"r2-fw-b": {"cable": "in", "copy": "", "alone": None}, "r2-fw-p": {"cable": "out", "copy": "", "alone": ""}}
WITNESS = "r1-app-p"


def address(name: str) -> str:
    return str(lab().host(name).address)


class Reaching(Host):
    """A host that says the same of every place it is told to reach."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = said

    async def obey(self, argv: tuple[str, ...], given: str = "") -> Done:
        assert (*argv[: len(COMMAND) + 1], given) == (*COMMAND, "reach", "")
        return Done(stdout=json.dumps(dict.fromkeys(argv[len(COMMAND) + 1 :], self.said)))


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> FakeShell:
    asked: dict[tuple[str, ...], Done] = {(*COMMAND, "machines", *PAIR): Done(stdout=json.dumps(SAID))}
    fake = FakeShell(
        {POWER: Host(answers=asked), address("r2-fw-p"): Reaching("silent"), address(WITNESS): Reaching("open")}
    )

    async def access(_name: str) -> reach.Shell:
        return fake

    monkeypatch.setattr(reach, "shell", access)
    return fake


def put(shell: FakeShell, where: str, host: Host) -> None:
    shell.machines = {**shell.machines, where: host}


@pytest.mark.usefixtures("shell")
async def test_a_hypervisor_is_asked_once_about_its_machines():
    found = await machines(lab(), PAIR)
    assert found["r2-fw-b"] == Machine(cable="in", copy="", alone=None)
    assert found["r2-fw-p"] == Machine(cable="out", copy="", alone="")


@pytest.mark.parametrize("said", [Done(stdout="{"), Done(stdout='{"r2-fw-p": {"cable": 1}}'), Done(status=2)])
async def test_one_that_does_not_answer_leaves_them_unknown(shell: FakeShell, said: Done):
    put(shell, POWER, Host(answers={(*COMMAND, "machines", *PAIR): said}))
    assert await machines(lab(), PAIR) == {}


async def test_a_machine_nobody_can_ask_about_is_unknown(shell: FakeShell):
    place = f"address: {address('r2-fw-p')}\n        access: lab-ssh\n        firewall: iptables\n        "
    known = lab(f"{place}hypervisor: {{kind: command, power: power}}", f"{place}hypervisor: {{kind: none}}")
    put(shell, POWER, Host(answers={(*COMMAND, "machines", "r2-fw-b"): Done(stdout=json.dumps(SAID))}))
    assert set(await machines(known, PAIR)) == set(PAIR)


@pytest.mark.usefixtures("shell")
async def test_connections_are_tried_from_it_to_it_and_from_a_witness():
    tried = await cut_off(lab(), "r2-fw-p")
    assert tried.leaks() == tuple(f"{place} is reached" for place in tried.inward)
    assert set(tried.inward) == {f"198.18.2.11:{port}" for port in (22, 4999, 2020, 7380, 7120)}
    assert {"198.18.0.53:53", "198.18.1.11:2020", "198.18.1.31:5432", "198.18.2.31:5432"} <= tried.tried()
    assert "198.18.2.11:2020" not in tried.outward
    assert set(tried.outward) == set(tried.control)


async def test_what_could_not_be_tried_has_a_fault(shell: FakeShell):
    put(shell, address(WITNESS), Host(manner=Manner.SILENT))
    assert "silent" in (await cut_off(lab(), "r2-fw-p")).fault


@pytest.mark.usefixtures("shell")
async def test_a_look_asks_for_it_only_where_it_is_wanted():
    seen = await look(lab(), Scope(machines=frozenset(PAIR), cuts=frozenset({"r2-fw-p"})))
    assert set(seen.machines) == set(PAIR)
    assert set(seen.cuts) == {"r2-fw-p"}
    nothing = await look(lab(), Scope())
    assert (nothing.machines, nothing.cuts) == ({}, {})


class Garbled(Host):
    """A host whose gdr-host answers in a way of its own."""

    async def obey(self, argv: tuple[str, ...], given: str = "") -> Done:
        assert (argv[len(COMMAND)], given) == ("reach", "")
        return Done(stdout='{"198.18.0.53:53": 1}')


async def test_an_answer_that_cannot_be_read_proves_nothing(shell: FakeShell):
    put(shell, address("r2-fw-p"), Garbled())
    found = await cut_off(lab(), "r2-fw-p")
    assert found.tried() == frozenset()
    assert found.fault.endswith("its answer cannot be read: deploy the host side again")
