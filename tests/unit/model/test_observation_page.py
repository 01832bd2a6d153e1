"""What was seen lies beside the plan that was made of it, as tables in which nothing leaves its cell."""

from dataclasses import replace

from markdown_it import MarkdownIt

from model.bubble import Copy, Walls
from model.explore.world import World
from model.observation import Observation
from model.observation_page import observation_page
from model.view import View
from tests.unit.model import logbook
from tests.unit.model.builders import region1_lost, steady, view

MARKDOWN = MarkdownIt("commonmark").enable("table")


def page(known: View) -> str:
    return observation_page(known, "declare-c-1-1")


def of(world: World) -> str:
    return page(view(world))


def test_who_runs_what_and_what_that_means_is_shown() -> None:
    text = of(region1_lost())
    assert text.startswith("# Observation of lab\nWhat question `declare-c-1-1` and its plan were made of.\n")
    assert "| r1-fw-p | framework_primary | off |" in text
    assert "| r2-db | standby |" in text
    assert "- **situation**: TRANSIENT" in text
    assert "- **open case**: C-1" in text
    assert "confserv runs Primary" in of(steady())
    assert "- **invariants**: none is broken" in of(steady())


def test_what_is_broken_stands_above_the_tables() -> None:
    split = of(steady().set_database("region2", standby=False))
    assert split.index("- **BREACH**: V2") < split.index("| host |")


def test_what_nobody_saw_is_unknown() -> None:
    blind = page(replace(view(steady()), seen=Observation(at=0.0, record_fault="ns1: silent | **so**"), case="-"))
    assert "- **record**: ns1: silent \\| \\*\\*so" in blind
    assert "- **open case**: none" in blind
    assert "| r1-db | unknown | unknown | unknown | unknown | unknown |" in blind
    assert "is gdr-sampler running?" in blind


def test_who_writes_logs_and_what_stands_within_walls_is_shown() -> None:
    known = logbook.view(logbook.ground().steady())
    assert "| r1-db | yes | r1-app-p, r2-app-p, r2-app-b |" in page(known)
    assert "log database" not in of(steady())
    walled = replace(known.seen.host("r2-fw-p"), walls=Walls(case="lab-1", whole=True))
    torn = replace(known.seen.host("r2-fw-b"), walls=Walls(case="lab-1"))
    copied = replace(known.seen.host("r2-db"), copy=Copy(case="lab-1"))
    hosts = {**known.seen.hosts, "r2-fw-p": walled, "r2-fw-b": torn, "r2-db": copied}
    text = page(replace(known, seen=replace(known.seen, hosts=hosts)))
    assert "- **bubble**: r2-fw-p stands within whole walls of lab-1" in text
    assert "- **bubble**: r2-fw-b stands within TORN walls of lab-1" in text
    assert "- **bubble**: r2-db has a copy of lab-1" in text


def test_every_table_is_one_for_a_renderer() -> None:
    rendered = MARKDOWN.render(of(region1_lost()))
    assert rendered.count("<table>") == 3
    assert "|" not in rendered
