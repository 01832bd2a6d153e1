"""What a guard takes for an answer of the writing DNS server, byte by byte; test_guard.py has what it makes of it."""

import dns.message
import pytest
from gdr_host.writer import Silence, read_answer

from tests.unit.host_fakes.stage import RECORD, answer, record
from tests.unit.host_fakes.writer import render

QUERY = dns.message.make_query(RECORD, "TXT", flags=0, id=4711)
ASKED = QUERY.to_wire()
NUMBER, QUESTION = ASKED[:2], ASKED[12:]
NAME = QUESTION[:-4]


def wire(text: str = record()) -> bytes:
    return render(QUERY, *answer(text)).to_wire()


def test_an_answer_with_and_without_compression_is_the_same():
    short = wire()
    assert short[12 + len(QUESTION) :].startswith(b"\xc0\x0c")
    long = short[: 12 + len(QUESTION)] + NAME.upper() + short[14 + len(QUESTION) :]
    assert read_answer(short, NUMBER, QUESTION) == read_answer(long, NUMBER, QUESTION) == record()


def test_who_answers_in_another_case_answers_the_question():
    assert read_answer(wire(), NUMBER, QUESTION.upper()) == record()


def test_a_refusal_need_not_repeat_the_question():
    refused = NUMBER + b"\x80\x05" + bytes(8)
    with pytest.raises(Silence, match="it answered REFUSED"):
        read_answer(refused, NUMBER, QUESTION)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\xff\xff" + wire()[2:], id="another number"),
        pytest.param(ASKED, id="a question"),
        pytest.param(wire().replace(b"gen\x04test", b"gem\x04test", 1), id="another name"),
    ],
)
def test_what_answers_something_else_is_silence(message: bytes):
    with pytest.raises(Silence, match="it answered another question"):
        read_answer(message, NUMBER, QUESTION)


def test_no_answer_that_is_cut_short_is_believed():
    whole = wire()
    for length in range(len(whole)):
        with pytest.raises(Silence):
            read_answer(whole[:length], NUMBER, QUESTION)


@pytest.mark.parametrize("target", [12 + len(QUESTION), 0x3FFF])
def test_a_name_that_points_forward_or_to_itself_cannot_be_read(target: int):
    whole, at = wire(), 12 + len(QUESTION)
    with pytest.raises(Silence, match="cannot be read"):
        read_answer(whole[:at] + (0xC000 | target).to_bytes(2, "big") + whole[at + 2 :], NUMBER, QUESTION)


def test_a_text_beyond_ascii_cannot_be_read():
    with pytest.raises(Silence, match="cannot be read"):
        read_answer(wire(r"v=1 epoch=\255"), NUMBER, QUESTION)
