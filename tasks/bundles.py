"""Bundles as files: a ZIP of a case's journal and what explains it, signed, for whoever verifies it far from here."""

import io
import socket
import struct
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from model import evidence as chain
from model.bundle import ENVIRONMENT, JOURNAL, Anchor, sealed
from model.case import Case
from model.errors import Refused
from model.evidence import FIRST, Entry
from tasks import evidence, reports, signing
from tasks.drill_files import put_bytes
from tasks.run import digest, environment, environment_file, state

SCHEMAS = Path(__file__).parent / "schemas"
ZIP = b"PK"
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    LookupError,
    RuntimeError,
    OSError,
    OverflowError,
    EOFError,
)
"""What Python's own reader raises of bytes that are no ZIP, or not any more."""
MOST_BYTES = 256 * 1024 * 1024  # unpacked: a bundle is read by whoever was sent it
README = """\
Evidence of case {case}, as genesys-dr bundled it.

manifest.json names every file here with its SHA-256, the newest record's hash (head), and the head that the activation
record in DNS had at that moment (anchor). With genesys-dr, offline:
    gdr evidence verify {case}.zip --key KEY --anchor HEAD
Without it:
    openssl pkeyutl -verify -rawin -pubin -inkey public-key.pem -in manifest.json -sigfile manifest.sig
    sha256sum journal.jsonl
KEY is the public part that `gdr evidence key` printed on the control host. Get it from there, never from this file:
anyone can sign with a key of his own. journal.schema.json says what a record is.
"""


def path(case: str) -> Path:
    """Return where a case's bundle lies."""
    return state() / "bundles" / f"{case}.zip"


async def anchor(case: Case, entries: tuple[Entry, ...]) -> Anchor | str:
    """Read the head that the activation record keeps of this case; or say why there is none.

    A head that stands in no journal of the environment whose own chain is whole is held against this case, if that
    has its journal here: somebody rewrote one.
    """
    from tasks.dns import observe  # noqa: PLC0415  (Prefect takes a second to import)

    try:
        known = environment(case.environment)
    except Refused as error:
        return str(error)
    record, fault = await observe.record(known)
    if record is None:
        return f"activation record on {known.writer.name}: {fault}"
    kept = Anchor(record.head, f"activation record on {known.writer.name} at {_utc(time.time())}")
    if record.head == FIRST:
        return f"{kept.source}: keeps no head yet"
    if any(entry.hash.startswith(record.head) for entry in entries):
        return kept
    others = [file for file in evidence.journals(known.name) if file.stem != case.name]
    holders = {file.stem: why for file in others if (why := _held(file, record.head)) is not None}
    if whole := next((name for name, why in holders.items() if not why), ""):
        return f"{kept.source}: keeps the head of case {whole} by now"
    if why := holders.get(record.case):
        return f"{kept.source}: keeps the head of case {record.case}, whose journal is broken: {why}"
    if not evidence.journal(case.name).exists() or record.case not in (FIRST, case.name):
        return f"{kept.source}: keeps the head of a case of another control host ({record.case})"
    return replace(
        kept, source="; ".join((kept.source, *(f"not proven of case {it}: {holders[it]}" for it in holders)))
    )


def _held(file: Path, head: str) -> str | None:
    """Return why a journal that has a head is not to be believed, empty when it is; None where it does not have it."""
    content = file.read_bytes()
    if f'"hash":"{head}'.encode() not in content:
        return None
    try:
        entries = chain.read(content, str(file))
    except Refused as error:
        return str(error)
    return next(iter((*chain.strangers(entries, file.stem), *chain.faults(entries, head))), "")


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def write(case: Case, kept: Anchor | None, to: Path | None = None) -> Path:
    """Sign a case's evidence and everything that explains it, and write the bundle.

    Raises:
        Refused: There is no key, or the chain is broken: nothing is signed then.
    """
    files = {name: file.read_bytes() for name, file in _sources(case).items()}
    files[JOURNAL] = chain.whole_lines(files.get(JOURNAL, b""))
    entries = chain.read(files[JOURNAL], str(evidence.journal(case.name)))
    files["README.txt"] = README.format(case=case.name).encode()
    whole = sealed(files, entries, signing.key(), anchor=kept, made_at=time.time(), on=socket.gethostname())
    target = to or path(case.name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
    put_bytes(target, packed.getvalue())
    return target


def _sources(case: Case) -> dict[str, Path]:
    """Name the files of a bundle; the environment file only where it is still that of the case."""
    known = {JOURNAL: evidence.journal(case.name), "journal.schema.json": SCHEMAS / "journal.json"}
    known |= {f"report.{kind}": reports.path(case.name, kind) for kind in reports.FORMS}
    try:
        if digest(case.environment) == case.digest:
            known[ENVIRONMENT] = environment_file(case.environment)
    except Refused:
        pass
    return {name: file for name, file in known.items() if file.is_file()}


def is_bundle(file: Path) -> bool:
    """Whether a file is a ZIP, by how it begins or how it ends."""
    with file.open("rb") as opened:
        return opened.read(len(ZIP)) == ZIP or zipfile.is_zipfile(file)


def read(file: Path) -> dict[str, bytes]:
    """Read a bundle's files.

    Raises:
        Refused: It is no ZIP that is whole, or larger than any bundle.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(item.file_size for item in archive.infolist()) > MOST_BYTES:
                raise Refused(f"{file}: unpacks to more than {MOST_BYTES} bytes: no bundle is that large")
            names = archive.namelist()
            if len(names) != len(set(names)):
                raise Refused(f"{file}: a name stands in it twice: no bundle of ours")
            return {item.filename: _unpacked(archive, item) for item in archive.infolist()}
    except BROKEN as error:
        raise Refused(f"{file}: no bundle that is whole: {error}") from None


def _unpacked(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bytes:
    """Unpack a file of a bundle; how it is packed is ours, so that nobody's bytes choose what unpacks them."""
    if item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"{item.filename}: is packed in a way that no bundle is")
    return archive.read(item)
