"""The ledger and its verdict."""

from lab.standins.client.engine import Entry, read_ledger, verify
from lab.standins.client.session import addresses


def entry(number, outcome, at=1.0):
    return Entry(number, at, "a:2121", outcome)


def test_only_an_acknowledged_write_that_is_missing_is_lost():
    entries = [
        entry("a", "acknowledged", 1.0),
        entry("b", "acknowledged", 2.0),
        entry("c", "unknown"),
        entry("d", "unknown"),
        entry("e", "refused"),
    ]
    verdict = verify(entries, ["a", "c"])
    assert (verdict.acknowledged, verdict.present, verdict.lost, verdict.lost_ids) == (2, 1, 1, ("b",))
    assert (verdict.unknown, verdict.unknown_present, verdict.refused_present) == (2, 1, 0)
    assert (verdict.first_lost_at, verdict.last_acknowledged_at) == (2.0, 2.0)


def test_a_line_cut_off_by_a_kill_is_left_out():
    line = entry("a", "acknowledged").as_line()
    assert [found.id for found in read_ledger([line + "\n", line[:20]])] == ["a"]


def test_proxies_are_listed_with_their_ports():
    assert addresses("198.18.1.21:2121,b:2122") == [("198.18.1.21", 2121), ("b", 2122)]
