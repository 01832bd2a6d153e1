"""Every record a second time; a mirror that fails, hangs or differs is a debt, and holds nobody up."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from blocks import reach
from model.evidence import faults, read
from tasks import evidence, mirror, mirror_targets, readiness
from tasks.run import digest
from tests.contract.test_depot import ADDRESS, listening
from tests.unit.gdr.shell import OPENED, Gdr

CASE, LAST = "case-20270101T000000-region2", {"target": "ns2", "what": "silent"}
Named = Callable[..., str]
_numbers = count()


@pytest.fixture(autouse=True)
def another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_targets, "same_disk", lambda *_: False)
    monkeypatch.setattr(mirror, "MOMENT_S", 5.0)  # a busy machine is no hanging mirror
    monkeypatch.setattr(mirror, "_told", set())
    reach.forget()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Named:
    """Write an environment file that names mirrors."""

    def write(**mirrors: dict[str, str]) -> str:
        name = f"mirrored{next(_numbers)}"  # a process reads an environment once
        text = Path("deployments/environments/lab.yaml").read_text().replace("name: lab\n", f"name: {name}\n", 1)
        (tmp_path / f"{name}.yaml").write_text(f"{text}\nevidence: {json.dumps(mirrors)}\n")
        monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path))
        return name

    return write


def folder(path: Path) -> dict[str, str]:
    path.mkdir(exist_ok=True)
    return {"folder": str(path)}


def append(name: str, kind: str = "debt", case: str = CASE) -> None:
    data = OPENED | {"environment": name, "digest": digest(name)} if kind == "case.opened" else LAST
    evidence.append(name, case, "a1", kind, data)


def kinds(name: str = CASE) -> list[str]:
    return [entry.data["target"] if entry.kind == "debt" else entry.kind for entry in evidence.entries(name)]


def test_each_record_is_in_the_mirror_before_the_next_line_is_reached(named: Named, tmp_path: Path) -> None:
    name = named(mirror=folder(tmp_path / "far"))
    for kind in ("case.opened", "debt", "debt"):
        append(name, kind)
        assert (tmp_path / "far" / f"{CASE}.jsonl").read_text() == evidence.journal(CASE).read_text()
    assert kinds() == ["case.opened", "ns2", "ns2"]
    copy = read((tmp_path / "far" / f"{CASE}.jsonl").read_bytes(), "copy")
    assert faults(copy, evidence.head(CASE)) == ()


def test_a_mirror_that_hangs_holds_nobody_up_and_is_up_to_date_once_it_answers(
    named: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, goes_on, copy = named(mirror=folder(tmp_path / "far")), Event(), mirror_targets.Folder.copy

    def hangs(self: mirror_targets.Folder, journal: Path) -> None:
        goes_on.wait()
        copy(self, journal)

    monkeypatch.setattr(mirror_targets.Folder, "copy", hangs)
    monkeypatch.setattr(mirror, "MOMENT_S", 0.05)
    append(name, "case.opened")
    for _ in range(20):
        append(name)
    assert kinds().count("evidence mirror") == 1
    assert "did not answer within 0.05 s" in evidence.case_of(CASE).debts[0][1]
    assert f"gdr evidence mirror {name}" in evidence.case_of(CASE).debts[0][1]
    assert not (tmp_path / "far" / f"{CASE}.jsonl").exists()
    said = capsys.readouterr().err
    assert (said.count("evidence: on one disk only"), evidence.entries(CASE)[-1].line() in said) == (22, True)
    goes_on.set()
    assert mirror.standing(name, evidence.journal(CASE)) == {"where": f"folder {tmp_path / 'far'}", "fault": ""}
    assert (tmp_path / "far" / f"{CASE}.jsonl").read_text() == evidence.journal(CASE).read_text()


def test_the_second_disk_has_what_the_mirror_refused_and_the_terminal_is_the_last_way(
    named: Named, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = named(mirror={"folder": str(tmp_path / "gone")}, second_disk=folder(tmp_path / "second"))
    append(name, "case.opened")
    append(name)
    assert kinds() == ["case.opened", "evidence mirror", "ns2"]
    assert "gone: No such file or directory" in evidence.case_of(CASE).debts[0][1]
    assert (tmp_path / "second" / f"{CASE}.jsonl").read_text() == evidence.journal(CASE).read_text()
    assert capsys.readouterr().err == ""
    (tmp_path / "second" / f"{CASE}.jsonl").unlink()
    (tmp_path / "second").rmdir()
    append(name)
    assert evidence.entries(CASE)[-1].line() in capsys.readouterr().err


def test_a_mirror_that_differs_is_never_overwritten(named: Named, tmp_path: Path) -> None:
    name, copy = named(mirror=folder(tmp_path / "far")), tmp_path / "far" / f"{CASE}.jsonl"
    append(name, "case.opened")
    changed = copy.read_text().replace("maintenance", "maintenancE")
    copy.write_text(changed + "more\n")
    append(name)
    assert copy.read_text() == changed + "more\n"
    assert "one of the two was changed" in evidence.case_of(CASE).debts[1][1]


def another_process_mirrors(monkeypatch: pytest.MonkeyPatch, name: str, copy: Path, when: str) -> None:
    """Let another process of the case write a record, and mirror it, just before or after the journal is read."""
    read, mine = mirror_targets.whole_lines, [True]

    def meanwhile(journal: Path) -> bytes:
        content = read(journal)
        if mine:
            mine.clear()
            evidence.append_locked(CASE, "a2", "debt", LAST)
            copy.write_bytes(journal.read_bytes())
            content = content if when == "after" else read(journal)
        return content

    assert kinds()[-1] == "case.opened"
    monkeypatch.setattr(mirror_targets, "whole_lines", meanwhile)
    append(name)
    assert mine == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_another_process_mirrors_meanwhile_is_no_finding(
    named: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    name, copy = named(mirror=folder(tmp_path / "far")), tmp_path / "far" / f"{CASE}.jsonl"
    append(name, "case.opened")
    another_process_mirrors(monkeypatch, name, copy, when)
    assert kinds() == ["case.opened", "ns2", "ns2"]
    append(name)
    assert (kinds()[2:], copy.read_text()) == (["ns2", "ns2"], evidence.journal(CASE).read_text())


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_another_process_mirrors_to_the_second_host_meanwhile_is_no_finding(
    named: Named, second_host: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    name, copy = named(mirror=second_host), tmp_path / "there" / f"{CASE}.jsonl"
    await asyncio.to_thread(append, name, "case.opened")
    await asyncio.to_thread(another_process_mirrors, monkeypatch, name, copy, when)
    await asyncio.to_thread(append, name)
    assert (kinds()[1:], copy.read_text()) == (["ns2"] * 3, evidence.journal(CASE).read_text())


def test_a_copy_that_was_cut_off_in_a_line_is_completed(named: Named, tmp_path: Path) -> None:
    name, copy = named(mirror=folder(tmp_path / "far")), tmp_path / "far" / f"{CASE}.jsonl"
    append(name, "case.opened")
    copy.write_bytes(copy.read_bytes()[:-40])
    append(name)
    assert copy.read_text() == evidence.journal(CASE).read_text()


def test_a_folder_on_which_nothing_is_mounted_is_no_mirror(
    named: Named, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("GDR_STATE", str(tmp_path / "state"))
    name = named(mirror=folder(tmp_path / "far"))
    append(name, "case.opened")
    assert "lies on the disk of the journals" in evidence.case_of(CASE).debts[0][1]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("GDR_BLOCKS_FROM", "file")
    path = reach.second_source()
    path.touch(mode=0o600)
    far = {"type": "remote-file-system", "basepath": "nosuch://u:canary-3fK@far/x", "settings": {"key": "canary-3fK"}}
    near = {"type": "local-file-system", "basepath": str(tmp_path / "store")}
    path.write_text(json.dumps({"evidence-store": near, "evidence-far": far}))
    return tmp_path / "store"


def test_a_prefect_block_gets_an_object_for_each_record(named: Named, store: Path) -> None:
    name = named(mirror={"block": "evidence-store"})
    append(name, "case.opened")
    append(name)
    objects = sorted((store / CASE).iterdir())
    assert [path.name for path in objects] == ["000001.json", "000002.json"]
    assert "".join(path.read_text() for path in objects) == evidence.journal(CASE).read_text()
    append(name)
    assert len(list((store / CASE).iterdir())) == 3


def test_what_a_store_says_is_never_repeated(named: Named, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not store.exists()
    name = named(mirror={"block": "evidence-far"})
    append(name, "case.opened")
    assert "block evidence-far: " in evidence.case_of(CASE).debts[0][1]
    assert "canary" not in evidence.journal(CASE).read_text() + "".join(capsys.readouterr())


@pytest.fixture
async def second_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """Start an SFTP server, and name it as a mirror."""
    server, access = await listening(sftp_factory=True)
    monkeypatch.setenv("GDR_BLOCKS_FROM", "file")
    path = reach.second_source()
    path.touch(mode=0o600)
    fields = {"username": access.username, "known_hosts": access.known_hosts, "port": access.port}
    key = access.private_key.get_secret_value()
    path.write_text(json.dumps({"far-ssh": {"type": "ssh-access", "private_key": key, **fields}}))
    (tmp_path / "there").mkdir()
    async with server:
        yield {"folder": str(tmp_path / "there"), "address": ADDRESS, "access": "far-ssh"}


async def test_a_second_host_has_each_record_and_is_never_overwritten(
    named: Named, second_host: dict[str, str], tmp_path: Path
) -> None:
    name, copy = named(mirror=second_host), tmp_path / "there" / f"{CASE}.jsonl"
    for kind in ("case.opened", "debt", "debt"):
        await asyncio.to_thread(append, name, kind)
        assert copy.read_text() == evidence.journal(CASE).read_text()
    kept = await asyncio.to_thread(readiness.keeping, name)
    assert kept.mirrors == ((f"folder {tmp_path / 'there'} on {ADDRESS}", ""),)
    changed = copy.read_text().replace("maintenance", "maintenancE") + "more\n"
    copy.write_text(changed)
    await asyncio.to_thread(append, name)
    assert copy.read_text() == changed
    assert "one of the two was changed" in evidence.case_of(CASE).debts[1][1]


async def test_a_folder_that_the_second_host_has_not_is_a_debt(
    named: Named, second_host: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = named(mirror=second_host | {"folder": "/no/such/folder"})
    await asyncio.to_thread(append, name, "case.opened")
    assert f"folder /no/such/folder on {ADDRESS}: SFTP: " in evidence.case_of(CASE).debts[0][1]
    assert "on one disk only" in capsys.readouterr().err


def test_readiness_writes_to_each_mirror_and_misses_what_it_lacks(named: Named, tmp_path: Path) -> None:
    name = named(mirror=folder(tmp_path / "far"), second_disk={"folder": str(tmp_path / "gone")})
    case = f"{name}-20270101T000000-region2"
    append(name, "case.opened", case)
    kept = dict(readiness.keeping(name).mirrors)
    assert kept == {f"folder {tmp_path / 'far'}": "", f"folder {tmp_path / 'gone'}": "No such file or directory"}
    (tmp_path / "far" / f"{case}.jsonl").unlink()
    assert readiness.keeping(name).mirrors[0][1] == f"lacks records of {case}"


def test_a_mirror_is_brought_up_to_date_by_one_command(
    gdr: Gdr, named: Named, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not store.exists()
    name = named(mirror=folder(tmp_path / "far"))
    monkeypatch.setattr("gdr.second_source.use_second_source", lambda _: None)
    case = f"{name}-20270101T000000-region2"
    append(name, "case.opened", case)
    (tmp_path / "far" / f"{case}.jsonl").unlink()
    said = gdr("evidence", "mirror", name, "--json")
    assert said.code == 1, "it was written to, and is gone: somebody took it away"
    mirror.keepers.cache_clear()
    assert gdr("evidence", "mirror", name).code == 0
    assert (tmp_path / "far" / f"{case}.jsonl").read_text() == evidence.journal(case).read_text()
    assert gdr("evidence", "mirror", "lab").code == 2


def test_an_environment_that_names_no_mirror_owes_nothing() -> None:
    append("lab", "case.opened")
    assert mirror.standing("lab", evidence.journal(CASE)) is None
    assert kinds() == ["case.opened"]
