"""Registering is one command, safe to repeat, and puts back what somebody changed in the web interface."""

import asyncio
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolUpdate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.events.actions import SendNotification
from prefect.exceptions import PrefectHTTPStatusError
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL
from prefect.states import Scheduled
from prefect.utilities.callables import parameter_schema
from ruamel.yaml import YAML

from blocks import reach
from blocks.dns_server import DnsServer
from blocks.slack import SlackAccess
from gdr import server_blocks
from gdr.answer import BadInput
from gdr.registration import POOL, job_template, register
from model.errors import Refused
from tasks import evidence
from tasks.run import environment
from tests.unit.gdr.shell import OPENED, blocks

NAMED = ("block lab-ssh", "block lab-dns", "block lab-postgresql")
SWITCHOVER = "full-failover/switchover"


@pytest.fixture(autouse=True)
def _blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "blocks.yaml"
    blocks(path)
    monkeypatch.setenv("GDR_BLOCKS", str(path))


async def switchover(client: PrefectClient) -> Any:
    return await client.read_deployment_by_name(SWITCHOVER)


async def test_it_is_safe_to_repeat() -> None:
    first = await register()
    assert set(first) >= {"block lab-ssh", f"work pool {POOL}", "deployment full-failover/full-failover"}
    again = await register()
    assert again.pop("automations") == "none: the block file has no notify"
    assert set(again.values()) == {"unchanged"}


async def test_make_deploy_registers_on_the_server_that_is_named() -> None:
    """`-o`: what is installed here is what is tested."""
    known = await register()
    async with get_client() as client:
        await client.delete_deployment((await switchover(client)).id)
        argv = ("make", "-o", ".venv/.installed", "deploy", f"API={PREFECT_API_URL.value()}")
        elsewhere = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
        done = await asyncio.to_thread(subprocess.run, argv, env=elsewhere, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said = dict(line.partition(": ")[::2] for line in done.stdout.splitlines())
        assert set(said) >= set(known)
        assert said[f"deployment {SWITCHOVER}"] == "created"
        assert (await switchover(client)).enforce_parameter_schema


async def test_the_tokens_of_slack_stay_on_this_host(tmp_path: Path) -> None:
    """Who has the API has all blocks. What an earlier version has put there is taken off."""
    file = tmp_path / "blocks.yaml"
    fields = {"bot_token": "xoxb-canary", "app_token": "xapp-canary"}
    blocks_of_file = json.loads(file.read_text())
    file.write_text(json.dumps(blocks_of_file | {"lab-slack": {"type": "slack-access", **fields}}))
    assert (await register())["block lab-slack"] == "stays on this host"
    async with get_client() as client:
        assert "lab-slack" not in {found.name for found in await client.read_block_documents(limit=200)}
        await SlackAccess.register_type_and_schema(client=client)
        await SlackAccess.model_validate(fields).save("lab-slack", client=client)
        assert (await register())["block lab-slack"].startswith("removed from the server: change its tokens")
        assert "lab-slack" not in {found.name for found in await client.read_block_documents(limit=200)}
    assert (await register())["block lab-slack"] == "stays on this host"


async def test_the_service_takes_its_tokens_from_the_file_whatever_is_on_the_server(tmp_path: Path) -> None:
    reach.forget()
    file, fields = tmp_path / "blocks.yaml", {"bot_token": "xoxb-canary", "app_token": "xapp-canary"}
    file.write_text(json.dumps({"lab-slack": {"type": "slack-access", **fields}}))
    await SlackAccess.model_validate(fields | {"api": "http://evil.test/"}).save("lab-slack", overwrite=True)
    assert (await reach.slack("lab-slack")).api == "https://slack.com/api/"
    reach.forget()
    assert [what for what in (await register()).values() if what.startswith("removed")]


async def test_what_somebody_changed_is_put_back() -> None:
    await register()
    async with get_client() as client:
        found = await switchover(client)
        await client.update_deployment(found.id, DeploymentUpdate(parameters={"mode": "unplanned"}, paused=True))
        loose = {"job_configuration": {"command": "{{ command }}"}, "variables": {"properties": {"command": {}}}}
        await client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=loose))
        again = await register()
        assert {name for name, what in again.items() if what == "put back"} == {
            f"work pool {POOL}",
            f"deployment {SWITCHOVER}",
        }
        found = await switchover(client)
        assert (found.parameters, found.paused) == ({"mode": "planned"}, False)
        assert (await client.read_work_pool(POOL)).base_job_template == job_template()


async def test_a_server_that_an_older_version_registered_lets_no_unknown_parameter_in_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as older:
        older.setattr("gdr.registration._parameters", lambda flow: parameter_schema(flow).model_dump_for_openapi())
        await register()
        async with get_client() as client:
            assert "additionalProperties" not in (await switchover(client)).parameter_openapi_schema
    deployments = {name: what for name, what in (await register()).items() if name.startswith("deployment ")}
    assert set(deployments.values()) == {"put back"}
    async with get_client() as client:
        assert (await switchover(client)).parameter_openapi_schema["additionalProperties"] is False


async def test_no_run_of_a_runbook_is_cancelled_for_another_environments() -> None:
    """A server that was registered with a limit loses it."""
    async with get_client() as client:
        await register()
        for name in (SWITCHOVER, "full-failover/full-failover"):
            found = await client.read_deployment_by_name(name)
            assert (found.global_concurrency_limit, found.concurrency_options) == (None, None)
        await client.update_deployment(
            found.id, DeploymentUpdate(concurrency_limit=1, concurrency_options={"collision_strategy": "CANCEL_NEW"})
        )
        assert (await register())["deployment full-failover/full-failover"] == "put back"
        found = await client.read_deployment_by_name("full-failover/full-failover")
        assert found.global_concurrency_limit is None
        found = await client.read_deployment_by_name("readiness/readiness")
        assert found.concurrency_options == ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)


async def test_return_guards_that_came_due_while_no_worker_lived_do_not_start_all_at_once() -> None:
    """Sixty of an hour, a process each, at the moment a control host comes back. What is not yet due stays."""
    await register()
    past = datetime.now(UTC) - timedelta(hours=1)
    async with get_client() as client:
        guard = await client.read_deployment_by_name("return-guard/return-guard")
        for _ in range(3):
            await late(client, guard.id, {"environment": "lab"}, past)
        runbook = await late(client, (await switchover(client)).id, GOOD, past)
        assert (await register())["return guards that came due meanwhile"] == "3 taken off"
        assert (await client.read_flow_run(runbook)).state_name == "Late"
    assert "return guards that came due meanwhile" not in await register()


async def late(client: PrefectClient, deployment: UUID, parameters: dict[str, Any], due: datetime) -> UUID:
    """Make a run that came due in vain."""
    state = Scheduled(name="Late", scheduled_time=due)
    run = await client.create_flow_run_from_deployment(deployment, parameters=parameters, state=state)
    return UUID(str(run.id))


async def test_what_runs_by_itself_comes_due_as_it_is_told() -> None:
    await register()
    found = {}
    async with get_client() as client:
        for each in await client.read_deployments():
            for schedule in (one.schedule.model_dump() for one in each.schedules):
                found[each.name] = (schedule.get("cron") or schedule["interval"], schedule["timezone"])
    assert found == {
        "drill": ("0 9 15 2,5,8,11 *", "Europe/Berlin"),
        "readiness": (timedelta(minutes=30), "UTC"),
        "return-guard": (timedelta(minutes=1), "UTC"),
    }


async def test_a_laboratory_runs_nothing_by_itself() -> None:
    await register(schedules=False)
    async with get_client() as client:
        for name in ("readiness/readiness", "return-guard/return-guard"):
            (schedule,) = (await client.read_deployment_by_name(name)).schedules
            assert not schedule.active


async def test_the_quarterly_drill_begins_at_nine_in_the_morning_on_either_side_of_a_clock_change() -> None:
    await register()
    async with get_client() as client:
        (found,) = (await client.read_deployment_by_name("drill/drill")).schedules
    schedule = CronSchedule.model_validate(found.schedule.model_dump())
    dates = await schedule.get_dates(4, start=datetime(2026, 11, 21, tzinfo=UTC))
    assert [date.astimezone(ZoneInfo("Europe/Berlin")).isoformat() for date in dates] == [
        "2027-02-15T09:00:00+01:00",
        "2027-05-15T09:00:00+02:00",
        "2027-08-15T09:00:00+02:00",
        "2027-11-15T09:00:00+01:00",
    ]
    assert found.parameters == {"environment": "lab", "reason": "the quarterly drill"}


def three_environments(written: Path) -> Path:
    """Write the deployments with two more environments whose readiness is judged."""
    line = "      - {slug: lab, interval: 1800, parameters: {environment: lab}}"
    lines = [line, *(line.replace("slug: lab", f"slug: lab-{number}") for number in (2, 3))]
    written.write_text(Path("deployments/prefect.yaml").read_text().replace(line, "\n".join(lines)))
    return written


async def test_environments_take_their_turns_within_the_interval(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All due at one moment, fifty would wait for each other at each half hour."""
    monkeypatch.setattr("gdr.registration.DEPLOYMENTS", three_environments(tmp_path / "prefect.yaml"))
    await register()
    async with get_client() as client:
        found = (await client.read_deployment_by_name("readiness/readiness")).schedules
    due = sorted(each.schedule.anchor_date for each in found)
    assert [(each - due[0]).total_seconds() for each in due] == [0, 600, 1200]


async def test_a_paused_schedule_is_put_back() -> None:
    await register()
    async with get_client() as client:
        found = await client.read_deployment_by_name("readiness/readiness")
        (schedule,) = found.schedules
        await client.update_deployment_schedule(found.id, schedule.id, active=False)
        (paused,) = (await client.read_deployment_by_name("readiness/readiness")).schedules
        assert (paused.active, paused.parameters) == (False, {})  # Prefect forgets them, as the page of operation says
        assert (await register())["deployment readiness/readiness"] == "put back"
        (schedule,) = (await client.read_deployment_by_name("readiness/readiness")).schedules
        assert (schedule.active, schedule.parameters) == (True, {"environment": "lab"})


async def test_the_form_offers_two_regions_two_modes_and_asks_why() -> None:
    await register()
    async with get_client() as client:
        found = await switchover(client)
    schema = found.parameter_openapi_schema
    fields = schema["properties"]
    assert fields["target"]["enum"] == ["region1", "region2"]
    assert fields["mode"]["enum"] == ["planned", "unplanned"]
    assert (fields["reason"]["minLength"], fields["reason"]["maxLength"]) == (3, 500)
    assert fields["environment"]["pattern"]
    assert set(schema["required"]) == {"environment", "target", "mode", "reason"}
    assert all(field["description"] for name, field in fields.items() if name != "beforehand")
    assert (found.enforce_parameter_schema, found.entrypoint) == (True, "flows.full_failover.full_failover")


async def test_each_deployment_says_in_a_sentence_what_it_does_before_anything_else() -> None:
    """It is all that an operator reads before he starts it."""
    written = YAML(typ="safe").load(Path("deployments/prefect.yaml"))["deployments"]
    await register()
    async with get_client() as client:
        ours = [each for each in await client.read_deployments() if "genesys-dr" in each.tags]
    told = {each.name: (each.description or "").split(". ")[0].split() for each in ours}
    assert set(told) == {item["name"] for item in written}
    assert [name for name, words in told.items() if not 5 <= len(words) <= 40] == []
    assert len({" ".join(words) for words in told.values()}) == len(told), "one says what another one does"


GOOD = {"environment": "lab", "target": "region2", "mode": "planned", "reason": "a test"}
BAD: tuple[dict[str, Any], ...] = (
    {"target": "region3"},
    {"mode": "perhaps"},
    {"reason": "x"},
    {"environment": "../etc"},
    {"beforehand": {"approver": "alice"}},
    {"forse": True},
)


async def test_the_server_refuses_bad_values_and_commands_of_ones_own() -> None:
    await register()
    async with get_client() as client:
        found = await switchover(client)
        for bad in BAD:
            with pytest.raises(PrefectHTTPStatusError, match="409"):
                await client.create_flow_run_from_deployment(found.id, parameters=GOOD | bad)
        for variable in ("command", "env", "working_dir"):
            with pytest.raises(PrefectHTTPStatusError, match="422"):
                await client.create_flow_run_from_deployment(found.id, parameters=GOOD, job_variables={variable: "x"})


async def test_the_automations_tell_people_and_change_no_run(tmp_path: Path) -> None:
    """One that sets a state kills runs that wait for a person: measured, and never shipped."""
    file = tmp_path / "blocks.yaml"
    notify = {"type": "custom-webhook", "name": "chat", "url": "http://127.0.0.1:9/", "json_data": {"text": "{{body}}"}}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"notify": notify}))
    first = {name: what for name, what in (await register()).items() if name.startswith("automation ")}
    assert (len(first), set(first.values())) == (5, {"created"})
    async with get_client() as client:
        found = [(await client.read_automations_by_name(name.removeprefix("automation ")))[0] for name in first]
        assert {type(action) for each in found for action in (*each.actions, *each.actions_on_trigger)} == {
            SendNotification
        }
        await client.pause_automation(found[0].id)
        again = await register()
        assert [name for name in first if again[name] == "put back"] == [f"automation {found[0].name}"]
    file.write_text(json.dumps({name: it for name, it in json.loads(file.read_text()).items() if name != "notify"}))
    again = await register()
    assert {name: again[name] for name in first} == dict.fromkeys(first, "removed from the server")


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        (
            {"type": "dns-server", "key_name": "k", "key_secret": "bm9uZQ=="},
            "notify.type: dns-server: must be custom-w",
        ),
        ({"type": "custom-webhook", "name": "c", "url": "{{nobody}}"}, "blocks.yaml: notify: .*nobody"),
    ],
)
async def test_a_wrong_block_for_it_is_refused_with_its_name(tmp_path: Path, notify: dict[str, str], said: str) -> None:
    file = tmp_path / "blocks.yaml"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"notify": notify}))
    with pytest.raises(Refused, match=said):
        await register()


async def test_a_secret_that_was_changed_in_one_place_is_named_and_loaded_and_never_told(tmp_path: Path) -> None:
    """The file is the truth: what was rotated there must reach the server, and nothing of it anybody else."""
    known, file = environment("lab"), tmp_path / "blocks.yaml"
    await server_blocks.loaded()
    assert await server_blocks.compared(known) == (dict.fromkeys(NAMED, server_blocks.SAME), True)
    rotated = json.loads(file.read_text())
    rotated["lab-postgresql"]["observer_password"] = "canary-rotated"  # noqa: S105
    file.write_text(json.dumps(rotated))
    found, same = await server_blocks.compared(known)
    differing = {name: what for name, what in found.items() if what != server_blocks.SAME}
    assert (differing, same) == ({"block lab-postgresql": "differs on the server: gdr blocks load"}, False)
    said = [found, await server_blocks.loaded()]
    assert (await server_blocks.compared(known))[1]
    assert "canary-rotated" not in str(said)


async def test_an_open_case_is_named_to_who_changes_its_secrets() -> None:
    for name, outcome in (("lab-1", "reached"), ("lab-2", None)):
        evidence.append("lab", name, "a1", "case.opened", OPENED)
        if outcome:
            evidence.append("lab", name, "a1", "case.closed", {"outcome": outcome})
    assert {name: what for name, what in (await server_blocks.loaded()).items() if name.startswith("case ")} == {
        "case lab-2": "is open: what runs of it keeps the secrets it has loaded: remove an old one once nothing runs"
    }


async def test_a_block_that_is_not_where_it_belongs_is_named(tmp_path: Path) -> None:
    known, file = environment("lab"), tmp_path / "blocks.yaml"
    await server_blocks.loaded()
    async with get_client() as client:
        there = await client.read_block_document_by_name("lab-dns", DnsServer.get_block_type_slug())
        await client.delete_block_document(there.id)
    found, same = await server_blocks.compared(known)
    assert (found["block lab-dns"], same) == ("is not on the server: gdr blocks load", False)
    short = json.loads(file.read_text())
    del short["lab-dns"]
    file.write_text(json.dumps(short))
    with pytest.raises(BadInput, match=r"blocks.yaml: lab-dns: no such block, and lab.yaml names it: add it"):
        await server_blocks.compared(known)
