"""An environment file is judged whole: every fault, with its line, what was found and what is allowed."""

from pathlib import Path

import pytest

from tests.unit.gdr.shell import Gdr

LAB = Path("deployments/environments/lab.yaml")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.yaml"


def test_a_good_file_by_name_and_by_path(gdr: Gdr) -> None:
    for name in ("lab", str(LAB)):
        said = gdr("check", name)
        assert (said.code, said.err) == (0, "")
        assert "no faults" in said.out


def test_every_fault_at_once_in_the_order_of_its_lines(gdr: Gdr, file: Path) -> None:
    text = LAB.read_text().replace("rpo_s: 60", "rpo_s: -1").replace("ttl_s: 30", "tttl_s: 30")
    file.write_text(text)
    said = gdr("check", str(file), "--json")
    assert said.code == 2
    fields = ["objectives.rpo_s", "dns.ttl_s", "dns.tttl_s"]
    assert [it["field"] for it in said.json["faults"]] == fields
    lines = text.splitlines()
    where = [1 + lines.index(line) for line in ("  rpo_s: -1", "dns:", "  tttl_s: 30")]
    assert [it["line"] for it in said.json["faults"]] == where
    assert all(it["found"] and it["allowed"] for it in said.json["faults"])


def test_a_person_reads_file_line_field_found_and_allowed(gdr: Gdr, file: Path) -> None:
    file.write_text(LAB.read_text().replace("rpo_s: 60", "rpo_s: -1"))
    line = 1 + file.read_text().splitlines().index("  rpo_s: -1")
    said = gdr("check", str(file))
    assert said.code == 2
    assert f"{file}:{line}: objectives.rpo_s: found -1: Input should be greater than 0" in said.err
    assert "1 fault(s); nothing was touched" in said.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "a mapping"),
        (b"- a\n", "a mapping"),
        (b"a: [\n", "no YAML"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"name: other\n", "objectives"),
    ],
)
def test_what_is_no_environment_file(gdr: Gdr, file: Path, content: bytes, says: str) -> None:
    file.write_bytes(content)
    said = gdr("check", str(file))
    assert said.code == 2
    assert says in said.err


def test_a_file_that_cannot_be_read(gdr: Gdr, tmp_path: Path) -> None:
    assert "No such file" in gdr("check", str(tmp_path / "none.yaml")).err
    assert "Is a directory" in gdr("check", str(tmp_path)).err


def test_a_name_that_is_not_the_files_own(gdr: Gdr, tmp_path: Path) -> None:
    renamed = tmp_path / "production.yaml"
    renamed.write_text(LAB.read_text())
    said = gdr("check", str(renamed), "--json")
    assert said.code == 2
    (fault,) = said.json["faults"]
    assert (fault["field"], fault["found"]) == ("name", "'lab'")
    assert renamed.read_text().splitlines()[fault["line"] - 1] == "name: lab"
