"""What people wrote stands in a page as they wrote it, and changes nothing of how the page is laid out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from model import declaration, drill
from model.drill import Finding
from model.explore.world import World
from model.markdown import plain, typed
from model.readiness.line import Line
from model.readiness.page import page as readiness
from model.report.facts import Said
from model.report.markdown import page as report
from model.runbooks import FULL_FAILOVER
from tests.unit.model.builders import FRAMEWORK, steady, view, without
from tests.unit.model.test_declaration import case
from tests.unit.model.test_drill import CIRCLE, DRILL
from tests.unit.model.test_report import answered, journal, told

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = (
    "gone\n\n# All well | `x` ``y |\n|---|\n- **no** <b>[debts](http://x)</b> ![](y) &lt; __w__ ~~v~~ <http://z> \\"
)
WORDS = st.text(alphabet=st.sampled_from("\\`*_[]()<>|~&#!@:/.-+= \n\r\t\u2028\u202e;\"'1awx"))
Page = Callable[[str], str]


def leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from leaves(token.children or [])


def layout(page: str) -> list[str]:
    """Return what a page consists of, without its words."""
    found = [token for token in leaves(MARKDOWN.parse(page)) if not token.type.startswith("text")]
    return [f"{token.type} {token.tag} {token.attrs}" for token in found]


def words(page: str) -> str:
    return "".join(token.content for token in leaves(MARKDOWN.parse(page)) if not token.children)


def line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


@given(WORDS)
def test_words_lay_nothing_out_and_are_read_as_they_were_written(text: str) -> None:
    page = f"- Reason: {plain(text)}\n- next"
    assert layout(page) == layout("- Reason: x\n- next")
    assert words(page).partition("Reason:")[2].removesuffix("next").strip() == line(text)


@given(WORDS)
def test_what_is_to_be_typed_is_code_whatever_stands_in_it(text: str) -> None:
    page = f"- **{typed(f'gdr run {text}.')}**\n- next"
    assert layout(page) == layout("- **`gdr`**\n- next")
    assert line(f"gdr run {text}.") in words(page)


@pytest.mark.parametrize(
    "text", ["the roof leaks", "r1_db's disk (ticket #4711): 50 % -> gone, R & D know", "Büro; 3.5 h"]
)
def test_what_people_mostly_write_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["http://evil", "www.evil.test", "WWW.evil.test", "mallory@evil.test"])
def test_no_address_is_left_whole_for_a_renderer_that_links_by_itself(text: str) -> None:
    assert text not in plain(text)
    assert words(plain(text)) == text


def of_report(reason: str) -> str:
    known = told(journal(answered()))
    said = Said(
        decision="go", approver="alice", identity="", channel="slack", reason=reason, at=1.0, beforehand=False
    )  # fmt: skip
    return report(replace(known, reason=reason, approvals=(said,)))


def of_declaration(reason: str) -> str:
    lost: World = without(steady(), *FRAMEWORK["region1"])
    known = view(lost)
    known = replace(known, intent=replace(known.intent, reason=reason))
    text = declaration.declare(known, case(), FULL_FAILOVER.left(known).steps()).text
    assert "only the framework is lost. Decline" in text
    return text


def of_drill(reason: str) -> str:
    found = Finding("preempted", f"case lab-1 was no drill: {reason}")
    return drill.page(replace(DRILL, reason=reason, ended=300.0, findings=(found,)), CIRCLE)


def of_readiness(reason: str) -> str:
    line = Line(name="last drill", subject="lab", verdict="red", found=f"preempted: {reason}", remedy="drill", stage="")
    return readiness("lab", (line,))


@pytest.mark.parametrize("page", [of_report, of_declaration, of_drill, of_readiness])
def test_a_reason_changes_no_page(page: Page) -> None:
    assert layout(page(HOSTILE)) == layout(page("the roof leaks"))
    assert line(HOSTILE) in words(page(HOSTILE))
