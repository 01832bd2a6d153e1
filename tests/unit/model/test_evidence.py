"""The evidence chain: no byte can be changed, no record left out, no end cut off, without the verifier saying so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import Refused
from model.evidence import KINDS, Entry, beyond, faults, follow, legible, read, strangers


def chain(count: int = 4) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for number in range(count):
        data = {"step": f"stop:r1-fw-p/{number}", "facts": {"n": number, "words": ["ä", None, True, 1.5]}}
        last = entries[-1] if entries else None
        entries.append(follow(last, at=1000.5 + number, case="C-1", attempt="a1", kind="act.before", data=data))
    return tuple(entries)


def text(entries: tuple[Entry, ...]) -> bytes:
    return "".join(entry.line() + "\n" for entry in entries).encode()


def test_a_chain_as_written_is_whole() -> None:
    entries = read(text(chain()), "C-1.jsonl")
    assert entries == chain()
    assert faults(entries) == ()
    assert faults(entries, head=entries[-1].hash[:12]) == ()
    assert faults((), head="-") == ()


WHOLE = text(chain(2))


def unseen(content: bytes) -> bool:
    """Whether somebody who is handed this finds nothing wrong with it."""
    entries, illegible = legible(content, "C-1.jsonl")
    return not (*illegible, *faults(entries), *strangers(entries, "C-1"))


@pytest.mark.parametrize("turned", [0x01, 0x04, 0x10, 0x20, 0x80])
def test_no_byte_can_be_changed_unseen(turned: int) -> None:
    """A bit at a time: `.` becomes a digit, a digit or a letter another one, a quote is lost, UTF-8 ends."""
    for at, byte in enumerate(WHOLE):
        assert not unseen(WHOLE[:at] + bytes([byte ^ turned]) + WHOLE[at + 1 :]), (at, byte)


@pytest.mark.parametrize("byte", [b"0", b" ", b"\n", b"\r", b'"', b"\\", b"\0", b"\xff", b"}"])
def test_no_byte_can_be_put_in_or_in_place_of_another_unseen(byte: bytes) -> None:
    for at in range(len(WHOLE)):
        assert not unseen(WHOLE[:at] + byte + WHOLE[at:]), at
        assert WHOLE[at : at + 1] == byte or not unseen(WHOLE[:at] + byte + WHOLE[at + 1 :]), at
    assert not unseen(WHOLE + byte)


def test_no_byte_can_be_taken_away_unseen() -> None:
    assert unseen(WHOLE)
    assert not any(unseen(WHOLE[:at] + WHOLE[at + 1 :]) for at in range(len(WHOLE)))


@given(st.data())
def test_whatever_becomes_of_a_part_of_it_is_seen_and_never_breaks_the_reader(data: st.DataObject) -> None:
    at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(WHOLE))] * 2)))
    inserted = data.draw(
        st.binary(max_size=20) | st.sampled_from([b"\\ud800", b"1e999", b"NaN", b"1" * 5000, b"[" * 3000])
    )
    forged = WHOLE[:at] + inserted + WHOLE[end:]
    assert forged in (WHOLE, WHOLE[: WHOLE.index(b"\n") + 1], b"") or not unseen(forged)


@pytest.mark.parametrize(("old", "new", "said"), [
    (b'"step":', b'"step":"stop:r2-fw-p","step":', "its line has bytes that no record has"),
    (b'"kind":', b'"kind": ', "its line has bytes that no record has"),
    (b'"n":0', b'"n":0.0', "its line has bytes that no record has"),
    (b"1000.5", b"100000000000000000", "content does not match its hash"),
    (b'"kind":', b'"kind":"debt","kind":', "its line has bytes that no record has"),
    (b'"case":"C-1"', b'"case":"\\ud800"', ":1: not an evidence record"),
    (b"a1", b"\\u001b[2J", ":1: not an evidence record"),
    (b"words", b"\\ud800", "content does not match its hash"),
])  # fmt: skip
def test_what_a_hash_does_not_cover_is_named_all_the_same(old: bytes, new: bytes, said: str) -> None:
    assert old in WHOLE
    entries, illegible = legible(WHOLE.replace(old, new, 1), "C-1.jsonl")
    assert said in [*illegible, *faults(entries)][0]


def deep(depth: int) -> bytes:
    return WHOLE.replace(b"null", b"[" * depth + b"]" * depth, 1)


def test_what_is_nested_deeper_than_anybody_reads_is_named() -> None:
    assert "content does not match" in faults(legible(deep(600), "x")[0])[0]
    assert "not an evidence record" in legible(deep(100_000), "x")[1][0]


def test_every_record_that_can_be_read_is_and_each_line_that_cannot_is_named() -> None:
    one, _, three, four = text(chain()).splitlines(keepends=True)
    entries, illegible = legible(one + b"\xff\n" + three + b"[]\n" + four[:-1], "x")
    assert [entry.n for entry in entries] == [1, 3]
    assert [fault.partition(": ")[0] for fault in illegible] == ["x:2", "x:4", "x:5"]
    assert "has no end: it was cut off, or put there" in illegible[-1]


def test_a_record_left_out_is_named() -> None:
    one, _, *rest = chain()
    assert faults((one, *rest)) == ("record 3: does not follow record 1", "record 4: does not follow record 2")


def test_two_records_exchanged_are_named() -> None:
    one, two, *rest = chain()
    assert "record 2: does not follow record 0" in faults((two, one, *rest))


def test_a_cut_off_end_shows_by_the_head_kept_elsewhere() -> None:
    entries = chain()
    assert faults(entries[:-1]) == ()
    assert "was cut off" in faults(entries[:-1], head=entries[-1].hash)[0]


def test_a_last_line_without_its_end_was_never_acknowledged() -> None:
    whole = text(chain())
    assert read(whole[:-1], "x") == chain()[:-1]
    assert read(b"", "x") == ()


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"n": 1}', b"3"])
def test_a_whole_line_that_is_no_record_is_refused_with_its_place(line: bytes) -> None:
    with pytest.raises(Refused, match=r"C-1\.jsonl:5: not an evidence record"):
        read(text(chain()) + line + b"\n", "C-1.jsonl")


def test_the_first_record_of_another_case_is_named() -> None:
    one, two, three, _ = chain()
    assert strangers((), "C-1") == strangers(chain(), "C-1") == ()
    assert strangers((one, replace(two, case="C-2"), replace(three, case="C-3")), "C-1") == (
        "record 2: is of case C-2, not of C-1",
    )


def test_the_first_record_that_only_a_later_version_knows_is_named() -> None:
    one, two, three, _ = chain()
    assert beyond(()) == beyond(chain()) == ()
    assert beyond(replace(one, kind=kind) for kind in KINDS) == ()
    assert beyond((one, replace(two, kind="intent.postponed"), replace(three, kind="peace.made"))) == (
        "record 2: intent.postponed: this version knows no such record",
    )
