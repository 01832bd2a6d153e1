import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from model.conditions import text_of
from model.environment.document import RegionKey
from model.runbooks import FULL_FAILOVER, RUNBOOKS
from model.runbooks.abort_page import abort_page
from model.runbooks.bubble_page import bubble_page
from model.runbooks.clone_page import clone_page
from model.runbooks.deploy_page import deploy_page
from model.runbooks.page import WIDTH
from model.runbooks.pages import (
    dbms_failover_page,
    drill_page,
    failback_page,
    framework_failover_page,
    full_failover_page,
    partial_failover_page,
    reprotect_page,
    return_guard_page,
)
from model.runbooks.readiness import steady_view
from model.runbooks.readiness_page import readiness_page
from model.runbooks.words import TITLES, VENDOR
from model.step import Step, Verb
from tests.unit.model.steady import lab, steady

PAGES = {
    "full-failover": full_failover_page,
    "partial-failover": partial_failover_page,
    "partial-failover-dbms": dbms_failover_page,
    "partial-failover-stay": framework_failover_page,
    "reprotect": reprotect_page,
    "abort": abort_page,
    "failback": failback_page,
    "deploy": deploy_page,
    "bubble": bubble_page,
    "clone-and-isolate": clone_page,
    "drill": drill_page,
    "return-guard": return_guard_page,
    "readiness": readiness_page,
}


def steps() -> list[Step]:
    return list(FULL_FAILOVER.whole(steady_view(lab(), steady())).steps())


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_the_generated_one(name: str) -> None:
    committed = Path(f"docs/runbooks/{name}.md")
    assert committed.read_text() == PAGES[name](lab()), f"write it again: gdr runbook {name} lab > {committed}"


def test_every_committed_page_is_compared() -> None:
    assert {path.stem for path in Path("docs/runbooks").glob("*.md")} == set(PAGES)


def test_every_line_of_the_plan_has_a_title_and_every_verb_a_source() -> None:
    assert set(TITLES) == {field.name for known in RUNBOOKS.values() for field in fields(known.plan)}
    assert set(VENDOR) == set(Verb)


def test_every_command_undo_condition_and_proof_is_on_the_page() -> None:
    page = full_failover_page(lab())
    for step in steps():
        assert f"`{step.command}`" in page
        for text in (step.undo, *map(text_of, (*step.needs, *step.proves))):
            assert flat(text) in flat(page), step.id


@pytest.mark.parametrize("target", ["region1", "region2"])
def test_the_fence_stands_before_the_point_of_no_return_and_the_names_after(target: RegionKey) -> None:
    (chapter,) = [part for part in full_failover_page(lab()).split("\n## ") if f"{target} takes over\n" in part[:60]]
    assert chapter.count("POINT OF NO RETURN") == 1
    words = [
        "Power the old writers off",
        "POINT OF NO RETURN",
        "Start the primary",
        "Move both names",
        "Close the switch",
    ]
    assert sorted(words, key=chapter.index) == words


def test_what_only_one_mode_does_says_so() -> None:
    page = full_failover_page(lab())
    (drain,) = set(re.findall(r"\*\*4\.\d+ Wait until the standby.*?\n\n(.*?)\n", page))
    assert drain == "Only in mode planned."
    assert "Only in mode unplanned where neither it nor its power source answers." in page


def test_text_fits_the_paper_and_no_table_is_needed() -> None:
    lines = full_failover_page(lab()).splitlines()
    commands = ("  `", "   `", "update ", "prereq ", '  "')
    too_wide = [line for line in lines if len(line) > WIDTH + 8 and not line.startswith(commands)]
    assert too_wide == []
    assert not [line for line in lines if line.startswith("|")]


def test_an_update_by_hand_takes_the_next_epoch_and_moves_both_names() -> None:
    (chapter,) = [part for part in full_failover_page(lab()).split("\n### ") if part.startswith("Updates when region2")]
    assert "v=1 epoch=12 state=switching active=region1 target=region2 case=by-hand head=-" in chapter
    assert "v=1 epoch=12 state=switching active=region2 target=region2 case=by-hand head=-" in chapter
    assert "v=1 epoch=12 state=steady active=region2 target=region2 case=- head=-" in chapter
    assert chapter.count("update add cfgmaster-") == 2
    assert chapter.count("update add cfgdb-2.gen.test 30 A 198.18.2.31") == 1
    assert chapter.count('prereq yxrrset _genesys-dr.gen.test TXT "OLD"') == 4


def test_an_update_by_hand_moves_the_alias_of_the_framework_that_stays() -> None:
    page = dbms_failover_page(lab())
    (chapter,) = [
        part for part in page.split("\n### ") if part.startswith("Updates when the database moves to region2")
    ]
    assert "state=resting active=region1 target=region1 case=by-hand head=- database=region2" in chapter
    assert "update add cfgdb-1.gen.test 30 A 198.18.2.31" in chapter
    assert "state=steady active=region1 target=region1 case=- head=- database=region2" in chapter
    bare = lab("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")
    assert "update add cfgdb" not in full_failover_page(bare)


def chapter_of(page: str, title: str) -> str:
    (found,) = [part for part in re.split(r"\n##+ ", page) if part.startswith(f"{title}\n")]
    return found


def test_by_hand_too_the_record_rests_until_a_framework_that_moved_alone_is_stopped() -> None:
    """A steady record, or a switching one, opens the guards of the one while the other may work on its database."""
    page = abort_page(lab())
    lines = chapter_of(page, "Updates when the framework alone goes back to region1")
    assert re.findall(r"state=(\w+) active=(\w+) target=(\w+)", lines) == [
        (state, "region1", "region1") for state in ("resting", "switching", "steady")
    ]
    assert lines.index("state=resting") < lines.index("update add cfgdb-1.gen.test 30 A 198.18.1.31")
    assert "state=resting" not in chapter_of(page, "Updates while region1 is active")
    back = chapter_of(framework_failover_page(lab()), "Going back")
    assert "set it back" not in back
    alone = page.split("the framework of region2 alone was to take over\n")[1].split("\n## ")[0]
    assert "- Undo: none: the record rests until the other framework is stopped" in alone
    assert "swap the record back to steady" not in alone
    assert "page abort" in back
    bare = lab("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")
    assert "goes back to region1" not in abort_page(bare)


def test_the_page_of_an_abort_says_that_its_lines_are_not_those_of_halves_that_were_apart() -> None:
    said = flat(chapter_of(abort_page(lab()), "When not to use it"))
    assert "Framework and database were in different regions before the switch: with the tool only." in said


def test_of_a_framework_that_moves_alone_held_and_banner_speak_of_the_names() -> None:
    page = framework_failover_page(lab())
    held = flat(chapter_of(page, "HELD: it stopped"))
    assert "It cannot go on, and the names have moved" in held
    assert "is promoted" not in held
    assert "It cannot go on, and the standby is promoted" in flat(full_failover_page(lab()))
    assert page.count("POINT OF NO RETURN of an abort, mode planned <<<") == page.count("POINT OF NO RETURN") == 2
    assert full_failover_page(lab()).count("POINT OF NO RETURN <<<") == 2


def test_a_line_that_nothing_needs_is_left_out() -> None:
    resolver = "  resolvers:\n    - {name: fwd, address: 198.18.0.54, site: third, access: lab-ssh}\n"
    assert "Flush the shared resolvers" in full_failover_page(lab())
    assert "Flush the shared resolvers" not in full_failover_page(lab(resolver, ""))


def test_going_back_sets_the_record_before_it_starts_anything() -> None:
    back = full_failover_page(lab()).split("## Going back")[1]
    assert back.index("First the record") < back.index("Then the undo")


def test_a_line_that_powers_off_names_the_source_and_its_address() -> None:
    lines = full_failover_page(lab()).splitlines()
    named = [line for line, command in pairwise(lines) if "power-off" in command]
    assert named
    assert all(line.endswith("from power source power 198.18.0.20") for line in named)


def test_the_canary_is_a_whole_statement_and_a_failure_is_looked_at_before_it_is_repeated() -> None:
    page = flat(full_failover_page(lab()))
    assert "INSERT INTO gdr_canary (case_id, step, at) VALUES ('CASE', 'canary', now());" in page
    assert "1: failed, how far is not known: look at the host before you repeat it." in page


def test_the_page_of_a_partial_failover_names_no_mode() -> None:
    page = partial_failover_page(lab())
    assert "Only where its power source answers." in page
    assert "mode planned" not in page.split("## The framework of region1 is lost")[1].split("## HELD")[0]
    assert "r1-db" not in page.split("Power the old writers off")[1].split("- Before")[0], (
        "its DBMS is stopped in order"
    )
