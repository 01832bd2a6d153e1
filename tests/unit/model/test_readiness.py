from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.bubble import Copy, Walls
from model.observation import DatabaseRole, Guard, Observation, Power, Sample
from model.readiness.blocked import OTHERS
from model.readiness.line import Line, not_ready, own
from model.readiness.page import ending, page, table, verdict
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model import steady as world
from tests.unit.model.steady import DAY, NOW, database, host, lab, part, record, server, setting, silent

# The only lines that an environment file alone can answer.
DRIFT = {"regions alike", "pair alike", "configured for its own region", "configured ports"}  # test_drift.py
KEPT = {"TTL that the server sends", "TTL that the resolver keeps"}  # test_readiness_lifetimes.py
OBJECTS = {"pair's Application objects"}  # test_readiness_applications.py
BEGINS = {own(runbook) for runbook in OTHERS}  # test_readiness_begins.py
DAYS = {"highest lag of a day", "lag measured throughout a day"}  # test_history.py
PORT, BACKUP = "198.18.2.11:2020", "198.18.2.12:7380"
ON_PAPER = {"writer in the third site", "TTL against RTO", "stages outlive a lost region"}


def judged(seen: Observation, *, edit: tuple[str, str] = ("", "")) -> tuple[Line, ...]:
    return readiness(steady_view(lab(*edit), seen), NOW, day=DAY)


def line(lines: tuple[Line, ...], name: str, subject: str) -> Line:
    (found,) = [line for line in lines if (line.name, line.subject) == (name, subject)]
    return found


def sample(**changes: Any) -> Observation:
    seen = world.steady()
    assert seen.sample
    return replace(seen, sample=replace(seen.sample, **changes))


def without_sample() -> Observation:
    return replace(world.steady(), sample=None)


def test_the_steady_laboratory_is_ready() -> None:
    assert not_ready(judged(world.steady())) == ()


def test_a_blind_look_is_green_only_in_what_stands_on_paper() -> None:
    lines = judged(Observation(at=NOW))
    assert {line.name for line in lines if line.verdict == "green"} == ON_PAPER | DAYS


def test_every_blind_host_leaves_no_green_line_about_itself() -> None:
    for name in world.steady().hosts:
        green = {
            line.name for line in judged(silent(name)) if line.subject.split()[0] == name and line.verdict == "green"
        }
        about_the_database = {
            "pg_rewind possible", "kept WAL bounded", "wal_level", "fsync", "hot_standby", "no commit waits",
            "canary table readable",
            "DBMS is primary", "primary sends", "standby streams", "replication lag", "replication age",
            "feeds a standby", "archives", "Configuration Database names no address", "slot serves its standby",
            "pair's Application objects",
        }  # fmt: skip
        assert green <= about_the_database, name


def test_what_comes_later_is_named_and_never_green() -> None:
    lines = judged(world.steady())
    later = {line.name for line in lines if line.verdict == "not_yet"}
    for name in ("age of the last backup", "last restore test", "last drill"):
        assert name in later
    assert {"certificates that no host.json names", "probes with one region dark"} <= later


RED: list[tuple[str, str, Callable[[], Observation]]] = [
    ("record readable", "_genesys-dr.gen.test", lambda: world.no_record("2 TXT records")),
    ("record steady", "_genesys-dr.gen.test", lambda: record(state="switching", target="region2", case="x")),
    ("no open case", "_genesys-dr.gen.test", lambda: record(case="lab-1")),
    ("DNS server answers", "ns2", lambda: server("ns2", answers=False, fault="no answer")),
    ("DNS server has the record", "ns2", lambda: server("ns2", record="v=1 epoch=2 ...")),
    ("epoch obeyed", "r2-db", lambda: host("r2-db", epoch=4)),
    ("no walls of a bubble", "r2-fw-b", lambda: host("r2-fw-b", walls=Walls(case="lab-1"))),
    ("no copy of a bubble", "r2-db", lambda: host("r2-db", copy=Copy(case="lab-1"))),
    ("host answers", "r2-app-p", lambda: silent("r2-app-p")),
    ("clock", "fwd", lambda: host("fwd", clock_skew_s=-9.0)),
    ("disk free", "r1-db", lambda: host("r1-db", disk_free_bytes=600 << 20)),
    ("no commit waits", "r2-db", lambda: database("region2", sync_names="r1_db")),
    ("canary table readable", "r1-db", lambda: database("region1", canaries=None, barred=True, fault="Undefined")),
    ("pg_rewind possible", "r1-db", lambda: setting("region1", wal_log_hints="off")),
    ("kept WAL bounded", "r2-db", lambda: setting("region2", max_slot_wal_keep_size="-1")),
    ("wal_level", "r1-db", lambda: setting("region1", wal_level="minimal")),
    ("fsync", "r2-db", lambda: setting("region2", fsync="off")),
    ("hot_standby", "r1-db", lambda: setting("region1", hot_standby="off")),
    ("pg_rewind possible", "r2-db", lambda: setting("region2", full_page_writes="off")),
    ("feeds a standby", "r2-db", lambda: setting("region2", max_wal_senders="0")),
    ("archives", "r1-db", lambda: setting("region1", archive_mode="on")),
    ("settings alike", "max_connections", lambda: setting("region2", max_connections="50")),
    ("settings alike", "archive_mode", lambda: setting("region2", archive_mode="on", archive_command="set")),
    ("settings alike", "max_locks_per_transaction", lambda: setting("region2", max_locks_per_transaction="65")),
    ("settings alike", "standard_conforming_strings", lambda: setting("region1", standard_conforming_strings="off")),
    ("alias of the database", "r1-fw-b", lambda: host("r1-fw-b", aliases={"cfgdb-1.gen.test": ("198.18.2.31",)})),
    ("hosts file of its own pair", "r2-fw-p", lambda: host("r2-fw-p", hosts_file=frozenset())),
    (
        "hosts file of its own pair",
        "r2-fw-b",
        lambda: host("r2-fw-b", names=world.steady().hosts["r1-fw-b"].names),
    ),
    ("hosts file without names", "r1-app-p", lambda: host("r1-app-p", hosts_file=frozenset({"one"}))),
    ("legal state", "lab", lambda: database("region2", role=DatabaseRole.PRIMARY)),
    ("one writable database", "lab", lambda: database("region2", role=DatabaseRole.PRIMARY)),
    ("one main scs", "lab", lambda: part("r2-fw-p", "scs", running=True)),
    ("one region awake", "lab", lambda: host("r2-fw-b", guard=Guard.OPEN)),
    ("DBMS is primary", "r1-db", lambda: database("region1", role=DatabaseRole.STOPPED)),
    ("primary sends", "r1-db", lambda: database("region1", streaming=False)),
    ("standby streams", "r2-db", lambda: database("region2", streaming=False)),
    ("standby streams", "r2-db", lambda: database("region2", role=DatabaseRole.STOPPED, streaming=None)),
    ("DBMS port closed", "r2-db", lambda: host("r2-db", blocked={5432: frozenset({"198.18.1.11"})})),
    ("DBMS port open", "r1-db", lambda: host("r1-db", blocked={5432: frozenset({"198.18.1.11"})})),
    ("host.json agrees", "r1-fw-p scs", lambda: part("r1-fw-p", "scs", unit="gscs")),
    ("host.json agrees", "r1-app-p proxy", lambda: part("r1-app-p", "proxy", port=2020)),
    ("host.json agrees", "r1-db dbms", lambda: part("r1-db", "dbms", loaded=False)),
    ("host.json agrees", "r2-db dbms", lambda: host("r2-db", components={})),
    ("boot guard in force", "r1-db postgresql@15-main", lambda: part("r1-db", "dbms", guarded=False)),
    ("blocks outlast a boot", "r2-db", lambda: host("r2-db", torn=frozenset({5432}))),
    ("names on the server", "ns2", lambda: server("ns2", addresses={})),
    ("names on the host", "r2-app-b", lambda: host("r2-app-b", names=world.steady().hosts["r2-fw-p"].names)),
    ("names on the host", "fwd", lambda: host("fwd", names=world.steady().hosts["r2-fw-p"].names)),
    ("one Primary", "region1", lambda: part("r1-fw-b", "confserv", run_mode="Primary")),
    ("one Primary", "region1", lambda: part("r1-fw-p", "confserv", running=False)),
    ("one Backup", "region1", lambda: part("r1-fw-b", "confserv", running=False)),
    ("component runs", "r1-fw-b message_server", lambda: part("r1-fw-b", "message_server", running=False)),
    ("component sleeps", "r2-fw-b confserv", lambda: part("r2-fw-b", "confserv", running=True)),
    ("SCS sleeps (V7)", "r2-fw-p scs", lambda: part("r2-fw-p", "scs", running=True)),
    ("guard open", "r1-db", lambda: host("r1-db", guard=Guard.ABSENT)),
    ("guard closed", "r2-fw-p", lambda: host("r2-fw-p", guard=Guard.ABSENT)),
    ("guard closed", "r2-fw-p", lambda: host("r2-fw-p", guard=Guard.SILENT)),
    ("proxy in normal mode", "r1-app-b", lambda: part("r1-app-b", "proxy", status="Service Unavailable")),
    ("proxy in normal mode", "r1-app-b", lambda: host("r1-app-b", peers=frozenset())),
    ("full_failover planned would begin", "region2", lambda: silent("r1-fw-b")),
    ("full_failover unplanned would begin", "region2", lambda: silent("r2-db")),
    ("partial_failover would begin", "region2", lambda: host("r1-db", answers=False)),
    ("framework_failover would begin", "region2", lambda: silent("r2-fw-p")),
    ("dbms_failover would begin", "region2", lambda: silent("r2-db")),
    ("reprotect would begin", "region2", lambda: part("r2-fw-p", "confserv", running=True)),
    ("failback would begin", "region2", lambda: silent("r1-fw-p")),
    ("Configuration Database names no address", "r2-db", lambda: world.literals("region2", "8.5.1.2", "198.18.1.11")),
    ("certificate valid", "r2-db /x.crt", lambda: world.certificate("r2-db", NOW + 13 * 86_400)),
    ("certificate valid", "r1-app-p /x.crt", lambda: world.certificate("r1-app-p", NOW - 1)),
    ("slots leave room", "r1-db", lambda: world.slot("region1", limit="-1")),
    ("slots leave room", "r2-db", lambda: world.slot("region2", free=611 << 20)),
    ("slots leave room", "r1-db", lambda: world.slot("region1", kept=200 << 20, free=411 << 20)),
    ("slot serves its standby", "r1-db", lambda: world.slot("region1", lost=True)),
    ("path to the dormant framework", "r1-app-p to r2-fw-b", lambda: world.path("r1-app-p", BACKUP, "silent")),
    ("path to the dormant framework", "r2-app-b to r2-fw-p", lambda: world.path("r2-app-b", PORT, "rejected")),
    ("path to the dormant framework", "r2-app-b to r2-fw-p", lambda: world.path("r2-app-b", PORT, "unreachable")),
    ("sample fresh", "lab", lambda: sample(at=NOW - 60)),
    ("sample fresh", "lab", without_sample),
    ("replication lag", "r2-db", lambda: sample(primary=50_000, lag_s=600.0)),
    ("replication age", "r2-db", lambda: sample(at=NOW - 61)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "subject", "seen"), RED, ids=[f"{name}-{subject}" for name, subject, _ in RED])
def test_red(name: str, subject: str, seen: Callable[[], Observation]) -> None:
    found = line(judged(seen()), name, subject)
    assert found.verdict == "red"
    assert found.remedy
    assert found.stage


UNKNOWN: list[tuple[str, str, Callable[[], Observation]]] = [
    ("record steady", "_genesys-dr.gen.test", world.no_record),
    ("no open case", "_genesys-dr.gen.test", world.no_record),
    ("record readable", "_genesys-dr.gen.test", lambda: Observation(at=NOW, record_fault="ns1 is silent")),
    ("active region known", "lab", world.no_record),
    ("DNS server has the record", "ns2", world.no_record),
    ("epoch obeyed", "r1-db", lambda: silent("r1-db")),
    ("epoch obeyed", "r1-db", world.no_record),
    ("power source answers", "r1-db", lambda: host("r1-db", power=Power.UNKNOWN)),
    ("clock", "r1-db", lambda: silent("r1-db")),
    ("disk free", "r1-db", lambda: silent("r1-db")),
    ("no commit waits", "r2-db", lambda: world.lost_database("region2")),
    ("canary table readable", "r2-db", lambda: world.lost_database("region2")),
    ("pg_rewind possible", "r2-db", lambda: world.lost_database("region2")),
    ("kept WAL bounded", "r2-db", lambda: world.lost_database("region2")),
    ("feeds a standby", "r2-db", lambda: world.lost_database("region2")),
    ("archives", "r2-db", lambda: world.lost_database("region2")),
    ("settings alike", "max_worker_processes", lambda: world.lost_database("region2")),
    ("settings alike", "wal_level", lambda: world.lost_database("region1")),
    ("hosts file of its own pair", "r2-fw-p", lambda: silent("r2-fw-p")),
    ("hosts file of its own pair", "r2-fw-p", lambda: host("r2-fw-p", names={})),
    ("hosts file without names", "r2-app-p", lambda: silent("r2-app-p")),
    ("legal state", "lab", lambda: world.lost_database("region1")),
    ("one primary", "lab", lambda: silent("r2-fw-p")),
    ("one writable database", "lab", lambda: world.lost_database("region2")),
    ("names follow primary", "lab", world.no_record),
    ("one main scs", "lab", lambda: part("r2-fw-p", "scs", running=None)),
    ("one region awake", "lab", lambda: host("r2-fw-p", guard=Guard.UNKNOWN)),
    ("one reachable database", "lab", lambda: silent("r2-db")),
    ("old primary unreachable", "lab", lambda: database("region1", sessions=None)),
    ("DBMS is primary", "r1-db", lambda: world.lost_database("region1")),
    ("primary sends", "r1-db", lambda: world.lost_database("region1")),
    ("standby streams", "r2-db", lambda: world.lost_database("region2")),
    ("DBMS port closed", "r2-db", lambda: silent("r2-db")),
    ("host.json agrees", "r1-fw-p lca", lambda: silent("r1-fw-p")),
    ("host.json agrees", "r1-fw-p lca", lambda: part("r1-fw-p", "lca", loaded=None)),
    ("boot guard in force", "r2-fw-p confserv", lambda: part("r2-fw-p", "confserv", guarded=None)),
    ("DBMS port closed", "r2-db", lambda: host("r2-db", blocked={})),
    ("blocks outlast a boot", "r2-db", lambda: host("r2-db", blocked={})),
    ("one reachable database", "lab", lambda: host("r2-db", blocked={})),
    ("DBMS port open", "r1-db", lambda: silent("r1-db")),
    ("DBMS port open", "r1-db", lambda: host("r1-db", blocked={})),
    ("DBMS port open", "r1-db", lambda: database("region1", sessions=None)),
    ("DBMS port open", "r1-db", lambda: database("region1", sessions={"198.18.0.10": 1})),
    ("names on the server", "ns2", lambda: server("ns2", answers=False)),
    ("names on the host", "r1-app-p", lambda: silent("r1-app-p")),
    ("names on the host", "r1-app-p", lambda: host("r1-app-p", names={})),
    ("one Primary", "region1", lambda: part("r1-fw-b", "confserv", run_mode=None)),
    ("one Backup", "region1", lambda: silent("r1-fw-b")),
    ("component runs", "r1-fw-p lca", lambda: silent("r1-fw-p")),
    ("component sleeps", "r2-fw-p lca", lambda: silent("r2-fw-p")),
    ("SCS sleeps (V7)", "r2-fw-b scs", lambda: part("r2-fw-b", "scs", running=None)),
    ("guard open", "r1-fw-p", lambda: silent("r1-fw-p")),
    ("guard closed", "r2-db", lambda: silent("r2-db")),
    ("guard closed", "r2-fw-b", lambda: host("r2-fw-b", power=Power.OFF)),
    ("proxy in normal mode", "r2-app-p", lambda: silent("r2-app-p")),
    ("proxy in normal mode", "r2-app-p", lambda: part("r2-app-p", "proxy", status=None)),
    ("full_failover planned would begin", "region2", lambda: host("r2-fw-b", guard=Guard.UNKNOWN)),
    ("Configuration Database names no address", "r1-db", lambda: world.literals("region1", fault="no answer")),
    ("certificate valid", "r2-db /x.crt", lambda: world.certificate("r2-db", None)),
    ("slots leave room", "r1-db", lambda: world.lost_database("region1")),
    ("slots leave room", "r1-db", lambda: host("r1-db", disk_free_bytes=None)),
    ("slot serves its standby", "r1-db", lambda: world.lost_database("region1")),
    ("path to the dormant framework", "r1-app-p to r2-fw-p", lambda: world.path("r1-app-p", PORT, None)),
    ("path to the dormant framework", "r1-app-p to r2-fw-p", lambda: replace(world.steady(), inventories={})),
    ("path to the dormant framework", "r1-app-p to r2-fw-p", lambda: world.dark("r2-fw-p", "r1-app-p", PORT)),
    ("replication lag", "r2-db", without_sample),
    ("replication age", "r2-db", without_sample),
    ("replication age", "r2-db", lambda: sample(primary=6000)),
]


@pytest.mark.parametrize(
    ("name", "subject", "seen"), UNKNOWN, ids=[f"{name}-{subject}" for name, subject, _ in UNKNOWN]
)
def test_unknown(name: str, subject: str, seen: Callable[[], Observation]) -> None:
    found = line(judged(seen()), name, subject)
    assert found.verdict == "unknown"
    assert found.remedy


def test_every_check_has_a_red_or_an_unknown_case() -> None:
    names = {line.name for line in judged(world.steady()) if line.verdict == "green"}
    assert names - {name for name, _, _ in RED + UNKNOWN} <= ON_PAPER | DRIFT | DAYS | KEPT | BEGINS | OBJECTS


def test_a_certificate_that_ends_later_is_green() -> None:
    found = line(judged(world.certificate("r2-db", NOW + 15 * 86_400)), "certificate valid", "r2-db /x.crt")
    assert (found.verdict, found.found) == ("green", "15 days left, 14 wanted")


@pytest.mark.parametrize(
    "seen",
    [
        world.slot("region2", free=612 << 20),
        world.slot("region1", kept=200 << 20, free=412 << 20),
        world.slot("region1", kept=600 << 20, free=100 << 20),
        world.slot("region1", lost=True, limit="-1"),
    ],
    ids=["enough for all", "enough for the rest", "kept already", "lost"],
)
def test_a_slot_that_cannot_fill_the_disk_leaves_room(seen: Observation) -> None:
    found = [line for line in judged(seen) if line.name == "slots leave room"]
    assert {line.verdict for line in found} == {"green"}


def test_a_slot_is_told_with_its_reader_and_what_it_keeps() -> None:
    found = line(judged(world.slot("region1", kept=5 << 20, limit="-1")), "slots leave room", "r1-db").found
    assert found == "old: nobody reads it, keeps 5 MiB; 20480 MiB free, no limit is set"
    assert line(judged(world.steady()), "slots leave room", "r2-db").found == "no slots"


@pytest.mark.parametrize("library", ["", "set"])
def test_an_archive_needs_something_that_archives(library: str) -> None:
    changed = {"archive_mode": "on", "archive_library": library}
    found = line(judged(setting("region1", **changed)), "archives", "r1-db")
    assert found.verdict == ("green" if library else "red")


def test_a_setting_that_both_releases_lack_is_alike() -> None:
    fewer = {name: value for name, value in world.SETTINGS.items() if name != "archive_library"}
    seen = world.steady()
    databases = {region: replace(known, settings=fewer) for region, known in seen.databases.items()}
    found = line(judged(replace(seen, databases=databases)), "settings alike", "archive_library")
    assert (found.verdict, found.found) == ("green", "(none) and (none)")


def test_a_path_is_open_where_the_other_end_refuses_or_listens() -> None:
    found = line(judged(world.path("r1-app-p", PORT, "open")), "path to the dormant framework", "r1-app-p to r2-fw-p")
    assert (found.verdict, found.found) == ("green", "2020 open, 7380 refused, 7120 refused")


def test_after_a_failover_the_paths_to_the_other_region_are_judged() -> None:
    subjects = {
        line.subject for line in judged(world.steady("region2")) if line.name == "path to the dormant framework"
    }
    assert "r2-app-p to r1-fw-b" in subjects
    assert not any(subject.endswith(("r2-fw-p", "r2-fw-b")) for subject in subjects)


def test_a_writer_without_a_power_source_is_red_and_an_application_host_is_not() -> None:
    none = ("hypervisor: {kind: command, power: power}", "hypervisor: {kind: none}")
    assert line(judged(world.steady(), edit=none), "power source answers", "r1-fw-p").verdict == "red"
    name = "      - name: r1-app-p\n        role: application\n        address: 198.18.1.21\n"
    rest = "        access: lab-ssh\n        firewall: iptables\n        "
    lines = judged(world.steady(), edit=(name + rest + none[0], name + rest + none[1]))
    assert line(lines, "power source answers", "r1-app-p").verdict == "green"


def test_a_stage_that_dies_with_its_region_is_red() -> None:
    control = ("control:\n  site: third", "control:\n  site: region1")
    found = line(judged(world.steady(), edit=control), "stages outlive a lost region", "region1")
    assert found.verdict == "red"
    assert "fence: control host" in found.found


def test_age_goes_back_to_the_last_moment_the_standby_had_everything() -> None:
    samples = [Sample(at=NOW - age, primary=6000 - 10 * age, standby=None, bytes_per_s=1) for age in range(1, 200)]
    lines = readiness(steady_view(lab(), sample(primary=5990)), NOW, samples)
    assert line(lines, "replication age", "r2-db").found == "100 s, objective 60 s"
    assert line(lines, "replication age", "r2-db").verdict == "red"


def test_after_a_failover_the_other_region_is_judged() -> None:
    lines = judged(world.after_failover())
    assert line(lines, "standby streams", "r1-db").verdict == "red"
    assert line(lines, "guard open", "r2-db").verdict == "red"
    assert line(lines, "guard closed", "r1-db").verdict == "unknown"
    assert not_ready(lines)


@pytest.mark.parametrize(
    ("approvers", "verdict", "found"),
    [
        ("[alice, {name: bob, identity: code}]", "red", "2 must say go, and a bare name suffices of alice"),
        (
            "[{name: alice, identity: code}, {name: bob, identity: code}]",
            "green",
            "2 must say go, and each must prove who he is",
        ),
    ],
)
def test_four_eyes_are_two_only_where_each_proves_who_he_is(approvers: str, verdict: str, found: str) -> None:
    policy = "approvers: [alice, bob]\n  four_eyes: false"
    lines = judged(world.steady(), edit=(policy, f"approvers: {approvers}\n  four_eyes: true"))
    here = line(lines, "each go is a person's own", "lab")
    assert (here.verdict, here.found) == (verdict, found)
    assert not here.blocks


def test_a_silent_record_leaves_what_depends_on_it_unjudged() -> None:
    lines = judged(world.no_record())
    assert "one Primary" not in {line.name for line in lines}
    assert line(lines, "active region known", "lab").verdict == "unknown"


def test_the_table_has_every_line_the_gravest_first() -> None:
    lines = judged(silent("r2-fw-p"))
    _, title, _, _, *rows = table(lines).splitlines()
    assert (title, len(rows)) == ("## Every line", len(lines))
    assert rows[0].startswith("| red | ")
    assert rows[-1].startswith("| green | ")
    assert {row.count(" | ") for row in rows} == {3}


def test_the_page_and_the_last_message_say_what_stands_in_the_way() -> None:
    lines = judged(host("r1-db", clock_skew_s=9.0))
    assert "1 red" in verdict(lines)
    assert "r1-db: clock: +9.0 s, 5 s allowed: repair time synchronisation [blocks no runbook now: report]" in page(
        "lab", lines
    )
    assert ending(lines).startswith("red: r1-db: clock")


def test_a_ready_page_still_names_what_is_not_judged() -> None:
    lines = judged(world.steady())
    assert "# Readiness of lab: ready" in page("lab", lines)
    assert "last restore test" in page("lab", lines)
    assert ending(lines) == verdict(lines)
