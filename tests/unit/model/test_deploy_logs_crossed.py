"""Deploying under `cross`: a log database on the log server of each region, and sight of what the site replicates."""

import json
from dataclasses import replace

import pytest

from model.conditions import failing, text_of
from model.deployment import database
from model.deployment.render import host_json
from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, Environment, other
from model.judgement import done, refusals
from model.logs import LogSeen
from model.observation import Observation
from model.readiness.logs import lines
from model.runbooks import DEPLOY
from model.runbooks.readiness import steady_view
from model.scope import Scope, scope_of
from model.step import Step, Verb
from model.survey import DatabaseSurvey, LogSurvey
from model.view import View
from tests.unit.model.logbook import BESIDE, CROSS, MADE, logs
from tests.unit.model.test_deploy import INTENT, bare, deployed
from tests.unit.model.test_deploy_logs import MADE_LOG, logging, site

BOTH = ("r1-db", "r2-db")
APART = tuple(
    (f"{region}: 198.18.{number}.31", f"{region}: 203.0.113.{number}") for number, region in enumerate(REGION_KEYS, 1)
)
FILLED = LogSurvey(tables=3)


def crossed(*edits: tuple[str, str]) -> Environment:
    return site(*CROSS, *edits)


def view(seen: Observation, known: Environment | None = None, epoch: int | None = None) -> View:
    return View(environment=known or crossed(), seen=seen, intent=INTENT, case="C", epoch=epoch)


def on(seen: Observation, *logs_: LogSurvey | None) -> Observation:
    """Return it with a log database on each region's log server."""
    surveys = {name: replace(seen.survey(name), log=log) for name, log in zip(BOTH, logs_, strict=True)}
    return replace(seen, surveys={**seen.surveys, **surveys})


def writing(seen: Observation, *, copied: bool) -> Observation:
    """Return it with everybody who writes logs at work, each region at its own log server."""
    found, known = logging(seen), crossed()
    hosts = dict(found.hosts)
    for key in REGION_KEYS:
        here = (known.log_place(key)[0],)
        for host in known.log_servers(key):
            aliases = {**hosts[host.name].aliases, known.log_name or "": here}
            peers = frozenset(here if host in known.logging("region1") else ())
            hosts[host.name] = replace(hosts[host.name], aliases=aliases, log_peers=peers)
    return replace(found, hosts=hosts, logs={key: seen_at(known, key, copied=copied) for key in REGION_KEYS})


def seen_at(known: Environment, key: RegionKey, *, copied: bool) -> LogSeen:
    own = [host for host in known.log_servers(key) if host in known.logging("region1")]
    carried = [host for host in known.log_servers(other(key)) if copied and host in known.logging("region1")]
    rows = {host.name: 1.0 for host in own} | {host.name: 3.0 for host in carried}
    sessions = {str(host.address): 5.0 for host in own}
    return LogSeen(writable=True, sessions=sessions, rows=rows, counts=dict.fromkeys(rows, 4))


def step(name: str) -> Step:
    return next(found for found in DEPLOY.whole(view(bare())).steps() if found.id == name)


def left(seen: Observation) -> list[str]:
    ours = (Verb.CREATE_LOG_DATABASE, Verb.SEE_ROWS, Verb.SEE_COPIES, Verb.MOVE_LOG_NAME, Verb.RECONNECT)
    return [found.id for found in DEPLOY.left(view(seen)).steps() if found.verb in ours]


MAKING = ["create-log-database:r1-db", "create-log-database:r2-db"]
COPIES = ["see-copies:region1", "see-copies:region2"]


def test_of_bare_hosts_one_is_made_in_each_region_and_the_replication_is_seen_at_the_end() -> None:
    seen = on(bare(), LogSurvey(), LogSurvey())
    plan = DEPLOY.whole(view(seen))
    assert refusals(view(seen)) == ()
    assert [found.id for found in plan.create_log_database] == MAKING
    assert [found.id for found in plan.steps()][-3:] == [*COPIES, "steady:ns1"]
    assert {found.must for found in (*plan.create_log_database, *plan.log_copies)} == {False}
    assert not plan.move_log_name
    assert "carried by GoldenGate MSP, MSS" in plan.log_copies[0].command
    assert DEPLOY.whole(view(bare(), site())).log_copies == ()


def test_the_name_that_geo_dns_answers_is_seen_on_each_host_and_never_moved() -> None:
    plan = DEPLOY.whole(view(bare()))
    assert [found.id for found in plan.see_log_name] == [
        f"resolve:{host.name}/log_message_server" for host in crossed().logging("region1")
    ]
    assert {(found.needs, found.proves, found.must) for found in plan.see_log_name} == {
        ((), ("log_name_resolves",), False)
    }
    assert not (*plan.move_log_name, *plan.log_secondaries, *plan.flush_log_resolvers, *plan.flush_log_hosts)
    stands = writing(on(deployed(), MADE_LOG, MADE_LOG), copied=True)
    astray = replace(stands.hosts["r1-app-p"], aliases={"logdb.gen.test": ("198.18.2.31",)})
    seen = replace(stands, hosts={**stands.hosts, "r1-app-p": astray})
    assert [found.id for found in DEPLOY.left(view(seen)).see_log_name] == ["resolve:r1-app-p/log_message_server"]
    assert done(view(seen)), "nothing that deploy could do would mend it"


def test_the_dormant_regions_is_made_although_its_dbms_rests() -> None:
    needs = step(MAKING[1]).needs
    assert needs == step(MAKING[0]).needs == ("nothing_foreign", "log_database_ours", "host_side_laid")
    rests = on(deployed(), MADE_LOG, LogSurvey())
    survey = replace(rests.survey("r2-db"), database=None)
    rests = replace(rests, surveys={**rests.surveys, "r2-db": survey})
    assert failing(needs, view(rests), step(MAKING[1])) == ()


def test_of_one_that_stands_nothing_is_left_and_what_the_site_has_not_set_up_is_not_deployed_again() -> None:
    stands = writing(on(deployed(), MADE_LOG, MADE_LOG), copied=True)
    assert left(stands) == []
    alone = writing(stands, copied=False)
    assert left(alone) == COPIES
    assert [done(view(seen)) for seen in (stands, alone)] == [True, True]
    half = writing(on(deployed(), MADE_LOG, LogSurvey(mark="lab")), copied=True)
    assert (left(half), done(view(half))) == ([MAKING[1]], False)


@pytest.mark.parametrize(
    ("log", "holds"),
    [(MADE_LOG, True), (None, False), (LogSurvey(), False), (LogSurvey(mark="lab", tables=1), False)],
)
def test_made_is_what_the_log_server_itself_says_and_not_the_dbms_beside_it(
    log: LogSurvey | None,
    holds: bool,  # noqa: FBT001
) -> None:
    seen = on(deployed(), log, MADE_LOG)
    beside = replace(seen.survey("r1-db"), database=DatabaseSurvey(log=None if holds else MADE_LOG))
    seen = replace(seen, surveys={**seen.surveys, "r1-db": beside})
    found = failing(step(MAKING[0]).proves, view(seen), step(MAKING[0]))
    assert found == (() if holds else ("r1-db: its log database is not made by this deployment",))


@pytest.mark.parametrize("host", BOTH)
def test_tables_of_somebody_else_on_either_log_server_are_refused_before_any_change(host: str) -> None:
    found = [FILLED if name == host else LogSurvey() for name in BOTH]
    way = "move them away, or, to adopt it, mark it (docs/operate.md, Deploying)"
    for seen in (on(bare(), *found), on(deployed(), *found)):
        assert refusals(view(seen)) == (f"{host}: logs has 3 tables that deploy did not make: {way}",)
    another = [replace(one, mark="another") if one is FILLED else one for one in found]
    assert refusals(view(on(bare(), *another))) == (f"{host}: logs is of deployment another, not of lab: name another",)


def test_one_that_somebody_fills_while_our_case_goes_on_is_left_alone_and_holds_up_nothing_else() -> None:
    seen = on(deployed(), MADE_LOG, FILLED)
    record = seen.record
    assert record
    ours = replace(seen, record=replace(record, state="switching", case="C", epoch=2))
    assert refusals(view(ours, epoch=2)) == ()
    reason = "r2-db: logs has 3 tables that deploy did not make, and is left as it is: to adopt it, mark it"
    (why,) = failing(step(MAKING[1]).needs, view(ours, epoch=2), step(MAKING[1]))
    assert why.startswith(reason)


def test_tables_with_our_mark_are_ours_also_where_the_mark_came_by_the_sites_replication() -> None:
    came = LogSurvey(mark="lab", made=False, tables=1)  # its login is not there yet
    seen = on(deployed(), MADE_LOG, came)
    assert refusals(view(seen)) == ()
    assert failing(step(MAKING[1]).needs, view(seen), step(MAKING[1])) == ()
    assert left(writing(seen, copied=True)) == [MAKING[1]]


def test_a_log_server_that_nobody_can_ask_is_no_reason_to_refuse() -> None:
    seen = on(bare(), None, None)
    assert refusals(view(seen)) == ()
    assert failing(("log_database_ours",), view(seen), step(MAKING[0])) == ()


def test_on_a_machine_that_the_file_has_not_the_tables_are_the_sites() -> None:
    for edits, hosts in ((APART[1:], ["create-log-database:r1-db"]), (APART, [])):
        known = crossed(*edits)
        assert [found.id for found in DEPLOY.whole(view(bare(), known)).create_log_database] == hosts
        assert refusals(view(on(bare(), None, FILLED), known)) == ()
    unsaid = logs(*BESIDE, *CROSS, MADE, *APART)
    assert refusals(view(bare(), unsaid)) == ()
    assert DEPLOY.whole(view(bare(), unsaid)).create_log_database == ()


def test_a_host_is_told_of_the_log_server_on_it_and_the_dbms_lets_nobody_in_for_it() -> None:
    known = crossed()
    for name in BOTH:
        told = json.loads(host_json(known, known.host(name)))["database"]["log"]
        assert (told["port"], told["database"], told["account"]) == (5433, "logs", "genlog")
    apart = crossed(APART[0])
    assert "log" not in json.loads(host_json(apart, apart.host("r1-db")))["database"]
    assert "log" in json.loads(host_json(apart, apart.host("r2-db")))["database"]
    assert not [text for text in database.files(known, "guard").values() if "genlog" in text]


def test_a_database_of_that_name_on_the_dbms_itself_is_somebodys() -> None:
    seen = on(bare(), LogSurvey(), LogSurvey())
    survey = seen.survey("r1-db")
    beside = replace(survey, database=replace(survey.database or DatabaseSurvey(), others=("logs",)))
    (reason,) = refusals(view(replace(seen, surveys={**seen.surveys, "r1-db": beside})))
    assert reason.startswith("r1-db: logs: databases that deploy did not make")


def test_what_does_not_arrive_is_a_debt_and_a_red_line_that_says_what_to_do() -> None:
    see, known = step(COPIES[0]), crossed()
    alone = writing(on(deployed(), MADE_LOG, MADE_LOG), copied=False)
    (why,) = failing(see.proves, view(alone), see)
    assert why.startswith("region1: one of its hosts has no row of the last hour at region2, at least ")
    assert why.endswith(": set up, start or mend what carries them, now that the tables are made: GoldenGate MSP, MSS")
    (line,) = (
        found
        for found in lines(steady_view(known, alone))
        if (found.name, found.subject) == ("log rows at the other region", "region1")
    )
    assert (line.verdict, line.blocks) == ("red", ())
    assert line.remedy.startswith("set up, start or mend what carries them: it is the site's own")
    assert failing(see.proves, view(replace(alone, logs={})), see) == ("region1: not asked; not asked",)
    quiet = replace(alone, logs=dict.fromkeys(REGION_KEYS, LogSeen(writable=True)))
    assert failing(see.proves, view(quiet), see) == ("region1: its hosts have written no row in the last hour",)


def test_the_replication_is_judged_by_both_log_servers_and_their_age() -> None:
    see = step(COPIES[1])
    assert scope_of(see.proves, view(bare()), see) == Scope(logs=frozenset(REGION_KEYS), hosts=frozenset(BOTH))
    assert text_of("region_copied").startswith("What the region's hosts log arrives at the other region's log server")
    arrives = writing(on(deployed(), MADE_LOG, MADE_LOG), copied=True)
    assert failing(see.proves, view(arrives), see) == ()
    strict = crossed(("port: 5433,", "port: 5433, behind_s: 1,"))
    (late,) = failing(see.proves, view(arrives, strict), see)
    assert late.startswith("region2: newest row at region1 2 s older than its own")
