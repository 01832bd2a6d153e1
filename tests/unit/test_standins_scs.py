"""What the Solution Control Server repairs, and when it leaves things alone."""

from lab.standins.scs.engine import (
    HOST_LOST_AFTER_S,
    NO_PRIMARY_AFTER_S,
    RESTART_AFTER_S,
    TWO_PRIMARIES_AFTER_S,
    Pair,
    Start,
    Switch,
)

P, B = "cfgmaster-p", "cfgmaster-b"


def unit(name, status, runmode=None):
    return {"unit": name, "status": status, "runmode": runmode}


def confserv(runmode, status="Running"):
    return [unit("confserv", status, runmode)]


STOPPED = [unit("confserv", "Stopped")]


def steady():
    pair = Pair((P, B), now=0)
    pair.hear(P, confserv("Primary"), now=0)
    pair.hear(B, confserv("Backup"), now=0)
    assert pair.decide(now=0, acting=True) == []
    return pair


def test_a_healthy_pair_is_left_alone():
    assert steady().decide(now=1000, acting=True) == []


def test_a_dead_primary_is_switched_at_once_and_restarted_after_a_while():
    pair = steady()
    pair.hear(P, STOPPED, now=10)
    assert pair.decide(now=10, acting=True) == [Switch(B, "Primary")]
    pair.hear(B, confserv("Primary"), now=10.2)
    assert pair.decide(now=10.2, acting=True) == []
    assert pair.decide(now=10 + RESTART_AFTER_S, acting=True) == [Start(P, "confserv")]


def test_a_host_whose_agent_is_gone_counts_as_failed_after_a_grace():
    pair = steady()
    pair.lose(P, now=10)
    assert pair.decide(now=10 + HOST_LOST_AFTER_S / 2, acting=True) == []
    assert pair.decide(now=10 + HOST_LOST_AFTER_S, acting=True) == [Switch(B, "Primary")]


def test_an_agent_that_only_restarts_switches_nothing():
    pair = steady()
    pair.lose(P, now=10)
    pair.hear(P, confserv("Primary"), now=10 + HOST_LOST_AFTER_S / 2)
    assert pair.decide(now=20, acting=True) == []


def test_who_does_not_act_does_nothing_but_is_ready_to():
    pair = steady()
    pair.hear(P, STOPPED, now=10)
    assert pair.decide(now=10, acting=False) == []
    assert Switch(B, "Primary") in pair.decide(now=13, acting=True)


def test_two_primaries_are_resolved_in_favour_of_the_primary_host_after_debouncing():
    pair = steady()
    pair.hear(B, confserv("Primary"), now=10)
    assert pair.decide(now=10, acting=True) == []
    assert pair.decide(now=10 + TWO_PRIMARIES_AFTER_S, acting=True) == [Switch(B, "Backup")]


def test_a_pair_that_is_just_starting_gets_time_to_find_its_primary():
    pair = Pair((P, B), now=0)
    pair.hear(P, [unit("confserv", "Start Pending")], now=0)
    pair.hear(B, confserv("Backup"), now=0)
    assert pair.decide(now=NO_PRIMARY_AFTER_S / 2, acting=True) == []
    assert pair.decide(now=NO_PRIMARY_AFTER_S, acting=True) == [Switch(B, "Primary")]


def test_a_primary_without_database_is_no_reason_to_switch():
    pair = steady()
    pair.hear(P, confserv("Primary", "Service Unavailable"), now=10)
    assert pair.decide(now=100, acting=True) == []


def test_what_was_stopped_outside_its_control_is_started_once_not_twice():
    pair = steady()
    pair.hear(B, [unit("message-server", "Running")], now=0)
    pair.hear(B, [unit("message-server", "Stopped")], now=10)
    assert pair.decide(now=10 + RESTART_AFTER_S, acting=True) == [Start(B, "message-server")]
    assert pair.decide(now=11 + RESTART_AFTER_S, acting=True) == []


def test_what_was_stopped_through_it_stays_stopped():
    pair = steady()
    pair.hear(B, [unit("message-server", "Running")], now=0)
    pair.stop_asked(B, "message-server")
    pair.hear(B, [unit("message-server", "Stopped")], now=10)
    assert pair.decide(now=100, acting=True) == []


def test_what_never_ran_is_started_only_with_autostart():
    pair = steady()
    pair.hear(P, [unit("message-server", "Stopped")], now=0)
    assert pair.decide(now=100, acting=True) == []
    pair.autostart = frozenset({"message-server"})
    assert pair.decide(now=100, acting=True) == [Start(P, "message-server")]


def test_what_is_starting_is_not_started_again():
    pair = steady()
    pair.hear(P, [unit("confserv", "Stopped")], now=1)
    pair.hear(P, [unit("confserv", "Start Pending")], now=2)
    assert Start(P, "confserv") not in pair.decide(now=100, acting=True)
