"""The configuration in memory, shared by masters and proxies."""

import pytest

from lab.standins.memory import HISTORY, Change, Memory, apply_event, change_event, parse_change
from lab.standins.wire import Rejection

PERSON = {"tenant_dbid": 1, "user_name": "agent1"}


def insert(**row):
    return Change("insert", "cfg_person", {**PERSON, **row})


def written(memory, version, change):
    memory.apply(version, memory.complete(change))


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"op": "upsert", "table": "cfg_person", "row": PERSON}, "unknown operation"),
        ({"op": "insert", "table": "pg_authid", "row": PERSON}, "unknown table"),
        ({"op": "insert", "table": "cfg_person", "row": {"name; drop": 1}}, "unknown columns"),
        ({"op": "insert", "table": "cfg_person", "row": {}}, "no row"),
        ({"op": "update", "table": "cfg_person", "row": PERSON}, "needs a dbid"),
        ({}, "unknown operation"),
    ],
)
def test_what_is_not_understood_is_rejected(message, why):
    with pytest.raises(Rejection, match=why):
        parse_change(message)


def test_a_dbid_handed_out_once_is_never_handed_out_again():
    """A write that hung may have used it."""
    memory = Memory()
    first = memory.complete(insert())
    second = memory.complete(insert())
    assert (first.row["dbid"], second.row["dbid"]) == (1, 2)


def test_writing_an_object_that_is_not_there_is_rejected():
    with pytest.raises(Rejection, match="no object 7"):
        Memory().complete(Change("delete", "cfg_person", {"dbid": 7}))


def test_inserting_an_object_that_is_there_is_rejected():
    memory = Memory()
    written(memory, 1, insert(dbid=5))
    with pytest.raises(Rejection, match="object 5 exists"):
        memory.complete(insert(dbid=5))


def test_an_update_changes_only_its_columns():
    memory = Memory()
    written(memory, 1, insert(first_name="Ann"))
    written(memory, 2, Change("update", "cfg_person", {"dbid": 1, "first_name": "Bea"}))
    assert memory.read("cfg_person", {"user_name": "agent1"}) == [{**PERSON, "dbid": 1, "first_name": "Bea"}]


def test_reading_an_unknown_column_is_rejected_not_empty():
    with pytest.raises(Rejection, match="unknown columns"):
        Memory().read("cfg_person", {"user": "agent1"})


def test_who_missed_some_changes_gets_exactly_those():
    memory = Memory()
    for version in range(1, 6):
        written(memory, version, insert())
    assert [event["version"] for event in memory.since(3) or ()] == [4, 5]


def test_who_missed_too_much_loads_everything():
    memory = Memory()
    for version in range(1, HISTORY + 3):
        memory.apply(version, insert(dbid=1))
    assert memory.since(1) is None
    assert memory.since(2) is not None


def test_who_is_ahead_of_a_master_after_a_lossy_promotion_keeps_its_phantom_objects():
    master, proxy = Memory(), Memory()
    for version in (1, 2):
        written(proxy, version, insert())
    written(master, 1, insert())
    assert master.since(proxy.version) == []
    assert len(proxy.tables["cfg_person"]) == 2


def test_a_snapshot_and_the_events_after_it_make_an_equal_copy():
    master, backup = Memory(), Memory()
    written(master, 1, insert())
    backup.load_snapshot(master.snapshot())
    change = master.complete(insert(user_name="agent2"))
    master.apply(2, change)
    apply_event(backup, change_event(2, change))
    assert backup.snapshot() == master.snapshot()
