"""The signed bundle of a case: what is signed, and what anyone finds out about it with nothing but its files.

`manifest.json` is canonical JSON (RFC 8785) and names every other file with its SHA-256; `manifest.sig` is its Ed25519
signature. What is inside can say neither whose the key is nor that nothing came later: for that, key and head must be
known from elsewhere.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import TypeAdapter, ValidationError

from model.case import fold
from model.errors import Refused
from model.evidence import Entry, faults, legible, strangers

FORMAT = "genesys-dr evidence 1"
JOURNAL, ENVIRONMENT = "journal.jsonl", "environment.yaml"
MANIFEST, SIGNATURE, PUBLIC = "manifest.json", "manifest.sig", "public-key.pem"
PREFIX = "ed25519:"
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that is kept where the journal is not.

    Attributes:
        head: The first characters of a record's hash.
        source: Where it is kept, and when it was read there.
    """

    head: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a manifest says of one file."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is signed of a bundle; what else it says is for people."""

    case: str
    environment_sha256: str
    anchor: Anchor | None
    signed_by: str
    made_at: float
    records: int
    head: str
    files: Mapping[str, Signed]


MANIFESTS = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle was found to be. `entries` are those that can be read; `case` is empty if the manifest cannot."""

    case: str
    entries: tuple[Entry, ...]
    anchor: Anchor | None
    signed_by: str
    made_at: float
    faults: tuple[str, ...]


def public_text(key: Ed25519PublicKey) -> str:
    """Write a public key as the one word that people compare."""
    return PREFIX + base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """Read a public key, as that word or as PEM.

    Raises:
        Refused: It is none.
    """
    try:
        if text.startswith(PREFIX):
            return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(PREFIX), validate=True))
        found = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise Refused("public key: neither `ed25519:...` nor PEM: give what `gdr evidence key` printed") from None
    if not isinstance(found, Ed25519PublicKey):
        raise Refused("public key: not an Ed25519 key: give what `gdr evidence key` printed")
    return found


def sealed(  # noqa: PLR0913  (a bundle is made of these)
    files: Files, entries: Sequence[Entry], key: Ed25519PrivateKey, *, anchor: Anchor | None, made_at: float, on: str
) -> dict[str, bytes]:
    """Return the files with manifest, signature and public key.

    Raises:
        Refused: The journal is no case's, or its chain is broken: nobody signs that.
    """
    case = fold(entries)
    found = (*faults(entries), *(strangers(entries, case.name) if case else ()))
    if case is None or found:
        raise Refused(f"bundle: {found[0] if found else 'the journal has no opening record'}: nothing was signed")
    known = dict(files) | {PUBLIC: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)}
    manifest = rfc8785.dumps({
        "format": FORMAT,
        "case": case.name,
        "environment": case.environment,
        "environment_sha256": case.digest,
        "outcome": case.outcome,
        "records": len(entries),
        "head": case.head,
        "anchor": asdict(anchor) if anchor else None,
        "made_at": made_at,
        "made_on": on,
        "signed_by": public_text(key.public_key()),
        "files": {name: {"bytes": len(content), "sha256": _sha256(content)} for name, content in known.items()},
    })  # fmt: skip
    return known | {MANIFEST: manifest, SIGNATURE: key.sign(manifest)}


def opened(files: Files, key: str | None = None) -> Bundle:
    """Judge a bundle: signature, every file, the chain, and that manifest and journal tell of the same.

    Args:
        key: The public key known from elsewhere; without it anyone may have signed.

    Raises:
        Refused: It is no bundle, or one of another version.
    """
    entries, illegible = legible(files.get(JOURNAL, b""), JOURNAL)
    try:
        manifest = _manifest(files)
    except (ValueError, RecursionError) as error:
        fault = f"{MANIFEST}: is not as it was signed: {_first(error)}"
        found = (fault, *illegible, *faults(entries))
        return Bundle(case="", entries=entries, anchor=None, signed_by="", made_at=0.0, faults=found)
    return Bundle(
        case=manifest.case,
        entries=entries,
        anchor=manifest.anchor,
        signed_by=manifest.signed_by,
        made_at=manifest.made_at,
        faults=(
            *_signature(files, manifest, key),
            *_contents(files, manifest),
            *illegible,
            *faults(entries),
            *_agreement(files, manifest, entries),
        ),
    )


def _manifest(files: Files) -> Manifest:
    if not {MANIFEST, SIGNATURE, JOURNAL} & set(files):
        raise Refused(f"bundle: {MANIFEST} is missing: it is no bundle")
    if MANIFEST not in files:
        raise ValueError("it is missing")
    match json.loads(files[MANIFEST]):
        case {"format": form} if form == FORMAT:
            return MANIFESTS.validate_json(files[MANIFEST], strict=True)
    raise Refused(f"bundle: not of the form {FORMAT!r}: verify it with the version that made it")


def _first(error: ValueError | RecursionError) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
    return str(error)


def _signature(files: Files, manifest: Manifest, key: str | None) -> Iterator[str]:
    word = manifest.signed_by
    if key is not None and public_text(public_key(key)) != word:
        yield f"signed by {word}, not by {public_text(public_key(key))}: somebody else made this bundle"
    try:
        public_key(word).verify(files.get(SIGNATURE, b""), files[MANIFEST])
    except (InvalidSignature, Refused):
        yield f"{MANIFEST}: the signature is not that of {word}"


def _contents(files: Files, manifest: Manifest) -> Iterator[str]:
    for name, known in manifest.files.items():
        if name not in files:
            yield f"{name}: is missing"
        elif _sha256(files[name]) != known.sha256:
            yield f"{name}: is not the file that was signed"
    yield from (f"{name}: was not signed" for name in sorted(set(files) - {*manifest.files, MANIFEST, SIGNATURE}))


def _agreement(files: Files, manifest: Manifest, entries: Sequence[Entry]) -> Iterator[str]:
    head = entries[-1].hash if entries else None
    if (len(entries), head) != (manifest.records, manifest.head):
        yield f"{JOURNAL}: {len(entries)} records, {manifest.records} were signed: head {manifest.head[:16]}"
    yield from strangers(entries, manifest.case)
    if manifest.anchor:
        yield from (fault for fault in faults(entries, manifest.anchor.head) if fault.startswith("head "))
    if ENVIRONMENT in files and _sha256(files[ENVIRONMENT]) != manifest.environment_sha256:
        yield f"{ENVIRONMENT}: not the file that the case was opened with"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
