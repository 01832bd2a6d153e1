"""What `gdr evidence verify` finds out: about a journal, or a bundle, and by which anchor and whose key."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from gdr.answer import BadInput
from model.bundle import JOURNAL, Anchor, Bundle, Files, opened, public_key, public_text
from model.case import Case, fold
from model.errors import Refused
from model.evidence import Entry, faults, legible, strangers
from tasks import bundles, signing
from tasks.evidence import journal

JOURNALS = ".jsonl"
HEAD = re.compile(r"[0-9a-f]{16,64}")  # fewer can be ground out by trying
Word = tuple[str | None, str]
UNSIGNED = "none: a journal alone has none; `gdr evidence bundle` makes one"
NOBODYS = "the signature proves nothing"


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

    @property
    def is_only_unknown(self) -> bool:
        """Whether nothing is broken, but nobody here knows whose word it is."""
        return len(self.faults) == 1 and self.faults[0].startswith(NOBODYS)


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
    """Verify a journal or a bundle. A signature by a key that nothing here knows is a fault: anyone may have made it.

    Args:
        anchor: A head known from elsewhere, the text of the activation record, or a bundle of the same case.
        key: The public key known from elsewhere, or a file that holds it.
        offline: Ask no name server.

    Raises:
        Refused: It is neither journal nor bundle, or of a later version; or key or anchor cannot be used.
    """
    _key(key)
    given = _given(anchor, key) if anchor else None
    if bundles.is_bundle(path):
        return _of_bundle(path, given, key, offline=offline)
    entries, illegible = legible(path.read_bytes(), str(path))
    if illegible and not entries and path.suffix != JOURNALS:
        raise BadInput(f"{path}: neither a journal nor a bundle: {illegible[0]}")
    kept = given or _asked(entries, None, offline=offline)
    named = entries[0].case if entries and path.name == JOURNAL else path.stem  # as it is called in a bundle
    return _verdict(path, entries, (*illegible, *faults(entries), *strangers(entries, named)), kept, UNSIGNED)


def _of_bundle(path: Path, given: Anchor | None, key: str | None, *, offline: bool) -> Verdict:
    try:
        files = bundles.read(path)
    except Refused as fault:
        return _verdict(path, (), (str(fault),), given or "nothing to hold against one", "unknown")
    bundle, known, words = _judged(files, key)
    kept = given or _asked(bundle.entries, bundle.anchor, offline=offline)
    found = bundle.faults if known or bundle.faults else (f"{NOBODYS}: {bundle.signed_by}, {words}",)
    return _verdict(path, bundle.entries, found, kept, f"{bundle.signed_by or 'unknown'}, {words}")


def _judged(files: Files, key: str | None) -> tuple[Bundle, bool, str]:
    """Judge a bundle by the key that is known for its day; say whether one is known, and how."""
    word = _key(key)
    if key is None and word[0] is not None:
        word = _of_its_day(opened(files).signed_by, word)
    return opened(files, word[0]), word[0] is not None, word[1]


def _verdict(
    path: Path, entries: tuple[Entry, ...], found: tuple[str, ...], kept: Anchor | str, signed: str
) -> Verdict:
    anchor = kept if isinstance(kept, Anchor) else None
    told = _case(entries) or (found and not entries)
    unopened = () if told else ("holds no record that opens a case: nothing of it is evidence",)
    lost = [fault for fault in faults(entries, anchor.head if anchor else None) if fault.startswith("head ")]
    return Verdict(
        file=path,
        entries=entries,
        faults=tuple(dict.fromkeys((*found, *unopened, *lost))),
        anchor=anchor,
        anchored=anchor.source if anchor else f"none: {kept}",
        signed=signed,
    )


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


def _given(anchor: str, key: str | None) -> Anchor:
    """Read what was given as an anchor.

    Raises:
        BadInput: It holds no head, or is a bundle that is broken itself, or that the known key has not signed.
    """
    path = Path(anchor)
    if path.is_file() and bundles.is_bundle(path):
        bundle, known, words = _judged(bundles.read(path), key)
        if bundle.faults or not bundle.entries:
            why = next(iter(bundle.faults), "holds no record")
            raise BadInput(f"{anchor}: {why}: a broken bundle anchors nothing")
        whose = bundle.signed_by if known else f"{bundle.signed_by}, {words}"
        return Anchor(bundle.entries[-1].hash, f"bundle {path.name}, signed by {whose}")
    text = (path.read_text(errors="replace") if path.is_file() else anchor).strip()
    head = text.partition("head=")[2].partition(" ")[0].strip('"') if "head=" in text else text
    if not HEAD.fullmatch(head):
        raise BadInput(f"--anchor {anchor}: holds no head: give 16 to 64 hex digits, the record's text, or a bundle")
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
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
