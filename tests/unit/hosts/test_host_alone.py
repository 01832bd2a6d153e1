"""A copy of another host stands alone until it is somebody itself."""

import json
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage, answer, record

CONTROL, REFUSED, FAILED = "198.18.0.10", 2, 1
REJECT = "-j REJECT --reject-with icmp-port-unreachable"
ANSWERS = "-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN"
INPUT = ["-i lo -j ACCEPT", f"-s {CONTROL}/32 -p tcp -j ACCEPT", "-j DROP"]
OUTPUT = ["-o lo -j ACCEPT", f"-d {CONTROL}/32 -p tcp {ANSWERS} -j ACCEPT", REJECT]


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def stand_alone(host: Stage) -> None:
    ran = host.run("gdr-host", 1, "stand-alone", CONTROL)
    assert ran.returncode == 0, ran.stderr


def test_what_one_address_begins_passes_and_nothing_else(host: Stage):
    assert host.run("gdr-host", "alone").stdout == "\n"
    stand_alone(host)
    assert host.rules("GENESYS-DR-ALONE-IN") == INPUT
    assert host.rules("GENESYS-DR-ALONE-OUT") == OUTPUT
    assert host.rules("INPUT") == ["-j GENESYS-DR-ALONE-IN"]
    assert host.rules("OUTPUT") == ["-j GENESYS-DR-ALONE-OUT"]
    assert host.rules("GENESYS-DR-ALONE-IN", "ip6tables") == ["-i lo -j ACCEPT", "-j DROP"]
    assert host.run("gdr-host", "alone").stdout == f"{CONTROL}\n"


def test_it_is_safe_to_repeat_and_put_back_at_boot(host: Stage):
    stand_alone(host)
    stand_alone(host)
    assert host.rules("INPUT") == ["-j GENESYS-DR-ALONE-IN"]
    for tool in ("iptables", "ip6tables"):
        (host.state / f"{tool}.json").unlink()
    assert host.run("gdr-host", "alone").stdout == "torn\n"
    assert host.run("gdr-host", "firewall-apply").returncode == 0
    assert host.run("gdr-host", "alone").stdout == f"{CONTROL}\n"


@pytest.mark.parametrize("order", ["before", "after"])
def test_what_is_blocked_stays_blocked_and_seen(host: Stage, order: str):
    steps = [lambda: stand_alone(host), lambda: host.run("gdr-host", 1, "firewall-block", 2020, "198.18.1.21")]
    for step in steps if order == "after" else reversed(steps):
        step()
    assert host.rules("INPUT") == ["-j GENESYS-DR", "-j GENESYS-DR-ALONE-IN"]
    seen = json.loads(host.run("gdr-host", "observe").stdout)
    assert (seen["alone"], seen["blocked"]["2020"]) == (CONTROL, ["198.18.1.21"])


@pytest.mark.parametrize(
    "broken",
    [
        lambda chains: chains["INPUT"].insert(0, ["-j", "ACCEPT"]),
        lambda chains: chains["OUTPUT"].clear(),
        lambda chains: chains["GENESYS-DR-ALONE-OUT"].pop(),
        lambda chains: chains["GENESYS-DR-ALONE-IN"].insert(0, ["-s", "198.18.1.31/32", "-j", "ACCEPT"]),
    ],
)
def test_a_hole_is_no_standing_alone_and_is_mended(host: Stage, broken):
    stand_alone(host)
    chains = host.get("iptables.json")
    broken(chains)
    host.put("iptables.json", chains)
    assert host.run("gdr-host", "alone").stdout == "torn\n"
    stand_alone(host)
    assert host.run("gdr-host", "alone").stdout == f"{CONTROL}\n"


def test_who_joins_speaks_with_everybody_also_after_a_boot(host: Stage):
    host.run("gdr-host", 1, "firewall-block", 2020, "198.18.1.21")
    stand_alone(host)
    for _ in range(2):
        assert host.run("gdr-host", 1, "join").returncode == 0
    assert host.rules("INPUT") == ["-j GENESYS-DR"]
    assert host.rules("OUTPUT") == []
    assert host.run("gdr-host", "firewall-apply").returncode == 0
    assert host.run("gdr-host", "alone").stdout == "\n"


def test_a_file_nobody_understands_is_named_with_its_remedy(host: Stage):
    (host.root / "etc/genesys-dr/alone.json").write_text("?")
    ran = host.run("gdr-host", "alone")
    assert ran.returncode == FAILED
    assert "alone.json: not JSON" in ran.stderr
    assert json.loads(host.run("gdr-host", "observe").stdout)["alone"] is None


@pytest.mark.parametrize("words", [["stand-alone"], ["stand-alone", "ctl"], ["stand-alone", CONTROL, "22"]])
def test_words_that_are_no_address_change_nothing(host: Stage, words: list[str]):
    assert host.run("gdr-host", 1, *words).returncode == REFUSED
    assert host.rules("INPUT") == []


def test_no_guard_opens_while_a_copy_stands_alone_whatever_the_firewall_does(host: Stage):
    host.says(answer(record()))
    assert host.run("gdr-guard", "check").returncode == 0
    stand_alone(host)
    (host.state / "iptables.json").unlink()
    told = host.run("gdr-guard", "check")
    assert (told.returncode, "a copy that stands alone" in told.stderr) == (1, True)
    assert host.run("gdr-host", 1, "join").returncode == 0
    assert host.run("gdr-guard", "check").returncode == 0


def test_no_guard_opens_on_a_host_that_has_not_its_own_address(host: Stage):
    host.says(answer(record()))
    host.describe(address="127.0.0.1")
    assert host.run("gdr-guard", "check", "--once").returncode == 0
    host.describe(address="192.0.2.1")
    told = host.run("gdr-guard", "check", "--once")
    assert (told.returncode, "no interface here has 192.0.2.1" in told.stderr) == (75, True)


def test_a_guard_that_waits_goes_by_who_the_host_has_become(host: Stage):
    """A copy starts as its original, and is silent; it becomes itself while its units wait."""
    host.says(answer(record(active="region2", target="region2")))
    host.describe(address="192.0.2.1", region="region1")
    with host.start("gdr-guard", "check", "--every", "0.2") as waiting:
        assert waiting.stderr
        assert "no interface here has 192.0.2.1" in waiting.stderr.readline()
        host.describe(address="127.0.0.1", region="region2")
        assert "open: the record (epoch 1, steady) says active=region2" in waiting.stderr.readline()
        assert waiting.wait(20) == 0


def test_a_guard_that_waits_is_closed_once_the_host_stands_alone(host: Stage):
    host.describe(address="192.0.2.1")
    with host.start("gdr-guard", "check", "--every", "0.2") as waiting:
        assert waiting.stderr
        assert "silent" in waiting.stderr.readline()
        stand_alone(host)
        assert "a copy that stands alone starts nothing" in waiting.stderr.readline()
        assert waiting.wait(20) == 1


@pytest.mark.parametrize("role", ["dbms", "application"])
def test_no_other_host_can_be_told_to_stand_alone(host: Stage, role: str):
    host.describe(role=role)
    assert host.run("gdr-host", 1, "stand-alone", CONTROL).returncode == REFUSED
    assert host.rules("INPUT") == []


def described(host: Stage, own: str, counterpart: str) -> None:
    host.describe(host=own, region="region1" if own.startswith("r1") else "region2")
    other = {**host.facts, "host": counterpart, "region": "region2" if own.startswith("r1") else "region1"}
    (host.root / "etc/genesys-dr/counterpart.json").write_text(json.dumps(other))


def names(host: Stage) -> list[str]:
    folder = host.root / "etc/genesys-dr"
    return [json.loads((folder / name).read_text())["host"] for name in ("host.json", "counterpart.json")]


def test_a_copy_that_stands_alone_becomes_whom_it_was_made_for(host: Stage):
    described(host, "r1-fw-p", "r2-fw-p")
    (host.root / "var/lib/genesys-dr").mkdir(parents=True)
    (host.root / "var/lib/genesys-dr/pair.json").write_text("{}")
    stand_alone(host)
    for _ in range(2):
        ran = host.run("gdr-host", 1, "adopt", "r2-fw-p")
        assert ran.returncode == 0, ran.stderr
        assert names(host) == ["r2-fw-p", "r1-fw-p"]
    assert not (host.root / "var/lib/genesys-dr/pair.json").exists()


def test_an_original_never_becomes_another(host: Stage):
    described(host, "r1-fw-p", "r2-fw-p")
    ran = host.run("gdr-host", 1, "adopt", "r2-fw-p")
    assert (ran.returncode, "does not stand alone: nothing was changed" in ran.stderr) == (FAILED, True)
    assert names(host) == ["r1-fw-p", "r2-fw-p"]


def test_who_was_killed_in_the_middle_goes_on(host: Stage):
    described(host, "r2-fw-p", "r2-fw-p")
    folder = host.root / "etc/genesys-dr"
    (folder / "counterpart.json").rename(folder / "host.json.put-aside")
    (folder / "host.json.put-aside").write_text(json.dumps({"host": "r1-fw-p"}))
    stand_alone(host)
    assert host.run("gdr-host", 1, "adopt", "r2-fw-p").returncode == 0
    assert names(host) == ["r2-fw-p", "r1-fw-p"]


@pytest.mark.parametrize(
    ("counterpart", "said"), [("r2-fw-b", "describes r2-fw-b, not r2-fw-p"), ("", "cannot be read")]
)
def test_a_description_of_somebody_else_is_refused(host: Stage, counterpart: str, said: str):
    described(host, "r1-fw-p", counterpart)
    if not counterpart:
        (host.root / "etc/genesys-dr/counterpart.json").unlink()
    stand_alone(host)
    (host.root / "var/lib/genesys-dr/pair.json").write_text("{}")
    ran = host.run("gdr-host", 1, "adopt", "r2-fw-p")
    assert (ran.returncode, said in ran.stderr) == (FAILED, True)
    assert (host.root / "var/lib/genesys-dr/pair.json").exists()
    assert json.loads((host.root / "etc/genesys-dr/host.json").read_text())["host"] == "r1-fw-p"


def test_no_other_host_is_a_copy_of_one(host: Stage):
    host.describe(role="dbms")
    assert "is no framework host" in host.run("gdr-host", 1, "adopt", "r2-db").stderr
