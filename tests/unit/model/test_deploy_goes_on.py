"""A deploy that was interrupted goes on: what the search of every state has found to be a dead end, or worse."""

from dataclasses import replace
from typing import Any

from model.judgement import refusals
from model.observation import DatabaseRole, DatabaseSeen, Observation
from model.runbooks import DEPLOY
from model.survey import HOST, DatabaseSurvey, Survey
from tests.unit.model.test_deploy import bare, deployed, made, role, step, view, why
from tests.unit.model.test_deploy_in_use import with_part

PRIMARY = "198.18.1.31"


def left(seen: Observation) -> set[str]:
    return {found.id for found in DEPLOY.left(view(seen)).steps()}


def half_laid(**changes: Any) -> Observation:
    """Return a standby whose host side was cut off in the middle: its own side is silent, what is sent along is not."""
    survey = replace(made("r2-db"), states={**made("r2-db").states, HOST: "partly"}, narrow=False, **changes)
    seen = deployed(r2_db=survey)
    databases = {**seen.databases, "region2": DatabaseSeen(role=DatabaseRole.STANDBY)}
    return replace(seen, databases=databases)


def test_a_standby_whose_host_side_is_half_laid_down_is_nobody_elses() -> None:
    (reason,) = refusals(view(half_laid()))
    assert "holds somebody's databases and follows nobody" in reason
    for told in ({"follows": PRIMARY}, {"reseeding": True, "used": None}):
        assert refusals(view(half_laid(**told))) == ()
        assert "lay-host-side:r2-db" in left(half_laid(**told))
    assert refusals(view(half_laid(follows="192.0.2.1"))) != ()
    assert refusals(view(half_laid(reseeding=True))) != ()
    assert refusals(view(half_laid(used=None))) != ()


def set_up_again(**changes: Any) -> Observation:
    """Return a deployment whose primary was set up again, empty, while its standby may hold the only copy."""
    seen = deployed(r1_db=replace(made("r1-db"), database=DatabaseSurvey(primary=True, **changes)))
    standby = replace(seen.survey("r2-db"), follows=PRIMARY)
    return replace(seen, surveys={**seen.surveys, "r2-db": standby})


def test_a_standby_that_may_hold_the_only_copy_is_not_copied_over() -> None:
    for seen in (set_up_again(), set_up_again(mark="lab")):
        reasons = [reason for reason in refusals(view(seen)) if reason.startswith("r2-db: ")]
        assert [reason for reason in reasons if "on r1-db deploy has not made any: it may be the only copy" in reason]
    unknown = set_up_again()
    standby = replace(unknown.survey("r2-db"), used=None, reseeding=True)
    lost = replace(unknown, surveys={**unknown.surveys, "r2-db": standby})
    assert [reason for reason in refusals(view(lost)) if "it may be the only copy" in reason]
    assert not [reason for reason in refusals(view(set_up_again(mark="lab", made=True))) if "only copy" in reason]


def cut_off() -> Observation:
    """Return a standby that runs, and for which its primary keeps no log any more."""
    seen = deployed()
    standby = replace(seen.database("region2"), streaming=False)
    primary = replace(seen.database("region1"), slots=frozenset())
    return replace(seen, databases={"region1": primary, "region2": standby})


def test_a_standby_that_can_never_go_on_is_stopped_and_copied_anew() -> None:
    assert {"stop-database:r2-db", "create-slot:r1-db", "seed:r2-db"} < left(cut_off())
    assert "its slot is lost" in why("stop-database:r2-db", "no_standby_cut_off", cut_off())
    assert not why("stop-database:r2-db", "no_standby_cut_off", deployed())
    (reason,) = refusals(view(cut_off()))  # in use it is reprotect's to do
    assert reason.startswith("stop-database:r2-db: ")
    assert "`gdr run reprotect`" in reason


def test_a_pair_of_which_one_is_down_is_not_switched_back() -> None:
    name = "switch-back:r1-fw-p/confserv"
    assert "backup_is_paired" in step(name).needs
    assert why(name, "backup_is_paired", bare()) == "r1-fw-p: confserv has no role"
    assert not why(name, "backup_is_paired", deployed())


def resting(host: str) -> Survey:
    return with_part(host, "confserv", account=None)


def test_a_backup_that_was_stopped_is_started_beside_the_primary_that_works() -> None:
    seen = role(deployed(r1_fw_b=resting("r1-fw-b")), r1_fw_b="")
    assert "switch-back:r1-fw-p/confserv" in left(seen)
    assert refusals(view(seen)) == ()


def test_a_pair_that_nobody_has_proven_is_stopped_and_not_switched_by_hand() -> None:
    notes = {name: replace(made(name.replace("_", "-")), pair=None) for name in ("r1_fw_p", "r1_fw_b")}
    (reason,) = refusals(view(deployed(**notes)))
    assert reason.endswith("would be switched over: stop both in a maintenance window: deploy starts them in order")
