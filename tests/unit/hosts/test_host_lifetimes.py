"""gdr-host inventory, the real script: how long this host's resolver keeps what it answers."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage, answer

NAMES = ["cfgmaster-p.gen.test", "cfgmaster-b.gen.test"]


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path, names=NAMES, aliases=["cfgdb-1.gen.test"])


def told(host: Stage, *lines: str) -> dict[str, int | None]:
    host.put("dig.json", [answer(extra=lines)])
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout)["lifetimes"])


def test_the_longest_that_is_left_of_each_name_is_told(host: Stage):
    assert told(
        host,
        "cfgmaster-p.gen.test.\t30\tIN\tA\t198.18.1.11",
        "CFGMASTER-B.gen.test. 5 IN A 198.18.1.12",
        "cfgmaster-p.gen.test.\t600\tIN\tA\t198.18.1.11",
        "cfgdb-1.gen.test. 0 IN A 198.18.1.31",
    ) == {NAMES[0]: 600, NAMES[1]: 5, "cfgdb-1.gen.test": 0}


def test_each_name_is_asked_for_twice_by_the_hosts_own_resolver(host: Stage):
    told(host)
    (dig,) = [words for words in host.calls() if words[0] == "dig"]
    assert not any(word.startswith("@") for word in dig)
    assert [dig.count(f"{name}.") for name in (*NAMES, "cfgdb-1.gen.test")] == [2, 2, 2]


@pytest.mark.parametrize(
    "line",
    [
        "cfgmaster-p.gen.test. 9 IN CNAME other.gen.test.",
        "other.gen.test. 9 IN A 198.18.1.11",
        "cfgmaster-p.gen.test. 9 IN AAAA ::1",
    ],
)
def test_what_is_no_address_of_that_name_says_nothing_of_it(host: Stage, line: str):
    assert told(host, line) == dict.fromkeys([*NAMES, "cfgdb-1.gen.test"])


def test_a_resolver_that_is_silent_leaves_it_unknown_and_the_rest_told(host: Stage):
    host.put("dig.json", ["silent"])
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["lifetimes"] == dict.fromkeys([*NAMES, "cfgdb-1.gen.test"])
    assert "lifetimes: unknown" in ran.stderr


def test_a_host_that_resolves_no_name_asks_nobody(tmp_path: Path):
    host = Stage(tmp_path, names=[])
    assert told(host) == {}
    assert not [words for words in host.calls() if words[0] == "dig"]
