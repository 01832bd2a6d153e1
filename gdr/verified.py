"""What `gdr evidence verify` finds out: about a journal, or a bundle, and by which anchor and whose key."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from gdr.answer import BadInput
from model.bundle import JOURNAL, Anchor, opened, public_key, public_text
from model.case import Case, fold
from model.errors import Refused
from model.evidence import Entry, faults, read, strangers
from tasks import bundles, signing
from tasks.evidence import journal

ZIP = b"PK"
HEAD = re.compile(r"[0-9a-f]{8,64}")
Word = tuple[str | None, str]
UNSIGNED = "none: a journal alone has none; `gdr evidence bundle` makes one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found.

    Attributes:
        anchor: What the chain's end was held against; where there is none, `anchored` says why.
        signed: By whose key, and how that is known.
    """

    file: Path
    entries: tuple[Entry, ...]
    faults: tuple[str, ...]
    anchor: Anchor | None
    anchored: str
    signed: str


def file_of(name: str) -> Path:
    """Return the journal or bundle that is meant: a file, or a case of this control host.

    Raises:
        BadInput: It is neither.
    """
    path = Path(name) if Path(name).is_file() else journal(name)
    if not path.is_file():
        raise BadInput(f"{name}: neither a file nor a case of this control host ({path}): list them with `gdr cases`")
    return path


def verified(path: Path, *, anchor: str | None, key: str | None, offline: bool) -> Verdict:
    """Verify a journal or a bundle.

    Args:
        anchor: A head known from elsewhere, the text of the activation record, or a bundle of the same case.
        key: The public key known from elsewhere, or a file that holds it.
        offline: Ask no name server.
    """
    word: Word = _key(key)
    if not _is_bundle(path):
        entries = read(path.read_text(errors="replace"), str(path))
        kept = _given(anchor) if anchor else _asked(entries, None, offline=offline)
        named = entries[0].case if entries and path.name == JOURNAL else path.stem  # as it is called in a bundle
        return _verdict(path, entries, (*faults(entries), *strangers(entries, named)), kept, UNSIGNED)
    files = bundles.read(path)
    if key is None and word[0] is not None:
        word = _of_its_day(opened(files).signed_by, word)
    bundle = opened(files, word[0])
    kept = _given(anchor) if anchor else _asked(bundle.entries, bundle.anchor, offline=offline)
    return _verdict(path, bundle.entries, bundle.faults, kept, f"{bundle.signed_by}, {word[1]}")


def _verdict(
    path: Path, entries: tuple[Entry, ...], found: tuple[str, ...], kept: Anchor | str, signed: str
) -> Verdict:
    anchor = kept if isinstance(kept, Anchor) else None
    unopened = () if _case(entries) else ("holds no record that opens a case: nothing of it is evidence",)
    lost = [fault for fault in faults(entries, anchor.head if anchor else None) if fault.startswith("head ")]
    return Verdict(
        file=path,
        entries=entries,
        faults=tuple(dict.fromkeys((*unopened, *found, *lost))),
        anchor=anchor,
        anchored=anchor.source if anchor else f"none: {kept}",
        signed=signed,
    )


def _is_bundle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP


def _of_its_day(signer: str, word: Word) -> Word:
    """Take the key that this control host had before, if that has signed."""
    until = signing.retired().get(signer)
    if until is None:
        return word
    return signer, f"a key of this control host until {until}: what was not handed out or anchored by then, anchor it"


def _key(given: str | None) -> Word:
    """Return the public key that a signature must be of, and how it is known."""
    if given is not None:
        text = Path(given).read_text() if Path(given).is_file() else given
        return public_text(public_key(text.strip())), "the key that was given"
    try:
        return signing.public(), f"the key of this control host ({signing.path()})"
    except Refused:
        return None, "a key that nothing here knows: give --key, as `gdr evidence key` prints it on the control host"


def _given(anchor: str) -> Anchor:
    """Read what was given as an anchor.

    Raises:
        BadInput: It holds no head, or is a bundle that is broken itself.
    """
    path = Path(anchor)
    if path.is_file() and _is_bundle(path):
        bundle = opened(bundles.read(path))
        if bundle.faults:
            raise BadInput(f"{anchor}: {bundle.faults[0]}: a broken bundle anchors nothing")
        return Anchor(bundle.entries[-1].hash, f"bundle {path.name}, signed by {bundle.signed_by}")
    text = (path.read_text(errors="replace") if path.is_file() else anchor).strip()
    head = text.partition("head=")[2].partition(" ")[0].strip('"') if "head=" in text else text
    if not HEAD.fullmatch(head):
        raise BadInput(f"--anchor {anchor}: holds no head: give 8 to 64 hex digits, the record's text, or a bundle")
    return Anchor(head, "given with --anchor")


def _asked(entries: tuple[Entry, ...], bundled: Anchor | None, *, offline: bool) -> Anchor | str:
    """Ask the writer of the activation record; where it keeps nothing of this case, the bundle may have kept it."""
    case = _case(entries)
    if case is None:
        return "no case to look for"
    kept = "not asked" if offline else asyncio.run(bundles.anchor(case, entries))
    if isinstance(kept, Anchor) or bundled is None:
        return kept
    return Anchor(bundled.head, f"the bundle's own copy: {bundled.source} (now: {kept})")


def _case(entries: tuple[Entry, ...]) -> Case | None:
    try:
        return fold(entries)
    except (KeyError, TypeError, ValueError):
        return None
