"""A bundle: what is signed is whole, and whatever was changed afterwards is named."""

import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from model.bundle import (
    ENVIRONMENT,
    JOURNAL,
    MANIFEST,
    PUBLIC,
    SIGNATURE,
    Anchor,
    Bundle,
    opened,
    public_key,
    public_text,
    sealed,
)
from model.errors import Refused
from model.evidence import Entry, follow
from tests.unit.kept.journals import CASE, entries, region

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
OURS = public_text(KEY.public_key())


def bundle(changes: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    known = entries()
    files = {JOURNAL: text(known), "report.md": b"# Report\n"}
    anchor = Anchor(known[20].hash[:16], "activation record on ns1")
    return sealed(files, known, KEY, anchor=anchor, made_at=5.0, on="ctl") | dict(changes or {})


def text(records: tuple[Entry, ...]) -> bytes:
    return "".join(entry.line() + "\n" for entry in records).encode()


def rewritten(records: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the same case with another approver: a forgery whole in itself."""
    return again(records, "gate.answered", approver="mallory")


def again(records: tuple[Entry, ...], kind: str, **changes: object) -> tuple[Entry, ...]:
    """Return the same case with something else in records of a kind, every hash and link in order."""
    found: list[Entry] = []
    for entry in records:
        data = dict(entry.data) | (changes if entry.kind == kind else {})
        last = found[-1] if found else None
        found.append(follow(last, at=entry.at, case=entry.case, attempt=entry.attempt, kind=entry.kind, data=data))
    return tuple(found)


def judged(files: dict[str, bytes], key: str | None = OURS) -> Bundle:
    return opened(files, key)


def test_a_bundle_as_it_was_made_is_whole() -> None:
    assert text(entries()) == region().encode(), "a real journal, byte by byte"
    found = judged(bundle())
    assert (found.faults, found.signed_by, found.made_at) == ((), OURS, 5.0)
    assert found.entries == entries()
    assert found.anchor == Anchor(entries()[20].hash[:16], "activation record on ns1")


def test_one_byte_changed_is_detected() -> None:
    whole = bundle()[JOURNAL]
    at = whole.index(b'"approver":"') + 15
    forged = whole[:at] + b"X" + whole[at + 1 :]
    assert "journal.jsonl: is not the file that was signed" in judged(bundle({JOURNAL: forged})).faults
    assert any("content does not match its hash" in fault for fault in judged(bundle({JOURNAL: forged})).faults)


def test_one_record_removed_is_detected() -> None:
    known = entries()
    faults = judged(bundle({JOURNAL: text((*known[:10], *known[11:]))})).faults
    assert "record 12: does not follow record 10" in faults
    assert any(
        fault.startswith(f"journal.jsonl: {len(known) - 1} records, {len(known)} were signed") for fault in faults
    )


def test_two_records_swapped_are_detected() -> None:
    known = entries()
    swapped = (*known[:10], known[11], known[10], *known[12:])
    assert "record 12: does not follow record 10" in judged(bundle({JOURNAL: text(swapped)})).faults


def test_a_tail_that_was_cut_is_detected() -> None:
    faults = judged(bundle({JOURNAL: text(entries()[:-1])})).faults
    assert faults[0] == "journal.jsonl: is not the file that was signed"
    assert judged(bundle({JOURNAL: text(entries()[:12])})).faults[-1].startswith("head ")


def test_a_consistent_forgery_of_the_journal_is_detected_by_the_signature() -> None:
    forged = rewritten(entries())
    faults = judged(bundle({JOURNAL: text(forged)})).faults
    assert "journal.jsonl: is not the file that was signed" in faults
    assert not any("does not match its hash" in fault for fault in faults), "it is whole in itself"


def test_a_forgery_signed_by_somebody_else_is_detected_by_the_key_that_is_known() -> None:
    forged = rewritten(entries())
    files = sealed({JOURNAL: text(forged)}, forged, OTHER, anchor=None, made_at=5.0, on="ctl")
    assert judged(files).faults == (
        f"signed by {public_text(OTHER.public_key())}, not by {OURS}: somebody else made this bundle",
    )
    assert judged(files, None).faults == (), "whose key it is, a bundle cannot say itself"


def test_a_forgery_that_keeps_the_old_anchor_is_detected_by_it() -> None:
    forged, anchor = rewritten(entries()), Anchor(entries()[50].hash[:16], "activation record on ns1")
    files = sealed({JOURNAL: text(forged)}, forged, KEY, anchor=anchor, made_at=5.0, on="ctl")
    assert judged(files).faults == (
        f"head {anchor.head}: no record of this chain has it: the end was cut off or rewritten",
    )


@pytest.mark.parametrize("name", [JOURNAL, "report.md", PUBLIC])
def test_a_file_that_is_missing_is_named(name: str) -> None:
    files = bundle()
    del files[name]
    assert f"{name}: is missing" in judged(files).faults


def test_a_file_that_nobody_signed_is_named() -> None:
    assert judged(bundle({"report.html": b"<h1>All well"})).faults == ("report.html: was not signed",)


def test_another_environment_file_is_named() -> None:
    files = {JOURNAL: text(entries()), ENVIRONMENT: b"name: lab\n"}
    found = judged(sealed(files, entries(), KEY, anchor=None, made_at=5.0, on="ctl"))
    assert found.faults == ("environment.yaml: not the file that the case was opened with",)
    assert found.anchor is None


@pytest.mark.parametrize("signature", [b"", b"\0" * 64])
def test_a_signature_that_is_none_is_named(signature: bytes) -> None:
    assert judged(bundle({SIGNATURE: signature})).faults == (f"manifest.json: the signature is not that of {OURS}",)


def test_a_manifest_that_was_changed_is_not_the_one_that_was_signed() -> None:
    manifest = json.loads(bundle()[MANIFEST])
    changed = json.dumps(manifest | {"outcome": "declined"}).encode()
    assert judged(bundle({MANIFEST: changed})).faults == (f"manifest.json: the signature is not that of {OURS}",)
    nobody = json.dumps(manifest | {"signed_by": "me"}).encode()
    assert "manifest.json: the signature is not that of me" in judged(bundle({MANIFEST: nobody}), None).faults


def test_a_journal_that_is_none_is_named_with_its_place() -> None:
    found = judged(bundle({JOURNAL: b"nonsense\n"}))
    assert any(fault.startswith("journal.jsonl:1: not an evidence record") for fault in found.faults)
    assert found.entries == ()


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b"null", b'{"format": "x"}', b'{"format": ["genesys-dr evidence 1"]}']
)
def test_what_is_no_bundle_is_refused(manifest: bytes) -> None:
    with pytest.raises(Refused, match=r"^bundle: "):
        judged({MANIFEST: manifest})
    with pytest.raises(Refused, match="missing"):
        judged({})


@pytest.mark.parametrize(("change", "said"), [
    ({"anchor": "abc"}, "anchor: "), ({"anchor": {"x": 1}}, "anchor.head: "), ({"files": []}, "files: "),
    ({"files": {"a": 1}}, "files.a: "), ({"head": None}, "head: "), ({"records": "66"}, "records: "),
    ({"signed_by": None}, "signed_by: "), ({"made_at": "5"}, "made_at: "), ({"case": 5}, "case: "),
    ({"case": "\ud800"}, ": "),
])  # fmt: skip
def test_a_manifest_that_has_something_else_in_a_fields_place_is_named_with_it(change: object, said: str) -> None:
    manifest = json.loads(bundle()[MANIFEST]) | change
    found = judged(bundle({MANIFEST: json.dumps(manifest).encode()}))
    assert found.faults[0].startswith(f"manifest.json: is not as it was signed: {said}")
    assert (found.case, found.anchor, found.signed_by, found.entries) == ("", None, "", entries())


@pytest.mark.parametrize(
    "manifest", [b"", b"\xff", b'{"format":', b"[" * 100_000, b'{"format": "genesys-dr evidence 1"}']
)
def test_a_manifest_that_cannot_be_read_is_a_fault(manifest: bytes) -> None:
    assert judged(bundle({MANIFEST: manifest})).faults[0].startswith("manifest.json: is not as it was signed: ")


def test_a_bundle_without_its_manifest_is_broken() -> None:
    files = bundle()
    del files[MANIFEST]
    assert judged(files).faults == ("manifest.json: is not as it was signed: it is missing",)


@pytest.mark.parametrize("turned", [0x01, 0x10, 0x80])
def test_no_byte_of_a_manifest_can_be_changed_unseen(turned: int) -> None:
    known = entries()[:1]
    files = sealed({JOURNAL: text(known)}, known, KEY, anchor=Anchor("ab", "ns1"), made_at=5.5, on="ctl")
    for at, byte in enumerate(files[MANIFEST]):
        changed = files[MANIFEST][:at] + bytes([byte ^ turned]) + files[MANIFEST][at + 1 :]
        try:
            assert judged(files | {MANIFEST: changed}).faults, at
        except Refused as fault:
            assert "not of the form" in str(fault)  # noqa: PT017  (the others are faults)


def test_a_line_without_its_end_is_a_fault() -> None:
    faults = judged(bundle({JOURNAL: text(entries()) + b"{"})).faults
    assert "journal.jsonl:67: the last line has no end: it was cut off, or put there" in faults


def test_nobody_signs_a_broken_chain() -> None:
    broken = (entries()[0], *entries()[2:])
    for records, said in ((broken, "does not follow"), ((), "no opening record")):
        with pytest.raises(Refused, match=f"{said}.*nothing was signed"):
            sealed({}, records, KEY, anchor=None, made_at=5.0, on="ctl")


def of_two_cases() -> tuple[Entry, ...]:
    """Return a chain that is whole, whose last record is another case's."""
    last = entries()[-1]
    data = {"at": 9.0, "attempt": "a1", "kind": "debt", "data": {"target": "x", "what": "y"}}
    return (*entries(), follow(last, case="lab-20270101T000000-region1", **data))  # type: ignore[arg-type]


def test_nobody_signs_a_chain_of_two_cases() -> None:
    with pytest.raises(Refused, match=r"is of case lab-20270101T000000-region1, not of .*nothing was signed"):
        sealed({}, of_two_cases(), KEY, anchor=None, made_at=5.0, on="ctl")


def test_the_journal_of_another_case_than_the_manifest_tells_of_is_named() -> None:
    manifest = json.loads(bundle()[MANIFEST]) | {"case": "lab-20270101T000000-region1"}
    faults = judged(bundle({MANIFEST: json.dumps(manifest).encode()})).faults
    assert f"record 1: is of case {CASE}, not of lab-20270101T000000-region1" in faults


def test_a_public_key_is_read_as_a_word_or_as_pem() -> None:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert public_text(public_key(pem)) == public_text(public_key(OURS)) == OURS
    other = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for text_, said in (
        ("ed25519:%%", "neither"),
        ("ed25519:AAAA", "neither"),
        ("x", "neither"),
        (other.decode(), "not an"),
    ):
        with pytest.raises(Refused, match=said):
            public_key(text_)
