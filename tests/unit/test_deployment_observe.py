"""What a host has of a deployment: its host side is asked, and where that does not answer, the bundle that is sent."""

import json
from typing import Any

import pytest

from blocks import reach
from model.errors import Refused
from model.survey import DBMS, HOST
from tasks.deployment import bundle
from tasks.deployment.observe import BARE, survey
from tasks.hosts.command import COMMAND
from tests.fakes.postgresql import FakeSql
from tests.fakes.ssh import Done, FakeShell, Machine, Manner
from tests.unit.model.logbook import BESIDE, MADE_WITH_LOGS, logs
from tests.unit.model.steady import lab

ASKED = (*COMMAND, "survey")
SENT = (*BARE, bundle.program(), "survey")
DB = lab().host("r1-db")
LOGINS = {
    "account": "genesys",
    "observer": "gdr_observer",
    "account_password": "sesame",
    "log_password": "open",
}


def told(**changes: Any) -> Done:
    known: dict[str, Any] = {"host": "r1-db", "files": {}, "parts": {}, "database": None, "narrow": False, "pair": None}
    return Done(stdout=json.dumps(known | changes))


def rendered(*, without: str = "") -> dict[str, str]:
    """Return the sums of a host on which everything stands as rendered."""
    files = bundle.host_side(lab(), DB) | bundle.filled(bundle.of_database(lab()), LOGINS, secret=False)
    return {path: bundle.checksum(text) for path, text in files.items() if path != without}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch):
    def answer(answers: dict[tuple[str, ...], Done], manner: Manner = Manner.WELL) -> None:
        shell = FakeShell({str(DB.address): Machine(answers=answers, manner=manner)})

        async def access(_name: str) -> reach.Shell:
            return shell

        async def sql(_name: str) -> reach.Sql:
            return FakeSql({})

        monkeypatch.setattr(reach, "shell", access)
        monkeypatch.setattr(reach, "sql", sql)

    return answer


def test_what_has_no_installer_has_no_files_and_is_no_fault() -> None:
    known = logs()
    groups = bundle.groups(known, known.host("r1-app-p"))
    assert "scs" in groups
    assert "log-message-server" not in groups


async def test_a_host_that_stands_as_rendered_says_so(answering):
    database = {
        "mark": "lab",
        "made": True,
        "tables": 9,
        "pending": False,
        "primary": True,
        "others": ["crm"],
        "objects": ["one"],
    }
    answering({ASKED: told(files=rendered(), database=database, narrow=True)})
    found = await survey(lab(), "r1-db")
    assert (found.answers, found.states, found.differing) == (True, {HOST: "same", DBMS: "same"}, {})
    assert found.database is not None
    assert found.database.objects == {"one"}
    assert found.database.others == ("crm",)


async def test_whom_a_cluster_follows_is_told_by_what_is_sent_along_too(answering):
    answering({SENT: told(follows="198.18.2.31", reseeding=False)})
    found = await survey(lab(), "r1-db")
    assert (found.follows, found.reseeding) == ("198.18.2.31", False)
    answering({ASKED: told()})  # of an earlier release
    found = await survey(lab(), "r1-db")
    assert (found.follows, found.reseeding) == (None, None)


async def test_an_older_host_side_does_not_tell_of_other_databases(answering):
    database: dict[str, Any] = {
        "mark": None,
        "made": False,
        "tables": 0,
        "pending": False,
        "primary": True,
        "objects": [],
    }
    answering({ASKED: told(database=database)})
    found = (await survey(lab(), "r1-db")).database
    assert found is not None
    assert found.others is None


async def test_a_bare_host_is_asked_by_what_is_sent_along(answering):
    answering({SENT: told()})
    found = await survey(lab(), "r1-db")
    assert (found.answers, found.states[HOST], found.narrow) == (True, "absent", False)


async def test_a_host_whose_host_side_does_not_answer_is_sent_nothing_where_that_is_not_wanted(answering):
    answering({SENT: told()})
    found = await survey(lab(), "r1-db", laid=True)
    assert not found.answers
    assert "bare" not in found.fault
    answering({ASKED: told(files=rendered())})
    assert (await survey(lab(), "r1-db", laid=True)).answers


async def test_a_file_that_is_missing_is_no_other_content(answering):
    answering({ASKED: told(files=rendered(without="/etc/sudoers.d/genesys-dr"))})
    assert (await survey(lab(), "r1-db")).states[HOST] == "partly"


async def test_a_file_of_somebody_is(answering):
    path = "/opt/genesys-dr/bin/gdr-host"
    answering({ASKED: told(files=rendered() | {path: "0" * 64})})
    found = await survey(lab(), "r1-db")
    assert (found.states[HOST], found.differing[HOST]) == ("other", (path,))


async def test_a_host_that_answers_neither_way_is_unknown_with_both_reasons(answering):
    answering({})
    found = await survey(lab(), "r1-db")
    assert not found.answers
    assert "and as a bare host" in found.fault
    assert found.state(HOST) is None


async def test_an_answer_that_is_not_understood_is_no_answer(answering):
    answering({ASKED: Done(stdout="{}")})
    assert "its survey is not understood" in (await survey(lab(), "r1-db")).fault


def test_the_password_is_filled_in_only_on_the_way_to_the_host():
    host = lab().host("r1-fw-p")
    part = host.component("confserv")
    assert part is not None
    files = bundle.of_part(lab(), host, part)
    path = "/opt/genesys/confserv.conf"
    assert "password=sesame" in bundle.filled(files, LOGINS, secret=True)[path]
    assert "sesame" not in bundle.filled(files, LOGINS, secret=False)[path]
    assert "username=genesys" in bundle.filled(files, LOGINS, secret=False)[path]


def test_a_file_that_asks_for_the_log_databases_password_is_not_written_without_one():
    known = logs(*BESIDE, *MADE_WITH_LOGS)
    host = known.host("r1-fw-p")
    part = host.component("log_message_server")
    assert part is not None
    files, path = bundle.of_part(known, host, part), "/opt/genesys/log-message-server/log-message-server.conf"
    assert "password=open\n" in bundle.filled(files, LOGINS, secret=True)[path]
    nothing = {**LOGINS, "log_password": ""}
    with pytest.raises(Refused, match=f"^log_password: is empty, and {path} asks for it: give the block of the data"):
        bundle.filled(files, nothing, secret=True)
    assert "password={password}\n" in bundle.filled(files, nothing, secret=False)[path]
    assert bundle.filled(bundle.of_database(known), nothing, secret=True)
