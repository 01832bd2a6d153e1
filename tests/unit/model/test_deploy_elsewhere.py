"""A deploy and what is elsewhere: the record, the names, and the other region's framework."""

from dataclasses import replace

import pytest

from model.judgement import refusals
from model.observation import ComponentSeen, ServerSeen
from tests.unit.model.steady import steady
from tests.unit.model.test_deploy import HOSTS, INSTALLED, bare, deployed, made, step, view, why


def test_a_region_that_is_not_the_active_one_is_not_deployed() -> None:
    seen = replace(steady("region2"), surveys={name: made(name) for name in HOSTS})
    found = " ".join(refusals(view(seen)))
    assert "region2 is active: deploy it, not region1" in found
    assert "region2: a Configuration Server is Primary there" in found
    assert why("take-epoch:ns1", "record_made_or_ours", seen) == "region2 is active, not region1"


def test_a_database_that_is_apart_from_its_framework_is_brought_back_first() -> None:
    record = steady().record
    assert record is not None
    seen = replace(deployed(), record=replace(record, database="region2"))
    (reason,) = refusals(view(seen))
    assert reason.startswith("region2 has the active DBMS, and region1 the framework: bring the database back first")
    assert "`gdr run partial-failover lab --lost dbms --target region1 --mode planned" in reason
    assert why("take-epoch:ns1", "record_made_or_ours", seen) == "region2 has the active DBMS, not region1"


@pytest.mark.parametrize("unit", ["lca", "scs", "message-server", "confserv"])
def test_what_runs_of_the_other_framework_is_refused_and_what_is_unknown_too(unit: str) -> None:
    survey = made("r2-fw-b")
    runs = replace(survey, parts={**survey.parts, unit: INSTALLED})
    said = f"r2-fw-b: {unit} runs although region1 is to be active: stop it first (V1)"
    assert refusals(view(deployed(r2_fw_b=runs))) == (said,)
    untold = replace(survey, parts={name: part for name, part in survey.parts.items() if name != unit})
    (reason,) = refusals(view(deployed(r2_fw_b=untold)))
    assert reason.startswith(f"r2-fw-b: whether {unit} runs is unknown")


def test_the_primary_is_started_only_while_the_other_framework_rests() -> None:
    name = "start:r1-fw-p/confserv"
    assert "source_silenced" in step(name).needs
    assert not why(name, "source_silenced", deployed())
    parts = {**deployed().hosts["r2-fw-p"].components, "confserv": ComponentSeen(running=True)}
    runs = replace(deployed().hosts["r2-fw-p"], components=parts)
    seen = replace(deployed(), hosts={**deployed().hosts, "r2-fw-p": runs})
    assert why(name, "source_silenced", seen) == "r2-fw-p: not proven stopped"
    assert "r2-fw-p" in why(name, "source_silenced", bare())


def test_names_of_somebody_without_a_record_are_left_alone() -> None:
    theirs = ServerSeen(answers=True, addresses={"cfgmaster-p.gen.test": ("192.0.2.7",), "cfgmaster-b.gen.test": ()})
    seen = replace(bare(), servers={"ns1": theirs})
    (reason,) = refusals(view(seen))
    assert "ns1: cfgmaster-p.gen.test answers 192.0.2.7, and there is no activation record" in reason


def test_an_alias_of_somebody_without_a_record_is_left_alone_too() -> None:
    theirs = ServerSeen(
        answers=True, aliases={"cfgdb-1.gen.test": ("198.18.1.31",), "cfgdb-2.gen.test": ("192.0.2.7",)}
    )
    seen = replace(bare(), servers={"ns1": theirs})
    (reason,) = refusals(view(seen))
    assert reason == "ns1: cfgdb-2.gen.test answers 192.0.2.7, and there is no activation record: whose name is it?"
    assert why("take-epoch:ns1", "record_made_or_ours", seen) == reason


def test_without_an_answer_nobody_knows_that_there_is_no_record() -> None:
    seen = replace(bare(), servers={}, record_fault="ns1 is silent")
    assert "ns1: no activation record: ns1 is silent" in refusals(view(seen))[0]
    assert "whether there is a record is unknown" in why("take-epoch:ns1", "record_made_or_ours", seen)
    assert not why("take-epoch:ns1", "record_made_or_ours", bare())
    assert not why("take-epoch:ns1", "record_made_or_ours", steady())
