"""The swaps of the activation record: who finds another process in it was overtaken, and swaps nothing."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from blocks import reach
from model.environment.document import RegionKey
from model.errors import Overtaken, Refused, Unverified
from model.observation import DatabaseRole, DatabaseSeen, Observation, ServerSeen
from model.record import Record
from model.runbooks import DBMS_FAILOVER, DEPLOY, FULL_FAILOVER
from model.step import Intent, Step
from model.view import View
from tasks import evidence, proof
from tasks.act import Act
from tasks.dns import act, claim, observe
from tasks.perform import at_once, taking
from tasks.run import Run
from tests.fakes.dns import FakeNames, Manner, Zone
from tests.unit.model.builders import intent
from tests.unit.model.logbook import logs
from tests.unit.model.steady import RECORD, lab, steady
from tests.unit.model.test_deploy import INTENT as DEPLOYS
from tests.unit.model.test_deploy import bare

ALIAS, LOG = "cfgdb-1.gen.test", "logdb.gen.test"
NAME = "_genesys-dr.gen.test"
OURS = replace(RECORD, epoch=4, state="switching", target="region2", case="lab-1")
THEIRS = replace(OURS, epoch=5, case="lab-2")


class Writer:
    """The writing server: its record as the act was judged by, and as it stands at the swap."""

    def __init__(self) -> None:
        self.judged: Record = OURS
        self.found: Record | None = OURS
        self.names = FakeNames(Zone(sets={(NAME, "TXT"): (OURS.text(),)}, policy=frozenset({NAME})))

    def seen(self) -> Observation:
        return replace(steady(), record=self.judged)


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    known = Writer()

    async def look(*_: Any) -> Observation:
        return known.seen()

    async def record(_environment: Any) -> tuple[Record | None, str]:
        return known.found, "no TXT record"

    async def names(_block: str) -> FakeNames:
        return known.names

    monkeypatch.setattr(proof, "look", look)
    monkeypatch.setattr(observe, "record", record)
    monkeypatch.setattr(reach, "names", names)
    return known


@pytest.fixture
def run() -> Run:
    return Run(environment="lab", case="lab-1", attempt="a1", intent=intent("planned"), epoch=4)


def unneeding(line: str) -> Step:
    """Return the step of a line of the runbook, without its preconditions."""
    plan = FULL_FAILOVER.whole(View(environment=lab(), seen=steady(), intent=intent("planned"), case="lab-1"))
    step: Step = getattr(plan, line)[0]
    return replace(step, needs=())


@pytest.mark.parametrize(("line", "swap"), [("move_names", act.move_names), ("steady", act.steady)])
async def test_a_younger_epoch_in_the_record_stops_a_swap(writer: Writer, run: Run, line: str, swap: Act) -> None:
    writer.found = THEIRS
    with pytest.raises(Overtaken, match="activation record: epoch is 5, ours is 4"):
        await at_once(swap, run, (unneeding(line),))
    assert writer.names.swaps == []


async def test_a_record_that_changes_between_look_and_swap_stops_it_too(writer: Writer, run: Run) -> None:
    writer.names.zone.sets[NAME, "TXT"] = (THEIRS.text(),)
    with pytest.raises(Overtaken, match="changed meanwhile"):
        await at_once(act.steady, run, (unneeding("steady"),))
    assert writer.names.swaps == []


async def test_the_epoch_is_not_taken_from_another_case_that_is_switching(writer: Writer, run: Run) -> None:
    writer.judged = writer.found = THEIRS
    with pytest.raises(Overtaken, match="the record names case lab-2, not lab-1"):
        await taking(act.take_epoch, replace(run, epoch=None), (unneeding("take_epoch"),))
    assert writer.names.swaps == []


async def test_the_epoch_is_not_taken_over_a_claim_that_was_made_meanwhile(writer: Writer, run: Run) -> None:
    writer.judged = replace(RECORD, case="lab-1")
    writer.found = replace(RECORD, case="lab-2")
    with pytest.raises(Overtaken, match="the record names case lab-2, not lab-1"):
        await taking(act.take_epoch, replace(run, epoch=None), (unneeding("take_epoch"),))
    assert writer.names.swaps == []


async def test_who_switches_nothing_takes_no_epoch_once_another_region_is_active(writer: Writer, run: Run) -> None:
    guard = replace(run, epoch=None, intent=replace(run.intent, runbook="return_guard", target="region2"))
    writer.judged = writer.found = replace(RECORD, case="lab-1", active="region1")
    with pytest.raises(Overtaken, match="region1 is active, not region2"):
        await taking(act.take_epoch, guard, (unneeding("take_epoch"),))
    assert writer.names.swaps == []


async def test_a_return_guard_that_died_elsewhere_is_taken_over(writer: Writer, run: Run) -> None:
    """No journal of it is here; its name says what it is."""
    dead = replace(RECORD, state="switching", epoch=4, case="lab-20260101T000000-region1-GUARD")
    writer.judged = writer.found = dead
    writer.names.zone.sets[NAME, "TXT"] = (dead.text(),)
    with pytest.raises(Unverified):  # its proof looks at a record that stands still here
        await taking(act.take_epoch, replace(run, epoch=None), (unneeding("take_epoch"),))
    (text,) = writer.names.swaps
    assert "epoch=5 state=switching" in text
    assert "case=lab-1 " in text


async def test_nothing_is_announced_in_a_case_that_was_closed_meanwhile(writer: Writer, run: Run) -> None:
    writer.judged = writer.found = OURS
    evidence.append("lab", "lab-1", "a1", "case.closed", {"outcome": "superseded"})
    with pytest.raises(Overtaken, match="case lab-1: was closed meanwhile: superseded"):
        await at_once(act.steady, run, (unneeding("steady"),))
    assert writer.names.swaps == []
    evidence.append("lab", "lab-1", "a1", "act.failed", {"step": "stop:r1-db", "reason": "too late"})
    assert evidence.is_closed("lab-1")
    assert evidence.is_superseded("lab-1")


async def test_without_a_record_there_is_nothing_to_swap_and_nobody_to_blame(writer: Writer, run: Run) -> None:
    writer.found = None
    with pytest.raises(Refused, match="activation record: no TXT record") as caught:
        await at_once(act.steady, run, (unneeding("steady"),))
    assert caught.type is Refused
    assert writer.names.swaps == []


async def test_the_update_key_is_tried_and_nothing_changes(writer: Writer) -> None:
    before = dict(writer.names.zone.sets)
    assert await claim.accepted("lab") == ("the writer knows it, and has changed nothing", True)
    writer.names.key = "an older one"
    said, known = await claim.accepted("lab")
    assert ("wrong TSIG key in the block" in said, known) == (True, False)
    writer.names.zone.manner = Manner.SILENT
    said, known = await claim.accepted("lab")
    assert ("no connection for an update" in said, known) == (True, None)
    assert (writer.names.zone.sets, writer.names.swaps) == (before, [])


class Living(Writer):
    """A writer that is seen as it stands."""

    def seen(self) -> Observation:
        record = self.standing()
        moved = self.names.zone.sets.get((ALIAS, "A"), ("198.18.1.31",))
        servers = {"ns1": replace(steady().servers["ns1"], aliases={ALIAS: moved})}
        old = steady().databases["region1"]
        databases: dict[RegionKey, DatabaseSeen] = {"region1": replace(old, role=DatabaseRole.STOPPED), "region2": old}
        return replace(steady(), record=record, servers=servers, databases=databases)

    def standing(self) -> Record:
        (text,) = self.names.zone.sets[NAME, "TXT"]
        return Record.parse(text)


async def test_a_database_that_moves_alone_lets_no_framework_start_until_its_alias_is_moved(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record rests from the epoch on, and one update moves the alias and lets the framework start."""
    living, opened = Living(), replace(RECORD, case="lab-1")
    living.names = FakeNames(Zone(sets={(NAME, "TXT"): (opened.text(),)}, policy=frozenset({NAME, ALIAS})))

    async def record(_environment: Any) -> tuple[Record | None, str]:
        return living.standing(), ""

    async def names(_block: str) -> FakeNames:
        return living.names

    monkeypatch.setattr(writer, "seen", living.seen)
    monkeypatch.setattr(observe, "record", record)
    monkeypatch.setattr(reach, "names", names)
    intent = Intent(runbook="dbms_failover", target="region2", mode="planned", reason="test", home="region1")
    run = Run(environment="lab", case="lab-1", attempt="a", intent=intent)
    plan = DBMS_FAILOVER.whole(run.view(steady()))

    run = await taking(act.take_epoch, run, plan.take_epoch)
    found = living.standing()
    assert (found.state, found.target, found.database, found.epoch) == ("resting", "region1", "region2", run.epoch)

    await at_once(act.move_alias, run, plan.move_alias)
    assert living.standing().state == "switching"
    assert living.names.zone.sets[ALIAS, "A"] == ("198.18.2.31",)

    await at_once(act.steady, run, (replace(plan.steady[0], needs=()),))
    end = living.standing()
    assert (end.state, end.active, end.database, end.case) == ("steady", "region1", "region2", "-")


async def test_the_log_databases_name_moves_alone_and_the_record_stays(
    writer: Writer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "environment", lambda _name: logs())
    writer.names.zone.policy |= {LOG}
    step = FULL_FAILOVER.whole(View(environment=logs(), seen=steady(), intent=intent("planned"))).move_log_name[0]

    async def look(*_: Any) -> Observation:
        moved = {LOG: writer.names.zone.sets.get((LOG, "A"), ())}
        return replace(writer.seen(), servers={"ns1": ServerSeen(answers=True, aliases=moved)})

    monkeypatch.setattr(proof, "look", look)
    monkeypatch.setattr(
        Run, "view", lambda self, seen: View(environment=logs(), seen=seen, intent=self.intent, epoch=4)
    )
    await at_once(act.move_log_name, run, (replace(step, needs=()),))
    assert writer.names.zone.sets[LOG, "A"] == ("198.18.2.31",)
    left = Record.parse(writer.names.zone.sets[NAME, "TXT"][0])
    assert replace(left, head="-") == OURS


FIRST = ("cfgmaster-p.gen.test", "cfgmaster-b.gen.test", "cfgdb-1.gen.test", "cfgdb-2.gen.test")


@pytest.fixture
def zone(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Zone:
    """A zone that has neither names nor record yet, as it was judged."""
    writer.names.zone = Zone(policy=frozenset({NAME, *FIRST}))
    before = replace(bare(), servers={"ns1": ServerSeen(answers=True)})

    async def look(*_: Any) -> Observation:
        texts = writer.names.zone.sets.get((NAME, "TXT"))
        return replace(before, record=Record.parse(texts[0])) if texts else before

    monkeypatch.setattr(proof, "look", look)
    monkeypatch.setattr(observe, "ask", writer.names.ask)
    return writer.names.zone


@pytest.fixture
def deploying(run: Run) -> Run:
    evidence.append(
        "lab", "lab-1", "a1", "case.opened", {"environment": "lab", "digest": "", "intent": asdict(DEPLOYS)}
    )
    return replace(run, epoch=None, intent=DEPLOYS)


def first() -> Step:
    (step,) = DEPLOY.whole(View(environment=lab(), seen=bare(), intent=DEPLOYS, case="lab-1")).take_epoch
    return replace(step, needs=())


async def test_a_first_epoch_makes_record_names_and_aliases(zone: Zone, deploying: Run) -> None:
    assert (await taking(act.take_epoch, deploying, (first(),))).epoch == 1
    assert {name for name, _ in zone.sets} == {NAME, *FIRST}


@pytest.mark.parametrize("name", [FIRST[1], FIRST[3]])
async def test_a_name_that_somebody_made_since_the_look_refuses_a_first_epoch(
    zone: Zone, deploying: Run, name: str
) -> None:
    zone.sets[name, "A"] = ("192.0.2.7",)
    with pytest.raises(Refused, match=f"ns1: {name} answers 192.0.2.7, and there is no activation record"):
        await taking(act.take_epoch, deploying, (first(),))
    assert zone.sets == {(name, "A"): ("192.0.2.7",)}
