"""The report as HTML and as JSON: the same facts as the markdown, in one file, and nothing that could run."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from model.drill import Drill
from model.environment.document import Objectives
from model.report.facts import Past, Report, report
from model.report.timeline import Break
from tasks.bundles import SCHEMAS
from tasks.drill_files import keep
from tasks.evidence import journal
from tasks.report_forms.chart import LEFT, RIGHT, WIDTH, Axis, span, timeline, trend
from tasks.report_forms.page import html
from tests.unit.gdr.shell import OPENED, Gdr, write
from tests.unit.kept.journals import CASE, entries, region

OBJECTIVES = Objectives(rpo_s=60, rto_s=300)
HOSTILE = "<script>alert(1)</script> \" onload=x '&amp; ```"


class Page(HTMLParser):
    """What a browser would find: names of elements and attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def known() -> Report:
    return report(entries(), OBJECTIVES)


@pytest.fixture
def kept() -> str:
    journal(CASE).write_text(region())
    return CASE


def test_the_page_needs_nothing_but_itself_and_runs_nothing(known: Report) -> None:
    page = html(known)
    found = Page(page)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not {name for name in found.attributes if name.startswith("on") or name in {"src", "href"}}
    assert not re.findall(r"https?:|url\((?!#)|@import", page)
    assert "default-src 'none'" in page


def test_whatever_somebody_typed_is_text(gdr: Gdr) -> None:
    opened = OPENED | {"intent": OPENED["intent"] | {"reason": HOSTILE}}  # type: ignore[operator]
    debt = ("debt", {"target": HOSTILE, "what": HOSTILE})
    write("lab-9", opened, debt, ("observed", {"stage": HOSTILE, "breaches": [HOSTILE]}))
    page = gdr("report", "lab-9", "--html").out
    assert "<script" not in page
    assert not {name for name in Page(page).attributes if name.startswith("on")}
    assert HOSTILE in Page(page).text


@pytest.mark.parametrize(
    "runbook", ["bubble", "discard", "clone_and_isolate", "deploy", "abort", "reprotect", "return_guard"]
)
def test_no_objective_is_held_against_what_moves_nothing(gdr: Gdr, runbook: str) -> None:
    intent = OPENED["intent"] | {"runbook": runbook}  # type: ignore[operator]
    write("lab-9", OPENED | {"intent": intent}, ("case.closed", {"outcome": "reached"}))
    page, text = gdr("report", "lab-9", "--html").out, gdr("report", "lab-9").out
    assert (">RTO<" in page, ">RPO<" in page, "not reached" in page) == (False, False, False)
    assert "none: nothing was moved" in page
    assert "RTO" not in text


def test_the_three_forms_say_the_same(gdr: Gdr, kept: str) -> None:
    markdown, data = gdr("report", kept).out, gdr("report", kept, "--json").json
    page = Page(gdr("report", kept, "--html").out).text
    for said in (
        "226.7 s (objective 300 s: met)", "at most 683 changes", "r1-app-p", "seen on the phone bridge",
        "invariants held", "Found as wanted, nothing to do: reconnect:r2-app-p/proxy",
        "opening of the case, 2026-11-21 17:32:52 UTC", "2026-11-21 17:36:00 UTC", "Canary level 1 only",
        "self-declared name", "Unplanned full failover of lab to region2",
    ):  # fmt: skip
        assert said in markdown, said
        assert said in page, said
    assert (round(data["clocks"]["rto"], 1), data["rto_met"], data["may_be_lost"]) == (226.7, True, 683)
    assert [debt["target"] for debt in data["debts"]] == ["r1-app-b", "r1-app-p", "ns2"]
    assert len(data["timeline"]["bars"]) == 22
    for bar in data["timeline"]["bars"]:
        assert bar["step"] in markdown
        assert bar["step"] in page
    assert data["not_proven"] == [
        line.removeprefix("- ") for line in markdown.split("## Not proven\n")[1].split("\n\n")[0].splitlines()
    ]


def test_the_page_is_in_the_bundle_and_claims_no_signature_before_there_is_one(known: Report) -> None:
    signed, unsigned = (Page(html(replace(known, signed_by=key))).text for key in ("ed25519:AA=", None))
    assert "To be signed with" in signed
    assert "ed25519:AA=: its bundle proves that it was" in signed
    assert "no key on record" in unsigned
    assert "igned by" not in signed + unsigned


def test_the_document_is_as_its_schema_says(gdr: Gdr, kept: str) -> None:
    schema = json.loads((SCHEMAS / "report.json").read_text())
    Draft202012Validator.check_schema(schema)
    valid, found = Draft202012Validator(schema), gdr("report", kept, "--json").json
    assert [error.message for error in valid.iter_errors(found)] == []
    assert not valid.is_valid({key: value for key, value in found.items() if key != "clocks"})
    assert not valid.is_valid(found | {"rto_met": "yes"})


def test_the_page_is_written_where_one_wants_it(gdr: Gdr, kept: str, tmp_path: Path) -> None:
    said = gdr("report", kept, "--html", "--to", str(tmp_path / "report.html"))
    assert (said.code, said.out) == (0, f"{tmp_path}/report.html: Unplanned full failover of lab to region2: reached\n")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_the_trend_names_the_drill_that_a_switch_was_a_part_of(gdr: Gdr, kept: str) -> None:
    began = entries()[0].at - 5
    keep(Drill(name="lab-drill-1", environment="lab", kind="live", home="region1", reason="q", began=began))
    (journal(kept).parent / "lab-20200101T000000-region1.jsonl").write_text("garbled\n")
    (journal(kept).parent / "lab-20200102T000000-region1.jsonl").write_text("")
    assert [past["drill"] for past in gdr("report", kept, "--json").json["trend"]] == ["lab-drill-1"]


def test_the_trend_keeps_the_newest_and_no_return_guards(gdr: Gdr, kept: str) -> None:
    for year in range(2001, 2016):
        write(f"lab-{year}0101T000000-region1", OPENED)
    write("lab-20270101T000000-region2-GUARD", OPENED)
    cases = [past["case"] for past in gdr("report", kept, "--json").json["trend"]]
    assert cases == [f"lab-{year}0101T000000-region1" for year in range(2005, 2016)] + [kept]


def test_people_take_no_room_on_the_axis_and_time_never_runs_back() -> None:
    axis = Axis(7300.0, (Break(what="people", began=10, ended=7210), Break(what="nothing ran", began=7000, ended=7250)))
    moments = [axis.x(at) for at in (0, 5, 10, 4000, 7210, 7250, 7275, 7300)]
    assert moments == sorted(moments)
    assert (moments[0], round(moments[-1], 6)) == (LEFT, WIDTH - RIGHT)
    assert axis.x(7210) - axis.x(10) == axis.gap
    assert axis.x(10) - axis.x(5) == pytest.approx(axis.x(7255) - axis.x(7250))
    ticks = [x for x, _ in axis.ticks()]
    assert ticks == sorted(ticks)
    assert not [x for x in ticks if axis.x(10) + 1 < x < axis.x(7210) - 1]


def test_every_box_lies_in_the_picture(known: Report) -> None:
    picture = timeline(known)
    for box in picture.boxes:
        assert box.x >= LEFT
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= picture.height
    assert [box.note for box in picture.boxes if box.kind == "break"] == ["3 min 15 s"]
    fence = next(box.note for box in picture.boxes if box.kind == "stage")
    assert ", and 3 min 15 s in which nothing was done; " in fence


def test_a_switch_that_reached_nothing_has_a_place_in_the_trend() -> None:
    one = Past(case="a", opened_at=0, title="t", outcome="o", drill="", rto=None, work=1, waiting=2)
    met = Past(case="b", opened_at=9, title="t", outcome="o", drill="d", rto=400, work=100, waiting=300)
    picture = trend((one, met), 300)
    assert [box.kind for box in picture.boxes] == ["none", "work", "people"]
    assert picture.line is not None
    assert picture.boxes[2].y < picture.line < picture.boxes[1].y, "people took it over the objective"
    assert trend((), 300).boxes == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "unknown"), (1.25, "1.2 s"), (119.96, "120.0 s"), (195, "3 min 15 s"), (7400, "2 h 3 min")],
)
def test_a_time_is_said_as_people_say_it(seconds: float | None, said: str) -> None:
    assert span(seconds) == said
