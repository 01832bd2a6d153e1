"""The command line of a daemon of the laboratory: what it does not know, it refuses."""

import pytest

from lab.standins.options import options, port

KNOWN = {"-f": None, "-port": "7120"}


def test_what_is_not_given_is_what_it_was_known_as():
    assert options("daemon", ["-f", "x.conf"], KNOWN) == {"-f": "x.conf", "-port": "7120"}


@pytest.mark.parametrize(
    "argv", [[], ["-port", "1"], ["-f"], ["-f", "x", "-p", "1"], ["x", "-f"], ["-f", "x", "-f", "y"]]
)
def test_what_is_missing_unknown_or_without_a_value_ends_with_the_usage(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        options("daemon -f FILE [-port PORT]", argv, KNOWN)
    assert (ended.value.code, capsys.readouterr().err) == (2, "usage: daemon -f FILE [-port PORT]\n")


@pytest.mark.parametrize("given", [(), ("7120", "7121"), ("seven",), ("-1",)])
def test_what_is_no_port_ends_with_the_usage(given, capsys):
    assert port("daemon PORT", "7120") == 7120
    with pytest.raises(SystemExit) as ended:
        port("daemon PORT", *given)
    assert (ended.value.code, capsys.readouterr().err) == (2, "usage: daemon PORT\n")
