"""An observation is shown whole, with ignorance as ignorance."""

from dataclasses import replace
from typing import Any

from rich.console import Console

from gdr.observed import data, neutral_view, page
from model.bubble import Copy, Walls
from model.case import fold
from model.observation import Observation
from tests.unit.gdr.shell import case
from tests.unit.model import logbook
from tests.unit.model.steady import RECORD, after_failover, host, lab, no_record, part, steady


def shown(seen: Observation, opened: Any = None) -> str:
    console = Console(width=200, file=None, record=True, quiet=False)
    with console.capture() as said:
        console.print(page(neutral_view(lab(), seen, opened)))
    return said.get()


def test_a_steady_region_is_legal_and_nothing_is_broken() -> None:
    told = data(neutral_view(lab(), steady(), None), None)
    assert (told["verdict"], told["breaches"], told["open_case"]) == ("legal", [], None)
    text = shown(steady())
    assert "situation  LEGAL: framework region1, database region1" in text
    assert "confserv runs Primary" in text
    assert RECORD.text() in text


def test_who_writes_logs_is_shown_where_there_is_a_log_database() -> None:
    assert "log database" not in shown(steady())
    console = Console(width=200, record=True)
    with console.capture() as said:
        console.print(page(logbook.view(logbook.ground().steady())))
    found = [" ".join(line.split()) for line in said.get().splitlines()]
    assert "r1-db yes r1-app-p, r2-app-p, r2-app-b r1-app-p 198.18.1.31 198.18.1.31" in found
    assert "r2-db no nobody r2-app-p 198.18.1.31 198.18.1.31" in found
    assert "r1-app-b unknown unknown" in found


def test_two_primaries_are_a_breach() -> None:
    seen = part("r2-fw-p", "confserv", running=True, status="Running", run_mode="Primary")
    assert "BREACH     V1" in shown(seen)
    assert data(neutral_view(lab(), seen, None), None)["verdict"] == "forbidden"


def test_a_bubble_is_shown_wherever_something_of_it_is() -> None:
    assert "bubble " not in shown(steady())
    text = shown(host("r2-fw-b", walls=Walls(case="lab-1")))
    assert "bubble     r2-fw-b stands within TORN walls of lab-1" in text
    assert "bubble     r2-db has a copy of lab-1" in shown(host("r2-db", copy=Copy(case="lab-1")))


def test_what_nobody_saw_is_unknown() -> None:
    text = shown(Observation(at=0.0, record_fault="ns1: silent"))
    assert "not asked" in text
    assert "TRANSIENT" in text
    assert "ns1: silent" in text
    assert "is gdr-sampler running?" in text


def test_the_side_that_is_asked_about_follows_the_record_or_the_case() -> None:
    assert neutral_view(lab(), steady(), None).target == "region2"
    assert neutral_view(lab(), after_failover(), None).target == "region1"
    assert neutral_view(lab(), no_record(), None).target == "region2"
    switching = replace(RECORD, state="switching", active="region2", target="region2")
    assert neutral_view(lab(), replace(steady(), record=switching), None).target == "region2"
    opened = fold(case("lab-1"))
    view = neutral_view(lab(), after_failover(), opened)
    assert (view.target, view.case, view.intent.mode) == ("region2", "lab-1", "planned")
    assert "open case  lab-1" in shown(steady(), opened)
