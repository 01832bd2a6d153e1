"""Which passwords are sent to which host: that of the log database goes where it is made, or filled in, alone."""

import inspect
import json
from typing import Any

import pytest

from blocks import reach
from model.step import Intent, Step, Verb
from tasks.deployment import act
from tasks.run import Run
from tests.fakes.postgresql import FakeSql

SECRET = "log-sesame"  # noqa: S105
INTENT = Intent(runbook="deploy", target="region1", mode="planned", reason="test")
RUN = Run(environment="lab", case="C", attempt="a", intent=INTENT, epoch=1)


class Logins(FakeSql):
    """A block that knows the password of the log database's login."""

    async def logins(self) -> dict[str, str]:
        """Return the logins of a new server."""
        return await super().logins() | {"log_password": SECRET}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each verb was given."""
    found: dict[str, str] = {}

    async def order(_run: Run, _host: str, *verb: str, given: str = "") -> str:
        found[verb[0]] = given
        return ""

    async def sql(_name: str) -> reach.Sql:
        return Logins({})

    monkeypatch.setattr(act, "order", order)
    monkeypatch.setattr(reach, "sql", sql)
    return found


async def do(task: Any, host: str, unit: str = "") -> None:
    """Do what a task does between its precondition and its proof."""
    step = Step(stage="s", verb=Verb.CONFIGURE, host=host, unit=unit, command="c", needs=(), proves=(), undo="u")
    await inspect.getclosurevars(task.fn).nonlocals["do"](RUN, step)


@pytest.mark.parametrize(
    ("task", "host", "unit", "verbs"),
    [
        (act.configure_database, "r1-db", "", ["pg-passfile", "pg-configure"]),
        (act.configure_standby, "r2-db", "", ["pg-passfile", "pg-configure"]),
        (act.create_database, "r1-db", "", ["pg-create"]),
        (act.configure, "r1-fw-p", "confserv", ["component-configure"]),
    ],
    ids=["primary", "standby", "tables", "component"],
)
async def test_who_does_not_need_the_log_databases_password_is_not_told(
    sent: dict[str, str], task: Any, host: str, unit: str, verbs: list[str]
) -> None:
    await do(task, host, unit)
    assert list(sent) == verbs
    assert SECRET not in "".join(sent.values())
    assert "password" in "".join(sent.values())


async def test_who_makes_the_log_database_is_told_it(sent: dict[str, str]) -> None:
    await do(act.create_log_database, "r1-db")
    assert json.loads(sent["pg-create-log"])["log_password"] == SECRET
