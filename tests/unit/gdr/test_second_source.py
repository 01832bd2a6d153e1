"""The block file is refused in words, and never quoted."""

import os
from pathlib import Path

import pytest

from gdr.answer import BadInput
from gdr.second_source import blocks_of, use_second_source
from model.errors import Refused
from tests.unit.gdr.shell import blocks
from tests.unit.model.steady import lab

CANARY = "canary-0bFfE"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blocks.yaml"
    blocks(path)
    return path


def test_every_block_the_environment_names() -> None:
    assert blocks_of(lab()) == {"lab-ssh", "lab-dns", "lab-postgresql"}


def test_the_block_of_a_mirror_is_among_them() -> None:
    stored = lab("name: lab\n", "name: lab\nevidence: {mirror: {block: far}, second_disk: {folder: /second}}\n")
    assert blocks_of(stored) == {"far", "lab-ssh", "lab-dns", "lab-postgresql"}
    remote = "evidence: {mirror: {folder: /far, address: 198.18.0.20, access: far-ssh}}"
    assert "far-ssh" in blocks_of(lab("name: lab\n", f"name: lab\n{remote}\n"))


def test_a_complete_file_is_used(file: Path) -> None:
    assert file.exists()
    use_second_source(lab())
    assert os.environ["GDR_BLOCKS_FROM"] == "file"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "lab-dns, lab-postgresql, lab-ssh: no such block"),
        (f"- {CANARY}", "must map block names"),
        (f"a: {CANARY}: x", "blocks.yaml:1: no YAML"),
        (f"a: {CANARY}", "a.type: must be one of"),
        (f"a: {{type: {CANARY}}}", "a.type: must be one of"),
    ],
)
def test_what_is_no_block_file(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises((BadInput, Refused)) as caught:
        use_second_source(lab())
    assert says in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_wrong_block_names_the_field_and_hides_the_rest(file: Path) -> None:
    file.write_text(file.read_text().replace('"known_hosts": "none"', f'"private_kei": "{CANARY}"'))
    with pytest.raises(Refused) as caught:
        use_second_source(lab())
    assert "lab-ssh: known_hosts: Field required" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_file_others_can_read_is_refused(file: Path) -> None:
    file.chmod(0o640)
    with pytest.raises(Refused, match="readable by others"):
        use_second_source(lab())
