"""The way back: the lost region follows again, takes over, and the other one follows it; nothing is lost unread."""

import pytest

from lab.drill.load import Load
from lab.root import POSTGRESQL_BIN
from lab.services import postgresql
from tests.lab import effects, way_back
from tests.lab.operator import Journal, Operator
from tests.lab.way_back import require_protected

pytestmark = pytest.mark.timeout(600)
UNVERIFIED = 4


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need region 1 active."""
    yield
    lab.restore()


def test_what_was_stranded_is_exported_and_the_region_is_gone_back_to_without_loss(lab):
    way_back.fail_over_with_stranded_writes(lab)
    with Load(lab) as load:
        Operator.of(lab, "failback", "--target", "region1").require_reached()
        outcome = load.judge("r1-db", 0.0)
    require_protected(lab, "region1", "region2")
    assert (outcome.verdict.lost, outcome.after > 0) == (0, True)
    assert way_back.exported(lab) == [f"row {number}" for number in range(way_back.STRANDED)]
    assert way_back.sql(lab, "r1-db", "select count(*) from stranded") == "0"
    assert effects.timeline(lab, "r1-db") == 3

    status, text = Operator.of(lab, "failback", "--target", "region1").output()
    assert (status, "region2 follows region1 already: nothing to do" in text) == (0, True), text


@pytest.mark.campaign  # that nothing is followed before the export: tests/lab/test_reseed.py
def test_what_is_stranded_and_cannot_be_exported_is_not_overwritten_until_it_can(lab):
    """Nothing can be written where the export goes: the old cluster stays as it lies, and the same command goes on."""
    way_back.fail_over_with_stranded_writes(lab)
    folder, before = "/var/lib/genesys-dr/stranded", lies(lab)
    lab.exec("r1-db", ["mkdir", "-p", folder], check=True)
    lab.exec("r1-db", ["mount", "-t", "tmpfs", "-o", "size=4k", "full", folder], check=True)
    status, text = Operator.of(lab, "failback", "--target", "region1").output()
    assert status == UNVERIFIED, text
    assert "/var/lib/genesys-dr/stranded" in " ".join(text.split()), text[-1500:]
    assert lies(lab) == before
    said = Journal(lab).subjects()
    assert ("act.failed export:r1-db" in said, "act.before follow:r1-db" in said) == (True, False)

    lab.exec("r1-db", ["umount", folder], check=True)
    Operator.of(lab, "reprotect").require_reached()
    assert way_back.exported(lab) == [f"row {number}" for number in range(way_back.STRANDED)]
    require_protected(lab, "region2", "region1")


def lies(lab):
    """Return how the old primary's cluster lies on its disk: each file's time, and what its server noted last."""
    noted = [f"{POSTGRESQL_BIN}/pg_controldata", f"/{postgresql.DATA}"]
    files = ["find", f"/{postgresql.DATA}", "-type", "f", "-printf", "%p %s %T@\n"]
    return [sorted(lab.exec("r1-db", argv, check=True).stdout.splitlines()) for argv in (noted, files)]


def test_a_reprotect_of_a_region_that_writes_is_refused(lab):
    """Two writable databases: nothing is tidied up by a runbook that was made for another purpose."""
    lab.restore()
    way_back.sql(lab, "r2-db", "select pg_promote()")
    status, text = Operator.of(lab, "reprotect").output()
    assert status == 3, text
    assert "r2-db: is primary, too: two writable databases: stop it at once (V2)" in " ".join(text.split())
