"""`gdr evidence`: verify a case's evidence offline."""

from pathlib import Path

from cyclopts import App
from rich.text import Text

from gdr.answer import BROKEN, REACHED, Answer, BadInput
from model.evidence import Entry, faults, read
from tasks.evidence import journal

evidence = App(name="evidence", help="Verify the evidence of a case.")


@evidence.command
def verify(case: str, /, *, head: str | None = None) -> Answer:
    """Verify every hash and link of a case's evidence. Needs nothing but the file. Exit 1: it is broken.

    Args:
        case: Name of a case on this control host, or path of its journal.
        head: A hash known from elsewhere: the activation record, an approval message, a printed report.
    """
    path = Path(case) if Path(case).is_file() else journal(case)
    if not path.is_file():
        raise BadInput(f"{case}: neither a file nor a case of this control host ({path}): list them with `gdr cases`")
    entries = read(path.read_text(), str(path))
    found = list(faults(entries, head))
    data = {"file": str(path), "records": len(entries), "head": _head(entries), "faults": found}
    return Answer(data=data, text=Text("\n".join(_lines(path, entries, found))), code=BROKEN if found else REACHED)


def _head(entries: tuple[Entry, ...]) -> str | None:
    return entries[-1].hash if entries else None


def _lines(path: Path, entries: tuple[Entry, ...], found: list[str]) -> list[str]:
    if found:
        return [f"{path}: BROKEN", *found]
    return [f"{path}: {len(entries)} records, the chain is whole", f"head {_head(entries)}"]
