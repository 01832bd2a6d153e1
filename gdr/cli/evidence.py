"""`gdr evidence`: verify a case's evidence, and replay it through the model."""

from pathlib import Path

from cyclopts import App
from rich.text import Text

from gdr.answer import BROKEN, REACHED, Answer, BadInput
from model.case import Case, fold
from model.evidence import Entry, faults, read
from model.explore.conformance import violations
from tasks.evidence import journal
from tasks.run import digest, environment

evidence = App(name="evidence", help="Verify the evidence of a case, or replay it.")


@evidence.command
def verify(case: str, /, *, head: str | None = None) -> Answer:
    """Verify every hash and link of a case's evidence. Needs nothing but the file. Exit 1: it is broken.

    Args:
        case: Name of a case on this control host, or path of its journal.
        head: A hash known from elsewhere: the activation record, an approval message, a printed report.
    """
    path, entries = _entries(case)
    found = list(faults(entries, head))
    data = {"file": str(path), "records": len(entries), "head": _head(entries), "faults": found}
    return Answer(data=data, text=Text("\n".join(_lines(path, entries, found))), code=BROKEN if found else REACHED)


@evidence.command
def replay(case: str, /) -> Answer:
    """Replay a case through the model. Exit 1: the model does not allow what the evidence shows.

    Every act had its needs before it and its proofs after it, and nothing changed that no act was to change.

    Args:
        case: Name of a case on this control host, or path of its journal.
    """
    path, entries = _entries(case)
    found = list(violations(environment(_opened(path, entries).environment), entries))
    data = {"file": str(path), "records": len(entries), "violations": found}
    lines = [f"{path}: NOT AS THE MODEL HAS IT", *found] if found else [f"{path}: {len(entries)} records conform"]
    return Answer(data=data, text=Text("\n".join(lines)), code=BROKEN if found else REACHED)


def _entries(case: str) -> tuple[Path, tuple[Entry, ...]]:
    path = Path(case) if Path(case).is_file() else journal(case)
    if not path.is_file():
        raise BadInput(f"{case}: neither a file nor a case of this control host ({path}): list them with `gdr cases`")
    return path, read(path.read_text(), str(path))


def _opened(path: Path, entries: tuple[Entry, ...]) -> Case:
    opened = fold(entries)
    if opened is None:
        raise BadInput(f"{path}: holds no record that opens a case")
    if opened.digest != digest(opened.environment):
        raise BadInput(f"{path}: the environment file {opened.environment} has changed since: give the one of that day")
    return opened


def _head(entries: tuple[Entry, ...]) -> str | None:
    return entries[-1].hash if entries else None


def _lines(path: Path, entries: tuple[Entry, ...], found: list[str]) -> list[str]:
    if found:
        return [f"{path}: BROKEN", *found]
    return [f"{path}: {len(entries)} records, the chain is whole", f"head {_head(entries)}"]
