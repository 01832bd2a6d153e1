"""`gdr evidence`: sign and verify a case's evidence, and replay it through the model."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from gdr.account import require_account
from gdr.answer import BROKEN, REACHED, Answer, BadInput
from gdr.verified import Verdict, file_of, verified
from model.bundle import Anchor, opened
from model.case import Case, fold
from model.evidence import Entry, read
from model.explore.conformance import violations
from tasks import bundles, signing
from tasks.evidence import case_of, entries, journals
from tasks.mirror import WHOLE_S, keepers
from tasks.reports import FORMS, published, report_of, write
from tasks.run import digest, environment

evidence = App(
    name="evidence", help="Verify, bundle, mirror or replay the evidence of a case, or make the key that signs it."
)


@evidence.command
def verify(
    case: str,
    /,
    *,
    anchor: Annotated[str | None, Parameter(name=["--anchor", "--head"])] = None,
    key: str | None = None,
    offline: bool = False,
) -> Answer:
    """Verify every byte and link of a journal, or a whole bundle; says what it was held against. Exit 1: it is broken.

    The end of a chain can only be held against a head kept elsewhere. Unless one is given, the activation record is
    asked; if it cannot be, or has gone on to another case, a bundle's own copy is used. A journal must be named after
    its case, as it was on the control host; one out of a bundle need not. A bundle proves nothing, exit 1, unless it
    is signed by a key that is known: the one given with --key, or one of this control host. What --anchor gives is
    believed, but for a bundle: the same key must have signed that, where one is known. Exit 2: not a journal or bundle.

    Args:
        case: Name of a case on this control host, or path of a journal or bundle.
        anchor: A head known from elsewhere (a printed report, at least 16 digits), the activation record's text, or a
            bundle of this case.
        key: The public key known from elsewhere, or a file with it; on the control host its own is known.
        offline: Ask no name server.
    """
    found = verified(file_of(case), anchor=anchor, key=key, offline=offline)
    data = {
        "file": str(found.file),
        "records": len(found.entries),
        "head": _head(found.entries),
        "anchor": found.anchor and found.anchor.head,
        "anchored_by": found.anchored,
        "signed_by": found.signed,
        "faults": list(found.faults),
    }
    return Answer(data=data, text=Text("\n".join(_lines(found))), code=BROKEN if found.faults else REACHED)


@evidence.command
def bundle(case: str, /, *, to: Path | None = None) -> Answer:
    """Sign a case's evidence and write it, with report and environment file, as one file to hand out.

    Args:
        case: Name of a case on this control host.
        to: Where to write it; unless given, to the folder of bundles.
    """
    require_account()
    from tasks.report_forms.forms import forms  # noqa: PLC0415  (to verify, nobody need wait for templates)

    known, told = case_of(case), published(case)
    if set(told) != set(FORMS):
        write(case, forms(report_of(case)) | told)
    kept = asyncio.run(bundles.anchor(known, entries(case)))
    anchor = kept if isinstance(kept, Anchor) else None
    written = bundles.write(known, anchor, to)
    made = opened(bundles.read(written))
    data = {"case": case, "file": str(written), "signed_by": made.signed_by, "head": _head(made.entries)}
    said = f"head {anchor.head} of {anchor.source}" if anchor else f"none: {kept}"
    lines = [f"{written}: {case}", f"head {data['head']}", f"anchor: {said}", f"signed by {data['signed_by']}"]
    return Answer(data=data | {"anchored_by": said}, text=Text("\n".join(lines)))


@evidence.command
def key(*, renew: bool = False) -> Answer:
    """Make the key that signs evidence, unless there is one, and print its public part; keep that elsewhere too.

    Args:
        renew: Make another: the old one signs no more, and its public part is kept here for what it has signed.
    """
    made = signing.make(renew=renew)
    data = {"file": str(signing.path()), "made": made, "public": signing.public()}
    words = "made (0600)" if made else "is there already"
    return Answer(data=data, text=Text(f"{data['file']}: {words}\n{data['public']}"))


@evidence.command
def mirror(name: str, /) -> Answer:
    """Bring every mirror of an environment up to date with its journals. Exit 1: one could not be.

    Args:
        name: Name of the environment file that lies beside the code.
    """
    require_account()
    from gdr.second_source import use_second_source  # noqa: PLC0415  (Prefect takes a second to import)

    use_second_source(environment(name))
    found = {
        f"{keeper.target.where}: {file.stem}": keeper.copied(file, WHOLE_S) or "up to date"
        for keeper in keepers(name)
        for file in journals(name)
    }
    if not keepers(name):
        raise BadInput(f"{name}.yaml: evidence.mirror: names no mirror: add one (docs/operate.md)")
    text = "\n".join(f"{what}: {said}" for what, said in found.items()) or f"{name}: no case yet"
    whole = set(found.values()) <= {"up to date"}
    return Answer(data={"environment": name, "mirrors": found}, text=Text(text), code=REACHED if whole else BROKEN)


@evidence.command
def replay(case: str, /) -> Answer:
    """Replay a case through the model. Exit 1: the model does not allow what the evidence shows.

    Every act had its needs before it and its proofs after it, and nothing changed that no act was to change.

    Args:
        case: Name of a case on this control host, or path of its journal.
    """
    path = file_of(case)
    records = read(path.read_bytes(), str(path))
    found = list(violations(environment(_opened(path, records).environment), records))
    data = {"file": str(path), "records": len(records), "violations": found}
    lines = [f"{path}: NOT AS THE MODEL HAS IT", *found] if found else [f"{path}: {len(records)} records conform"]
    return Answer(data=data, text=Text("\n".join(lines)), code=BROKEN if found else REACHED)


def _opened(path: Path, records: tuple[Entry, ...]) -> Case:
    opened = fold(records)
    if opened is None:
        raise BadInput(f"{path}: holds no record that opens a case")
    if opened.digest != digest(opened.environment):
        raise BadInput(f"{path}: the environment file {opened.environment} has changed since: give the one of that day")
    return opened


def _head(records: tuple[Entry, ...]) -> str | None:
    return records[-1].hash if records else None


def _lines(found: Verdict) -> list[str]:
    whole = f"{found.file}: {len(found.entries)} records, the chain is whole"
    broken = "NOT PROVEN" if found.is_only_unknown else "BROKEN"
    first = [f"{found.file}: {broken}", *found.faults] if found.faults else [whole]
    held = f"{found.anchor.head} by {found.anchored}" if found.anchor else found.anchored
    return [*first, f"head {_head(found.entries)}", f"anchor: {held}", f"signature: {found.signed}"]
