"""Deploying a log database: what is rendered, what is left alone, what is left to do, and what is never in the way."""

import json
from dataclasses import replace
from typing import Any

import pytest

from model.conditions import failing
from model.deployment import database
from model.deployment.foreign import names_of_others
from model.deployment.render import LOG_PASSWORD, host_json, part_files
from model.environment.environment import Environment
from model.environment.faults import InvalidEnvironment
from model.judgement import done, refusals
from model.logs import LogSeen
from model.observation import Observation, ServerSeen
from model.runbooks import DEPLOY
from model.step import Step, Verb
from model.survey import DatabaseSurvey, LogSurvey, Survey
from model.view import View
from tests.unit.model.logbook import BESIDE, CROSS, MADE, MADE_WITH_LOGS, logs
from tests.unit.model.test_deploy import INTENT, bare, deployed, made

KIND = "log_message_server"
MADE_LOG = LogSurvey(mark="lab", made=True, tables=1)


def site(*edits: tuple[str, str]) -> Environment:
    return logs(*BESIDE, *MADE_WITH_LOGS, *edits)


def view(seen: Observation, known: Environment | None = None) -> View:
    return View(environment=known or site(), seen=seen, intent=INTENT, case="C")


def on(seen: Observation, log: LogSurvey | None) -> Observation:
    """Return it with a log database on region 1's DBMS."""
    survey = seen.survey("r1-db")
    found = replace(survey.database or DatabaseSurvey(), log=log)
    return replace(seen, surveys={**seen.surveys, "r1-db": replace(survey, database=found)})


def logging(seen: Observation) -> Observation:
    """Return it with everybody who writes logs at work, and seen to."""
    parts: dict[str, Any] = {}
    hosts, surveys = dict(seen.hosts), dict(seen.surveys)
    here, known = ("198.18.1.31",), site()
    for host in (host for key in ("region1", "region2") for host in known.log_servers(key)):
        works = host in known.logging("region1")
        before = hosts[host.name]
        parts = {**before.components, KIND: replace(before.components["lca"], running=works)}
        aliases = {**before.aliases, "logdb.gen.test": here}
        peers = frozenset(here if works else ())
        hosts[host.name] = replace(before, components=parts, aliases=aliases, log_peers=peers)
        survey = surveys[host.name]
        unit = replace(survey.parts["lca"], account="genesys" if works else None)
        surveys[host.name] = replace(
            survey,
            states={**survey.states, "log-message-server": "same"},
            parts={**survey.parts, "log-message-server": unit},
        )
    fwd = replace(hosts["fwd"], aliases={"logdb.gen.test": here})
    servers = {
        name: replace(one, aliases={**one.aliases, "logdb.gen.test": here}) for name, one in seen.servers.items()
    }
    sessions = {str(host.address): 5.0 for host in known.logging("region1")}
    rows = {host.name: 1.0 for host in known.logging("region1")}
    written = LogSeen(writable=True, sessions=sessions, rows=rows)
    return replace(seen, hosts={**hosts, "fwd": fwd}, surveys=surveys, servers=servers, logs={"region1": written})


def lines(seen: Observation) -> list[str]:
    ours = (Verb.CREATE_LOG_DATABASE, Verb.MOVE_LOG_NAME, Verb.SEE_ROWS)
    return [step.id for step in DEPLOY.left(view(seen)).steps() if step.verb in ours or step.verb is Verb.RECONNECT]


def step() -> Step:
    (found,) = DEPLOY.whole(view(bare())).create_log_database
    return found


def test_of_bare_hosts_the_log_database_is_made_before_it_is_copied_and_seen_at_the_end() -> None:
    plan = DEPLOY.whole(view(bare()))
    ids = [found.id for found in plan.steps()]
    assert refusals(view(on(bare(), LogSurvey()))) == ()
    assert ids.index("create-database:r1-db") < ids.index("create-log-database:r1-db") < ids.index("seed:r2-db")
    assert ids[-2:] == ["see-rows:region2", "steady:ns1"]
    assert [found.host for found in plan.log_servers] == [
        "r1-fw-p", "r1-fw-b", "r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b",
    ]  # fmt: skip
    assert "install:r2-fw-b/log_message_server" in ids
    assert {found.must for found in (step(), *plan.log_servers, *plan.log_rows)} == {False}


def test_without_a_log_database_no_line_of_it_is_there() -> None:
    plan = DEPLOY.whole(view(bare(), logs(*BESIDE, MADE)))
    assert plan.create_log_database == ()


def test_of_one_that_stands_nothing_is_left() -> None:
    stands = logging(on(deployed(), MADE_LOG))
    assert lines(stands) == []
    assert done(view(stands))
    quiet = replace(stands, logs={"region1": LogSeen(writable=True)})
    assert done(view(quiet)), "who logs nothing is not deployed again"
    assert lines(logging(on(deployed(), LogSurvey()))) == ["create-log-database:r1-db"]
    assert not done(view(logging(on(deployed(), LogSurvey()))))


@pytest.mark.parametrize(
    ("log", "holds"),
    [
        (MADE_LOG, True),
        (None, False),
        (LogSurvey(), False),
        (LogSurvey(mark="lab", tables=1), False),
        (LogSurvey(mark="another", made=True), False),
    ],
)
def test_made_is_what_carries_our_mark_and_whose_scripts_have_ended(log: LogSurvey | None, holds: bool) -> None:  # noqa: FBT001
    found = failing(step().proves, view(on(deployed(), log)), step())
    assert (found == ()) is holds
    unread = replace(deployed(), surveys={"r1-db": Survey(answers=True)})
    assert failing(step().proves, view(unread), step()) == ("r1-db: its log database is not made by this deployment",)


def test_a_log_database_of_another_deployment_is_refused_before_any_change() -> None:
    known = view(on(bare(), LogSurvey(mark="another")))
    assert refusals(known) == ("r1-db: logs is of deployment another, not of lab: name another",)
    assert failing(step().needs, known, step())


def test_one_that_the_site_has_filled_is_left_alone_until_it_is_marked_and_holds_up_nothing() -> None:
    theirs = on(deployed(), LogSurvey(tables=3))
    assert (refusals(view(theirs)), lines(logging(theirs))) == ((), ["create-log-database:r1-db"])
    reason = "r1-db: logs has 3 tables that deploy did not make, and is left as it is: to adopt it, mark it"
    assert [found for found in failing(step().needs, view(theirs), step()) if found.startswith(reason)]
    adopted = logging(on(deployed(), LogSurvey(mark="lab", made=True, tables=3)))
    assert (refusals(view(adopted)), lines(adopted)) == ((), [])
    for free in (LogSurvey(), None):
        assert failing(("log_database_ours",), view(on(deployed(), free)), step()) == ()
    assert failing(("log_database_ours",), view(replace(deployed(), surveys={})), step()) == ()


def test_an_older_host_side_that_counts_it_among_the_others_is_laid_down_anew() -> None:
    seen = on(bare(), None)
    survey = seen.survey("r1-db")
    assert survey.database is not None
    for others, refused in ((("logs",), False), (("crm", "logs"), True)):
        found = replace(survey, database=replace(survey.database, others=others))
        reasons = refusals(view(replace(seen, surveys={**seen.surveys, "r1-db": found})))
        assert [reason for reason in reasons if "crm: databases that deploy did not make" in reason] == [*reasons]
        assert bool(reasons) is refused


def test_what_nothing_says_how_to_make_is_refused_with_the_way() -> None:
    (reason,) = refusals(view(bare(), logs(*BESIDE, MADE)))
    assert reason.startswith("lab: database.log: nothing says how it is made: name its account")
    (crossed,) = refusals(view(bare(), logs(*BESIDE, *CROSS, MADE)))
    assert crossed == reason
    (installer,) = refusals(view(on(bare(), LogSurvey()), logs(*BESIDE, MADE_WITH_LOGS[1])))
    assert "deploy.components.log_message_server: no installer" in installer


@pytest.mark.parametrize("account", ["replica", "postgres"])
def test_a_login_that_the_server_has_for_something_else_is_named_in_the_environment_file(account: str) -> None:
    with pytest.raises(InvalidEnvironment) as found:
        site(("account: genlog", f"account: {account}"))
    (fault,) = found.value.faults
    assert (fault.field, fault.allowed) == ("deploy.database.log.account", "a login of its own")


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("password: '{log_", "db-password: '{log_", "options.log.db-password"),
        ("password: '{log_", "password: 'x{log_", "options.log.password"),
        ("log_message_server, -f, '{config}'", "log_message_server, -f, '{log_password}'", "start[3]"),
    ],
)
def test_its_password_is_asked_for_only_where_a_host_leaves_it_out(before: str, after: str, field: str) -> None:
    with pytest.raises(InvalidEnvironment) as found:
        site((before, after))
    (fault,) = found.value.faults
    assert fault.field == f"deploy.components.log_message_server.{field}"
    assert fault.allowed == "{log_password} as all of an option named password, and nowhere else"


def test_its_name_is_made_with_the_others_and_is_nobody_elses() -> None:
    known = site()
    assert known.log_addresses("region2") == {"logdb.gen.test": "198.18.2.31"}
    ours, theirs = (
        ServerSeen(answers=True, aliases={"logdb.gen.test": (address,)}) for address in ("198.18.1.31", "192.0.2.9")
    )
    assert list(names_of_others(known, "region1", ours)) == []
    (reason,) = names_of_others(known, "region1", theirs)
    assert "logdb.gen.test answers 192.0.2.9" in reason
    geo = ("logdb.gen.test, rows", "logs.geo.example, answered_by: geo_dns, rows")
    assert site(geo).log_addresses("region1") == {}


def test_who_writes_logs_is_let_in_with_the_login_of_the_log_database_alone() -> None:
    hba = next(text for path, text in database.files(site(), "guard").items() if path.endswith("pg_hba.conf"))
    lines_ = [line for line in hba.splitlines() if line.startswith("host logs ")]
    assert len(lines_) == 8
    assert lines_[0] == "host logs genlog 198.18.1.11/32 scram-sha-256"
    bare_ = database.files(logs(*BESIDE, MADE), "guard")
    assert not [text for text in bare_.values() if "host logs" in text]


def test_the_host_is_told_what_to_make_and_a_log_message_server_gets_the_options_that_the_file_names() -> None:
    known = site()
    told = json.loads(host_json(known, known.host("r1-db")))["database"]["log"]
    assert told == {
        "database": "logs",
        "table": "g_log_messages",
        "account": "genlog",
        "init_scripts": ["/opt/lab/media/log_database.sql"],
    }
    assert "log" not in json.loads(host_json(logs(*BESIDE, MADE), known.host("r1-db")))["database"]
    host = known.host("r2-fw-p")
    part = host.component(KIND)
    assert part
    files = part_files(known, host, part)
    config = files["/opt/genesys/log-message-server/log-message-server.conf"]
    assert config.startswith("[log]\nhost=r2-fw-p\n")
    assert f"password={LOG_PASSWORD}\n" in config
    assert files["/opt/genesys/log-message-server/run.sh"].splitlines()[1].startswith("/opt/genesys-dr/bin/gdr-guard")
    without = logs(*BESIDE, (MADE[0], MADE[1].replace(", options: {log:", ", options: {}}\n    # {log:", 1)))
    assert set(part_files(without, without.host("r2-fw-p"), part)) == {
        "/opt/genesys/log-message-server/run.sh",
        "/etc/systemd/system/log-message-server.service",
    }


def test_a_standby_that_was_made_is_asked_for_no_log_database() -> None:
    assert not [found for found in DEPLOY.whole(view(bare())).steps() if found.id == "create-log-database:r2-db"]
    assert made("r2-db").database
