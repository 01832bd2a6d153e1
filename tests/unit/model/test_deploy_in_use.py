"""A deploy of what is in use: what would be restarted, stopped or switched over refuses before anything is changed."""

from dataclasses import replace
from typing import Any

import pytest

from model.case import Case
from model.declaration import declare
from model.judgement import done, refusals
from model.observation import DatabaseRole, DatabaseSeen, Observation
from model.runbooks import DEPLOY
from model.survey import DBMS, Survey
from tests.unit.model.steady import lab
from tests.unit.model.test_deploy import INSTALLED, INTENT, MADE, bare, deployed, fresh, made, role, undeployable, view

SETTINGS = "/etc/postgresql/15/main/conf.d/genesys-dr.conf"
ACCESS = "/etc/postgresql/15/main/pg_hba.conf"


def differs(host: str, *paths: str, **changes: Any) -> Survey:
    survey = made(host)
    return replace(survey, states={**survey.states, DBMS: "other"}, differing={DBMS: paths}, **changes)


def unproven() -> Observation:
    """Return a deployment whose pair nobody has seen to switch over."""
    return deployed(r1_fw_p=replace(made("r1-fw-p"), pair=None), r1_fw_b=replace(made("r1-fw-b"), pair=None))


def begun(seen: Observation) -> Observation:
    """Return the same while our own case is at work."""
    record = seen.record
    assert record is not None
    return replace(seen, record=replace(record, state="switching", case="ours"))


def with_part(host: str, unit: str, **changes: Any) -> Survey:
    survey = made(host)
    states = {**survey.states, unit: changes.pop("state", "same")}
    return replace(survey, parts={**survey.parts, unit: replace(INSTALLED, **changes)}, states=states)


DISTURBED: tuple[tuple[str, Observation, str], ...] = (
    (
        "settings of the primary",
        deployed(r1_db=differs("r1-db", SETTINGS)),
        f"configure-database:r1-db: {SETTINGS} is not as rendered, and what runs would be restarted: in a maintenance",
    ),
    (
        "a restart that is due",
        deployed(r1_db=replace(made("r1-db"), database=replace(MADE, pending=True))),
        "configure-database:r1-db: what runs has not taken up all that its files say: reload it, mend what",
    ),
    (
        "settings of the standby",
        deployed(r2_db=differs("r2-db", SETTINGS)),
        f"configure-standby:r2-db: {SETTINGS} is not as rendered, and what runs would be restarted",
    ),
    ("a pair that is not proven", unproven(), "switch-over:r1-fw-b/confserv: the pair serves, and would be switched"),
    (
        "a backup that is Primary",
        role(deployed(), r1_fw_p="Backup", r1_fw_b="Primary"),
        "switch-back:r1-fw-p/confserv: the pair serves, and would be switched over: switch it by hand in a quiet hour",
    ),
    (
        "a component whose mark was lost",
        deployed(r1_app_p=with_part("r1-app-p", "scs", installed=False)),
        "install:r1-app-p/scs: runs, and would be written over: stop it in a maintenance window, then deploy again",
    ),
    (
        "a component whose files are gone",
        deployed(r1_app_p=with_part("r1-app-p", "scs", state="partly")),
        "configure:r1-app-p/scs: runs, and would be written over",
    ),
)


@pytest.mark.parametrize(("seen", "said"), [one[1:] for one in DISTURBED], ids=[name for name, _, _ in DISTURBED])
def test_what_would_disturb_a_deployment_in_use_is_refused_with_its_step(seen: Observation, said: str) -> None:
    assert not done(view(seen))
    assert said in " ".join(refusals(view(seen)))
    without_primary = role(seen, r1_fw_p="Backup", r1_fw_b="Backup")
    assert said.partition(":")[0] in " ".join(refusals(view(without_primary)))  # a steady record is enough


@pytest.mark.parametrize("seen", [one[1] for one in DISTURBED], ids=[name for name, _, _ in DISTURBED])
def test_what_its_own_case_has_begun_a_deploy_goes_on_with(seen: Observation) -> None:
    assert refusals(view(begun(seen), case="ours")) == ()


def test_a_primary_is_use_enough_without_a_record() -> None:
    seen = replace(unproven(), record=None, servers=bare().servers)
    assert "switch-over:r1-fw-b/confserv: the pair serves" in " ".join(refusals(view(seen)))
    quiet = role(seen, r1_fw_p="Backup", r1_fw_b="Backup")
    assert refusals(view(quiet)) == ()


@pytest.mark.parametrize("host", ["r1-db", "r2-db"])
def test_what_a_reload_takes_up_is_not_refused(host: str) -> None:
    seen = deployed(**{host.replace("-", "_"): differs(host, ACCESS, passfile=False)})
    assert {step.host for step in DEPLOY.left(view(seen)).steps() if step.verb.startswith("configure")} == {host}
    assert refusals(view(seen)) == ()


def test_a_standby_that_is_stopped_is_configured() -> None:
    stopped = DatabaseSeen(role=DatabaseRole.STOPPED, follows="198.18.1.31", reseeding=False)
    seen = deployed(r2_db=differs("r2-db", SETTINGS, database=None))
    seen = replace(seen, databases={**seen.databases, "region2": stopped})
    assert "configure-standby:r2-db" in {step.id for step in DEPLOY.left(view(seen)).steps()}
    assert refusals(view(seen)) == ()
    unknown = replace(seen, databases={**seen.databases, "region2": DatabaseSeen(follows="198.18.1.31")})
    assert "configure-standby:r2-db" in " ".join(refusals(view(unknown)))


def test_a_pair_that_is_stopped_is_started_and_proven() -> None:
    rests = {name: with_part(name.replace("_", "-"), "confserv", account=None) for name in ("r1_fw_p", "r1_fw_b")}
    seen = deployed(**{name: replace(survey, pair=None) for name, survey in rests.items()})
    assert "switch-over:r1-fw-b/confserv" in {step.id for step in DEPLOY.left(view(seen)).steps()}
    assert refusals(view(seen)) == ()


def empty_region2() -> Observation:
    """Return region 1 in use, and bare hosts in the place of a region 2 that was lost for good."""
    names = [host.name for host in lab().hosts("region2")]
    surveys = {name: fresh(name) for name in names}
    hosts = {name: seen for name, seen in deployed().hosts.items() if name not in names}
    empty = DatabaseSeen(role=DatabaseRole.UNKNOWN)
    seen = replace(deployed(), hosts=hosts, surveys={**deployed().surveys, **surveys})
    return replace(seen, databases={**seen.databases, "region2": empty})


def test_a_lost_region_is_made_anew_beside_one_that_is_in_use() -> None:
    left = {step.id for step in DEPLOY.left(view(empty_region2())).steps()}
    assert {"stop-database:r2-db", "configure-standby:r2-db", "seed:r2-db", "install:r2-fw-p/confserv"} < left
    assert refusals(view(empty_region2())) == ()


def test_a_server_that_is_seen_to_follow_nobody_is_not_stopped() -> None:
    odd = DatabaseSeen(role=DatabaseRole.PRIMARY, follows="198.18.1.31", reseeding=False)
    seen = replace(deployed(), databases={**deployed().databases, "region2": odd})
    assert "stop-database:r2-db: its server is no standby that is seen to follow" in " ".join(refusals(view(seen)))


def test_a_host_that_does_not_answer_is_refused_once() -> None:
    (reason,) = refusals(view(deployed(r1_fw_b=Survey(fault="silent"))))
    assert reason.startswith("r1-fw-b: does not answer")


def test_without_the_section_nothing_is_weighed() -> None:
    assert len(refusals(view(unproven(), undeployable()))) == 1


def shown(seen: Observation, **changes: Any) -> str:
    case = Case(name="c", opened_at=0, environment="lab", digest="", intent=INTENT)
    return declare(view(seen, **changes), case, DEPLOY.left(view(seen, **changes)).steps()).text


def test_the_gate_says_what_is_in_use_and_what_is_interrupted() -> None:
    assert "no Primary is seen on these hosts" in shown(bare())
    assert "region1 is in use; nothing that runs is restarted, stopped or switched over" in shown(deployed())
    assert "**Interrupted, as this case has begun it: switch-over:r1-fw-b/confserv: " in shown(
        begun(unproven()), case="ours"
    )
