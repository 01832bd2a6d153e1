"""What was seen before a gate asked, as a page beside its plan."""

from collections.abc import Iterator

from model.markdown import plain
from model.sheets import Sheet, meaning, sheets
from model.view import View


def observation_page(view: View, question: str) -> str:
    """Write the page.

    Args:
        view: What was seen, in the light of the intent.
        question: Key of the round that asks about the plan made of it.
    """
    words = [f"- **{of}**: {plain(said)}" for of, said in meaning(view)]
    tables = ["\n".join(_table(sheet)) for sheet in sheets(view)]
    head = f"# Observation of {view.environment.name}\nWhat question `{question}` and its plan were made of."
    return "\n\n".join([head, "\n".join(words), *tables]) + "\n"


def _table(sheet: Sheet) -> Iterator[str]:
    yield _row(sheet.titles)
    yield "|" + "---|" * len(sheet.titles)
    for row in sheet.rows:
        yield _row((*row, *[""] * (len(sheet.titles) - len(row))))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(plain, cells))} |"
