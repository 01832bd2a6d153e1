"""Readiness where framework and database are in two regions: each half is judged where the record says that it is."""

from dataclasses import replace

import pytest

from model.observation import Guard, Observation
from model.readiness.line import Line, not_ready
from model.record import Record
from model.runbooks.readiness import readiness, steady_view
from model.way_back import apart_from
from tests.unit.model import steady as world
from tests.unit.model.steady import DAY, NOW, lab

MOVED = ("198.18.2.31",)


def apart() -> Observation:
    """Return region 1's framework on region 2's database, which region 1's DBMS follows."""
    here, there = world.steady("region1"), world.steady("region2")
    known = {**here.hosts, "r1-db": there.hosts["r1-db"], "r2-db": there.hosts["r2-db"]}
    for name in ("r1-fw-p", "r1-fw-b"):
        known[name] = replace(known[name], aliases={"cfgdb-1.gen.test": MOVED})
    record = Record(epoch=3, state="steady", active="region1", target="region1", database="region2")
    moved = {"cfgdb-1.gen.test": MOVED, "cfgdb-2.gen.test": MOVED}
    servers = {name: replace(server, aliases=moved, record=record.text()) for name, server in here.servers.items()}
    sessions = here.databases["region1"].sessions
    databases = {**there.databases, "region2": replace(there.databases["region2"], sessions=sessions)}
    return replace(here, hosts=known, databases=databases, record=record, servers=servers)


def judged(seen: Observation) -> tuple[Line, ...]:
    return readiness(steady_view(lab(), seen), NOW, day=DAY)


def red(seen: Observation) -> set[str]:
    return {f"{line.name} {line.subject}" for line in not_ready(judged(seen))}


def test_apart_is_a_steady_state_in_which_only_the_runbooks_for_both_halves_are_red() -> None:
    assert red(apart()) == {"partial_failover would begin region2", "failback would begin region2"}


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("DBMS is primary r2-db", replace(apart(), databases=world.steady("region1").databases)),
        ("guard open where active r2-db", None),
        ("alias of the database r1-fw-p", None),
        ("alias of the database ns1", None),
    ],
)
def test_each_half_is_judged_where_it_is(name: str, seen: Observation | None) -> None:
    spoilt = seen or spoil(name)
    assert any(found.split()[-1] == name.rsplit(maxsplit=1)[-1] for found in red(spoilt)), red(spoilt)


def spoil(name: str) -> Observation:
    seen, subject = apart(), name.rsplit(maxsplit=1)[-1]
    if subject == "ns1":
        return replace(seen, servers={**seen.servers, "ns1": replace(seen.servers["ns1"], aliases={})})
    changed = replace(seen.hosts[subject], guard=Guard.CLOSED, aliases={"cfgdb-1.gen.test": ("198.18.1.31",)})
    return replace(seen, hosts={**seen.hosts, subject: changed})


def test_without_aliases_nothing_is_judged_of_them() -> None:
    bare = lab("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")
    lines = readiness(steady_view(bare, world.steady()), NOW, day=DAY)
    assert not [line for line in lines if line.name == "alias of the database"]


def test_a_failback_asks_for_both_halves_together() -> None:
    record = apart().record
    (why,) = apart_from("lab", record)
    assert "the framework is in region1, its database in region2: bring them together first" in why
    assert "gdr run partial-failover lab --lost dbms --target region1 --mode planned" in why
    assert apart_from("lab", None) == apart_from("lab", world.steady().record) == ()
