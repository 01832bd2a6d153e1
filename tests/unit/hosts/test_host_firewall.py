"""gdr-host, the real script: the firewall, with a fake that behaves and with the real one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import SCRIPTS, Stage

ONE, TWO = "198.18.1.11", "198.18.1.12"
RULE = "-s {}/32 -p tcp --dport 2020 -j REJECT"
RULE_V6 = "! -i lo -p tcp --dport 2020 -j REJECT"
JUMP = "-j GENESYS-DR"


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def block(host: Stage, *addresses: str) -> None:
    done = host.run("gdr-host", 12, "firewall-block", 2020, *addresses)
    assert done.returncode == 0, done.stderr


def test_blocking_twice_leaves_one_rule_behind_one_jump(host: Stage):
    for _ in range(2):
        block(host, ONE, TWO)
    assert sorted(host.rules()) == [RULE.format(ONE), RULE.format(TWO)]
    assert host.rules("INPUT") == [JUMP]
    assert host.rules(tool="ip6tables") == [RULE_V6]
    assert host.rules("INPUT", tool="ip6tables") == [JUMP]


def test_a_second_block_adds_to_the_first(host: Stage):
    block(host, ONE)
    block(host, TWO)
    assert sorted(host.rules()) == [RULE.format(ONE), RULE.format(TWO)]


@pytest.mark.parametrize(
    "before",
    [
        [["-j", "ACCEPT"], ["-j", "GENESYS-DR"]],
        [["-j", "ACCEPT"], ["-j", "GENESYS-DR"], ["-s", "198.18.9.9/32", "-j", "DROP"], ["-j", "GENESYS-DR"]],
        [["-j", "GENESYS-DR"], ["-j", "ACCEPT"], ["-j", "GENESYS-DR"]],
    ],
)
def test_the_jump_is_brought_to_the_top_and_others_rules_stay(host: Stage, before: list[list[str]]):
    host.put("iptables.json", {"INPUT": before, "GENESYS-DR": []})
    block(host, ONE)
    others = [" ".join(rule) for rule in before if rule != ["-j", "GENESYS-DR"]]
    assert host.rules("INPUT") == [JUMP, *others]


def test_opening_removes_duplicates(host: Stage):
    block(host, ONE, TWO)
    kernel = host.get("iptables.json")
    kernel["GENESYS-DR"] += [RULE.format(ONE).split()] * 3
    host.put("iptables.json", kernel)
    assert host.run("gdr-host", 12, "firewall-open", 2020, ONE).returncode == 0
    assert host.rules() == [RULE.format(TWO)]
    assert host.rules(tool="ip6tables") == [RULE_V6]


def test_the_last_opening_opens_ipv6_too(host: Stage):
    block(host, ONE)
    for _ in range(2):
        assert host.run("gdr-host", 12, "firewall-open", 2020, ONE).returncode == 0
    assert host.rules() == []
    assert host.rules(tool="ip6tables") == []
    assert (host.root / "etc/genesys-dr/firewall.json").read_text() == "{}\n"


def test_a_host_without_ipv6_needs_no_ip6tables(host: Stage):
    (host.root / "proc/net/if_inet6").unlink()
    block(host, ONE)
    assert host.calls("ip6tables") == []


def test_the_boot_restores_what_was_blocked(host: Stage):
    block(host, ONE, TWO)
    for tool in ("iptables", "ip6tables"):
        (host.state / f"{tool}.json").unlink()
    assert host.run("gdr-host", "firewall-apply").returncode == 0
    assert sorted(host.rules()) == [RULE.format(ONE), RULE.format(TWO)]
    assert host.rules("INPUT") == [JUMP]
    assert host.rules(tool="ip6tables") == [RULE_V6]


def test_the_boot_of_a_host_never_blocked_does_nothing(host: Stage):
    assert host.run("gdr-host", "firewall-apply").returncode == 0
    assert host.calls() == []


def test_a_damaged_list_fails_the_boot_service(host: Stage):
    (host.root / "etc/genesys-dr/firewall.json").write_text('{"5432": [')
    failed = host.run("gdr-host", "firewall-apply")
    assert failed.returncode == 1
    assert "firewall.json: not JSON" in failed.stderr


@pytest.mark.parametrize("verb", ["firewall-block", "firewall-open"])
def test_a_held_lock_is_busy_and_never_absent(host: Stage, verb: str):
    block(host, ONE)
    (host.state / "xtables_busy").touch()
    busy = host.run("gdr-host", 12, verb, 2020, ONE)
    assert busy.returncode == 4
    assert "busy (Another app is currently holding the xtables lock.)" in busy.stderr
    assert host.rules() == [RULE.format(ONE)]
    assert ONE in (host.root / "etc/genesys-dr/firewall.json").read_text()


def test_a_crash_before_the_kernel_has_it_still_blocks_after_the_boot(host: Stage):
    (host.state / "xtables_busy").touch()
    assert host.run("gdr-host", 12, "firewall-block", 2020, ONE).returncode == 4
    (host.state / "xtables_busy").unlink()
    assert host.run("gdr-host", "firewall-apply").returncode == 0
    assert host.rules() == [RULE.format(ONE)]


INSIDE = """
set -e
host={scripts}/gdr-host
iptables -A INPUT -s 198.18.1.0/24 -j ACCEPT
$host 12 firewall-block 2020 {one} {two}
$host 12 firewall-block 2020 {one}
iptables -S; ip6tables -S
iptables -A GENESYS-DR -s {one}/32 -p tcp --dport 2020 -j REJECT
$host 12 firewall-open 2020 {one}
echo opened; iptables -S; ip6tables -S
iptables -F; iptables -X; ip6tables -F; ip6tables -X
$host firewall-apply
echo booted; iptables -S; ip6tables -S
"""


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of its own needs root")
@pytest.mark.skipif(not shutil.which("iptables", path="/usr/sbin:/sbin"), reason="iptables is not installed")
def test_the_real_firewall_in_a_namespace_of_its_own(host: Stage):
    for tool in ("iptables", "ip6tables"):
        (host.programs / tool).unlink()
    inside = INSIDE.format(scripts=SCRIPTS, one=ONE, two=TWO)
    ran = subprocess.run(
        ["unshare", "-n", "sh", "-c", inside],
        env=host.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    blocked, _, rest = ran.stdout.partition("opened\n")
    opened, _, booted = rest.partition("booted\n")
    real = "-A GENESYS-DR -s {}/32 -p tcp -m tcp --dport 2020 -j REJECT --reject-with icmp-port-unreachable"
    real_v6 = "-A GENESYS-DR ! -i lo -p tcp -m tcp --dport 2020 -j REJECT --reject-with icmp6-port-unreachable"
    inputs = [line for line in blocked.splitlines() if line.startswith("-A INPUT")]
    jump = f"-A INPUT {JUMP}"
    assert inputs == [jump, "-A INPUT -s 198.18.1.0/24 -j ACCEPT", jump]
    assert [blocked.count(real.format(address)) for address in (ONE, TWO)] == [1, 1]
    assert blocked.count(real_v6) == 1
    assert [opened.count(real.format(address)) for address in (ONE, TWO)] == [0, 1]
    assert opened.count(real_v6) == 1
    assert [booted.count(real.format(address)) for address in (ONE, TWO)] == [0, 1]
    assert booted.count(jump) == 2
