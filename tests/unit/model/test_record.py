"""The activation record: one line of text that says who is active and who may act."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import Refused
from model.record import Record

REGIONS = st.sampled_from(["region1", "region2"])
WORDS = st.text(ascii_letters + digits + "-", min_size=1, max_size=40)
RECORDS = st.builds(
    Record,
    epoch=st.integers(min_value=0, max_value=10**9),
    state=st.sampled_from(["steady", "switching", "resting", "drill"]),
    active=REGIONS,
    target=REGIONS,
    case=WORDS,
    head=WORDS,
    database=st.none() | REGIONS,
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
        "v=1 epoch=12 state=steady active=region1 target=region1 case=- head=- database=region3",
        "v=1 epoch=12 state=steady active=region1 target=region1 case=- database=region2 head=-",
    ],
)
def test_a_text_this_version_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="activation record"):
        Record.parse(text)


def test_taking_the_epoch_raises_it_and_names_target_and_case() -> None:
    taken = STEADY.taken(target="region2", case="C-7", head="ab")
    assert taken == Record(epoch=13, state="switching", active="region1", target="region2", case="C-7", head="ab")


def test_a_record_without_a_database_means_that_of_the_framework() -> None:
    taken = STEADY.taken(target="region2", case="C-7", head="ab")
    assert (STEADY.data, STEADY.framework) == ("region1", "region1")
    assert (taken.data, taken.framework, taken.is_switching) == ("region2", "region2", True)


def test_a_database_that_moves_alone_is_named_until_the_two_are_together_again() -> None:
    taken = STEADY.taken(target="region1", case="C-7", head="ab", database="region2", rests=True)
    assert taken.text() == (
        "v=1 epoch=13 state=resting active=region1 target=region1 case=C-7 head=ab database=region2"
    )
    assert (taken.data, taken.framework, taken.is_switching) == ("region2", None, True)
    moved = taken.repointed("cd")
    assert moved.framework == "region1"
    again = moved.taken(target="region1", case="C-7", head="ab", database="region2", rests=True)
    assert again.state == "switching", "the same case goes on where it was"
    end = again.steady("ef")
    assert (end.active, end.data, end.state) == ("region1", "region2", "steady")
    back = end.taken(target="region1", case="C-8", head="gh", database="region1", rests=True)
    assert (back.database, back.data, back.state) == (None, "region1", "resting")


def test_a_whole_switch_ends_steady_in_the_target_with_the_case_closed() -> None:
    end = STEADY.taken(target="region2", case="C-7", head="ab").moved("cd").steady("ef")
    assert end == Record(epoch=13, state="steady", active="region2", target="region2", case="-", head="ef")


def test_giving_up_before_the_names_moved_ends_steady_in_the_source() -> None:
    end = STEADY.taken(target="region2", case="C-7", head="ab").steady("ef")
    assert (end.active, end.target) == ("region1", "region1")


def test_opening_a_case_changes_nothing_else() -> None:
    assert STEADY.opened("C-7") == Record(epoch=12, state="steady", active="region1", target="region1", case="C-7")
