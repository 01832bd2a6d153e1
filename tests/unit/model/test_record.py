"""The activation record: one line of text that says who is active and who may act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import Refused
from model.record import Record

REGIONS = st.sampled_from(["region1", "region2"])
WORDS = st.from_regex(r"\A[A-Za-z0-9-]{1,40}\Z")
RECORDS = st.builds(
    Record,
    epoch=st.integers(min_value=0, max_value=10**9),
    state=st.sampled_from(["steady", "switching", "drill"]),
    active=REGIONS,
    target=REGIONS,
    case=WORDS,
    head=WORDS,
)
STEADY = Record(epoch=12, state="steady", active="region1", target="region1")


def test_the_text_is_what_an_operator_reads_in_dns() -> None:
    assert STEADY.text() == "v=1 epoch=12 state=steady active=region1 target=region1 case=- head=-"


@given(RECORDS)
def test_a_record_survives_being_written_and_read(record: Record) -> None:
    assert Record.parse(record.text()) == record


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=2 epoch=12 state=steady active=region1 target=region1 case=- head=-",
        "v=1 epoch=x state=steady active=region1 target=region1 case=- head=-",
        "v=1 epoch=-3 state=steady active=region1 target=region1 case=- head=-",
        "v=1 epoch=12 state=steady active=region1 target=region1 case=-",
        "v=1 state=steady epoch=12 active=region1 target=region1 case=- head=-",
        "v=1 epoch=12 state=asleep active=region1 target=region1 case=- head=-",
        "v=1 epoch=12 state=steady active=region3 target=region1 case=- head=-",
        "v=1 epoch=12 state=steady active=region1 target=both case=- head=-",
    ],
)
def test_a_text_this_version_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="activation record"):
        Record.parse(text)


def test_taking_the_epoch_raises_it_and_names_target_and_case() -> None:
    taken = STEADY.taken(target="region2", case="C-7", head="ab")
    assert taken == Record(epoch=13, state="switching", active="region1", target="region2", case="C-7", head="ab")


def test_a_whole_switch_ends_steady_in_the_target_with_the_case_closed() -> None:
    end = STEADY.taken(target="region2", case="C-7", head="ab").moved("cd").steady("ef")
    assert end == Record(epoch=13, state="steady", active="region2", target="region2", case="-", head="ef")


def test_giving_up_before_the_names_moved_ends_steady_in_the_source() -> None:
    end = STEADY.taken(target="region2", case="C-7", head="ab").steady("ef")
    assert (end.active, end.target) == ("region1", "region1")


def test_opening_a_case_changes_nothing_else() -> None:
    assert STEADY.opened("C-7") == Record(epoch=12, state="steady", active="region1", target="region1", case="C-7")
