"""Which line of the runbook took how long, by the product's journal and by the baseline's lines."""

import pytest

from bench.moments import beyond, ended, first, line_of, looks, of_journal, of_lines, walls

JOURNAL = of_journal(
    [
        {"at": 0.0, "kind": "act.after", "data": {"step": "take-epoch:ns1"}},
        {"at": 1.0, "kind": "act.before", "data": {"step": "stop:r1-fw-p/scs"}},
        {"at": 3.0, "kind": "act.after", "data": {"step": "stop:r1-fw-b/scs"}},
        {"at": 4.0, "kind": "act.after", "data": {"step": "stop:r1-fw-p/scs"}},
        {"at": 6.0, "kind": "observed", "data": {"stage": "fence"}},
        {"at": 7.5, "kind": "act.found", "data": {"step": "promote:r2-db"}},
        {"at": 9.0, "kind": "case.closed", "data": {}},
    ]
)
BARE = of_lines(
    [
        {"at": 50.0, "kind": "act.after", "step": "take-epoch:ns1"},
        {"at": 53.0, "kind": "act.after", "step": "stop:r1-fw-p/scs"},
        {"at": 53.5, "kind": "act.after", "step": "stop:r1-fw-b/scs"},
        {"at": 54.0, "kind": "act.after", "step": "promote:r2-db"},
    ]
)


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("stop:r1-fw-p/scs", "stop scs"),
        ("stop:r1-fw-p/confserv", "stop r1-fw-p/confserv"),
        ("flush:r1-app-p", "flush"),
        ("flush:fwd", "flush fwd"),
        ("serve:region1", "serve"),
        ("reconnect:r1-app-p/proxy", "reconnect r1-app-p/proxy"),
        ("promote:r2-db", "promote r2-db"),
    ],
)
def test_what_is_done_at_once_is_one_line(step: str, line: str) -> None:
    assert line_of(step) == line


def test_a_line_begins_where_what_was_before_it_ended_and_a_stages_look_is_none_of_it() -> None:
    assert walls(JOURNAL) == {"stop scs": 4.0, "observed fence": 2.0, "promote r2-db": 1.5}
    assert looks(JOURNAL) == 2.0


def test_beyond_the_baseline_only_what_both_did_counts() -> None:
    assert beyond(JOURNAL, BARE) == [0.5, 1.0]


def test_the_first_after_a_moment_and_the_last_of_a_verb() -> None:
    assert first(JOURNAL, "act.before", after=0.5).name == "stop:r1-fw-p/scs"
    assert ended(JOURNAL, "stop") == 4.0
    with pytest.raises(LookupError, match="no such moment"):
        first(JOURNAL, "act.before", after=1.0)
