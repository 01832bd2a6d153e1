"""gdr-host, the real script: the old primary's cluster is made a standby, and a kill anywhere leaves a way on."""

import itertools
import json
import shutil
import signal
import stat
from pathlib import Path

import pytest

from tests.unit.host_fakes.old_primary import FORK, PRIMARY, SLOT, OldPrimary, record
from tests.unit.host_fakes.stage import answer
from tests.unit.host_fakes.stage import record as activation

OURS = (
    f"work_mem = '8MB'\nprimary_conninfo = 'host={PRIMARY} port=5432 user=replica application_name={SLOT}'\n"
    f"primary_slot_name = '{SLOT}'\nsynchronous_standby_names = ''\n"
)
GAP = ["000000020000000000000003", "000000020000000000000004"]


LEFT = {"crashed": OldPrimary.crashed, "stopped": OldPrimary.stopped}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OldPrimary]:
    """Hosts whose clusters are left in one way or another, and exported."""
    hosts = {name: OldPrimary(tmp_path_factory.mktemp(name)) for name in LEFT}
    for name, leave in LEFT.items():
        leave(hosts[name])
        assert hosts[name].export().returncode == 0
    return hosts


@pytest.fixture
def host(exported: dict[str, OldPrimary], tmp_path: Path) -> OldPrimary:
    return exported["crashed"].twin(tmp_path / "host")


@pytest.fixture
def stopped(exported: dict[str, OldPrimary], tmp_path: Path) -> OldPrimary:
    return exported["stopped"].twin(tmp_path / "host")


def followed(host: OldPrimary, done: str):
    """Require that a run ended as a standby of the primary, with nothing left over; return why it was done so."""
    ran = host.follow()
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{done}: ")
    require_standby(host)
    note = host.kept("reseed.json")
    assert note.pop("why") in ran.stdout
    assert note == {"done": done, "epoch": 12, "ready": 12, "primary": PRIMARY, "primary_timeline": 2, "slot": SLOT}
    return ran.stdout.removeprefix(f"{done}: ").strip()


def require_standby(host: OldPrimary) -> None:
    assert (host.data / "postgresql.auto.conf").read_text() == OURS
    assert (host.data / "standby.signal").read_text() == ""
    assert list((host.data / "pg_replslot").iterdir()) == []
    assert not (host.data / "half").exists()
    assert [path.name for path in host.data.parent.iterdir()] == ["data"]
    assert not (host.var / "reseeding.json").exists()


def refused(host: OldPrimary):
    failed = host.follow()
    assert failed.returncode == 1
    assert not (host.var / "reseed.json").exists()
    assert not (host.data / "standby.signal").exists()
    return failed.stderr


def programs(host: OldPrimary) -> list[str]:
    changing = ("pg_rewind", "pg_basebackup")
    return [call[0] for call in host.calls() if call[0] in changing]


def test_a_clean_stop_where_the_primary_left_is_followed_and_its_slots_are_forgotten(stopped: OldPrimary):
    assert followed(stopped, "followed") == "its log ends where the primary's goes on"
    assert programs(stopped) == []


def test_a_crash_is_rewound(host: OldPrimary):
    assert followed(host, "rewound") == "its log does not end where the primary left this timeline"
    (rewind,) = host.calls("pg_rewind")
    source = f"--source-server=host={PRIMARY} port=5432 user=replica connect_timeout=5 dbname=postgres"
    config = f"--config-file={host.root}/etc/postgresql/postgresql.conf"
    assert rewind[1:] == ["-D", str(host.data), source, config]
    assert host.calls("pg_basebackup") == []


def test_a_clean_stop_beyond_the_fork_is_rewound(host: OldPrimary):
    host.stopped(checkpoint=FORK)
    assert host.export().returncode == 0
    followed(host, "rewound")


def test_where_pg_rewind_has_nothing_to_do_it_is_followed(host: OldPrimary):
    host.put("rewind.json", {"unneeded": True})
    followed(host, "followed")


def test_a_primary_that_no_longer_has_the_log_is_copied(stopped: OldPrimary):
    stopped.primary(log=["000000020000000000000004"])
    assert followed(stopped, "copied") == "the primary no longer has the log from there on"
    assert programs(stopped) == ["pg_basebackup"]
    assert (stopped.data / "copied").exists()


@pytest.mark.parametrize(
    "labels",
    [
        {"wal_log_hints setting": "off", "Data page checksum version": "0"},
        {"Latest checkpoint's full_page_writes": "off"},
    ],
)
def test_a_cluster_whose_log_does_not_name_every_page_is_copied(host: OldPrimary, labels: dict[str, str]):
    host.control("in production", "0/2000060", **labels)
    assert host.export().returncode == 0
    assert "pg_rewind cannot be used" in followed(host, "copied")
    assert programs(host) == ["pg_basebackup"]


def test_checksums_are_enough_to_rewind(host: OldPrimary):
    host.control("in production", "0/2000060", **{"wal_log_hints setting": "off", "Data page checksum version": "1"})
    assert host.export().returncode == 0
    followed(host, "rewound")


def test_where_pg_rewind_says_it_cannot_a_copy_is_made(host: OldPrimary):
    host.put("rewind.json", {"refuses": "could not find previous WAL record"})
    assert followed(host, "copied") == "pg_rewind: exit 1: pg_rewind: error: could not find previous WAL record"
    assert (host.data / "copied").exists()


def test_a_rewound_cluster_whose_log_has_a_gap_is_copied(host: OldPrimary):
    host.primary(log=GAP)
    assert followed(host, "copied") == "pg_rewind left a gap in the log"


def test_settings_that_lie_in_the_cluster_outlive_it(host: OldPrimary):
    (host.data / "pg_hba.conf").write_text("local all all peer\n")
    host.put("rewind.json", {"refuses": "no"})
    followed(host, "copied")
    assert (host.data / "pg_hba.conf").read_text() == "local all all peer\n"


def test_no_password_is_written_nor_stands_in_arguments(host: OldPrimary):
    followed(host, "rewound")
    assert "planted" not in (host.state / "calls").read_text() + (host.state / "run_as").read_text()
    assert "planted" not in (host.data / "postgresql.auto.conf").read_text()
    assert stat.S_IMODE((host.data / "postgresql.auto.conf").stat().st_mode) == 0o600


@pytest.mark.parametrize("stale", ["never", "ran", "promoted", "file"])
def test_nothing_is_touched_before_all_of_it_is_exported(host: OldPrimary, stale: str):
    if stale == "never":
        (host.var / "stranded.json").unlink()
    if stale == "ran":
        host.control("in production", "0/5000060")
    if stale == "promoted":
        host.primary(timeline=3, left={"1": FORK, "2": "0/6000000"})
    if stale == "file":
        note = host.kept("stranded.json")
        (host.var / "stranded.json").write_text(json.dumps(note | {"sha256": {"wal.txt": "0"}}))
    assert f"what only this cluster has is not exported: pg-export {PRIMARY}" in refused(host)
    assert programs(host) == []


@pytest.mark.parametrize(
    ("primary", "told"),
    [
        ({"slots": {}}, f"slot {SLOT}: not there, or lost: pg-slot-create {SLOT} on that host first"),
        ({"slots": {SLOT: ""}}, "not there, or lost"),
        ({"standby": True}, "is a standby: name the primary"),
        ({"system": "1"}, "they have nothing in common"),
        ({"timeline": 1}, "has never left timeline 1"),
        ({"address": "198.18.2.99"}, "Connection refused"),
    ],
)
def test_a_primary_that_cannot_be_followed_is_refused(host: OldPrimary, primary, told):
    host.primary(**primary)
    assert told in refused(host)


def test_a_running_server_is_left_alone(host: OldPrimary):
    host.put("units.json", {"postgresql": {"state": "active"}})
    assert "postgresql: is active: its files are left alone" in refused(host)
    host.put("units.json", {"postgresql": {"state": "inactive"}})
    host.put("serving", "")
    assert "a server runs on it past systemd" in refused(host)


def test_a_standby_that_runs_as_told_is_left_alone_and_another_refused(host: OldPrimary):
    followed(host, "rewound")
    host.put("units.json", {"postgresql": {"state": "active"}})
    calls = len(host.calls())
    assert host.follow(13).stdout == f"already a standby of {PRIMARY} through {SLOT}, and not down\n"
    assert {call[0] for call in host.calls()[calls:]} == {"systemctl"}
    assert host.run("gdr-host", 13, "pg-follow", PRIMARY, "another").returncode == 1


@pytest.mark.parametrize(("there", "marked"), [("old", True), ("new", True), ("old", False), (None, True)])
def test_what_a_killed_copy_left_beside_a_standby_that_runs_is_removed(
    host: OldPrimary, there: str | None, *, marked: bool
):
    """Power was lost after the copy had taken the cluster's place: it boots and runs as a standby."""
    host.put("rewind.json", {"refuses": "no"})
    followed(host, "copied")
    left = [host.data.with_name(f"data.genesys-dr-{there}")] if there else []
    for folder in left:
        shutil.copytree(host.data, folder)
    if marked:
        marker = {"done": "copied", "why": "no", "broken": False, "files": {}}
        (host.var / "reseeding.json").write_text(json.dumps(marker))
    host.put("units.json", {"postgresql": {"state": "active"}})
    assert json.loads(host.run("gdr-host", "observe").stdout)["database"]["reseeding"] is True
    assert "already a standby of" in host.follow(13).stdout
    assert json.loads(host.run("gdr-host", "observe").stdout)["database"]["reseeding"] is False
    assert (host.data / "copied").exists()
    assert not any(folder.exists() for folder in left)


def test_a_repeat_before_the_first_start_changes_nothing(host: OldPrimary):
    followed(host, "rewound")
    note, changed = host.kept("reseed.json"), programs(host)
    again = host.follow(13)
    assert again.stdout == "followed: a new copy of the primary\n"
    require_standby(host)
    assert (host.kept("reseed.json"), programs(host)) == (note | {"ready": 13}, changed)
    assert json.loads(host.run("gdr-host", "observe").stdout)["database"]["ready"] == 13


def test_a_standby_that_was_stopped_goes_on_with_its_slots(host: OldPrimary):
    host.standby()
    assert host.follow().stdout == "followed: its log ends where the primary's goes on\n"
    assert [path.name for path in (host.data / "pg_replslot").iterdir()] == ["r2_db"]
    assert (host.data / "postgresql.auto.conf").read_text() == OURS


@pytest.mark.parametrize(
    ("standby", "primary", "why"),
    [
        ({"timeline": 1}, {}, "a standby on timeline 1, and the primary is on 2"),
        ({}, {"log": ["000000020000000000000005"]}, "the primary no longer has the log from there on"),
    ],
)
def test_a_standby_that_cannot_go_on_is_copied(host: OldPrimary, standby, primary, why):
    host.primary(**primary)
    host.standby(**standby)
    assert followed(host, "copied") == why


@pytest.mark.parametrize(("received", "done"), [("0/5000060", "followed"), ("0/4000060", "copied")])
def test_a_standby_that_had_only_not_replayed_all_it_received_goes_on(host: OldPrimary, received: str, done: str):
    """The primary has thrown away what this one has itself: it would be asked for what comes after that."""
    host.primary(log=["000000020000000000000005"])
    host.standby()
    host.put("wal.json", {"timeline": 2, "records": [record("Heap", 59, 725, received, "INSERT off 1")]})
    ran = host.follow()
    assert (ran.returncode, ran.stdout.split(":")[0]) == (0, done), ran.stderr


def test_a_base_backup_that_fails_leaves_the_old_cluster_in_its_place(host: OldPrimary):
    host.put("rewind.json", {"refuses": "no"})
    host.primary(full=True)
    assert "No space left on device" in refused(host)
    assert (host.data / "pg_control").exists()
    host.primary()
    followed(host, "copied")


EVERY_WAY = {"followed": ("stopped", {}), "rewound": ("crashed", {}), "copied": ("crashed", {"refuses": "no"})}


@pytest.mark.parametrize("way", EVERY_WAY)
def test_a_kill_before_any_act_leaves_a_cluster_to_be_found_and_a_repeat_goes_on(exported, tmp_path: Path, way: str):
    """Every program that changes a cluster is cut in turn, until a run is not cut at all."""
    left, rewind = EVERY_WAY[way]
    for cut in itertools.count(1):
        host = exported[left].twin(tmp_path / str(cut))
        host.put("rewind.json", rewind)
        for program in ("mv", "rm"):
            (host.programs / program).symlink_to(host.programs / "cut")
        host.put("cut", cut)
        killed = host.follow().returncode == -signal.SIGKILL
        require_found(host)
        host.put("cut", 0)
        require_goes_on(host, way)
        if not killed:
            break
    assert cut == {"followed": 5, "rewound": 5, "copied": 8}[way]


def require_found(host: OldPrimary) -> None:
    """Require that the old cluster or the new one is whole somewhere, or that the boot guard starts nothing."""
    whole = [
        path for path in host.data.parent.iterdir() if (path / "pg_control").exists() and not (path / "half").exists()
    ]
    if not whole:
        host.says(answer(activation()))
        assert host.run("gdr-guard", "check", "--database").returncode == 1
        assert json.loads(host.run("gdr-host", "observe").stdout)["database"]["reseeding"] is True


def require_goes_on(host: OldPrimary, way: str) -> None:
    ran = host.follow(14)
    assert ran.returncode == 0, ran.stderr
    require_standby(host)
    done = host.kept("reseed.json")["done"]
    assert (host.data / "copied").exists() is (done == "copied")
    assert done in {way, "copied"}


@pytest.mark.parametrize("there", [["old", "data"], ["new", "data"], ["new", "old"], ["old"]])
def test_a_swap_that_was_cut_is_told_and_carried_on(exported, tmp_path: Path, there: list[str]):
    host = exported["stopped"].twin(tmp_path / "host")
    cluster = host.data.rename(host.data.with_name("cluster"))
    for what in there:
        shutil.copytree(cluster, host.data if what == "data" else host.data.with_name(f"data.genesys-dr-{what}"))
    shutil.rmtree(cluster)
    if there == ["new", "data"]:
        (host.data.with_name("data.genesys-dr-new") / "older").touch()
    observed = json.loads(host.run("gdr-host", "observe").stdout)["database"]
    assert observed["reseeding"] is True
    if "data" not in there:
        assert host.export().stdout == "nothing to export: a reseed was begun, which comes after the export\n"
    followed(host, "followed")
    assert not (host.data / "older").exists()


@pytest.mark.parametrize(
    "words", [[PRIMARY], [PRIMARY, "R1"], [SLOT, PRIMARY], [PRIMARY, SLOT, "x"], [PRIMARY, "a" * 64]]
)
def test_what_is_no_primary_and_no_slot_is_not_understood(host: OldPrimary, words: list[str]):
    calls = host.calls()
    assert host.run("gdr-host", 12, "pg-follow", *words).returncode == 2
    assert host.calls() == calls
