"""What is said in Slack, as Block Kit. Buttons carry the run and the question they were made for, and nothing else."""

import html
import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from prefect.utilities.urls import url_for

from model.approval import LONGEST_WAIT, SHORTEST_REASON
from model.errors import Refused

Block = dict[str, Any]
ANSWER = "gdr-answer"
# Each with its label, and what Slack lets a button look like besides plain.
DECISIONS = {"go": ("Go", {"style": "primary"}), "wait": ("Wait", {}), "decline": ("Decline", {"style": "danger"})}
# Slack's own limits: of one section, of a message's blocks, of an input.
_SECTION, _SECTIONS, LONGEST_REASON = 2900, 45, 500
_MINUTES = re.compile("[0-9]{1,9}")
# JSON can hold half a character; nothing that is signed, sent or kept can.
_HALF = re.compile("[\ud800-\udfff]")


class Aim(NamedTuple):
    """What a button answers."""

    environment: str
    run: str
    question: str
    decision: str

    @classmethod
    def read(cls, value: str) -> "Aim":
        """Read a button's value, or a dialog's metadata.

        Raises:
            ValueError: It is none of ours.
        """
        match json.loads(value):
            case [str(environment), str(run), str(question), str(decision)] if decision in DECISIONS:
                return cls(environment, run, question, decision)
        raise ValueError("no answer of ours")

    def written(self) -> str:
        """Write it for Slack to give back."""
        return json.dumps(self)


def asked(text: str, environment: str, run: str, question: str) -> list[Block]:
    """Lay a question out, with the way to its run and its buttons."""
    buttons = [_button(Aim(environment, run, question, decision)) for decision in DECISIONS]
    return [*_sections(text), *_way(run), {"type": "actions", "block_id": question[-255:], "elements": buttons}]


def link(run: str) -> str:
    """Return where people see a run, empty where unknown: in the second interface, for Prefect's own links go to v1."""
    return (url_for("flow-run", obj_id=run) or "").replace("/runs/", "/v2/runs/")


def _way(run: str) -> list[Block]:
    url = link(run)
    return [_context(f"<{html.escape(url, quote=False)}|Open the run in the Prefect UI>")] if url else []


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _button(aim: Aim) -> Block:
    label, looks = DECISIONS[aim.decision]
    words = {"type": "plain_text", "text": f"{label} …"}
    return {"type": "button", "action_id": f"{ANSWER}-{aim.decision}", "text": words, "value": aim.written(), **looks}


def ended(text: str, run: str, outcome: str) -> list[Block]:
    """Lay out a question that can be answered no more: its buttons give way to what became of it."""
    return [*_sections(text), *_way(run), _context(_slack(outcome))]


def dialog(aim: Aim, summary: str) -> Block:
    """Ask for the reason, which the auditor reads, in the window in which the decision is confirmed."""
    label, _ = DECISIONS[aim.decision]
    reason = {"multiline": True, "min_length": SHORTEST_REASON, "max_length": LONGEST_REASON}
    minutes = {"is_decimal_allowed": False, "min_value": "1", "max_value": str(LONGEST_WAIT)}
    inputs = [_input("reason", "Why, for the auditor", "plain_text_input", reason)]
    if aim.decision == "wait":
        inputs = [_input("minutes", "For how many minutes", "number_input", minutes), *inputs]
    return {
        "type": "modal",
        "callback_id": ANSWER,
        "private_metadata": aim.written(),
        "title": {"type": "plain_text", "text": f"{label}: {aim.environment}"[:24]},
        "submit": {"type": "plain_text", "text": label},
        "blocks": [*_sections(summary), *inputs],
    }


def _input(name: str, label: str, kind: str, limits: Block) -> Block:
    element = {"type": kind, "action_id": "text", **limits}
    return {"type": "input", "block_id": name, "element": element, "label": {"type": "plain_text", "text": label}}


def given(state: object) -> tuple[str, int]:
    """Return the reason and the minutes of a dialog that was sent in; minutes that are no number are 0.

    Raises:
        Refused: Its fields are none of ours, or the reason cannot be written as UTF-8.
    """
    match state:
        case {"values": {"reason": {"text": {"value": str(reason)}}}} if _HALF.search(reason):
            raise Refused("the reason holds half a character: it cannot be written as UTF-8")
        case {"values": {"reason": {"text": {"value": str(reason)}}, "minutes": {"text": {"value": str(minutes)}}}}:
            return reason, int(minutes) if _MINUTES.fullmatch(minutes) else 0
        case {"values": {"reason": {"text": {"value": str(reason)}}}}:
            return reason, 0
    raise Refused("what came is a dialog without its fields")


def reminder(environment: str, minutes: int, members: Iterable[str]) -> str:
    """Say that a question still waits, to those it waits for."""
    return f"{environment}: an approval has waited for {minutes} minutes: {' '.join(f'<@{one}>' for one in members)}"


def plain(lines: Iterable[str]) -> str:
    """Join lines for a thread."""
    return "\n".join(map(_slack, lines))[:_SECTION]


def _sections(markdown: str) -> list[Block]:
    """Cut a text at its lines into sections that Slack accepts; what is beyond the last says so."""
    parts = list(_parts(_unescaped(_slack(line)) for line in markdown.splitlines()))
    if len(parts) > _SECTIONS:
        parts = [*parts[: _SECTIONS - 1], "… the rest is in the Prefect UI: read it there before you answer"]
    return [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in parts]


def _parts(lines: Iterable[str]) -> Iterator[str]:
    part = ""
    for line in (piece for whole in lines for piece in _wrapped(whole)):
        if len(part) + len(line) >= _SECTION:
            yield part
            part = ""
        part += f"{line}\n"
    if part.strip():
        yield part


def _wrapped(line: str) -> list[str]:
    """Break a line that no section could hold at a blank: what is approved is never cut."""
    return [line] if len(line) < _SECTION else textwrap.wrap(line, _SECTION - 2, break_on_hyphens=False)


def _unescaped(line: str) -> str:
    """Drop the backslashes of markdown, which Slack would show."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", line)


def _slack(line: str) -> str:
    """Turn a line of markdown into Slack's; a name in it can mention nobody."""
    safe = html.escape(line, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"*\1*", safe)
    safe = re.sub(r"^#+ (.*)$", r"*\1*", safe)
    return re.sub(r"^- ", "• ", safe)
