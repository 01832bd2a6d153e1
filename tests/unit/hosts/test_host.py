"""gdr-host, the real script: the epoch, the lock, what it refuses, and its acts on services and power."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage

LISTEN = (
    "import signal, sys, time\n"
    "if 'stubborn' in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def listener():
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> int:
        process = subprocess.Popen([sys.executable, "-c", LISTEN, *words], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        # Reaps it as soon as it ends: a zombie is no listener, but only its parent can clear it.
        threading.Thread(target=process.wait, daemon=True).start()
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_higher_epoch_is_stored_before_the_act(host: Stage):
    assert host.run("gdr-host", 12, "component-stop", "confserv").returncode == 0
    assert host.epoch() == "12\n"
    assert host.get("units.json")["confserv"]["state"] == "inactive"


def test_an_equal_epoch_acts_again(host: Stage):
    for _ in range(2):
        assert host.run("gdr-host", 12, "component-start", "confserv").returncode == 0
    assert host.epoch() == "12\n"


def test_a_lower_epoch_is_refused_and_nothing_is_executed(host: Stage):
    host.run("gdr-host", 13, "epoch")
    refused = host.run("gdr-host", 12, "component-stop", "confserv")
    assert refused.returncode == 3
    assert refused.stderr == "r1-fw-p: epoch 12 is older than 13: another process has taken over\n"
    assert host.calls() == []
    assert host.epoch() == "13\n"


def test_every_call_leaves_one_line_in_the_log(host: Stage):
    host.run("gdr-host", 13, "component-stop", "confserv")
    host.run("gdr-host", 12, "epoch")
    lines = (host.root / "var/log/genesys-dr/acts.log").read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "13 component-stop confserv",
        "12 epoch refused: 13 has acted",
    ]


def test_an_unreadable_epoch_stops_every_act(host: Stage):
    path = host.root / "var/lib/genesys-dr/epoch"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("twelve\n")
    failed = host.run("gdr-host", 12, "component-stop", "confserv")
    assert failed.returncode == 1
    assert "'twelve' is no epoch: write the activation record's epoch" in failed.stderr
    assert host.calls() == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["12"],
        ["twelve", "epoch"],
        ["-1", "epoch"],
        ["0", "epoch"],
        ["12", "format-disk"],
        ["12", "epoch", "more"],
        ["12", "component-stop"],
        ["12", "component-stop", "sshd"],
        ["12", "component-stop", "lca", "confserv"],
        ["12", "firewall-block", "22", "198.18.1.11"],
        ["12", "firewall-block", "2020"],
        ["12", "firewall-block", "2020", "198.18.1.0/24"],
        ["12", "firewall-block", "2020", "198.18.1.11/32"],
        ["12", "firewall-block", "2020", "fd00::1"],
        ["12", "firewall-block", "2020", "127.0.0.1"],
        ["12", "firewall-block", "2020", "198.18.1.11", "; reboot"],
        ["12", "pg-promote"],
        ["12", "pg-end-sessions", "198.18.1.11"],
        ["12", "resolver-flush"],
        ["12", "power-off", "r1-db"],
        ["power-status", "r1-db"],
    ],
)
def test_what_is_not_understood_changes_nothing(host: Stage, words: list[str]):
    refused = host.run("gdr-host", *words)
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.startswith("r1-fw-p: ")
    assert host.calls() == []
    assert host.epoch() is None


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()


def test_a_kill_in_the_middle_leaves_a_valid_epoch_and_the_host_held(host: Stage):
    """What the killed command had started still runs: nothing else may act until it ends."""
    (host.state / "hold").touch()
    killed = host.start("gdr-host", 12, "component-stop", "confserv")
    wait_for(host.state / "stopping", killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert host.epoch() == "12\n"

    next_one = host.start("gdr-host", 13, "component-start", "lca")
    with pytest.raises(subprocess.TimeoutExpired):
        next_one.communicate(timeout=1)
    assert host.epoch() == "12\n"
    host.end_orphan()
    next_one.communicate()
    killed.communicate()
    assert next_one.returncode == 0
    assert host.epoch() == "13\n"


def test_two_at_once_act_one_after_the_other_and_the_older_is_refused(host: Stage):
    (host.state / "hold").touch()
    first = host.start("gdr-host", 13, "component-stop", "confserv")
    wait_for(host.state / "stopping", first)
    older = host.start("gdr-host", 12, "component-start", "confserv")
    with pytest.raises(subprocess.TimeoutExpired):
        older.communicate(timeout=1)
    (host.state / "hold").unlink()
    first.communicate()
    assert first.returncode == 0
    _, said = older.communicate()
    assert older.returncode == 3
    assert "epoch 12 is older than 13" in said
    assert ["systemctl", "start", "confserv"] not in host.calls()


def test_a_host_held_too_long_is_busy(host: Stage):
    (host.state / "hold").touch()
    first = host.start("gdr-host", 12, "component-stop", "confserv")
    wait_for(host.state / "stopping", first)
    host.patience = 0.02
    busy = host.run("gdr-host", 13, "epoch")
    (host.state / "hold").unlink()
    first.communicate()
    assert busy.returncode == 4
    assert "another act is still running" in busy.stderr
    assert host.epoch() == "12\n"


def test_stop_ends_what_listens_past_systemd(host: Stage, listener):
    host.put("units.json", {"confserv": {"state": "inactive"}})
    host.put("listeners.json", [[2020, listener()], [4999, bystander := listener()]])
    stopped = host.run("gdr-host", 12, "component-stop", "confserv")
    assert stopped.returncode == 0, stopped.stderr
    assert Path(f"/proc/{bystander}").exists()


def test_stop_kills_what_ignores_the_term_signal(host: Stage, listener):
    host.patience = 0.2
    host.put("listeners.json", [[2020, listener("stubborn")]])
    stopped = host.run("gdr-host", 12, "component-stop", "confserv")
    assert stopped.returncode == 0, stopped.stderr


def test_stop_fails_while_the_unit_does_not(host: Stage):
    host.put("units.json", {"confserv": {"state": "active", "after_stop": "deactivating"}})
    failed = host.run("gdr-host", 12, "component-stop", "confserv")
    assert failed.returncode == 1
    assert "confserv: is still deactivating" in failed.stderr


def test_start_of_a_unit_the_guard_keeps_closed_fails(host: Stage):
    host.put("units.json", {"confserv": {"state": "inactive", "after_start": "inactive"}})
    failed = host.run("gdr-host", 12, "component-start", "confserv")
    assert failed.returncode == 1
    assert "the boot guard did not let it" in failed.stderr


def test_start_leaves_alone_what_the_management_layer_started(host: Stage, listener):
    host.put("units.json", {"confserv": {"state": "inactive"}})
    host.put("listeners.json", [[2020, listener()]])
    assert host.run("gdr-host", 12, "component-start", "confserv").returncode == 0
    assert ["systemctl", "start", "confserv"] not in host.calls()


def test_start_forgets_an_earlier_failure_first(host: Stage):
    host.put("units.json", {"confserv": {"state": "failed"}})
    assert host.run("gdr-host", 12, "component-start", "confserv").returncode == 0
    assert [call[1] for call in host.calls("systemctl")] == ["show", "reset-failed", "start", "show"]


def test_restart_stops_then_starts(host: Stage):
    assert host.run("gdr-host", 12, "component-restart", "confserv").returncode == 0
    assert [call[1] for call in host.calls("systemctl") if call[1] != "show"] == ["stop", "start"]


def test_power_is_cut_once_and_seen_gone(host: Stage):
    host.describe(power={verb: ["lamp", verb, "{host}"] for verb in ("status", "off", "on")})
    host.put("power.json", {"r1-db": "on"})
    for _ in range(2):
        assert host.run("gdr-host", 12, "power-off", "r1-db").returncode == 0
    assert [call[1] for call in host.calls("lamp")] == ["status", "off", "status", "status"]
    told = json.loads(host.run("gdr-host", "power-status", "r1-db", "r9").stdout)
    assert told == {"r1-db": "off", "r9": "unknown"}


def test_a_power_source_that_hangs_for_one_host_still_knows_the_others(host: Stage):
    slow = host.programs / "slow-lamp"
    slow.write_text('#!/bin/sh\ncase $1 in r1-db) sleep 60;; r1-fw-b) exit 1;; *) echo "$1 is OFF";; esac\n')
    slow.chmod(0o755)
    host.describe(power={"status": ["slow-lamp", "{host}"]})
    told = host.run("gdr-host", "power-status", "r1-db", "r1-fw-b", "r2-db")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"r1-db": "unknown", "r1-fw-b": "unknown", "r2-db": "off"}
    assert "r1-db: power unknown: slow-lamp r1-db: no end within 2 s" in told.stderr
    assert "r1-fw-b: power unknown: slow-lamp r1-fw-b: exit 1" in told.stderr


def test_a_power_source_never_cuts_its_own_host(host: Stage):
    host.describe(power={verb: ["lamp", verb, "{host}"] for verb in ("status", "off", "on")})
    assert host.run("gdr-host", 12, "power-off", "r1-fw-p").returncode == 2
    assert host.calls() == []


def test_the_resolver_forgets_the_zone(host: Stage):
    host.describe(resolver={"flush": ["lamp", "status", "{zone}"]})
    assert host.run("gdr-host", 12, "resolver-flush").returncode == 0
    assert host.calls("lamp") == [["lamp", "status", "gen.test"]]


def test_a_missing_program_is_named_with_its_remedy(host: Stage):
    host.describe(resolver={"flush": ["no-such-resolver", "{zone}"]})
    failed = host.run("gdr-host", 12, "resolver-flush")
    assert failed.returncode == 1
    assert failed.stderr == (
        "r1-fw-p: no-such-resolver: cannot be run (No such file or directory): install it, or correct host.json\n"
    )


def test_a_missing_description_is_one_line(host: Stage):
    (host.root / "etc/genesys-dr/host.json").unlink()
    failed = host.run("gdr-host", "observe")
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert failed.stderr.endswith(": deploy this host again\n")
