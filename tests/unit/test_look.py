"""One look at many: nobody is waited for longer than what is known of him makes sensible."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from blocks import reach
from model.environment.document import Probes
from model.observation import DatabaseRole, Power
from model.scope import Scope
from tasks.dns import observe as dns
from tasks.hosts.command import COMMAND
from tasks.look import look
from tests.fakes.dns import FakeNames, Zone
from tests.fakes.postgresql import FakeSql, Server
from tests.fakes.postgresql import Manner as Serves
from tests.fakes.ssh import Done, FakeShell, Machine, Manner
from tests.unit.model.steady import lab
from tests.unit.test_hosts_inventory import INVENTORY
from tests.unit.test_hosts_report import DATABASE, REPORT

PATIENT = ("deadline_s: 6", "deadline_s: 60")
POWER = str(lab().power[0].address)
HOST, DBMS = str(lab().host("r1-fw-p").address), str(lab().host("r1-db").address)
OBSERVE, HEARD = (*COMMAND, "observe", "self"), (*COMMAND, "observe")
BOTH = Scope(hosts=frozenset({"r1-db", "r1-fw-p"}), databases=frozenset({"region1"}))


class Asked(Machine):
    """A machine that answers only when another one has been asked, too."""

    def __init__(self, answers: dict[tuple[str, ...], Done]) -> None:
        super().__init__(answers=answers)
        self.asked, self.other = asyncio.Event(), self

    async def obey(self, argv: tuple[str, ...], given: str = "") -> Done:
        self.asked.set()
        await self.other.asked.wait()
        return await super().obey(argv, given)


def said(**powers: str) -> dict[tuple[str, ...], Done]:
    states = {name.replace("_", "-"): state for name, state in powers.items()}
    return {(*COMMAND, "power-status", *states): Done(stdout=json.dumps(states))}


def telling(report: object) -> dict[tuple[str, ...], Done]:
    return {OBSERVE: Done(stdout=json.dumps(report))}


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Machine]:
    known = {
        POWER: Machine(answers=said(r1_fw_p="on", r1_db="on")),
        HOST: Machine(answers=telling(REPORT)),
        DBMS: Machine(answers=telling(REPORT | {"database": DATABASE})),
    }

    async def shell(_name: str) -> reach.Shell:
        return FakeShell(known)

    async def sql(_name: str) -> reach.Sql:
        return FakeSql({DBMS: Server(manner=Serves.SILENT)})

    monkeypatch.setattr(reach, "shell", shell)
    monkeypatch.setattr(reach, "sql", sql)
    monkeypatch.setenv("GDR_STATE", str(tmp_path))
    return known


@pytest.mark.usefixtures("machines")
async def test_power_and_report_are_one_host_and_the_host_speaks_for_a_server_that_is_silent() -> None:
    seen = await look(lab(), BOTH)
    assert (seen.host("r1-fw-p").answers, seen.host("r1-fw-p").power) == (True, Power.ON)
    database = seen.database("region1")
    assert (database.role, database.marked) == (DatabaseRole.PRIMARY, True)
    assert "silent" in database.fault


async def test_a_host_that_is_off_is_waited_for_no_longer_than_its_power_source(machines: dict[str, Machine]) -> None:
    machines[POWER] = Machine(answers=said(r1_fw_p="on", r1_db="off"))
    machines[DBMS] = Machine(hangs=frozenset({OBSERVE}))
    begun = time.monotonic()
    seen = await look(lab(*PATIENT), BOTH)
    assert time.monotonic() - begun < 30  # the hanging host alone would take 60
    assert (seen.host("r1-db").power, seen.host("r1-db").fault) == (Power.OFF, "powered off")
    assert (seen.database("region1").role, seen.database("region1").fault) == (DatabaseRole.STOPPED, "powered off")
    assert seen.host("r1-fw-p").answers


async def test_hosts_and_their_power_source_are_asked_at_once(machines: dict[str, Machine]) -> None:
    """One after the other, neither would ever be answered: each waits until the other is asked."""
    power, host = Asked(said(r1_fw_p="on")), Asked(telling(REPORT))
    power.other, host.other = host, power
    machines |= {POWER: power, HOST: host}
    seen = await look(lab(), Scope(hosts=frozenset({"r1-fw-p"})))
    assert (seen.host("r1-fw-p").answers, seen.host("r1-fw-p").power) == (True, Power.ON)


async def test_a_silent_power_source_hides_no_host(machines: dict[str, Machine]) -> None:
    machines[POWER] = Machine(manner=Manner.SILENT)
    seen = await look(lab(), BOTH)
    assert (seen.host("r1-db").answers, seen.host("r1-db").power) == (True, Power.UNKNOWN)


def test_two_lost_packets_make_no_host_silent() -> None:
    """Linux sends the first packet of a connection again after 1 s, and after 2 s more; the lab loses none."""
    assert Probes().silent_s > 1 + 2
    assert lab().probes.silent_s > 1
    for probes in (Probes(), lab().probes):
        assert probes.deadline_s >= probes.silent_s + 2  # the command itself needs a moment


async def test_only_who_is_to_say_what_it_heard_is_asked_for_it(machines: dict[str, Machine]) -> None:
    machines[DBMS] = Machine(answers={HEARD: Done(stdout=json.dumps(REPORT | {"database": DATABASE}))})
    seen = await look(lab(), replace(BOTH, heard=frozenset({"r1-db"})))
    assert [seen.host(name).answers for name in ("r1-db", "r1-fw-p")] == [True, True]


async def test_what_is_installed_is_asked_only_where_it_is_wanted(machines: dict[str, Machine]) -> None:
    assert (await look(lab(), BOTH)).inventories == {}
    machines[HOST].answers = {**machines[HOST].answers, (*COMMAND, "inventory"): Done(stdout=json.dumps(INVENTORY))}
    machines[POWER] = Machine(answers=said(r1_fw_p="on", r1_db="off") | said(r1_db="off", r1_fw_p="on"))
    found = (await look(lab(), replace(BOTH, inventories=True))).inventories
    literals = (await look(lab(), replace(BOTH, inventories=True))).literals
    assert (list(literals), literals["region1"].fault) == (["region1"], "powered off")
    assert (list(found["r1-fw-p"].parts), found["r1-db"].fault) == (["lca"], "powered off")


async def test_how_long_names_are_kept_is_asked_of_servers_and_resolvers_where_it_is_wanted(
    machines: dict[str, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, told = lab().dns.framework_names[0], {"lifetimes": {lab().dns.framework_names[0]: 5}}
    names = FakeNames(Zone(sets={(name, "A"): ("198.18.1.11",)}))
    monkeypatch.setattr(dns, "ask", names.ask)
    monkeypatch.setattr(dns, "ask_ttl", names.ask_ttl)
    machines[str(lab().dns.resolvers[0].address)] = Machine(
        answers={
            OBSERVE: Done(stdout=json.dumps(REPORT)),
            (*COMMAND, "inventory"): Done(stdout=json.dumps(INVENTORY | told)),
        }
    )
    wanted = Scope(hosts=frozenset({"fwd"}), servers=frozenset({"ns1"}))
    assert (await look(lab(), wanted)).ttls == {}
    seen = await look(lab(), replace(wanted, inventories=True))
    assert (seen.ttls, seen.inventories["fwd"].lifetimes) == ({"ns1": {name: 30}}, {name: 5})


async def test_the_backups_application_is_looked_for_by_the_name_that_its_host_tells(
    machines: dict[str, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "v=1 epoch=1 state=steady active=region1 target=region1 case=- head=-"
    names = FakeNames(Zone(sets={(lab().record_name, "TXT"): (text,)}))
    monkeypatch.setattr(dns, "ask", names.ask)
    backup = Machine(answers={OBSERVE: Done(stdout=json.dumps(REPORT))})
    machines[str(lab().host("r1-fw-b").address)] = backup
    wanted = Scope(hosts=frozenset({"r1-fw-b"}), record=True)
    assert (await look(lab(), wanted)).applications.fault == "not asked"
    untold = (await look(lab(), replace(wanted, inventories=True))).applications
    assert untold.fault == "r1-fw-b: did not tell the section of its configuration file"
    config = {"path": "/x", "sections": {"confserv_b": {"server": "db"}, "db": {}}, "fault": ""}
    parts = [{"kind": "confserv", "version": None, "config": config}]
    installed = Done(stdout=json.dumps(INVENTORY | {"components": parts}))
    backup.answers = {**backup.answers, (*COMMAND, "inventory"): installed}
    seen = (await look(lab(), replace(wanted, inventories=True))).applications
    assert (seen.name, seen.found) == ("confserv_b", None)
    assert DBMS in seen.fault
