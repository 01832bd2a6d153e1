"""A secret file is 0600 and belongs to whom the blocks belong, at every moment at which it holds anything."""

import os
from pathlib import Path

import pytest

from model.errors import Refused
from tasks import private


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is to be written, in the folder of the blocks."""
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    (tmp_path / "blocks.yaml").touch(mode=0o600)
    return tmp_path / "signing.key"


def test_it_is_given_to_its_owner_by_what_was_opened_and_while_it_is_empty(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who owns the folder has put a link under the draft's name by then: nothing happens to where it leads."""
    foreign, given = file.with_name("shadow"), list[tuple[int, int]]()
    foreign.touch()

    def fchown(opened: int, user: int, group: int) -> None:
        seen = os.fstat(opened)
        assert (seen.st_size, seen.st_mode & 0o777, seen.st_ino) == (0, 0o600, draft.stat().st_ino)
        given.append((user, group))

    def chown(*_: object) -> None:
        pytest.fail("by a name")

    draft, owner = file.with_name("signing.key.new"), file.with_name("blocks.yaml").stat()
    draft.symlink_to(foreign)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", fchown)
    monkeypatch.setattr(os, "chown", chown)
    private.write(file, b"canary")
    assert given == [(owner.st_uid, owner.st_gid)]
    assert (foreign.read_bytes(), foreign.stat().st_mode & 0o777 != 0o600) == (b"", True)
    assert (private.read(file, ""), file.is_symlink(), draft.exists()) == (b"canary", False, False)


@pytest.mark.parametrize(("euid", "blocks"), [(1000, "blocks.yaml"), (0, "none.yaml")])
def test_who_is_not_root_or_has_no_blocks_yet_gives_it_to_nobody(
    file: Path, monkeypatch: pytest.MonkeyPatch, euid: int, blocks: str
) -> None:
    monkeypatch.setenv("GDR_BLOCKS", str(file.with_name(blocks)))
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    monkeypatch.setattr(os, "fchown", lambda *_: pytest.fail("given away"))
    private.write(file, b"canary")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"canary", 0o600)


def test_a_new_one_replaces_the_old_one_whole(file: Path) -> None:
    private.write(file, b"the longer one")
    private.write(file, b"short")
    assert file.read_bytes() == b"short"


def test_a_folder_that_is_not_there_says_who_must_make_the_file(file: Path) -> None:
    with pytest.raises(Refused, match="No such file or directory: make it as root"):
        private.write(file.parent / "none" / "signing.key", b"canary")
