import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from lab import inventory, leftovers, network, process, web
from lab.api import Lab
from lab.command import run, wait_until
from lab.errors import LabError
from lab.identity import CHECKOUT, Identity
from tests.lab.operator import Journal

OTHER = "lt"  # a second laboratory, for the tests that destroy theirs

REFUSED, SILENT, ANSWERS = "refused", "silent", "answers"


def knock(lab, address, port, *, timeout=1.0, expect=None):
    """Connect from the control host's network and say what happened."""
    try:
        with network.connect(lab.identity.netns("ctl"), address, port, timeout) as wire:
            if expect is None:
                return ANSWERS
            return ANSWERS if wire.recv(len(expect)) == expect else "nonsense"
    except ConnectionRefusedError:
        return REFUSED
    except OSError:  # a timeout, or the router's word that nobody is there
        return SILENT


def ssh(lab, host):
    return knock(lab, lab.address(host), 22, expect=b"SSH-")


@pytest.fixture
def restored(lab):
    """Leave the laboratory as it was, whatever the test did to it."""
    yield lab
    lab.restore()


@pytest.fixture
def mended(lab):
    """Undo every fault of a test, the last one first."""
    with contextlib.ExitStack() as undo:

        def cause(fault, *arguments):
            lab.break_(fault, *arguments)
            undo.callback(lab.mend, fault, *arguments)

        yield cause


def test_nothing_of_the_laboratory_is_in_the_machines_own_network(lab):
    def seen():
        links = run("ip", "-o", "link", "show").stdout.splitlines()
        return [line.split(":")[1] for line in links], run("ip", "route", "show", "table", "all").stdout

    before = seen()
    assert lab.exec("ctl", ["ping", "-c1", "-W2", lab.address("r2-db")]).returncode == 0
    assert seen() == before
    assert "198.18" not in before[1]
    for host in ("ctl", "r1-app-p"):
        assert lab.exec(host, ["ping", "-c1", "-W1", "192.0.2.2"]).returncode != 0


def test_the_web_interface_answers_on_loopback_and_nowhere_else(lab):
    assert "<title>Prefect" in httpx.get(f"{lab.url}/", follow_redirects=True, timeout=5).text
    port = int(lab.url.rpartition(":")[2])
    for address in run("hostname", "-I").stdout.split():
        if ":" not in address:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, port), timeout=1)


def test_the_relay_says_when_the_control_host_is_off(lab):
    lab.break_("power-off", "ctl")
    assert httpx.get(f"{lab.url}/api/health", timeout=5).status_code == 503
    lab.mend("power-off", "ctl")

    wait_until("Prefect server after a power cycle", lambda: web.is_healthy(lab.port), 60)


def test_the_account_of_the_product_may_run_one_program_as_root_and_no_other(lab):
    argv = ["ssh", "-i", "/home/dr/.ssh/id_ed25519", "-F", "/home/dr/.ssh/config",
            "-o", "UserKnownHostsFile=/home/dr/.ssh/known_hosts", f"gdr@{lab.address('r1-db')}"]  # fmt: skip
    seen = lab.exec("ctl", [*argv, "sudo", "-n", "/opt/genesys-dr/bin/gdr-host", "observe"], "dr")
    assert '"host": "r1-db"' in seen.stdout, seen.stderr
    assert lab.exec("ctl", [*argv, "sudo", "-n", "id"], "dr").returncode != 0


def test_every_account_may_write_to_tmp_and_delete_only_its_own(lab):
    for host in ("ctl", "r1-db"):
        assert lab.exec(host, ["stat", "-c%a", "/tmp", "/var/tmp"]).stdout.split() == ["1777"] * 2  # noqa: S108


def status_of(lab):
    """Ask for the table of the laboratory as a person does."""
    argv, environment = [sys.executable, "-m", "lab", "status"], {**os.environ, "GENESYS_DR_LAB": lab.identity.id}
    return subprocess.run(argv, cwd=CHECKOUT, env=environment, check=False, capture_output=True, text=True)


def test_a_host_without_power_is_silent_and_the_others_stay(mended, lab):
    assert status_of(lab).returncode == 0
    mended("power-off", "r1-app-p")
    shown = status_of(lab)
    assert shown.returncode == 1
    assert re.search(r"(?m)^r1-app-p .* off +-", shown.stdout)
    assert not lab.is_on("r1-app-p")
    assert knock(lab, lab.address("r1-app-p"), 22, timeout=0.5) == SILENT
    assert ssh(lab, "r1-app-b") == ANSWERS


def test_a_power_cycle_forgets_the_firewall_and_keeps_the_disk(lab):
    lab.exec("r1-app-b", ["iptables", "-I", "INPUT", "-s", "198.18.0.99", "-j", "DROP"], check=True)
    lab.exec("r1-app-b", ["sh", "-c", "echo kept >/var/lib/kept"], check=True)
    lab.break_("power-off", "r1-app-b")
    lab.mend("power-off", "r1-app-b")
    assert lab.exec("r1-app-b", ["iptables", "-S"]).stdout.split("\n")[0] == "-P INPUT ACCEPT"
    assert "198.18.0.99" not in lab.exec("r1-app-b", ["iptables", "-S"]).stdout
    assert lab.exec("r1-app-b", ["cat", "/var/lib/kept"]).stdout == "kept\n"


def test_no_host_writes_to_a_console_that_nobody_reads(lab):
    """PID 1 tells there of every job that waits, as a guarded unit does; a full console stops it for good."""
    for host in lab.topology.hosts:
        said = lab.exec(host.name, ["systemctl", "show", "--property=ShowStatus"], check=True).stdout
        assert said == "ShowStatus=no\n", host.name


def test_a_power_cycle_is_not_felt_by_the_neighbours(lab):
    ping = ["ping", "-q", "-i0.02", "-c100", "-W2", lab.address("r2-db")]
    pinging = lab.popen("ctl", ping, stdout=subprocess.PIPE, text=True)
    for host in ("fwd", "power"):
        lab.break_("power-off", host)
        lab.mend("power-off", host)
    assert " 0% packet loss" in pinging.communicate(timeout=60)[0]


def test_the_power_host_switches_hosts_and_understands_nothing_else(lab):
    def power(*argv):
        return lab.exec("power", ["/opt/lab/power", *argv])

    assert power("status", "r2-app-p").stdout == "on\n"
    assert power("off", "r2-app-p").returncode == 0
    assert power("status", "r2-app-p").stdout == "off\n"
    assert power("off", "r2-app-p").returncode == 0  # asking again changes nothing
    assert power("on", "r2-app-p").returncode == 0
    for refused in (
        ("off", "ctl"),
        ("off", "power"),
        ("off", "nobody"),
        ("burn", "r2-app-p"),
        ("off", "../r1-db"),
    ):
        assert power(*refused).returncode != 0, refused
    lab.mend("power-off", "r2-app-p")


def test_the_power_host_works_when_a_region_is_lost(restored):
    restored.break_("power-off", "region1")
    assert restored.exec("power", ["/opt/lab/power", "status", "r1-db"]).stdout == "off\n"
    assert not restored.is_on("ns2")
    assert ssh(restored, "r2-db") == ANSWERS


def test_a_cut_wan_is_silence_between_two_sites_only(mended, lab):
    mended("wan-cut", "region1", "region2")
    peer = lab.address("r2-db")
    assert lab.exec("r1-db", ["ping", "-c1", "-W1", peer]).returncode != 0
    assert ssh(lab, "r1-db") == ssh(lab, "r2-db") == ANSWERS
    lab.mend("wan-cut", "region1", "region2")
    assert lab.exec("r1-db", ["ping", "-c1", "-W1", peer]).returncode == 0


def test_a_slow_wan_delays_each_way(mended, lab):
    def round_trip_ms():
        seen = lab.exec("ctl", ["ping", "-c2", "-i0.2", "-W2", lab.address("r2-db")], check=True).stdout
        return float(seen.rpartition("= ")[2].split("/")[0])

    assert round_trip_ms() < 30
    mended("wan-slow", "third", "region2", 40)
    assert round_trip_ms() >= 80
    lab.mend("wan-slow", "third", "region2")
    assert round_trip_ms() < 30


def test_a_silent_host_runs_on_unheard(mended, lab):
    mended("silent", "r2-app-b")
    assert knock(lab, lab.address("r2-app-b"), 22, timeout=0.5) == SILENT
    assert lab.exec("r2-app-b", ["systemctl", "is-active", "ssh"]).stdout == "active\n"
    lab.mend("silent", "r2-app-b")
    wait_until("r2-app-b is heard again", lambda: ssh(lab, "r2-app-b") == ANSWERS, 5)


@pytest.mark.parametrize("host", ["ns2", "fwd", "r2-app-p"])
def test_a_stopped_dns_server_answers_nobody(mended, lab, host):
    def asked():
        address = lab.address(host) if lab.topology.host(host).role != "application" else "127.0.0.1"
        where = "ctl" if address != "127.0.0.1" else host
        return lab.exec(where, ["dig", f"@{address}", "+short", "+time=1", "+tries=1", "cfgmaster-p.gen.test"])

    assert asked().stdout == f"{lab.address('r1-fw-p')}\n"
    mended("stop-dns", host)
    assert asked().returncode != 0
    lab.mend("stop-dns", host)
    assert asked().stdout == f"{lab.address('r1-fw-p')}\n"


def test_a_hanging_sshd_accepts_and_says_nothing(mended, lab):
    mended("hang-sshd", "r2-app-p")
    assert knock(lab, lab.address("r2-app-p"), 22) == ANSWERS
    assert ssh(lab, "r2-app-p") == SILENT
    lab.mend("hang-sshd", "r2-app-p")
    assert ssh(lab, "r2-app-p") == ANSWERS


def test_a_full_disk_refuses_the_next_byte(mended, lab):
    def wrote():
        return lab.exec("r2-app-b", ["sh", "-c", "head -c 100000 /dev/zero >/var/lib/more"])

    mended("fill-disk", "r2-app-b")
    assert "No space left" in wrote().stderr
    lab.mend("fill-disk", "r2-app-b")
    assert wrote().returncode == 0


def appstatus(lab, host, *units):
    said = lab.exec(host, ["/opt/genesys/bin/appstatus", *units])
    return said.returncode, said.stdout.splitlines()


def test_appstatus_prints_the_vendors_lines(lab):
    primary = ["Application: confserv", "DBID: 99", "Status: Running", "Runmode: Primary"]
    assert appstatus(lab, "r1-fw-p", "confserv") == (0, primary)
    assert appstatus(lab, "r1-fw-b", "confserv")[1][2:] == ["Status: Running", "Runmode: Backup"]
    proxy = ["Status: Running"]
    wait_until("r1-app-p: the proxy runs", lambda: appstatus(lab, "r1-app-p", "csproxy")[1][2:] == proxy, 20)
    assert appstatus(lab, "r2-fw-p", "confserv") == (1, ["Application: confserv", "DBID: 0", "Status: Stopped"])
    assert appstatus(lab, "r1-fw-p")[0] == 2


def test_a_frozen_component_keeps_its_port_and_stops_answering(mended, lab):
    def states(unit):
        pid = lab.exec("r1-app-b", ["systemctl", "show", "-P", "MainPID", unit]).stdout.strip()
        return lab.exec("r1-app-b", ["ps", "-o", "stat=", "-p", pid]).stdout[:1]

    mended("freeze", "r1-app-b", "csproxy")
    assert states("csproxy") == "T"
    assert states("lca") != "T"
    assert appstatus(lab, "r1-app-b", "csproxy")[1][2:] == ["Status: Stopped"]
    lab.mend("freeze", "r1-app-b", "csproxy")
    assert states("csproxy") != "T"


def test_a_fault_nobody_knows_is_refused(lab):
    with pytest.raises(LabError, match="no such fault"):
        lab.break_("set-fire", "r1-db")
    with pytest.raises(LabError, match="no such host"):
        lab.break_("silent", "r9-db")
    with pytest.raises(LabError, match="wants HOST"):
        lab.break_("silent")


def test_restore_takes_back_what_happened_on_disks(lab):
    lab.exec("r1-db", ["sh", "-c", "echo changed >/var/lib/changed"], check=True)
    lab.exec("ctl", ["sh", "-c", "echo case >/var/lib/genesys-dr/cases/c1.jsonl"], check=True)
    write = "insert into gdr_canary values ('c', 's')"
    lab.exec("r1-db", ["psql", "-qd", "config", "-c", write], "postgres", check=True)
    began = time.time()
    lab.restore()
    assert lab.exec("r1-db", ["cat", "/var/lib/changed"]).returncode != 0
    assert lab.exec("ctl", ["ls", "/var/lib/genesys-dr/cases"]).stdout == ""
    assert min(sample["at"] for sample in samples(lab)) > began  # the clock did not go back: there is no hole
    count = lab.exec("r1-db", ["psql", "-Atd", "config", "-c", "select count(*) from gdr_canary"], "postgres")
    assert count.stdout == "0\n"
    streaming = "select state from pg_stat_replication"
    assert lab.exec("r1-db", ["psql", "-Atc", streaming], "postgres").stdout == "streaming\n"


def samples(lab):
    """Return what the sampler has kept, whole lines only."""
    kept = lab.exec("ctl", ["cat", "/var/lib/genesys-dr/samples/lab.jsonl"]).stdout
    return [json.loads(line) for line in kept.split("\n")[:-1]]


UP = ("lab", "up", "--owner", str(os.getpid()))
DRILL = ("lab.drill",)


def start_other(*words):
    """Begin a second laboratory; return when its first hosts are there."""
    environment = {**os.environ, "GENESYS_DR_LAB": OTHER}
    up = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=CHECKOUT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until("second laboratory: hosts", lambda: len(leftovers.scan(Identity(OTHER)).processes) > 30, 60)
    return up


def is_gone():
    return not leftovers.scan(Identity(OTHER)).lines()


def ends(one, number, before):
    """Send a signal to whoever owns the second laboratory, and see it gone with him."""
    one.send_signal(number)
    one.wait()
    wait_until("second laboratory is gone", is_gone, 60)
    assert inventory.take(Identity(OTHER)) == before


@pytest.mark.parametrize(
    ("words", "number"), [(UP, signal.SIGKILL), (DRILL, signal.SIGINT)], ids=["up killed", "drill interrupted"]
)
def test_what_ends_while_it_brings_a_laboratory_up_leaves_nothing(words, number):
    before = inventory.take(Identity(OTHER))
    ends(start_other(*words), number, before)


def test_a_drill_that_is_killed_in_the_middle_of_its_failover_leaves_nothing():
    """Its server, its worker, the run and the configuration client go with it."""
    before = inventory.take(Identity(OTHER))
    drill = start_other(*DRILL)
    journal = Journal(Lab(Identity(OTHER)))
    wait_until("promotion", lambda: drill.poll() is not None or "act.before promote:r2-db" in journal.subjects(), 180)
    assert drill.poll() is None
    ends(drill, signal.SIGKILL, before)


def test_a_down_that_is_killed_is_brought_to_its_end():
    before = inventory.take(Identity(OTHER))
    up = start_other(*UP)
    up.send_signal(signal.SIGSTOP)  # so that it tidies nothing up
    down = start_down()
    wait_until("a host has ended", lambda: len(leftovers.scan(Identity(OTHER)).processes) < 30, 30)
    assert down.poll() is None
    down.kill()
    down.wait()
    ends(up, signal.SIGKILL, before)


def start_down():
    environment = {**os.environ, "GENESYS_DR_LAB": OTHER}
    return subprocess.Popen([sys.executable, "-m", "lab", "down"], cwd=CHECKOUT, env=environment)


def test_down_finds_everything_by_name_after_the_supervisor_was_killed():
    before = inventory.take(Identity(OTHER))
    up = start_other(*UP)
    up.send_signal(signal.SIGSTOP)  # so that nobody tidies up
    process.kill(process.with_arguments("lab.supervisor", f"gdr-{OTHER}-supervisor"))
    up.kill()
    up.wait()
    time.sleep(0.2)
    assert not is_gone()
    (Identity(OTHER).state / "lab.json").unlink()
    for _ in range(2):  # the second time there is nothing to do
        assert start_down().wait() == 0
    assert inventory.take(Identity(OTHER)) == before


def test_up_removes_what_is_left_of_a_dead_laboratory_and_its_own_goes_down_with_its_owner():
    owner = subprocess.Popen(["sleep", "600"])
    try:
        before = inventory.take(Identity(OTHER))
        run("ip", "netns", "add", Identity(OTHER).name("r1-db"))
        Identity(OTHER).disks.mkdir(parents=True)
        laboratory = Lab.up(Identity(OTHER), owner=owner.pid)
        assert laboratory.is_on("r1-db")
    finally:
        owner.kill()
        owner.wait()
    wait_until("second laboratory is gone", is_gone, 60)
    assert inventory.take(Identity(OTHER)) == before
