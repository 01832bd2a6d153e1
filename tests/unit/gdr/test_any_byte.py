"""A bundle's file with any byte of it changed: broken, or else every file in it is what was signed; never a crash."""

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gdr.verified import verified
from model.bundle import JOURNAL, public_text, sealed
from model.errors import RecoveryError
from tasks import bundles
from tests.unit.gdr.shell import Gdr
from tests.unit.kept.journals import CASE, entries

KEY = Ed25519PrivateKey.generate()
OURS = public_text(KEY.public_key())


@cache
def files() -> dict[str, bytes]:
    opening = entries()[:1]
    told = {JOURNAL: f"{opening[0].line()}\n".encode(), "report.md": b"# Report\n"}
    return sealed(told, opening, KEY, anchor=None, made_at=5.0, on="ctl")


@cache
def packed(method: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files().items():
            archive.writestr(name, content)
    return written.getvalue()


def is_whole(path: Path) -> bool:
    try:
        return not verified(path, anchor=None, key=OURS, offline=True).faults
    except RecoveryError:
        return False


@pytest.mark.parametrize("turned", [0x01, 0x08, 0x80, 0xFF])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_no_byte_of_a_bundle_can_be_changed_so_that_a_file_is_another(method: int, turned: int, tmp_path: Path) -> None:
    """The ZIP around them is nobody's evidence: of its dates and rights any may be changed."""
    whole, path = packed(method), tmp_path / f"{CASE}.zip"
    path.write_bytes(whole)
    assert is_whole(path)
    for at, byte in enumerate(whole):
        path.write_bytes(whole[:at] + bytes([byte ^ turned]) + whole[at + 1 :])
        assert not is_whole(path) or bundles.read(path) == files(), at


def test_a_broken_bundle_is_exit_1_and_says_what_of_it(gdr: Gdr, tmp_path: Path) -> None:
    whole, path = packed(zipfile.ZIP_STORED), tmp_path / f"{CASE}.zip"
    at = whole.index(b'"attempt"')
    path.write_bytes(whole[:at] + b"X" + whole[at + 1 :])
    said = gdr("evidence", "verify", str(path), "--key", OURS, "--offline")
    assert (said.code, "no bundle that is whole: Bad CRC-32 for file 'journal.jsonl'" in said.out) == (1, True)


def test_what_unpacks_a_bundle_is_not_the_senders_choice(tmp_path: Path) -> None:
    path = tmp_path / f"{CASE}.zip"
    path.write_bytes(packed(zipfile.ZIP_LZMA))
    assert not is_whole(path)
