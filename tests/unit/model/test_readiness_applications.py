"""The pair's Application objects: a backup that is named as such, and options that are the same but for logs."""

from dataclasses import replace

import pytest

from model.applications import UNTOLD, Backup, Option, backup_name
from model.inventory import Part
from model.observation import Observation
from model.readiness.line import Line, not_ready
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model import steady as world
from tests.unit.model.steady import APPLICATIONS, DAY, NOW, backup, lab

LOAD = Option(section="system", option="proxy-load-max", values=("0", "7"))
ABSENT = Option(section="system", option="delay-reload", values=(None, "5"))
SECRET = Option(section="security", option="password", values=None)
SERVED = Backup(name="confserv_b", enabled=True, served="other")


def judged(seen: Observation) -> Line:
    lines = readiness(steady_view(lab(), seen), NOW, day=DAY)
    (found,) = [line for line in lines if line.name == "pair's Application objects"]
    return found


def told(**changes: object) -> Observation:
    return replace(world.steady(), applications=replace(APPLICATIONS, **changes))  # type: ignore[arg-type]


def test_a_pair_whose_objects_are_alike_is_green() -> None:
    found = judged(world.steady())
    assert (found.verdict, found.subject) == ("green", "r1-db")
    assert found.found == "confserv_b is the backup of confserv, and alike"


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (told(found=()), "confserv_b: there is no such Application, and the backup's configuration file is named so"),
        (backup(served=None), "confserv_b: no Application names it as its backup"),
        (backup(enabled=False), "confserv_b: its Application is disabled"),
        (told(found=(*(APPLICATIONS.found or ()), SERVED)), "confserv_b: the backup of confserv, other"),
        (backup(LOAD), "confserv and confserv_b differ; system/proxy-load-max: 0 and 7"),
        (
            backup(ABSENT, SECRET),
            "confserv and confserv_b differ; system/delay-reload: (none) and 5; security/password (not shown)",
        ),
    ],
)
def test_what_the_vendor_forbids_is_red_and_named(seen: Observation, found: str) -> None:
    line = judged(seen)
    assert (line.verdict, line.found, line.blocks) == ("red", found, ())
    assert "same" in line.remedy


def test_of_many_options_the_first_are_named_and_the_rest_counted() -> None:
    found = judged(backup(*[replace(LOAD, option=f"o{number}") for number in range(7)])).found
    assert found.endswith("system/o4: 0 and 7; and 2 more")


def test_what_could_not_be_read_is_unknown_with_its_reason() -> None:
    line = judged(told(found=None, fault="permission denied for table cfg_application"))
    assert (line.verdict, line.found) == ("unknown", "permission denied for table cfg_application")
    assert judged(replace(world.steady(), applications=UNTOLD)).found == "not asked"


def test_tables_of_another_release_are_left_to_a_person_and_make_nothing_red() -> None:
    line = judged(told(found=None, fault="UndefinedColumnError: backup_app_dbid", foreign=True))
    assert (line.verdict, line.blocks) == ("not_yet", ())
    assert line not in not_ready((line,))
    assert line.found.endswith("compare by hand: UndefinedColumnError: backup_app_dbid")


def test_where_framework_and_database_are_apart_the_database_is_told_of() -> None:
    seen = world.record(database="region2")
    assert judged(seen).subject == "r2-db"


def test_the_backup_is_named_by_the_section_of_its_own_file() -> None:
    installed = world.steady().inventories
    assert backup_name(lab(), "region2", installed) == "confserv_b"
    assert backup_name(lab(), "region2", {}) is None
    silent = {"r2-fw-b": replace(installed["r2-fw-b"], parts={"confserv": Part(config=None, fault="gone")})}
    assert backup_name(lab(), "region2", silent) is None
