"""gdr-guard, the real script: who may start, and that everything doubtful is silence."""

import signal
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage, answer, record

OPEN, CLOSED, MISUSED, SILENT = 0, 1, 2, 75


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.parametrize(
    ("state", "active", "target", "expected"),
    [
        ("steady", "region1", "region1", (OPEN, CLOSED)),
        ("steady", "region2", "region2", (CLOSED, OPEN)),
        ("steady", "region1", "region2", (OPEN, CLOSED)),
        ("drill", "region1", "region1", (OPEN, CLOSED)),
        ("drill", "region1", "region2", (OPEN, CLOSED)),
        ("switching", "region1", "region2", (CLOSED, OPEN)),
        ("switching", "region2", "region2", (CLOSED, OPEN)),
        ("switching", "region2", "region1", (OPEN, CLOSED)),
        ("resting", "region1", "region1", (CLOSED, CLOSED)),
        ("resting", "region1", "region2", (CLOSED, CLOSED)),
    ],
)
def test_who_may_start(host: Stage, state: str, active: str, target: str, expected: tuple[int, int]):
    host.says(answer(record(state=state, active=active, target=target)))
    for region, code in zip(("region1", "region2"), expected, strict=True):
        host.describe(region=region)
        said = host.run("gdr-guard", "check")
        assert said.returncode == code, said.stderr
        assert said.stderr.count("\n") == 1
        assert "the record (epoch 1, " in said.stderr


@pytest.mark.parametrize(
    ("state", "target", "database", "framework", "dbms"),
    [
        ("steady", "region1", " database=region2", (OPEN, CLOSED), (CLOSED, OPEN)),
        ("resting", "region1", " database=region2", (CLOSED, CLOSED), (CLOSED, OPEN)),
        ("switching", "region1", " database=region2", (OPEN, CLOSED), (CLOSED, OPEN)),
        ("resting", "region2", "", (CLOSED, CLOSED), (CLOSED, OPEN)),
        ("switching", "region2", " database=region1", (CLOSED, OPEN), (OPEN, CLOSED)),
        ("steady", "region1", " database=region1", (OPEN, CLOSED), (OPEN, CLOSED)),
    ],
)
def test_a_dbms_goes_by_the_databases_region_and_the_framework_by_its_own(
    tmp_path: Path,
    state: str,
    target: str,
    database: str,
    framework: tuple[int, int],
    dbms: tuple[int, int],
):
    """The region that is active is region 1 throughout."""
    for place, wanted in (("framework", framework), ("dbms", dbms)):
        host = Stage(tmp_path / place)
        host.says(answer(record(state=state, target=target) + database))
        for region, code in zip(("region1", "region2"), wanted, strict=True):
            host.describe(database={"data_directory": "/nowhere"} if place == "dbms" else None, region=region)
            words = ("--database",) if place == "dbms" else ()
            said = host.run("gdr-guard", "check", *words)
            assert said.returncode == code, said.stderr


@pytest.mark.parametrize(
    ("scripted", "reason"),
    [
        ("silent", "did not answer (it hung up)"),
        (answer(record(), flags="qr ra"), "without authority"),
        (answer(record(), status="SERVFAIL"), "answered SERVFAIL"),
        (answer(status="NXDOMAIN"), "answered NXDOMAIN"),
        (answer(), "0 records"),
        (answer(record(), extra=('_genesys-dr.gen.test. 5 IN TXT "v=1"',)), "2 records"),
        (answer(record().replace("state", '" "state')), "something else than one string"),
        (["NOERROR", "qr aa", f'other.gen.test. 5 IN TXT "{record()}"'], "something else than one string"),
        (answer(record().replace("v=1", "v=2")), "not of version 1"),
        (answer(record().replace(" head=-", "")), "not of version 1"),
        (answer(record() + " more=1"), "not of version 1"),
        (answer(record() + " database=region3"), "wrong in database"),
        (answer(record() + " epoch=9"), "not of version 1"),
        (answer(""), "not of version 1"),
        (answer(record(state="open")), "wrong in state"),
        (answer(record(active="region3")), "wrong in active"),
        (answer(record().replace("epoch=1", "epoch=-1")), "wrong in epoch"),
        (answer(record().replace("epoch=1", "epoch=")), "wrong in epoch"),
    ],
)
def test_what_cannot_be_believed_is_silence(host: Stage, scripted: object, reason: str):
    host.says(scripted)
    said = host.run("gdr-guard", "check", "--once")
    assert said.returncode == SILENT
    assert reason in said.stderr


def test_silence_tells_the_way_out(host: Stage):
    said = host.run("gdr-guard", "check", "--once").stderr
    for part in (
        "127.0.0.53",
        "stays closed",
        "asks again every 10 s",
        "dig @127.0.0.53",
        "until the writer answers",
    ):
        assert part in said


@pytest.mark.parametrize(("stored", "expected"), [("2", SILENT), ("1", OPEN), ("twelve", SILENT)])
def test_a_record_older_than_this_host_is_silence(host: Stage, stored: str, expected: int):
    path = host.root / "var/lib/genesys-dr/epoch"
    path.parent.mkdir(parents=True)
    path.write_text(f"{stored}\n")
    host.says(answer(record(epoch=1)))
    assert host.run("gdr-guard", "check", "--once").returncode == expected


def test_the_writer_itself_is_asked(host: Stage):
    host.says(answer(record()))
    host.run("gdr-guard", "check")
    assert host.calls("writer") == [["writer", "_genesys-dr.gen.test. IN TXT", ""]]  # no flag: it is not to ask others


def test_where_nobody_listens_there_is_silence(host: Stage):
    said = host.run("gdr-guard", "check", "--once")
    assert said.returncode == SILENT
    assert "127.0.0.53: it did not answer (Connection refused): this host stays closed" in said.stderr


def test_it_asks_until_it_is_answered_and_says_each_reason_once(host: Stage):
    host.says("silent", "silent", answer(record(), flags="qr"), answer(record()))
    said = host.run("gdr-guard", "check", "--every", "0.05")
    assert said.returncode == OPEN
    assert len(host.calls("writer")) == 4
    assert [line.split(": ")[2] for line in said.stderr.splitlines()] == ["silent", "silent", "open"]


def test_it_can_be_ended_while_it_waits(host: Stage):
    waiting = host.start("gdr-guard", "check")
    assert waiting.stderr
    assert "silent" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGTERM)
    waiting.communicate()
    assert waiting.returncode == -signal.SIGTERM


def test_a_standby_always_starts(host: Stage):
    host.with_database()
    (host.root / "var/lib/postgresql/data/standby.signal").touch()
    assert host.run("gdr-guard", "check", "--database").returncode == OPEN
    assert host.calls("writer") == []


@pytest.mark.parametrize(("active", "expected"), [("region1", OPEN), ("region2", CLOSED)])
def test_a_primary_starts_only_where_the_record_allows(host: Stage, active: str, expected: int):
    host.with_database()
    host.says(answer(record(active=active, target=active)))
    assert host.run("gdr-guard", "check", "--database").returncode == expected


@pytest.mark.parametrize("words", [[], ["open"], ["check", "--force"], ["check", "--data"]])
def test_what_is_not_understood_is_not_open(host: Stage, words: list[str]):
    host.says(answer(record()))
    assert host.run("gdr-guard", *words).returncode == MISUSED
    assert host.calls() == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"host": "x"}'])
def test_a_damaged_description_keeps_the_host_closed(host: Stage, text: str):
    (host.root / "etc/genesys-dr/host.json").write_text(text)
    said = host.run("gdr-guard", "check")
    assert said.returncode == MISUSED
    assert "stays closed: deploy it again" in said.stderr


def test_a_host_of_no_region_is_told_so(host: Stage):
    host.describe(region=None)
    assert host.run("gdr-guard", "check").returncode == MISUSED
