"""What a host says is installed: bytes to knowledge, and whatever cannot be read to ignorance of that host."""

import json
from typing import Any

import pytest

from blocks import reach
from model.inventory import Backup, Certificate, Inventory, Part
from tasks.hosts.command import COMMAND
from tasks.hosts.inventory import read_inventory
from tasks.hosts.observe import inventory
from tests.fakes.ssh import Done, FakeShell, Machine, Manner
from tests.unit.model.steady import lab

PART: dict[str, Any] = {"kind": "lca", "version": "8.5", "config": None}
INVENTORY: dict[str, Any] = {
    "host": "r1-fw-p",
    "components": [PART],
    "certificates": [],
    "paths": {"198.18.2.11:2020": "refused"},
    "backup": None,
}
ASK = (*COMMAND, "inventory")


def read(**changes: Any) -> Inventory:
    return read_inventory(json.dumps({**INVENTORY, "components": [{**PART, **changes}]}))


def test_an_inventory_is_taken_over_whole():
    config = {"path": "/x", "sections": {"a": {"b": "1"}}, "fault": ""}
    assert read(config=config).parts == {"lca": Part(version="8.5", config={"a": {"b": "1"}})}
    assert read().paths == INVENTORY["paths"]
    assert read().parts == {"lca": Part(version="8.5")}


def test_certificates_are_taken_over_with_their_ends():
    known = [{"path": "/a", "ends": 1.5e9, "fault": ""}, {"path": "/b", "ends": None, "fault": "gone"}]
    found = read_inventory(json.dumps(INVENTORY | {"certificates": known}))
    assert found.certificates == (
        Certificate(path="/a", ends=1.5e9),
        Certificate(path="/b", ends=None, fault="gone"),
    )


def test_what_a_backup_job_has_noted_is_taken_over():
    note = {"taken_at": 1.5e9, "restored_at": None, "fault": ""}
    assert read_inventory(json.dumps(INVENTORY | {"backup": note})).backup == Backup(taken=1.5e9)
    assert read().backup is None


def test_what_a_resolver_keeps_is_taken_over_where_it_answered():
    told = {"lifetimes": {"cfgmaster-p.gen.test": 30, "cfgmaster-b.gen.test": None}}
    assert read_inventory(json.dumps(INVENTORY | told)).lifetimes == {"cfgmaster-p.gen.test": 30}
    assert read_inventory(json.dumps(INVENTORY)).lifetimes == {}


def test_a_file_that_was_not_read_keeps_its_reason():
    config = {"path": "/x", "sections": None, "fault": "/x: gone"}
    assert read(config=config).parts["lca"] == Part(version="8.5", fault="/x: gone")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "says nothing of components: deploy gdr-host again"),
        ("", "answers, but"),
        ("[]", "answers, but"),
        (json.dumps(INVENTORY | {"components": [{**PART, "version": 8}]}), "components.0.version"),
    ],
)
def test_what_is_no_inventory_is_ignorance_with_its_reason(text: str, words: str):
    found = read_inventory(text)
    assert found.parts == {}
    assert words in found.fault


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine(answers={ASK: Done(stdout=json.dumps(INVENTORY))}), ""),
        (Machine(manner=Manner.SILENT), "silent for"),
        (Machine(answers={ASK: Done(status=2, stderr="'inventory': neither a command nor an epoch")}), "neither"),
    ],
    ids=["well", "silent", "an older gdr-host"],
)
async def test_a_host_that_does_not_say_is_unknown(monkeypatch: pytest.MonkeyPatch, machine: Machine, words: str):
    async def shell(_name: str) -> reach.Shell:
        return FakeShell({str(lab().host("r1-fw-p").address): machine})

    monkeypatch.setattr(reach, "shell", shell)
    found = await inventory(lab(), "r1-fw-p")
    assert words in found.fault
    assert bool(found.parts) is not bool(words)
