"""The words that name a runbook and what it needs to be told."""

from typing import Literal, cast

from gdr.answer import BadInput
from model import commands
from model.drill import Kind
from model.environment.document import RegionKey
from model.step import Mode, Name

Runbook = Literal[
    "full-failover",
    "partial-failover",
    "reprotect",
    "failback",
    "return-guard",
    "drill",
    "deploy",
    "clone-and-isolate",
    "discard",
]
Told = Runbook | Literal["abort"]
# The others are made of these.
Planned = Literal[
    "full-failover", "partial-failover", "reprotect", "return-guard", "deploy", "clone-and-isolate", "discard"
]
Lost = Literal["framework", "dbms"]
Database = Literal["move", "stay"]
NEEDS: dict[Runbook, set[str]] = {
    "full-failover": {"--target", "--mode"},
    "partial-failover": {"--target"},
    "reprotect": set(),
    "failback": {"--target"},
    "return-guard": set(),
    "drill": {"--kind"},
    "deploy": {"--target"},
    "clone-and-isolate": set(),
    "discard": set(),
}
ABORTED: tuple[Runbook, ...] = ("full-failover", "partial-failover")
ABORTED_HALVES: tuple[tuple[Lost | None, Database | None], ...] = (
    ("dbms", None),
    ("framework", "stay"),
    (None, "stay"),
)
MAY: dict[Runbook, set[str]] = {"partial-failover": {"--lost", "--mode", "--database"}}
MODES: dict[Runbook, Mode] = {
    "full-failover": "planned",
    "partial-failover": "unplanned",
    "reprotect": "planned",
    "failback": "planned",
    "return-guard": "unplanned",
    "drill": "planned",
    "deploy": "planned",
    "clone-and-isolate": "planned",
    "discard": "unplanned",
}


def name_of(runbook: Planned, lost: Lost | None = None, database: Database | None = None) -> Name:
    """Return the name by which the model knows a runbook."""
    if lost == "dbms":
        return "dbms_failover"
    if database == "stay":
        return "framework_failover"
    return cast("Name", runbook.replace("-", "_"))


def require_words(  # noqa: PLR0913, PLR0917  (the operator's words)
    runbook: Runbook,
    target: RegionKey | None,
    mode: Mode | None,
    kind: Kind | None = None,
    lost: Lost | None = None,
    database: Database | None = None,
) -> None:
    """Require the words that a runbook needs, and that another has no use for.

    Raises:
        BadInput: A word is missing, or one too many.
    """
    said = {"--target": target, "--mode": mode, "--kind": kind, "--lost": lost, "--database": database}
    given = {word for word, value in said.items() if value is not None}
    if missing := NEEDS[runbook] - given:
        raise BadInput(f"{', '.join(sorted(missing))}: missing: {runbook} must be told")
    _none_beyond(given, runbook)
    if lost == "dbms" and database is not None:
        raise BadInput(f"--database: {database}: is about a framework; with --lost dbms the database moves alone")


def _none_beyond(given: set[str], runbook: Runbook) -> None:
    if beyond := given - NEEDS[runbook] - MAY.get(runbook, set()):
        raise BadInput(f"{', '.join(sorted(beyond))}: {runbook} takes no such word")


def require_abortable(runbook: Runbook) -> None:
    """Judge whether there is an abort of a runbook at all.

    Raises:
        BadInput: There is none.
    """
    if runbook not in ABORTED:
        raise BadInput(f"--abort: {runbook} takes no such word: it goes back from a planned {' or '.join(ABORTED)}")


def require_whole_abort(runbook: Runbook, mode: Mode | None, lost: Lost | None, database: Database | None) -> None:
    """Require words of a switch that can be aborted: a planned one, of both halves or of one alone.

    Raises:
        BadInput: They are those of another.
    """
    require_abortable(runbook)
    said = {"--lost": lost, "--database": database}
    _none_beyond({word for word, value in said.items() if value is not None}, runbook)
    if mode not in (None, "planned"):
        raise BadInput(f"--mode {mode}: only a planned switch can be aborted: leave the word out")
    if runbook == "partial-failover" and (lost, database) not in ABORTED_HALVES:
        raise BadInput(
            "--abort: one that takes its database along is no planned switch: --lost dbms, or --database stay"
        )


def require_abort(  # noqa: PLR0913, PLR0917  (the operator's words)
    name: str,
    runbook: Runbook,
    target: RegionKey | None,
    mode: Mode | None,
    kind: Kind | None = None,
    lost: Lost | None = None,
    database: Database | None = None,
) -> None:
    """Require that `--abort` is said of the switch that is open; its own words may stand beside it.

    Raises:
        BadInput: Another runbook, or a word that is not the open switch's.
    """
    require_abortable(runbook)
    said = {"--kind": kind, "--lost": lost, "--database": database}
    _none_beyond({word for word, value in said.items() if value is not None}, runbook)
    from tasks.evidence import open_case  # noqa: PLC0415  (Prefect takes a second to import)

    case = open_case(name)
    if case is None:
        return  # the flow says so, and where it stands
    switch = case.intent.forth
    if switch.switches and commands.asked_as(switch) != runbook:
        raise BadInput(f"--abort: the open case is a {commands.asked_as(switch)}: `{commands.run(name, switch.back)}`")
    if other_half := {lost, database} - {None, *commands.HALVES.get(switch.runbook, ())}:
        raise BadInput(f"{', '.join(map(str, other_half))}: is not what the open case moves: leave the word out")
    to = switch.moves_to
    if target not in (None, to):
        raise BadInput(f"--target {target}: the open case is a switch to {to}: leave the word out, or say {to}")
    if mode not in (None, "planned"):
        raise BadInput(f"--mode {mode}: only a planned switch can be aborted: leave the word out")
