"""Deploy: what is rendered, what is left alone, and what is left to do, from bare hosts to a pair that is proven."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from model import commands
from model.case import Case
from model.conditions import failing
from model.declaration import declare
from model.deployment.render import NO_SECTION, PAIR, host_json, making
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.errors import Refused
from model.evidence import follow
from model.explore.conformance import violations
from model.forecast import forecast_s
from model.judgement import done, refusals
from model.observation import ComponentSeen, DatabaseSeen, Observation, ServerSeen
from model.runbooks import DEPLOY
from model.scope import of_runbook, scope_of, unseen
from model.step import Intent, Step, Verb
from model.survey import DBMS, HOST, DatabaseSurvey, PartSurvey, State, Survey
from model.view import View
from model.words import nothing_to_do, reached, title
from tests.unit.model.steady import lab, steady

INTENT = Intent(runbook="deploy", target="region1", mode="planned", reason="test")
DATABASES = ("r1-db", "r2-db")
HOSTS = tuple(host.name for _, host in lab().all_hosts())
OBJECTS = frozenset({"backup Application", "message server signature", "message server autostart"})
MADE = DatabaseSurvey(mark="lab", made=True, tables=9, primary=True, objects=OBJECTS)
INSTALLED = PartSurvey(mark="lab", installed=True, entries=2, account="genesys")


def units(host: str) -> tuple[str, ...]:
    return tuple(part.unit for part in lab().host(host).components if part.kind != "dbms")


def fresh(host: str) -> Survey:
    """Return what a bare host says."""
    if host in DATABASES:
        empty = DatabaseSurvey(primary=True)
        return Survey(answers=True, states={HOST: "absent", DBMS: "other"}, narrow=False, database=empty, used=False)
    parts = {unit: PartSurvey() for unit in units(host)}
    return Survey(answers=True, states=dict.fromkeys((HOST, *units(host)), "absent"), narrow=False, parts=parts)


def made(host: str) -> Survey:
    """Return what a deployed host says."""
    if host in DATABASES:
        states: dict[str, State] = {HOST: "same", DBMS: "same"}
        found = replace(MADE, primary=host == "r1-db")
        return Survey(answers=True, states=states, narrow=True, database=found, passfile=True, used=True)
    rests = lab().host(host).role in PAIR and lab().region_of(host) != "region1"
    parts = dict.fromkeys(units(host), replace(INSTALLED, account=None) if rests else INSTALLED)
    return Survey(
        answers=True, states=dict.fromkeys((HOST, *units(host)), "same"), narrow=True, parts=parts, pair="lab"
    )


def bare() -> Observation:
    """Return what is seen of bare hosts: the name servers answer, and have neither names nor record."""
    servers = {name: ServerSeen(answers=True) for name in ("ns1", "ns2")}
    return Observation(at=1.0, servers=servers, surveys={name: fresh(name) for name in HOSTS})


def deployed(**changes: Survey) -> Observation:
    surveys = {name: made(name) for name in HOSTS} | {name.replace("_", "-"): it for name, it in changes.items()}
    seen = steady()
    databases: dict[RegionKey, DatabaseSeen] = {
        "region1": replace(seen.database("region1"), slots=frozenset({"r2_db"})),
        "region2": replace(seen.database("region2"), reseeding=False),
    }
    return replace(seen, surveys=surveys, databases=databases)


def view(seen: Observation, known: Environment | None = None, **changes: Any) -> View:
    return View(environment=known or lab(), seen=seen, intent=INTENT, **changes)


def step(name: str, seen: Observation | None = None) -> Step:
    return next(found for found in DEPLOY.whole(view(seen or bare())).steps() if found.id == name)


def why(name: str, condition: str, seen: Observation) -> str:
    return "; ".join(failing((condition,), view(seen), step(name)))


def test_of_bare_hosts_everything_is_left_and_nothing_is_refused() -> None:
    left = {found.id for found in DEPLOY.left(view(bare())).steps()}
    assert {
        "lay-host-side:r1-db",
        "create-database:r1-db",
        "install:r1-fw-b/scs",
        "switch-over:r1-fw-b/confserv",
    } < left
    assert {"seed:r2-db", "install:r2-fw-p/confserv", "start:r2-app-b/proxy", "stop-database:r2-db"} < left
    assert not [name for name in left if name.startswith(("start:r2-fw", "create-database:r2"))]
    assert refusals(view(bare())) == ()
    assert not done(view(bare()))


def test_of_a_deployment_that_stands_nothing_is_left() -> None:
    assert done(view(deployed()))
    assert refusals(view(deployed())) == ()
    assert {found.verb for found in DEPLOY.left(view(deployed())).steps()} <= {
        Verb.TAKE_EPOCH, Verb.CANARY, Verb.STEADY,
    }  # fmt: skip
    assert nothing_to_do(view(deployed())) == "both regions are deployed as rendered: nothing to do"
    assert not done(view(deployed(), undeployable()))


def undeployable() -> Environment:
    return lab().model_copy(update={"deploy": None})


def test_a_host_side_that_was_cut_off_is_laid_down_again() -> None:
    half = replace(made("r1-fw-p"), states={**made("r1-fw-p").states, HOST: "partly"}, narrow=False)
    left = {found.id for found in DEPLOY.left(view(deployed(r1_fw_p=half))).steps()}
    assert "lay-host-side:r1-fw-p" in left
    assert refusals(view(deployed(r1_fw_p=half))) == ()


def part(**changes: Any) -> Survey:
    parts = {**fresh("r1-fw-p").parts, "confserv": replace(PartSurvey(), **changes)}
    return replace(fresh("r1-fw-p"), parts=parts)


FOREIGN: tuple[tuple[str, str, Survey], ...] = (
    ("a silent host", "r1-fw-p", Survey(fault="silent")),
    ("another host side", "r1-fw-p", replace(fresh("r1-fw-p"), states={HOST: "other"}, narrow=True,
                                             differing={HOST: ("/opt/genesys-dr/bin/gdr-host",)})),
    ("a folder that deploy did not make", "r1-fw-p", part(entries=3)),
    ("is of deployment another", "r1-fw-p", part(mark="another", installed=True)),
    ("nobody knows how it ended: see what it has done", "r1-fw-p", part(mark="lab", unknown=True, entries=2)),
    ("something listens on its port as oracle", "r1-fw-p", part(account="oracle")),
    ("its DBMS does not answer", "r1-db", replace(fresh("r1-db"), database=None)),
    ("config has 7 tables that deploy did not", "r1-db", replace(fresh("r1-db"), database=DatabaseSurvey(tables=7))),
    ("nobody can say whether its cluster holds databases", "r2-db", replace(fresh("r2-db"), used=None)),
    ("its cluster holds somebody's databases and follows nobody", "r2-db", replace(fresh("r2-db"), used=True)),
    ("its tables are of deployment another", "r1-db", replace(fresh("r1-db"), database=DatabaseSurvey(mark="another"))),
)  # fmt: skip
WORDS = {"a silent host": "a host nobody can see", "a folder that deploy did not make": "3 entries that deploy did not"}


@pytest.mark.parametrize(("what", "host", "survey"), FOREIGN, ids=[name for name, _, _ in FOREIGN])
def test_a_deploy_onto_foreign_content_is_refused(what: str, host: str, survey: Survey) -> None:
    seen = replace(bare(), surveys={**bare().surveys, host: survey})
    (reason,) = refusals(view(seen))
    assert reason.startswith(f"{host}: ")
    assert WORDS.get(what, what) in reason
    assert why(f"lay-host-side:{host}", "nothing_foreign", seen) == reason


def beside(mark: str | None, others: tuple[str, ...] | None, **states: State) -> Observation:
    """Return a deployment whose first DBMS holds other databases."""
    survey = made("r1-db")
    known = replace(MADE, mark=mark, others=others, tables=0)
    return deployed(r1_db=replace(survey, states={**survey.states, **states}, database=known), r2_db=fresh("r2-db"))


def test_other_databases_of_the_server_are_refused_while_its_logins_would_be_rewritten() -> None:
    for seen in (beside(None, ("crm", "postgres")), beside("lab", ("crm", "postgres"), dbms="other")):
        (reason,) = refusals(view(seen))
        assert reason == "r1-db: crm, postgres: databases that deploy did not make: give it a server of its own"
        assert why("configure-database:r1-db", "nothing_foreign", seen) == reason
    assert refusals(view(beside("lab", ("crm",)))) == ()
    assert refusals(view(beside(None, ()))) == ()


def test_a_server_that_does_not_tell_of_other_databases_is_refused_unless_its_host_side_is_old() -> None:
    assert "which databases are on its server is unknown" in refusals(view(beside(None, None)))[0]
    old = beside(None, None, host="partly")
    assert refusals(view(old)) == ()


def test_a_component_that_runs_and_differs_is_refused_with_its_file() -> None:
    survey = made("r1-fw-b")
    other = replace(survey, states={**survey.states, "scs": "other"}, differing={"scs": ("/opt/genesys/scs/scs.conf",)})
    (reason,) = refusals(view(deployed(r1_fw_b=other)))
    assert reason.startswith("r1-fw-b: scs: runs, and /opt/genesys/scs/scs.conf is not as rendered")
    assert why("configure:r1-fw-b/scs", "part_rests", deployed(r1_fw_b=other))
    assert "1 files not as rendered: /opt/genesys/scs/scs.conf" in why(
        "configure:r1-fw-b/scs", "part_configured", deployed(r1_fw_b=other)
    )


def test_a_component_that_rests_and_differs_is_written_again() -> None:
    survey = made("r1-fw-b")
    rests = {**survey.parts, "scs": replace(INSTALLED, account=None)}
    other = replace(survey, states={**survey.states, "scs": "other"}, parts=rests)
    assert refusals(view(deployed(r1_fw_b=other))) == ()
    assert not why("configure:r1-fw-b/scs", "part_rests", deployed(r1_fw_b=other))


def test_a_record_of_another_case_is_refused() -> None:
    record = steady().record
    assert record is not None
    theirs = replace(record, state="switching", case="lab-somebody")
    assert "case lab-somebody is open" in refusals(view(replace(deployed(), record=theirs)))[0]


def test_without_the_section_or_an_installer_the_remedy_is_named() -> None:
    assert refusals(view(bare(), undeployable())) == (f"lab: {NO_SECTION}",)
    with pytest.raises(Refused, match="no section `deploy`"):
        making(undeployable())
    known = lab("    lca: {install", "    log_message_server: {install")
    (reason,) = refusals(view(bare(), known))
    assert failing(("nothing_foreign",), view(bare(), known), step("lay-host-side:r1-db")) == ()
    assert reason == "lab: deploy.components.lca: no installer: name the site's command in install"
    facts_ = json.loads(host_json(known, known.host("r1-fw-p")))
    assert facts_["components"][0]["install"] is None


# Conditions


def test_a_stopped_dbms_of_ours_is_no_foreign_one() -> None:
    stopped = replace(made("r2-db"), database=None)
    assert refusals(view(deployed(r2_db=stopped))) == ()
    assert not why("seed:r2-db", "standby_configured", deployed(r2_db=stopped))
    unread = replace(made("r2-db"), database=DatabaseSurvey(pending=True))
    assert "has not taken up all its files" in why("seed:r2-db", "standby_configured", deployed(r2_db=unread))
    said = why("seed:r2-db", "standby_configured", bare())
    assert said == "r2-db: dbms: whether as rendered is unknown; password for its peer: None"


def test_the_dbms_that_is_to_be_active_must_run() -> None:
    (reason,) = refusals(view(deployed(r1_db=replace(made("r1-db"), database=None))))
    assert reason.startswith("r1-db: its DBMS does not answer")


def test_an_application_host_has_no_names_of_the_framework() -> None:
    assert not why("verify:r1-app-p", "names_not_pinned", deployed())
    pinned = replace(steady().host("r1-app-p"), hosts_file=frozenset({"cfgmaster-p.gen.test"}))
    seen = replace(deployed(), hosts={**deployed().hosts, "r1-app-p": pinned})
    assert why("verify:r1-app-p", "names_not_pinned", seen) == "r1-app-p: its hosts file has cfgmaster-p.gen.test"
    assert "not been seen" in why("verify:r1-app-p", "names_not_pinned", bare())


def test_a_host_side_counts_only_with_the_narrow_right() -> None:
    assert not why("lay-host-side:r1-db", "host_side_laid", deployed())
    wide = deployed(r1_db=replace(made("r1-db"), narrow=False))
    assert why("lay-host-side:r1-db", "host_side_laid", wide) == "r1-db: host: as rendered; narrow: False"


def test_names_are_pinned_where_the_host_itself_says_so() -> None:
    assert not why("pin-names:r1-fw-p", "names_pinned", deployed())
    missing = "r1-fw-p: its hosts file has no cfgmaster-b.gen.test, cfgmaster-p.gen.test"
    assert why("pin-names:r1-fw-p", "names_pinned", bare()).startswith(missing)
    today = replace(deployed().host("r1-fw-p"), hosts_file=frozenset())
    by_dns = replace(deployed(), hosts={**deployed().hosts, "r1-fw-p": today})
    assert why("pin-names:r1-fw-p", "names_pinned", by_dns) == missing, "what DNS says today it may not say tomorrow"
    astray = replace(deployed().host("r1-fw-p"), names={"cfgmaster-p.gen.test": ("198.18.2.11",)})
    elsewhere = replace(deployed(), hosts={**deployed().hosts, "r1-fw-p": astray})
    assert "r1-fw-p: resolves {'cfgmaster-p" in why("pin-names:r1-fw-p", "names_pinned", elsewhere)


@pytest.mark.parametrize(
    ("condition", "change"),
    [
        ("database_configured", {"pending": True}),
        ("database_made", {"made": False}),
        ("database_made", {"mark": "another"}),
        ("objects_kept", {"objects": OBJECTS - {"backup Application"}}),
    ],
)
def test_a_database_is_proven_part_by_part(condition: str, change: dict[str, Any]) -> None:
    name = "verify:r1-db"
    assert not why(name, condition, deployed())
    found = replace(made("r1-db"), database=replace(MADE, **change))
    assert why(name, condition, deployed(r1_db=found)).startswith("r1-db: ")
    assert why(name, condition, bare())


def test_a_component_runs_under_the_one_account() -> None:
    root = replace(made("r1-fw-p"), parts={**made("r1-fw-p").parts, "scs": replace(INSTALLED, account="root")})
    assert why("verify:r1-fw-p/scs", "default_account", deployed(r1_fw_p=root)) == (
        "r1-fw-p: scs runs as root, not as genesys"
    )
    assert not why("verify:r1-fw-p/scs", "default_account", deployed())
    assert not why("install:r1-fw-p/scs", "part_installed", deployed())
    assert why("install:r1-fw-p/scs", "part_installed", bare()) == "r1-fw-p: scs is not installed by this deployment"


def role(seen: Observation, **modes: str) -> Observation:
    hosts = dict(seen.hosts)
    for name, mode in modes.items():
        host = hosts[name.replace("_", "-")]
        parts = {**host.components, "confserv": ComponentSeen(running=True, status="Running", run_mode=mode)}
        hosts[name.replace("_", "-")] = replace(host, components=parts)
    return replace(seen, hosts=hosts)


def test_the_pair_is_proven_once_over_and_back() -> None:
    unproven = deployed(r1_fw_p=replace(made("r1-fw-p"), pair=None), r1_fw_b=replace(made("r1-fw-b"), pair=None))
    assert {found.verb for found in DEPLOY.left(view(unproven)).steps()} >= {Verb.SWITCH_OVER, Verb.SWITCH_BACK}
    over, back = "switch-over:r1-fw-b/confserv", "switch-back:r1-fw-p/confserv"
    assert "r1-fw-p: confserv is Primary, not Backup" in why(over, "switched_over", unproven)
    swapped = role(unproven, r1_fw_p="Backup", r1_fw_b="Primary")
    assert not why(over, "switched_over", swapped)
    assert not why(over, "host_is_primary", swapped)
    assert why(over, "host_is_primary", unproven)
    assert why(back, "pair_noted", swapped) == "r1-fw-p: the pair's own switchover is not proven yet"
    assert not why(over, "switched_over", deployed())
    assert not why(back, "leads", deployed())
    assert not why(back, "pair_noted", deployed())


def test_without_an_scs_no_pair_switches_over() -> None:
    assert not why("switch-over:r1-fw-b/confserv", "scs_runs", deployed())
    assert why("switch-over:r1-fw-b/confserv", "scs_runs", bare()) == "region1: no SCS runs"


# What is looked at, and what is said


def test_only_a_deploy_asks_what_is_deployed() -> None:
    assert of_runbook(lab(), INTENT).surveys == set(HOSTS)
    assert of_runbook(lab(), replace(INTENT, runbook="reprotect")).surveys == frozenset()
    scope = scope_of(("nothing_foreign",), view(bare()), step("lay-host-side:r1-db"))
    assert scope.surveys == {"r1-db"}
    assert scope.hosts == frozenset()
    assert unseen(Observation(at=0), scope) == ("r1-db",)
    assert unseen(bare(), scope) == ()


def test_the_gate_says_what_is_made_and_what_is_not() -> None:
    case = Case(name="c", opened_at=0, environment="lab", digest="", intent=INTENT)
    shown = declare(view(bare()), case, DEPLOY.left(view(bare())).steps())
    assert "Made: region1, active, and region2, which follows it, on r1-fw-p, r1-fw-b" in shown.text
    assert "r2-db is overwritten; it was found empty, or is our standby" in shown.text
    assert "objective" not in shown.text
    assert forecast_s(DEPLOY.left(view(bare())).steps()) > 60


def test_it_is_called_by_its_name() -> None:
    assert title("lab", INTENT) == "Deploy of lab: region1 active, the other region follows it"
    assert reached(INTENT) == "both regions are deployed, region1 is active"
    assert commands.run("lab", INTENT) == "gdr run deploy lab --target region1 --reason=test"


def replayed(kind: str, seen: Observation) -> tuple[str, ...]:
    """Replay one act of a deploy, with what was seen before or after it."""
    opened = {"environment": "lab", "digest": "x", "intent": asdict(INTENT)}
    act = {"step": "lay-host-side:r1-db", "epoch": 3, "facts": TypeAdapter(Observation).dump_python(seen, mode="json")}
    first = follow(None, at=0.0, case="c", attempt="a", kind="case.opened", data=opened)
    look = {"observation": TypeAdapter(Observation).dump_python(bare(), mode="json")}
    second = follow(first, at=1.0, case="c", attempt="a", kind="attempt.started", data=look)
    return violations(lab(), (first, second, follow(second, at=2.0, case="c", attempt="a", kind=kind, data=act)))


def test_a_replay_judges_the_acts_of_a_deploy() -> None:
    assert replayed("act.before", bare()) == ()
    assert replayed("act.after", deployed()) == ()
    assert "act.after although r1-db: host" in replayed("act.after", bare())[0]
    assert "act.before although r1-db: does not answer" in replayed("act.before", Observation(at=0.0))[0]
