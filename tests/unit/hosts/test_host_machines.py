"""Machines at their hypervisor: cable, copy, console. What it does not say is unknown; nothing is copied blindly."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage
from tests.unit.hosts.test_host import wait_for

DONE, FAILED, REFUSED = 0, 1, 2
CONTROL, HOST = "198.18.0.10", "/opt/genesys-dr/bin/gdr-host"
VERBS = ("status", "off", "on", "cable", "plug", "unplug", "copy", "console")
PAIRS = {"pairs": [["r1-fw-p", "r2-fw-p"], ["r1-fw-b", "r2-fw-b"]]}
BENCH: dict[str, list[Any]] = PAIRS | {verb: ["bench", verb, "{host}"] for verb in VERBS}
BENCH["clone"] = ["bench", "clone", "{host}", "{original}", "{label}"]


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path, host="power", role="power", components=[], power=BENCH)


def act(host: Stage, *words: str) -> tuple[int, str]:
    ran = host.run("gdr-host", 7, *words)
    return ran.returncode, ran.stderr


def machines(host: Stage, *names: str) -> dict[str, dict[str, str | None]]:
    ran = host.run("gdr-host", "machines", *names)
    assert ran.returncode == DONE, ran.stderr
    found: dict[str, dict[str, str | None]] = json.loads(ran.stdout)
    return found


def test_a_machine_is_made_a_copy_and_stands_alone(host: Stage):
    orders = (
        ("unplug", "r2-fw-p"),
        ("power-off", "r2-fw-p"),
        ("clone", "r2-fw-p", "r1-fw-p", "lab-1"),
        ("power-on", "r2-fw-p"),
        ("isolate", "r2-fw-p", CONTROL),
        ("plug", "r2-fw-p"),
    )
    for order in orders:
        assert act(host, *order) == (DONE, "")
    assert machines(host, "r2-fw-p") == {"r2-fw-p": {"cable": "in", "copy": "r1-fw-p lab-1", "alone": CONTROL}}
    assert ["bench", "console", "r2-fw-p", HOST, "7", "stand-alone", CONTROL] in host.calls("bench")


def test_what_is_off_has_no_console_and_a_hypervisor_that_fails_leaves_the_rest_known(host: Stage):
    host.put("machines.json", {"r1-db": {"power": "off", "cable": "in", "copy": "", "alone": ""}})
    assert machines(host, "r1-db", "r2-db") == {
        "r1-db": {"cable": "in", "copy": "", "alone": None},
        "r2-db": {"cable": "in", "copy": "", "alone": ""},
    }
    host.describe(host="power", components=[], power=BENCH | {"copy": ["false"]})
    assert machines(host, "r2-db") == {"r2-db": {"cable": "in", "copy": None, "alone": ""}}


@pytest.mark.parametrize(("machine", "original"), [("r1-db", "r2-db"), ("r2-fw-p", "r1-fw-b")])
def test_nothing_is_copied_over_a_machine_that_is_not_its_counterpart(host: Stage, machine: str, original: str):
    host.put("machines.json", {machine: {"power": "off", "cable": "out", "copy": "", "alone": ""}})
    code, said = act(host, "clone", machine, original, "lab-1")
    assert (code, f"names no pair of it and {original}: nothing was copied" in said) == (REFUSED, True)
    assert not [call for call in host.calls("bench") if call[1] == "clone"]


@pytest.mark.parametrize(("power", "cable"), [("on", "out"), ("off", "in")])
def test_nothing_is_copied_over_a_machine_that_runs_or_is_on_the_network(host: Stage, power: str, cable: str):
    host.put("machines.json", {"r2-fw-p": {"power": power, "cable": cable, "copy": "", "alone": ""}})
    code, said = act(host, "clone", "r2-fw-p", "r1-fw-p", "lab-1")
    assert (code, "is not off, or its cable is in: nothing was copied" in said) == (FAILED, True)
    assert not [call for call in host.calls("bench") if call[1] == "clone"]


def test_a_machine_that_is_being_copied_is_not_started_and_others_are_switched_off_meanwhile(host: Stage):
    host.put("machines.json", {"r2-fw-p": {"power": "off", "cable": "out", "copy": "", "alone": ""}})
    slow = host.programs / "slow-bench"
    slow.write_text(f"#!/bin/sh\ntouch {host.state}/copying\nwhile [ ! -e {host.state}/copied ]; do sleep 0.05; done\n")
    slow.chmod(0o755)
    host.describe(host="power", role="power", components=[], power=BENCH | {"clone": ["slow-bench", "{host}"]})
    with host.start("gdr-host", 7, "clone", "r2-fw-p", "r1-fw-p", "lab-1") as copying:
        wait_for(host.state / "copying", copying)
        code, said = act(host, "power-on", "r2-fw-p")
        assert (code, "r2-fw-p: is being copied" in said) == (4, True)
        assert act(host, "power-off", "r1-db") == (DONE, "")
        (host.state / "copied").touch()
        copying.communicate(timeout=20)


def test_no_console_is_used_while_the_cable_is_in(host: Stage):
    code, said = act(host, "isolate", "r2-fw-p", CONTROL)
    assert (code, "its cable is not out: nothing was done" in said) == (FAILED, True)


@pytest.mark.parametrize("order", [("unplug", "r2-fw-p"), ("clone", "r2-fw-p", "r1-fw-p", "lab-1")])
def test_what_the_hypervisor_does_not_confirm_has_failed(host: Stage, order: tuple[str, ...]):
    host.patience = 0.02
    stuck = {"power": "off", "cable": "out" if order[0] == "clone" else "in", "copy": "", "alone": "", "stuck": "?"}
    host.put("machines.json", {"r2-fw-p": stuck})
    code, said = act(host, *order)
    assert (code, "its hypervisor does not say that" in said) == (FAILED, True)


@pytest.mark.parametrize(
    "order",
    [
        ("clone", "r2-fw-p", "r2-fw-p", "lab-1"),
        ("clone", "r2-fw-p", "r1-fw-p"),
        ("clone", "r2-fw-p", "r1-fw-p", "a b"),
        ("clone", "power", "r2-fw-p", "lab-1"),
        ("isolate", "r2-fw-p"),
        ("isolate", "r2-fw-p", "198.18.0.0/24"),
        ("unplug",),
    ],
)
def test_words_that_are_not_understood_change_nothing(host: Stage, order: tuple[str, ...]):
    assert act(host, *order)[0] == REFUSED
    assert host.calls() == []


def test_a_power_source_that_only_switches_says_what_it_lacks(host: Stage):
    host.describe(host="power", components=[], power={verb: BENCH[verb] for verb in ("status", "on", "off")})
    code, said = act(host, "unplug", "r2-fw-p")
    assert (code, "power: cable, unplug, plug, clone, copy, console, pairs: not given" in said) == (REFUSED, True)
    assert host.run("gdr-host", "machines", "r2-fw-p").returncode == REFUSED


def test_connections_are_tried_and_nothing_else_is_understood(host: Stage):
    ran = host.run("gdr-host", "reach", "127.0.0.1:9", "127.0.0.1:10")
    assert json.loads(ran.stdout) == {"127.0.0.1:9": "refused", "127.0.0.1:10": "refused"}
    for words in ([], ["localhost:22"], ["127.0.0.1"]):
        assert host.run("gdr-host", "reach", *words).returncode == REFUSED
