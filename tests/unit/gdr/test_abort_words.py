"""The words of an abort: it takes the open switch, and refuses words that are not that one's."""

from dataclasses import replace

import pytest

from gdr.answer import BadInput
from gdr.asked import require_abort
from model import commands
from model.environment.document import RegionKey
from model.step import Intent, Mode
from tests.unit.gdr.shell import OPENED, case, write
from tests.unit.gdr.test_commands import typed

BACK = Intent(runbook="abort", target="region1", mode="planned", reason="it's enough", undoes="full_failover")


def test_the_command_that_goes_back_is_told_neither_region_nor_mode() -> None:
    verb, given = typed(commands.run("lab", BACK))
    assert (verb, given["runbook"], given["name"], given["abort"]) == ("run", "full-failover", "lab", True)
    assert (given["reason"], given.get("target"), given.get("mode")) == ("it's enough", None, None)


def test_the_way_forward_is_told_as_it_is_typed() -> None:
    assert typed(commands.switch("lab", "region2", "planned", "x"))[1]["target"] == "region2"
    assert typed(commands.failback("lab", "region1", "why so"))[1]["runbook"] == "failback"


@pytest.mark.parametrize("target", [None, "region2"])
@pytest.mark.parametrize("mode", [None, "planned"])
def test_the_words_of_the_open_switch_may_stand_beside_it(target: RegionKey | None, mode: Mode | None) -> None:
    case("lab-1")
    require_abort("lab", "full-failover", target, mode)
    aborted = {"intent": {**OPENED["intent"], "runbook": "abort", "target": "region1"}}  # type: ignore[dict-item]
    case("lab-1", ("intent.aborted", aborted))
    require_abort("lab", "full-failover", target, mode)
    assert replace(BACK, runbook="full_failover", target="region2", undoes=None).back == BACK.back == BACK


def test_another_region_or_mode_is_not_that_of_the_open_switch() -> None:
    case("lab-1")
    with pytest.raises(BadInput, match="--target region1: the open case is a switch to region2"):
        require_abort("lab", "full-failover", "region1", None)
    with pytest.raises(BadInput, match="--database, --kind, --lost: full-failover takes no such word"):
        require_abort("lab", "full-failover", None, None, "live", "dbms", "stay")
    with pytest.raises(BadInput, match="--mode unplanned: only a planned switch can be aborted"):
        require_abort("lab", "full-failover", None, "unplanned")


def test_no_other_runbook_takes_the_word_and_without_a_case_the_runbook_itself_says_so() -> None:
    with pytest.raises(BadInput, match="--abort: failback takes no such word"):
        require_abort("lab", "failback", "region1", None)
    require_abort("lab", "full-failover", "region1", None)


def test_of_one_half_it_is_said_of_a_partial_failover() -> None:
    stay = {"runbook": "framework_failover", "target": "region1", "home": "region2", "mode": "planned", "reason": "x"}
    write("lab-1", OPENED | {"intent": stay})
    require_abort("lab", "partial-failover", "region2", "planned", None, "framework", "stay")
    require_abort("lab", "partial-failover", None, None)
    with pytest.raises(BadInput, match="the open case is a partial-failover: `gdr run partial-failover lab --abort"):
        require_abort("lab", "full-failover", None, None)
    with pytest.raises(BadInput, match="dbms: is not what the open case moves: leave the word out"):
        require_abort("lab", "partial-failover", None, None, None, "dbms")
    with pytest.raises(BadInput, match="--target region1: the open case is a switch to region2"):
        require_abort("lab", "partial-failover", "region1", None)
