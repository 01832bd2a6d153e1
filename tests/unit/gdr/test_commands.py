"""The command an operator is told to type is one that runs, whatever the reason is made of."""

import shlex
from typing import Any

import pytest

from flows.ending import ends_in_words
from gdr.asked import Runbook, require_words
from gdr.cli.main import app
from gdr.progress import standing
from model import commands
from model.errors import Unverified
from model.step import Intent
from tests.unit.gdr.shell import case

REASONS = ["maintenance", "the roof leaks", 'it\'s "wet" & $HOME `down`; rm', "--mode unplanned", "-x", "two\nlines"]


def typed(command: str) -> Any:
    """Return what the real command line makes of a command: verb and arguments."""
    name, *words = shlex.split(command)
    assert name == "gdr"
    verb, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    return verb.__name__, dict(bound.arguments)


@pytest.mark.parametrize("reason", REASONS)
def test_the_command_that_goes_on_is_parsed_to_the_same_intent(reason: str) -> None:
    intent = Intent(runbook="full_failover", target="region2", mode="unplanned", reason=reason)
    verb, given = typed(commands.run("lab", intent))
    assert (verb, given["runbook"], given["name"]) == ("run", "full-failover", "lab")
    assert (given["target"], given["mode"], given["reason"]) == ("region2", "unplanned", reason)
    assert typed(commands.look("lab")) == ("observe", {"name": "lab"})


@pytest.mark.parametrize(
    ("runbook", "words"),
    [
        ("full-failover", {"target": "region2", "mode": "unplanned"}),
        ("partial-failover", {"target": "region2", "lost": "dbms", "database": "move", "mode": "planned"}),
        ("partial-failover", {"target": "region2", "lost": "framework", "database": "stay", "mode": "unplanned"}),
        ("failback", {"target": "region1"}),
        ("drill", {"kind": "bubble"}),
        ("return-guard", {}),
        ("reprotect", {}),
    ],
)
def test_what_a_dead_run_was_told_is_a_command_that_runs(runbook: Runbook, words: dict[str, str]) -> None:
    verb, given = typed(commands.again("lab", runbook, {"environment": "lab", "reason": "rain", **words}, None))
    told = {word: given.get(word) for word in commands.FORM}
    assert (verb, given.pop("runbook"), given.pop("name")) == ("run", runbook, "lab")
    assert told.items() <= ({**dict.fromkeys(commands.FORM), **words, "database": told["database"]}).items()
    require_words(runbook, **told)


async def test_a_held_run_and_an_interrupted_one_tell_that_command() -> None:
    @ends_in_words
    async def runbook(environment: str) -> str:
        raise Unverified(f"{environment}: nobody knows")

    case("lab-1")
    state = await runbook("lab")
    for text in (str(state.message), standing("lab")):
        look, run = text.split("`")[1::2]
        assert typed(look)[0] == "observe"
        assert typed(run)[1]["reason"] == "maintenance"
