"""Evidence is handed out signed, verified offline, and held against what is kept elsewhere."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from model.record import Record
from tasks import bundles, signing
from tasks.dns import observe
from tasks.evidence import append, journal
from tests.unit.gdr.shell import Gdr, case
from tests.unit.kept.journals import CASE, entries, region
from tests.unit.model.test_bundle import rewritten, text

Kept = Callable[..., None]
CLOSED = ("case.closed", {"outcome": "reached"})


@pytest.fixture(autouse=True)
def keeps(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Let the activation record keep a head; at first nobody answers."""

    def keep(head: str | None, named: str = "-", state: str = "steady") -> None:
        async def record(_: object) -> tuple[Record | None, str]:
            if head is None:
                return None, "no answer within 2 s"
            known = Record.parse(f"v=1 epoch=9 state={state} active=region2 target=region2 case={named} head={head}")
            return known, ""

        monkeypatch.setattr(observe, "record", record)

    keep(None)
    return keep


@pytest.fixture
def written() -> Path:
    journal(CASE).write_text(region())
    return journal(CASE)


@pytest.fixture
def made(gdr: Gdr, written: Path, keeps: Kept) -> Path:
    assert written.exists()
    assert gdr("evidence", "key").code == 0
    keeps(entries()[60].hash[:16])
    return Path(gdr("evidence", "bundle", CASE, "--json").json["file"])


def test_the_key_is_made_once_and_its_secret_part_is_never_said(gdr: Gdr) -> None:
    first, second = gdr("evidence", "key", "--json"), gdr("evidence", "key", "--json")
    assert (first.json["made"], second.json["made"]) == (True, False)
    assert first.json["public"] == second.json["public"] == signing.public()
    file = signing.path()
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert file.read_text().splitlines()[1] not in first.out + second.out + gdr("evidence", "key").out


def test_what_an_earlier_key_has_signed_stays_verifiable_and_a_strangers_does_not(gdr: Gdr, made: Path) -> None:
    before, secret = signing.public(), signing.path().read_text()
    assert gdr("evidence", "key", "--renew", "--json").json["made"]
    assert signing.public() != before
    old = gdr("evidence", "verify", str(made))
    assert (old.code, f"signature: {before}, a key of this control host until 20" in old.out) == (0, True)
    assert gdr("evidence", "verify", str(made), "--key", before).code == 0
    assert gdr("evidence", "verify", str(made), "--key", signing.public()).code == 1
    assert gdr("evidence", "bundle", CASE).code == 0
    new = gdr("evidence", "verify", str(made))
    assert (new.code, f"signature: {signing.public()}, the key of this control host" in new.out) == (0, True)
    assert secret not in "".join(file.read_text() for file in signing.path().parent.glob("signing.key*"))


def test_a_key_that_was_stolen_is_struck_off_the_list(gdr: Gdr, made: Path) -> None:
    before = signing.public()
    gdr("evidence", "key", "--renew")
    kept = signing.path().with_name("signing.key.retired")
    assert (list(json.loads(kept.read_text())), oct(kept.stat().st_mode & 0o777)) == ([before], "0o600")
    kept.write_text("{}")
    said = gdr("evidence", "verify", str(made))
    assert (said.code, f"signed by {before}, not by {signing.public()}" in said.out) == (1, True)
    kept.write_text("[]")
    said = gdr("evidence", "verify", str(made))
    assert (said.code, "signing.key.retired: not a list of retired keys" in said.err) == (2, True)


@pytest.mark.parametrize(("content", "mode", "said"), [
    ("canary-Qx7", 0o600, "no Ed25519 key"), ("canary-Qx7", 0o644, "readable by others"), (None, 0, "gdr evidence key"),
])  # fmt: skip
def test_a_key_that_cannot_be_used_says_why_and_never_what_it_holds(
    gdr: Gdr, written: Path, content: str | None, mode: int, said: str
) -> None:
    if content is not None:
        signing.path().touch(mode=mode)
        signing.path().write_text(content)
    done = gdr("evidence", "bundle", written.stem)
    assert (done.code, said in done.err, "canary" in done.out + done.err) == (2, True, False)


def test_a_bundle_is_verified_where_nothing_else_is(
    gdr: Gdr, made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    public = signing.public()
    for name in ("GDR_STATE", "GDR_BLOCKS", "GDR_ENVIRONMENTS"):
        monkeypatch.setenv(name, str(tmp_path / "far" / "away"))
    alone = gdr("evidence", "verify", str(made))
    assert (alone.code, "a key that nothing here knows: give --key" in alone.out) == (1, True)
    assert (": NOT PROVEN\nthe signature proves nothing: ed25519:" in alone.out, "BROKEN" in alone.out) == (True, False)
    said = gdr("evidence", "verify", str(made), "--key", public, "--offline")
    assert said.code == 0
    assert "the bundle's own copy: activation record on ns1" in said.out
    assert f"signature: {public}, the key that was given" in said.out


def test_a_bundle_holds_what_an_auditor_reads(made: Path) -> None:
    files = bundles.read(made)
    assert set(files) >= {"journal.jsonl", "journal.schema.json", "report.html", "README.txt", "manifest.sig"}
    assert files["report.html"].startswith(b"<!doctype html>")


def test_a_record_that_is_written_meanwhile_is_in_the_whole_bundle_or_in_none_of_it(
    gdr: Gdr, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(name: str) -> str:
        append(name, CASE, "a9", "debt", {"target": "r1-app-p", "what": "silent"})
        return ""

    monkeypatch.setattr(bundles, "digest", meanwhile)
    said = gdr("evidence", "bundle", CASE, "--json")
    assert (said.code, found(gdr, str(made))) == (0, [])
    assert said.json["head"] == gdr("evidence", "verify", str(made), "--json").json["head"]


def test_a_bundle_is_verified_with_openssl_alone(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "out")
    argv = "openssl pkeyutl -verify -rawin -pubin -inkey public-key.pem -in manifest.json -sigfile manifest.sig"
    assert argv in (tmp_path / "out" / "README.txt").read_text()
    done = subprocess.run(argv.split(), cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done.stdout, done.stderr


def repacked(path: Path, content: bytes) -> Path:
    """Return a bundle with another journal in it."""
    files = bundles.read(path) | {"journal.jsonl": content}
    with zipfile.ZipFile(path.with_name("forged.zip"), "w") as archive:
        for name, held in files.items():
            archive.writestr(name, held)
    return path.with_name("forged.zip")


def found(gdr: Gdr, *words: str) -> list[str]:
    said = gdr("evidence", "verify", *words, "--json")
    assert said.code == (1 if said.json["faults"] else 0)
    return list(said.json["faults"])


def test_one_byte_changed_in_a_bundle_is_detected(gdr: Gdr, made: Path) -> None:
    forged = repacked(made, region().encode().replace(b'"approver":"a', b'"approver":"b', 1))
    assert "journal.jsonl: is not the file that was signed" in found(gdr, str(forged))


def test_one_record_removed_two_swapped_or_the_tail_cut_is_detected(gdr: Gdr, made: Path) -> None:
    one, two, *rest = region().encode().splitlines(keepends=True)
    for lines in ([one, *rest], [two, one, *rest], [one, two, *rest[:-1]]):
        assert found(gdr, str(repacked(made, b"".join(lines))))


def test_a_cut_tail_of_the_journal_itself_shows_against_its_bundle(gdr: Gdr, made: Path, written: Path) -> None:
    assert found(gdr, CASE, "--anchor", str(made)) == []
    written.write_text("".join(region().splitlines(keepends=True)[:-1]))
    assert found(gdr, CASE) == [], "the record was written before the last line"
    assert "was cut off or rewritten" in found(gdr, CASE, "--anchor", str(made))[0]


def test_a_consistent_forgery_of_the_whole_file_is_detected_by_the_anchor(gdr: Gdr, made: Path, written: Path) -> None:
    """It is whole in itself, and signed anew with the very key: only what is kept elsewhere tells."""
    written.write_bytes(text(rewritten(entries())))
    again = gdr("evidence", "bundle", CASE, "--to", str(made.with_name("again.zip")))
    assert again.code == 0
    for name in (CASE, str(made.with_name("again.zip"))):
        assert "was cut off or rewritten" in found(gdr, name)[0]
        assert found(gdr, name, "--offline") == [] or name != CASE, "alone it cannot be told"
        for anchor in (entries()[60].hash[:16], f'"v=1 epoch=9 case=- head={entries()[60].hash[:16]}"', str(made)):
            assert "was cut off or rewritten" in found(gdr, name, "--anchor", anchor)[0]


def test_the_anchor_that_was_used_is_named(gdr: Gdr, made: Path, keeps: Kept) -> None:
    head = entries()[60].hash[:16]
    assert f"anchor: {head} by activation record on ns1 at " in gdr("evidence", "verify", CASE).out
    assert f"anchor: {head} by given with --anchor" in gdr("evidence", "verify", CASE, "--head", head).out
    assert f"by bundle {made.name}, signed by ed25519:" in gdr("evidence", "verify", CASE, "--anchor", str(made)).out
    assert "anchor: none: not asked" in gdr("evidence", "verify", CASE, "--offline").out
    keeps(None)
    assert "none: activation record on ns1: no answer within 2 s" in gdr("evidence", "verify", CASE).out


def test_a_record_that_went_on_to_another_case_says_nothing_of_this_one(gdr: Gdr, written: Path, keeps: Kept) -> None:
    assert written.exists()
    newer = case("lab-20270101T000000-region1", CLOSED)
    keeps(newer[-1].hash[:16])
    assert "keeps the head of case lab-20270101T000000-region1 by now" in gdr("evidence", "verify", CASE).out
    keeps("0123456789abcdef", named="lab-20270101T000000-region2")
    assert "a case of another control host" in gdr("evidence", "verify", CASE).out
    keeps("-")
    assert "keeps no head yet" in gdr("evidence", "verify", CASE).out


def test_a_head_that_stands_in_no_journal_here_is_a_fault(gdr: Gdr, written: Path, keeps: Kept) -> None:
    assert written.exists()
    keeps("0123456789abcdef")
    assert found(gdr, CASE) == [
        "head 0123456789abcdef: no record of this chain has it: the end was cut off or rewritten"
    ]


def not_of(forged: str, name: str, head: str) -> str:
    """Return a journal in which the head stands, and which proves nothing of it."""
    opened = case(name)[0].line()
    return {
        "its name": region(),
        "its hash": replace(case(name)[0], hash=head * 4).line() + "\n",
        "a link": f"{opened}\n{entries()[60].line()}\n",
        "a line": f'{opened}\n{{"hash":"{head}"}}\n',
    }[forged]


@pytest.mark.parametrize(("forged", "said"), [
    ("its name", "record 1: is of case"), ("its hash", "content does not match its hash"),
    ("a link", "is of case"), ("a line", ":2: not an evidence record"),
])  # fmt: skip
def test_a_journal_that_is_broken_itself_holds_no_head_for_others(
    gdr: Gdr, written: Path, keeps: Kept, forged: str, said: str
) -> None:
    """Else who has rewritten this case makes it good by writing the head into any file."""
    head, name = entries()[60].hash[:16], "lab-20270101T000000-region1"
    journal(name).write_text(not_of(forged, name, head))
    written.write_bytes(text(rewritten(entries())))
    keeps(head)
    verdict = gdr("evidence", "verify", CASE, "--json")
    assert (verdict.code, "was cut off or rewritten" in verdict.json["faults"][0]) == (1, True)
    assert f"not proven of case {name}: " in verdict.json["anchored_by"]
    assert said in verdict.json["anchored_by"]
    keeps(head, named=name)
    assert f"keeps the head of case {name}, whose journal is broken: " in gdr("evidence", "verify", CASE).out


def test_a_journal_under_the_name_of_another_case_is_a_fault(gdr: Gdr, made: Path, written: Path) -> None:
    """The chain of one case, whole and true, does not stand for another's that was lost."""
    other = written.with_name("lab-20270101T000000-region1.jsonl")
    written.rename(other)
    for name in (other.stem, str(other)):
        assert found(gdr, name, "--offline") == [f"record 1: is of case {CASE}, not of {other.stem}"]
    said = gdr("evidence", "bundle", other.stem)
    assert (said.code, f"holds case {CASE}: put each journal back under its own name" in said.err) == (2, True)
    with zipfile.ZipFile(made) as archive:
        out = archive.extract("journal.jsonl", made.parent)
    assert found(gdr, out, "--offline") == []


def test_an_anchor_that_holds_no_head_is_bad_input(gdr: Gdr, made: Path) -> None:
    said = gdr("evidence", "verify", CASE, "--anchor", "none")
    assert (said.code, "holds no head" in said.err) == (2, True)
    assert "give 16 to 64 hex digits" in gdr("evidence", "verify", CASE, "--anchor", entries()[-1].hash[:15]).err
    forged = repacked(made, b"")
    said = gdr("evidence", "verify", CASE, "--anchor", str(forged))
    assert (said.code, "a broken bundle anchors nothing" in said.err) == (2, True)


def test_a_bundle_that_was_cut_off_is_broken_and_another_zip_is_bad_input(gdr: Gdr, made: Path) -> None:
    whole = made.read_bytes()
    for broken in (whole[:300], whole[:-40], b"X" + whole[1:]):
        made.write_bytes(broken)
        assert "no bundle that is whole" in found(gdr, str(made))[0]
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", b"<p>")
    said = gdr("evidence", "verify", str(made))
    assert (said.code, "manifest.json is missing: it is no bundle" in said.err) == (2, True)


def test_a_bundle_anchors_nothing_unless_the_known_key_has_signed_it(
    gdr: Gdr, made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    public, file = signing.public(), Path(shutil.copy(journal(CASE), tmp_path))
    assert gdr("evidence", "key", "--renew").code == 0
    assert "signed by ed25519:" in gdr("evidence", "verify", CASE, "--anchor", str(made)).out, "the key of its day"
    said = gdr("evidence", "verify", CASE, "--anchor", str(made), "--key", signing.public())
    assert (said.code, "somebody else made this bundle: a broken bundle anchors nothing" in said.err) == (2, True)
    for name in ("GDR_STATE", "GDR_BLOCKS"):
        monkeypatch.setenv(name, str(tmp_path / "far" / "away"))
    words = ("evidence", "verify", str(file), "--offline", "--anchor", str(made))
    assert f"signed by {public}, a key that nothing here knows" in gdr(*words).out
    assert f"by bundle {made.name}, signed by {public}\n" in gdr(*words, "--key", public).out


def test_the_schema_of_the_journal_knows_every_record_of_a_real_one() -> None:
    schema = json.loads((bundles.SCHEMAS / "journal.json").read_text())
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema)
    records = [json.loads(line) for line in region().splitlines()]
    assert {record["kind"] for record in records} <= set(schema["$defs"])
    assert [error.message for record in records for error in valid.iter_errors(record)] == []
    for change in ({"kind": "case.opened"}, {"hash": "x"}, {"n": 0}, {"note": "more"}):
        assert not valid.is_valid(records[9] | change)
