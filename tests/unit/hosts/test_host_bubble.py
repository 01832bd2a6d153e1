"""The host side of a bubble: walls that stand before the permit and fall after the last process, and a copy beside."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.unit.host_fakes.stage import SCRIPTS, Stage, answer, record

CASE, WALLS = "lab-1-region1", ("198.18.0.10", "198.18.2.12", "198.18.2.31", "198.18.1.31", 5432)
ENTER = ("bubble-enter", CASE, *WALLS)
FAILED, USAGE, BUSY = 1, 2, 4
ANSWERS = "-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN"
IN = [
    "-i lo -j ACCEPT",
    "-s 198.18.0.10/32 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-s 198.18.2.12/32 -j ACCEPT",
    f"-s 198.18.2.31/32 -p tcp {ANSWERS} -j ACCEPT",
    "-j DROP",
]
OUT = [
    "-o lo -j ACCEPT",
    "-d 198.18.0.10/32 -p tcp -m tcp --sport 22 ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT",
    "-d 198.18.2.12/32 -j ACCEPT",
    "-d 198.18.2.31/32 -p tcp -m tcp --dport 5433 -j ACCEPT",
    "-j REJECT --reject-with icmp-port-unreachable",
]
NAT = "-d 198.18.2.31/32 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 198.18.2.31:5433"


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, host="r2-fw-p", region="region2", aliases=["cfgdb-2.gen.test"])
    stage.says(answer(record(epoch=9)))
    stage.put("ssh.json", ["198.18.0.10"])
    return stage


def walls(host: Stage) -> dict[str, object]:
    return dict(json.loads(host.run("gdr-host", "observe").stdout)["walls"])


def entered(host: Stage, epoch: int = 4) -> None:
    ran = host.run("gdr-host", epoch, *ENTER)
    assert ran.returncode == 0, ran.stderr


def test_only_its_pair_the_copy_and_the_control_hosts_ssh_pass(host: Stage):
    entered(host)
    assert host.rules("GENESYS-DR-WALL-IN") == IN
    assert host.rules("GENESYS-DR-WALL-OUT") == OUT
    assert host.rules("INPUT") == ["-j GENESYS-DR-WALL-IN"]
    assert host.rules("OUTPUT") == ["-j GENESYS-DR-WALL-OUT"]
    assert host.rules("OUTPUT", "iptables.nat") == [NAT]
    assert host.rules("GENESYS-DR-WALL-IN", "ip6tables") == ["-i lo -j ACCEPT", "-j DROP"]
    assert (host.root / "etc/hosts").read_text().splitlines()[-1].startswith("198.18.2.31 cfgdb-2.gen.test ")
    assert walls(host) == {"case": CASE, "epoch": 4, "whole": True, "permit": True}


def test_a_repeat_changes_nothing_but_whose_epoch_it_is(host: Stage):
    entered(host)
    entered(host, 5)
    assert host.rules("GENESYS-DR-WALL-IN") == IN
    assert host.rules("OUTPUT", "iptables.nat") == [NAT]
    assert walls(host) == {"case": CASE, "epoch": 5, "whole": True, "permit": True}


@pytest.mark.parametrize("tool", ["iptables", "ip6tables", "iptables.nat"])
def test_walls_that_somebody_flushed_are_not_whole(host: Stage, tool: str):
    entered(host)
    (host.state / f"{tool}.json").unlink()
    assert walls(host) == {"case": CASE, "epoch": 4, "whole": False, "permit": True}


def test_the_alias_has_a_line_of_its_own_whatever_the_hosts_file_ends_with_or_says(host: Stage):
    file = host.root / "etc/hosts"
    file.write_text("127.0.0.1 localhost\n10.0.0.1 cfgdb-2.gen.test\n198.18.1.11 cfgmaster-p.gen.test # here")
    entered(host)
    lines = file.read_text().splitlines()
    assert lines[:2] == ["127.0.0.1 localhost", "198.18.1.11 cfgmaster-p.gen.test # here"]
    assert [line.split()[:2] for line in lines[2:]] == [["198.18.2.31", "cfgdb-2.gen.test"]]
    assert walls(host)["whole"] is True


def test_a_hosts_file_that_somebody_changed_is_no_part_of_whole_walls_and_is_laid_anew(host: Stage):
    own = (host.root / "etc/hosts").read_text()
    entered(host)
    (host.root / "etc/hosts").write_text("127.0.0.1 localhost\n198.18.1.31 cfgdb-2.gen.test\n")
    assert walls(host)["whole"] is False
    entered(host, 5)
    assert walls(host)["whole"] is True
    assert host.run("gdr-host", 5, "bubble-leave").returncode == 0
    assert (host.root / "etc/hosts").read_text() == own
    assert {call[1] for call in host.calls("umount")} == {"--lazy"}


def test_it_leaves_no_trace_of_itself(host: Stage):
    own = (host.root / "etc/hosts").read_text()
    entered(host)
    assert host.run("gdr-host", 4, "bubble-leave").returncode == 0
    assert (host.root / "etc/hosts").read_text() == own
    assert [host.rules(chain, tool) for chain in ("INPUT", "OUTPUT") for tool in ("iptables", "ip6tables")] == [[]] * 4
    assert host.rules("OUTPUT", "iptables.nat") == []
    assert list((host.root / "run/genesys-dr").iterdir()) == []
    assert walls(host) == {"case": "", "epoch": None, "whole": False, "permit": False}
    assert "stands in no bubble" in host.run("gdr-host", 4, "bubble-leave").stdout


def test_what_runs_outside_is_never_walled_in(host: Stage):
    host.put("listeners.json", [[2020, None]])
    ran = host.run("gdr-host", 4, *ENTER)
    assert (ran.returncode, host.rules("OUTPUT")) == (FAILED, [])
    assert "confserv: runs, and not within these walls: nothing was done" in ran.stderr


def test_what_runs_within_stays_and_other_walls_are_not_put_around_it(host: Stage):
    entered(host)
    host.put("listeners.json", [[2020, None]])
    entered(host, 5)
    ran = host.run("gdr-host", 5, "bubble-enter", "another", *WALLS)
    assert (ran.returncode, walls(host)["case"]) == (FAILED, CASE)


def test_walls_stay_around_what_does_not_stop(host: Stage):
    host.patience = 0.01
    entered(host)
    host.put("listeners.json", [[4999, None]])
    ran = host.run("gdr-host", 4, "bubble-leave")
    assert ran.returncode == FAILED
    assert host.rules("OUTPUT") == ["-j GENESYS-DR-WALL-OUT"]
    assert "its walls are being raised, or taken down" in host.run("gdr-guard", "check", "--once").stderr


@pytest.mark.parametrize(("peers", "found"), [([], "from nobody"), (["198.18.0.9"], "from 198.18.0.9")])
def test_walls_are_not_raised_where_they_would_shut_out_who_asks(host: Stage, peers: list[str], found: str):
    host.put("ssh.json", peers)
    ran = host.run("gdr-host", 4, *ENTER)
    assert (ran.returncode, host.rules("OUTPUT"), walls(host)["case"]) == (FAILED, [], "")
    assert f"SSH comes in {found}, and walls let in 198.18.0.10 alone: nothing was done" in ran.stderr


def test_a_copy_that_stands_alone_is_no_bubble(host: Stage):
    assert host.run("gdr-host", 1, "stand-alone", "198.18.0.10").returncode == 0
    assert "stands alone: run clone-and-isolate" in host.run("gdr-host", 4, *ENTER).stderr


def test_a_host_whose_addresses_somebody_rewrites_is_left_alone(host: Stage):
    host.put("iptables.nat.json", {"OUTPUT": [["-p", "tcp", "-j", "DNAT", "--to-destination", "10.0.0.1:1"]]})
    ran = host.run("gdr-host", 4, *ENTER)
    assert "nat OUTPUT: has rules that are not ours" in ran.stderr
    assert (walls(host)["whole"], walls(host)["permit"]) == (False, False)


def test_walls_stay_whole_when_their_hours_are_over(host: Stage):
    entered(host)
    assert "its hours are over" in guard(host, until=1.0)
    assert walls(host) == {"case": CASE, "epoch": 4, "whole": True, "permit": False}


def guard(host: Stage, **changes: object) -> str:
    file = host.root / "run/genesys-dr/walls.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    ran = host.run("gdr-guard", "check", "--once")
    assert ran.returncode == 1, ran.stderr
    return ran.stderr


def test_the_guard_within_walls_asks_no_record_and_is_closed_by_whatever_is_in_doubt(host: Stage):
    """The record says region1; here no kernel keeps anybody from 127.0.0.1."""
    entered(host)
    assert "nothing here keeps it from 127.0.0.1:1" in guard(host, places=[["127.0.0.1", 1]])
    assert "its hours are over" in guard(host, until=1.0)
    assert "its walls are being raised" in guard(host, permit=False)
    assert host.run("gdr-host", 5, "epoch").returncode == 0
    assert "a younger process has acted on this host" in guard(host, permit=True)
    assert host.calls("writer") == []


def test_without_walls_the_record_has_the_word_again(host: Stage):
    entered(host)
    assert host.run("gdr-host", 4, "bubble-leave").returncode == 0
    assert "the record (epoch 9, steady) says active=region1" in host.run("gdr-guard", "check", "--once").stderr


INSIDE = """\
set -e
ip link set lo up
ip link add here type veth peer name there
ip address add 198.18.2.11/16 dev here
ip link set here up
ip link set there up
{scripts}/gdr-host 4 bubble-enter {case} {words}
{scripts}/gdr-guard check --once
iptables -F OUTPUT
! {scripts}/gdr-guard check --once
"""


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of its own needs root")
@pytest.mark.skipif(not shutil.which("iptables", path="/usr/sbin:/sbin"), reason="iptables is not installed")
def test_before_a_real_kernel_the_guard_opens_within_walls_and_closes_when_they_fall(host: Stage):
    for tool in ("iptables", "ip6tables"):
        (host.programs / tool).unlink()
    host.describe(**host.facts | {"writer": "198.18.0.53"})
    script = INSIDE.format(scripts=SCRIPTS, case=CASE, words=" ".join(map(str, WALLS)))
    argv = ["unshare", "-n", "sh", "-c", script]
    ran = subprocess.run(argv, env=host.environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert f"open: within the bubble of {CASE}" in ran.stderr
    assert "nothing here keeps it from 198.18.1.31:5432" in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("bubble-enter", CASE, *WALLS[:4]),
        ("bubble-enter", CASE, *WALLS[:3], "198.18.1.0/24", 5432),
        ("bubble-enter", "a/../b", *WALLS),
        ("bubble-enter", CASE, *WALLS[:4], 0),
        ("bubble-leave", "now"),
        ("bubble-copy", CASE),
        ("bubble-commit",),
        ("bubble-drop",),
    ],
)
def test_what_is_not_understood_changes_nothing(host: Stage, words: tuple[object, ...]):
    assert host.run("gdr-host", 4, *words).returncode == USAGE
    assert host.epoch() is None


REJECTED = "-j REJECT --reject-with icmp-port-unreachable"
PAIR = ("198.18.2.11", "198.18.2.12")


@pytest.fixture
def standby(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.with_database()
    stage.describe(**{**stage.facts, "address": "198.18.2.31", "host": "r2-db", "region": "region2"})
    stage.put("server.json", {"in_recovery": True, "settings": {"hba_file": "/etc/hba", "max_connections": "100"}})
    stage.put("primary.json", {"slots": [], "control": {}})
    data = stage.root / "var/lib/postgresql/data"
    (data / "pg_tblspc").mkdir()
    (data / "standby.signal").touch()
    (data / "base").write_text("x" * 5000)
    return stage


def copied(host: Stage, case: str = CASE) -> subprocess.CompletedProcess[str]:
    return host.run("gdr-host", 4, "bubble-copy", case, *PAIR)


def copy_of(host: Stage) -> dict[str, object]:
    return dict(json.loads(host.run("gdr-host", "observe").stdout)["copy"])


def test_a_copy_of_the_standby_knows_nobody_and_lets_in_the_pair_alone(standby: Stage):
    ran = copied(standby)
    assert ran.returncode == 0, ran.stderr
    folder = standby.root / "var/lib/postgresql/data.genesys-dr-bubble"
    settings = (folder / "postgresql.conf").read_text()
    assert (folder / "postgresql.auto.conf").read_text() == ""
    assert "port = 5433\n" in settings
    assert "primary_conninfo = ''\n" in settings
    assert "archive_mode = off\n" in settings
    assert "hba_file = '/etc/hba'\n" in settings
    assert not (folder / "standby.signal").exists()
    assert (folder / "recovery.signal").exists()
    assert standby.rules("INPUT") == ["-j GENESYS-DR-COPY"]
    returns = [f"-s {address}/32 -p tcp -m tcp --dport 5433 -j RETURN" for address in PAIR]
    assert standby.rules("GENESYS-DR-COPY") == [*returns, f"! -i lo -p tcp -m tcp --dport 5433 {REJECTED}"]
    assert copy_of(standby) == {"case": CASE, "serves": True, "sessions": ["198.18.2.11"], "proven": ""}


def test_the_same_case_goes_on_with_its_copy_and_another_makes_its_own(standby: Stage):
    assert copied(standby).returncode == 0
    assert copied(standby).returncode == 0
    assert len(standby.calls("pg_basebackup")) == 1
    assert copied(standby, "lab-2-region1").returncode == 0
    assert len(standby.calls("pg_basebackup")) == 2
    assert copy_of(standby)["case"] == "lab-2-region1"


def test_a_copy_that_was_cut_short_is_made_anew(standby: Stage):
    standby.put("primary.json", {"slots": [], "control": {}, "full": True})
    assert copied(standby).returncode == FAILED
    assert copy_of(standby)["serves"] is False
    standby.put("primary.json", {"slots": [], "control": {}})
    assert copied(standby).returncode == 0
    assert copy_of(standby)["serves"] is True


def test_a_drop_does_not_wait_for_the_backup_that_holds_its_host(standby: Stage):
    """The emergency's process has the younger epoch; the drill's own, once overtaken, ends nothing."""
    (standby.state / "hold").touch()
    copying = standby.start("gdr-host", 4, "bubble-copy", CASE, *PAIR)
    raw = standby.root / "var/lib/postgresql/data.genesys-dr-bubble-raw"
    assert until(raw.exists)
    standby.patience = 0.05
    assert standby.run("gdr-host", 3, "bubble-drop").returncode == BUSY
    assert copying.poll() is None
    standby.patience = 1.0
    dropped = standby.run("gdr-host", 5, "bubble-drop")
    assert (dropped.returncode, copying.wait(10)) == (0, FAILED), dropped.stderr
    copying.communicate()
    assert (raw.exists(), copy_of(standby)["case"]) == (False, "")


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return true


def test_a_commit_is_noted_and_outlives_the_copy(standby: Stage):
    assert "the copy here is of nobody" in standby.run("gdr-host", 4, "bubble-commit", CASE).stderr
    assert copied(standby).returncode == 0
    assert standby.run("gdr-host", 4, "bubble-commit", CASE).returncode == 0
    assert any("insert into gdr_canary" in text for text in standby.get("copied_statements.json"))
    assert standby.run("gdr-host", 4, "bubble-drop").returncode == 0
    assert not (standby.root / "var/lib/postgresql/data.genesys-dr-bubble").exists()
    assert standby.rules("INPUT") == []
    assert copy_of(standby) == {"case": "", "serves": False, "sessions": [], "proven": CASE}
    assert standby.run("gdr-host", 4, "bubble-drop").returncode == 0


def test_a_primary_is_not_copied(standby: Stage):
    standby.put("server.json", {"in_recovery": False})
    ran = copied(standby)
    assert (ran.returncode, standby.calls("pg_basebackup")) == (FAILED, [])
    assert "this server is no standby" in ran.stderr


def test_a_copy_without_its_rules_does_not_serve(standby: Stage):
    assert copied(standby).returncode == 0
    (standby.state / "iptables.json").unlink()
    assert copy_of(standby)["serves"] is False


@pytest.mark.parametrize("tool", ["iptables", "ip6tables"])
def test_a_copy_whose_chain_was_flushed_does_not_serve_until_it_is_let_in_anew(standby: Stage, tool: str):
    """The jump into an empty chain lets everybody in."""
    assert copied(standby).returncode == 0
    kept = standby.get(f"{tool}.json")
    standby.put(f"{tool}.json", {**kept, "GENESYS-DR-COPY": []})
    assert copy_of(standby)["serves"] is False
    assert copied(standby).returncode == 0
    assert (copy_of(standby)["serves"], standby.get(f"{tool}.json")) == (True, kept)


def test_a_repeat_does_not_open_the_door_of_a_copy_that_serves(standby: Stage):
    assert copied(standby).returncode == 0
    before = len(standby.calls("iptables"))
    assert copied(standby).returncode == 0
    assert {call[3] for call in standby.calls("iptables")[before:]} == {"-S"}


def test_it_tells_what_room_there_is(standby: Stage):
    room = json.loads(standby.run("gdr-host", "room").stdout)
    assert room["size_bytes"] > 5000
    assert (room["free_bytes"] > 0, room["port_free"], room["plain"]) == (True, True, True)
    (standby.root / "var/lib/postgresql/data/pg_tblspc/16400").mkdir()
    standby.put("listeners.json", [[5433, None]])
    room = json.loads(standby.run("gdr-host", "room").stdout)
    assert (room["port_free"], room["plain"]) == (False, False)


def test_room_is_measured_where_the_copy_will_lie(standby: Stage):
    data = standby.root / "var/lib/postgresql/data"
    assert json.loads(standby.run("gdr-host", "room").stdout)["one_disk"] is True
    with TemporaryDirectory(dir="/dev/shm") as elsewhere:
        shutil.copytree(data, f"{elsewhere}/data")
        shutil.rmtree(data)
        data.symlink_to(f"{elsewhere}/data")
        room = json.loads(standby.run("gdr-host", "room").stdout)
        free = os.statvfs(data.parent)
    assert room["one_disk"] is False
    assert abs(room["free_bytes"] - free.f_bavail * free.f_frsize) < 1 << 30


def test_a_host_without_a_dbms_has_no_room_to_tell_of(host: Stage):
    assert host.run("gdr-host", "room").returncode == USAGE
