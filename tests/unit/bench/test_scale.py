"""Of many runs that were due at one moment: which were told of once, when the last was reached, how long calls took."""

from dataclasses import replace

import pytest

from bench.fleet import Told
from bench.scale import Ran

ONE = Told(
    id="1",
    environment="site-01",
    ended="Ready",
    run_count=1,
    due=100.0,
    begun=103.0,
    over=110.0,
    running=1,
    verdicts=1,
    fired=1,
)


@pytest.mark.parametrize(
    ("changed", "once"),
    [
        ({}, True),
        ({"ended": "Red"}, True),
        ({"ended": "Crashed"}, False),
        ({"run_count": 2}, False),
        ({"running": 2}, False),
        ({"verdicts": 0}, False),
        ({"fired": 0}, False),
        ({"fired": 2}, False),
    ],
    ids=str,
)
def test_lost_and_doubled_are_not_once(changed, once):
    assert replace(ONE, **changed).once() is once


def test_the_last_one_is_counted_from_when_it_was_due_and_who_never_began_is_not_it():
    ran = Ran(runs=[ONE, replace(ONE, begun=140.0), replace(ONE, ended="Late", begun=None)], calls=[0.01])
    assert ran.last(lambda run: run.begun) == 40.0
    assert (ran.once(), ran.ready()) == (2, 2)


def test_calls_are_told_in_milliseconds():
    ran = Ran(runs=[ONE], calls=[number / 1000 for number in range(1, 100)])
    assert [ran.call_ms(50), ran.call_ms(95)] == pytest.approx([50.0, 95.0])
