"""Evidence is verified offline: nothing but the file is needed, and the first broken record is named."""

import json
from pathlib import Path

import pytest

from model.errors import Refused
from model.explore import sight
from tasks import reports
from tasks.dns import observe
from tasks.evidence import case_of, dump, journal, require_whole
from tasks.run import digest
from tests.unit.gdr.shell import OPENED, Gdr, case, write
from tests.unit.model.builders import ground, steady, switched

DEBTS = [("debt", {"target": name, "what": "silent"}) for name in ("r1-app-p", "r1-app-b", "ns2")]


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def record(_: object) -> tuple[None, str]:
        return None, "silent"

    monkeypatch.setattr(observe, "record", record)


@pytest.fixture
def path() -> Path:
    case("lab-1", *DEBTS)
    return journal("lab-1")


def test_a_whole_chain_by_case_and_by_file(gdr: Gdr, path: Path) -> None:
    for name in ("lab-1", str(path)):
        said = gdr("evidence", "verify", name)
        assert said.code == 0
        assert "4 records, the chain is whole" in said.out


def test_the_head_may_be_known_from_elsewhere(gdr: Gdr, path: Path) -> None:
    head = gdr("evidence", "verify", str(path), "--json").json["head"]
    assert gdr("evidence", "verify", "lab-1", "--head", head[:16]).code == 0
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert gdr("evidence", "verify", "lab-1").code == 0, "a shorter chain is whole in itself"
    said = gdr("evidence", "verify", "lab-1", "--head", head[:16])
    assert said.code == 1
    assert "cut off or rewritten" in said.out


def test_a_changed_record_is_named(gdr: Gdr, path: Path) -> None:
    path.write_text(path.read_text().replace("r1-app-b", "r1-app-x"))
    said = gdr("evidence", "verify", "lab-1", "--json")
    assert said.code == 1
    assert said.json["faults"][0].startswith("record 3: content does not match")


def test_a_removed_record_is_noticed(gdr: Gdr, path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:1], *lines[2:]]))
    said = gdr("evidence", "verify", "lab-1", "--json")
    assert said.code == 1
    assert said.json["faults"][0].startswith("record 3: does not follow record 1")


def test_a_line_that_is_no_record_is_named_with_its_place(gdr: Gdr, path: Path) -> None:
    path.write_text(path.read_text() + "nonsense\n")
    said = gdr("evidence", "verify", "lab-1", "--json")
    assert (said.code, said.json["records"]) == (1, 4)
    assert "lab-1.jsonl:5: not an evidence record" in said.json["faults"][0]


def test_a_file_that_is_no_journal_is_bad_input(gdr: Gdr, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nonsense\n")
    said = gdr("evidence", "verify", str(tmp_path / "notes.txt"))
    assert (said.code, "neither a journal nor a bundle: " in said.err) == (2, True)


@pytest.mark.parametrize(("old", "new"), [
    (b'"at":100', b'"at":1e400'), (b'"at":100', b'"at":9999999999999999999'), (b"maintenance", b"\\ud800"),
    (b'"case":"lab-1"', b'"case":"\\ud800"'), (b"\n", b"\r\n"), (b"lab-1", b"lab\xff1"), (b"{", b'{"n":1,'),
    (b'"mode":"planned"', b'"mode":"unplanned","mode":"planned"'), (b"\n", b" \n"),
])  # fmt: skip
def test_bytes_that_no_record_has_are_a_fault_and_no_reader_dies_of_them(
    gdr: Gdr, path: Path, old: bytes, new: bytes
) -> None:
    """`require_whole`, by which an open case is gone on with, reads the same."""
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new, 1))
    said = gdr("evidence", "verify", "lab-1", "--json")
    assert (said.code, bool(said.json["faults"])) == (1, True)
    assert ": BROKEN\n" in gdr("evidence", "verify", "lab-1").out
    with pytest.raises(Refused):
        require_whole(case_of("lab-1"), None)


def test_a_case_the_model_allows_conforms(gdr: Gdr) -> None:
    seen = dump(sight.observe(ground(), steady()))
    write("lab-3", OPENED | {"digest": digest("lab")}, ("observed", {"observation": seen}))
    said = gdr("evidence", "replay", "lab-3")
    assert (said.code, "2 records conform" in said.out) == (0, True)


def test_what_no_act_has_done_does_not_conform(gdr: Gdr) -> None:
    worlds = [steady(), switched()]
    seen = [("observed", {"observation": dump(sight.observe(ground(), world))}) for world in worlds]
    write("lab-3", OPENED | {"digest": digest("lab")}, *seen)
    said = gdr("evidence", "replay", "lab-3", "--json")
    assert said.code == 1
    assert said.json["violations"][0].startswith("record 3: ")


def test_a_case_of_another_environment_file_is_not_replayed(gdr: Gdr, path: Path) -> None:
    said = gdr("evidence", "replay", str(path))
    assert said.code == 2
    assert "has changed since" in said.err


def test_cases_are_listed_and_told(gdr: Gdr, path: Path) -> None:
    case("lab-2", ("case.closed", {"outcome": "reached"}))
    known = gdr("cases", "lab", "--json").json["cases"]
    assert path.stem == "lab-1"
    assert [(it["case"], it["outcome"]) for it in known] == [("lab-1", None), ("lab-2", "reached")]
    assert [it["kind"] for it in gdr("cases", "lab", "lab-2", "--json").json["records"]][-1] == "case.closed"
    listed, told = gdr("cases", "lab").out, gdr("cases", "lab", "lab-1").out
    assert "OPEN" in listed
    assert "planned full_failover to region2: maintenance" in listed
    assert "r1-app-b; silent" in told


def test_a_report_is_what_was_published_or_else_as_it_stands(gdr: Gdr, path: Path) -> None:
    assert "Reason: maintenance" in gdr("report", path.stem).out
    case("lab-2", ("case.closed", {"outcome": "reached"}))
    reports.write("lab-2", {"md": "# As published\n", "json": json.dumps(gdr("report", "lab-2", "--json").json)})
    assert gdr("report", "lab-2").out == "# As published\n"
