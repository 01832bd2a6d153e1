"""gdr-host inventory, the real script: whether a port can be reached, before a real kernel and its firewall."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import SCRIPTS, Stage

INSIDE = """\
set -e
ip link set lo up
iptables -A INPUT -p tcp --dport 82 -j REJECT
iptables -A INPUT -p tcp --dport 83 -j DROP
iptables -A INPUT -p tcp --dport 84 -j REJECT --reject-with icmp-admin-prohibited
exec {scripts}/gdr-host inventory
"""


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def told(host: Stage) -> dict[str, str]:
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout)["paths"])


def test_a_host_that_names_no_paths_tries_none(host: Stage):
    assert told(host) == {}


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of its own needs root")
@pytest.mark.skipif(not shutil.which("iptables", path="/usr/sbin:/sbin"), reason="iptables is not installed")
def test_silence_and_a_firewalls_rejection_are_told_from_a_port_nobody_listens_to(host: Stage):
    (host.programs / "iptables").unlink()
    host.describe(paths=[["127.0.0.1", port] for port in (81, 82, 83, 84)] + [["203.0.113.9", 1]])
    ran = subprocess.run(
        ["unshare", "-n", "sh", "-c", INSIDE.format(scripts=SCRIPTS)],
        env=host.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["paths"] == {
        "127.0.0.1:81": "refused",
        "127.0.0.1:82": "rejected",
        "127.0.0.1:83": "silent",
        "127.0.0.1:84": "unreachable",
        "203.0.113.9:1": "unreachable",
    }
