"""Backups as the site's job notes them: the youngest counts, and ignorance is no age."""

from dataclasses import replace

import pytest

from model.inventory import Backup, Inventory
from model.observation import Observation
from model.readiness.backups import lines
from model.readiness.line import Line
from model.runbooks.readiness import steady_view
from tests.unit.model.steady import NOW, lab, steady

HOUR, WANTED = 3600.0, ("rto_s: 300", "rto_s: 300\n  backup_s: 86400\n  restore_test_s: 7776000")


def noted(r1: Backup | None = None, r2: Backup | None = None) -> Observation:
    seen = steady()
    notes = {"r1-db": r1, "r2-db": r2}
    changed = {name: replace(seen.inventories[name], backup=note) for name, note in notes.items()}
    return replace(seen, inventories={**seen.inventories, **changed})


def judged(seen: Observation, edit: tuple[str, str] = WANTED) -> tuple[Line, Line]:
    taken, restored = lines(steady_view(lab(*edit), seen))
    return taken, restored


def test_without_an_objective_nothing_is_judged() -> None:
    assert {line.verdict for line in judged(noted(Backup(taken=NOW)), ("", ""))} == {"not_yet"}


def test_the_youngest_of_both_hosts_counts() -> None:
    taken, restored = judged(noted(Backup(taken=NOW - 30 * HOUR, restored=NOW - 9e5), Backup(taken=NOW - 2 * HOUR)))
    assert (taken.verdict, taken.found) == ("green", "2.0 h ago by r2-db, objective 24.0 h")
    assert (restored.verdict, restored.found) == ("green", "250.0 h ago by r1-db, objective 2160.0 h")


@pytest.mark.parametrize("at", [NOW - 25 * HOUR, NOW + 2 * HOUR], ids=["old", "in the future"])
def test_an_old_one_is_red_and_so_is_one_of_the_future(at: float) -> None:
    taken, _ = judged(noted(Backup(taken=at)))
    assert (taken.verdict, taken.blocks) == ("red", ())
    assert taken.remedy


def test_where_no_job_has_noted_anything_it_is_red() -> None:
    assert {(line.verdict, line.found) for line in judged(noted())} == {("red", "neither DBMS host knows of one")}


def test_a_note_that_could_not_be_read_is_unknown_unless_the_other_is_young() -> None:
    broken = Backup(fault="torn")
    assert judged(noted(broken))[0].verdict == "unknown"
    assert judged(noted(broken, Backup(taken=NOW - 30 * HOUR)))[0].verdict == "unknown"
    assert judged(noted(broken, Backup(taken=NOW)))[0].verdict == "green"


def test_a_host_that_does_not_answer_is_unknown() -> None:
    seen = noted()
    blind = replace(seen, inventories={**seen.inventories, "r2-db": Inventory(fault="silent")})
    assert (judged(blind)[0].verdict, judged(blind)[0].found) == ("unknown", "r2-db: silent")
