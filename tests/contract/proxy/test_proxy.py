"""The shipped proxy, in HAProxy itself, before a real Prefect server: what people may, and what they may not."""

import json
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from lab.identity import CHECKOUT
from tests.contract.proxy.second import posted
from tests.contract.proxy.served import PARAMETERS, REDIS_WORD, Served, served

pytestmark = [pytest.mark.proxy, pytest.mark.timeout(600)]

FORBIDDEN = httpx.codes.FORBIDDEN
JSON = {"content-type": "application/json"}
OWN = {"command": "/usr/bin/touch /tmp/x"}
LOGOS = "https://github.com/"  # of block types
SECRETS = "secrets of blocks are not given out"
VARIABLES = "job variables are not for people"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("proxy")) as both:
        yield both


def place(there: Served, path: str) -> str:
    return path.format(deployment=there.deployment, block=there.block, any="0" * 8 + "-0000-4000-8000-" + "0" * 12)


def denied(answer: httpx.Response) -> str:
    """Return the reason, without what all of them begin with."""
    assert answer.status_code == FORBIDDEN, answer.text
    return str(answer.json()["detail"]).removeprefix("Denied by the proxy: ")


def test_a_run_is_started_with_its_parameters_and_waits_for_the_worker(there: Served) -> None:
    body = {"parameters": PARAMETERS, "job_variables": {}, "tags": [], "name": 'Größe "job_variables": {1}'}
    made = there.people.post(place(there, "/deployments/{deployment}/create_flow_run"), json=body).raise_for_status()
    assert (made.json()["state"]["type"], made.json()["job_variables"]) == ("SCHEDULED", {})


def test_a_form_is_judged_by_the_server_and_answered(there: Served) -> None:
    run = there.suspended()
    wrong = there.people.post(f"/flow_runs/{run}/resume", json={"run_input": {"decision": "perhaps"}})
    assert (wrong.status_code, wrong.json()["status"]) == (200, "REJECT")
    said = there.people.post(f"/flow_runs/{run}/resume", json={"run_input": {"decision": "go"}})
    assert said.json()["status"] == "ACCEPT"


@pytest.mark.parametrize("state", ["CANCELLED", "SCHEDULED"])
def test_a_run_is_cancelled_and_retried(there: Served, state: str) -> None:
    said = there.people.post(
        f"/flow_runs/{there.suspended()}/set_state", json={"state": {"type": state}, "force": True}
    )
    assert said.json()["status"] == "ACCEPT"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/block_documents/{block}", None),
        ("POST", "/block_documents/filter", {"include_secrets": False, "limit": 10}),
        ("POST", "/flows/filter", {"limit": 5}),
        ("POST", "/deployments/paginate", {"limit": 5}),
        ("POST", "/work_pools/genesys-dr/queues/filter", {}),
        ("POST", "/ui/schemas/validate", {"schema": {}, "values": {}}),
        ("GET", "/work_pools/genesys-dr", None),
    ],
)
def test_what_there_is_to_see_is_seen(there: Served, method: str, path: str, body: object) -> None:
    answer = there.people.request(method, place(there, path), json=body)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.content == there.local.request(method, place(there, path), json=body).content


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        ("GET", "/block_documents/{block}?include_secrets=true", None, SECRETS),
        ("GET", "/block_documents/{block}?limit=1&INCLUDE_SECRETS=1", None, SECRETS),
        ("GET", "/block_documents/{block}?include_se%63rets=true", None, "cannot be looked at"),
        ("GET", "/block_documents/{block}?a=%zz&include%5fsecrets=true", None, SECRETS),
        ("GET", "/block_documents/{block}?a=1;include_secre%74s=true", None, "cannot be looked at"),
        ("GET", "/block_types/slug/ssh-access/block_documents?include_secrets=true", None, SECRETS),
        ("GET", "/block_types/slug/ssh-access/block_documents/name/lab-ssh?include_secrets=true", None, SECRETS),
        ("POST", "/block_documents/filter", {"include_secrets": True}, SECRETS),
        ("POST", "/block_documents/filter", {"include_secrets": "false "}, SECRETS),
        ("POST", "/block_documents/", {}, "blocks are written by gdr register"),
        ("PATCH", "/block_documents/{block}", {}, "blocks are written by gdr register"),
        ("DELETE", "/block_documents/{block}", None, "blocks are written by gdr register"),
        ("DELETE", "/block_types/{any}", None, "blocks are written by gdr register"),
        ("PATCH", "/work_pools/genesys-dr", {"base_job_template": {}}, "the work pool is written by gdr register"),
        ("DELETE", "/work_pools/genesys-dr", None, "the work pool is written by gdr register"),
        ("POST", "/work_pools/", {"name": "own", "type": "process"}, "the work pool is written by gdr register"),
        ("POST", "/work_pools/genesys-dr/workers/heartbeat", {"name": "w"}, "the work pool is written"),
        ("POST", "/work_pools/genesys-dr/get_scheduled_flow_runs", {}, "the work pool is written"),
        ("POST", "/deployments/", {"job_variables": OWN}, "deployments, schedules and automations are written"),
        (
            "PATCH",
            "/deployments/{deployment}",
            {"job_variables": OWN},
            "deployments, schedules and automations are written",
        ),
        ("DELETE", "/deployments/{deployment}", None, "deployments, schedules and automations are written"),
        ("POST", "/deployments/{deployment}/pause_deployment", None, "deployments, schedules and automations"),
        ("POST", "/deployments/{deployment}/schedules", [], "deployments, schedules and automations"),
        ("POST", "/deployments/{deployment}/create_flow_run/bulk", [], "deployments, schedules and automations"),
        ("POST", "/deployments%2F{deployment}/create_flow_run", {}, "deployments, schedules and automations"),
        ("POST", "/automations/", {"actions": [{"job_variables": OWN}]}, "deployments, schedules and automations"),
        ("POST", "/flow_runs/", {"job_variables": OWN}, "nothing else is written here"),
        ("PATCH", "/flow_runs/{any}", {"job_variables": OWN}, "nothing else is written here"),
        ("DELETE", "/flow_runs/{any}", None, "nothing else is written here"),
        ("POST", "/flow_runs/bulk_set_state", {}, "nothing else is written here"),
        ("POST", "/flow_runs/{any}/input", {}, "nothing else is written here"),
        ("POST", "/events", [], "nothing else is written here"),
        ("POST", "/variables/", {}, "nothing else is written here"),
        ("PUT", "/flow_runs/{any}/resume", {}, "this is done by POST"),
    ],
)
def test_what_is_not_for_people_is_denied_with_a_reason(
    there: Served, method: str, path: str, body: object, reason: str
) -> None:
    assert reason in denied(there.people.request(method, place(there, path), json=body))


def test_what_the_page_lets_people_delete_is_deleted_in_a_shell(there: Served) -> None:
    """What is deleted nowhere else, for the proxy denies it."""
    page = (CHECKOUT / "docs/operate.md").read_text()
    words = [re.findall(rf"`prefect ({what} delete) [A-Z/]+`", page)[0].split() for what in ("flow-run", "block")]
    run, block = there.suspended(), there.by_hand("by-hand")
    places = (f"/flow_runs/{run}", f"/block_types/slug/{block.replace('/', '/block_documents/name/')}")
    assert [there.local.get(place).status_code for place in places] == [httpx.codes.OK] * 2
    for said, what in zip(words, (run, block), strict=True):
        there.shell(*said, what)
    assert [there.local.get(place).status_code for place in places] == [httpx.codes.NOT_FOUND] * 2


def test_the_api_has_no_other_name(there: Served) -> None:
    """The server decodes an address before it looks at it."""
    path = place(there, "/%61pi/block_documents/{block}?include_secrets=true")
    assert there.local.get(str(there.local.base_url).replace("/api/", path)).status_code == httpx.codes.OK
    for other in (path, path.replace("/%61pi/", "/%2fapi/"), path.replace("/%61pi/", "/api%2f")):
        assert "spelt in a way" in denied(there.people.get(str(there.people.base_url).replace("/api/", other)))


@pytest.mark.parametrize("path", ["/admin/settings", "/admin/sett%69ngs", "/%61dmin/settings?limit=1"])
def test_settings_which_may_hold_a_password_stay_on_the_host(there: Served, path: str) -> None:
    """Prefect hides those that it knows for secrets; the address of Redis is none of them."""
    assert REDIS_WORD in there.local.get(path).text
    said = there.people.get(path)
    assert (REDIS_WORD in said.text, "settings may hold passwords" in said.json()["detail"]) == (False, True)


def named(key: str) -> str:
    return f'{{"parameters": {json.dumps(PARAMETERS)}, {key}: {json.dumps(OWN)}}}'


BODIES: dict[str, tuple[Any, dict[str, str], str]] = {
    "job variables": (named('"job_variables"'), {}, VARIABLES),
    "with space": (named('"job_variables" \n'), {}, VARIABLES),
    "twice": ('{"job_variables": {}, ' + named('"job_variables"')[1:], {}, VARIABLES),
    "a list": ('{"job_variables": [["command", "x"]]}', {}, VARIABLES),
    "spelt": (named('"job\\u005fvariables"'), {}, "not plain JSON"),
    "utf-16": (named('"job_variables"').encode("utf-16"), {}, "not plain JSON"),
    "utf-16 without mark": (named('"job_variables"').encode("utf-16-le"), {}, "not plain JSON"),
    "utf-32": (named('"job_variables"').encode("utf-32-be"), {}, "not plain JSON"),
    "space first": (" " + named('"job_variables"'), {}, "not plain JSON"),
    "too long": (named('"job_variables"') + " " * 60_000, {}, "more than 60000 bytes"),
    "hidden behind": (" " * 59_000 + named('"job_variables"') + " " * 59_000, {}, "more than 60000 bytes"),
    "compressed": (named('"job_variables"'), {"content-encoding": "gzip"}, "in pieces or encoded"),
    "in pieces": (iter([named('"job_variables"').encode()]), {}, "in pieces or encoded"),
    "another block": ('{"infrastructure_document_id": "00000000-0000-4000-8000-000000000000"}', {}, VARIABLES),
}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_job_variables_do_not_get_through_however_they_are_written(there: Served, name: str) -> None:
    content, more, reason = BODIES[name]
    path = place(there, "/deployments/{deployment}/create_flow_run")
    before = there.local.post("/flow_runs/count", json={}).json()
    assert reason in denied(there.people.post(path, content=content, headers=JSON | more))
    assert there.local.post("/flow_runs/count", json={}).json() == before


@pytest.mark.parametrize("key", ["job_variables", "infrastructure_document_id"])
@pytest.mark.parametrize("value", ["null", " null ", "\n null\n", "{}", " { } "])
def test_a_field_that_is_left_empty_passes_however_it_is_spaced(there: Served, key: str, value: str) -> None:
    body = f'{{"parameters": {json.dumps(PARAMETERS)}, "{key}":{value}}}'
    path = place(there, "/deployments/{deployment}/create_flow_run")
    answers = [one.post(path, content=body, headers=JSON) for one in (there.people, there.local)]
    assert len({answer.status_code for answer in answers} - {FORBIDDEN}) == 1, [answer.text for answer in answers]


@pytest.mark.parametrize("value", ["false", " false ", "\n\tfalse\n"])
def test_secrets_that_are_not_asked_for_are_not_denied(there: Served, value: str) -> None:
    body = f'{{"limit": 1, "include_secrets":{value}}}'
    there.people.post("/block_documents/filter", content=body, headers=JSON).raise_for_status()


@pytest.mark.parametrize(
    ("length", "said"),
    [("Content-Length: {more}", (b"403", b"408")), ("X-Length: {whole}", (b"403",))],
    ids=["not whole", "no length"],
)
def test_a_body_that_never_comes_whole_or_tells_no_length_reaches_nobody(
    there: Served, length: str, said: tuple[bytes, ...]
) -> None:
    before = there.local.post("/flow_runs/count", json={}).json()
    assert spoken(there, length) in said
    assert there.local.post("/flow_runs/count", json={}).json() == before
    assert spoken(there, "Content-Length: {whole}") == b"201"
    assert there.local.post("/flow_runs/count", json={}).json() == before + 1


def spoken(there: Served, length: str) -> bytes:
    """Start a run by words of one's own; return the answer's status."""
    body = json.dumps({"parameters": PARAMETERS})
    path = place(there, "/api/deployments/{deployment}/create_flow_run")
    head = ["Host: x", "Content-Type: application/json", f"Authorization: {there.authorization}"]
    head.append(length.format(whole=len(body), more=len(body) + 1))
    url = there.people.base_url
    with socket.create_connection((url.host, url.port)) as plain, unverified().wrap_socket(plain) as line:
        line.sendall("\r\n".join([f"POST {path} HTTP/1.1", *head, "", body]).encode())
        return line.recv(4096).split(b" ", 2)[1]


def test_http_2_which_announces_no_length_is_not_spoken(there: Served) -> None:
    """Else what lies behind the proxy's buffer would be looked at by nobody, and every secret given out."""
    body = b'{"limit": 10,' + b" " * 70_000 + b'"include_secrets": true}'
    url = there.people.base_url.copy_with(path="/api/block_documents/filter")
    assert posted(url, JSON | {"authorization": there.authorization}, body, unverified()) is None


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.mark.parametrize("path", ["/", "/v2/dashboard", "/api/health", "/api/block_documents/"])
def test_every_answer_says_what_a_page_may_load_and_that_nobody_may_frame_it(there: Served, path: str) -> None:
    answer = there.people.get(str(there.people.base_url.copy_with(path=path)))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-frame-options"] == "DENY"


def test_the_password_is_asked_for_behind_the_proxy_too(there: Served) -> None:
    with httpx.Client(base_url=there.people.base_url, verify=False) as stranger:  # noqa: S501  (made a moment ago)
        assert stranger.post("/flow_runs/filter", json={}).status_code == httpx.codes.UNAUTHORIZED


@pytest.fixture
async def following(there: Served) -> AsyncIterator[ClientConnection]:
    async with connect(follow(there, "/events/out"), ssl=unverified(), subprotocols=["prefect"]) as line:
        yield line


def follow(there: Served, path: str) -> str:
    return str(there.people.base_url.copy_with(scheme="wss", path="/api" + path))


async def test_events_are_followed_by_a_websocket(there: Served, following: ClientConnection) -> None:
    await following.send(json.dumps({"type": "auth", "token": there.password}))
    assert json.loads(await following.recv()) == {"type": "auth_success"}


@pytest.mark.parametrize("path", ["/events/in", "/flow_runs/subscriptions/scheduled", "/work_pools/x/workers/connect"])
async def test_nothing_is_sent_or_taken_by_a_websocket(there: Served, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(follow(there, path), ssl=unverified(), subprotocols=["prefect"]):
            pass
    assert refused.value.response.status_code == FORBIDDEN


@pytest.mark.browser
def test_the_interface_loads_starts_a_run_and_answers_another_and_nothing_it_asks_for_is_denied(there: Served) -> None:
    base = str(there.people.base_url).removesuffix("/api/")
    said: list[str] = []
    with sync_playwright() as playwright:
        argv = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=argv)
        page = browser.new_page(base_url=base, ignore_https_errors=True, reduced_motion="reduce")
        page.route(lambda url: not url.startswith((base, "data:", "blob:")), lambda route: route.abort())
        page.on("response", lambda answer: said.append(answer.url) if answer.status == FORBIDDEN else None)
        page.on("console", lambda line: said.append(line.text) if "Content Security Policy" in line.text else None)
        log_in(page, there.password)
        page.goto("/v2/settings", wait_until="domcontentloaded")
        expect(page.get_by_role("main")).to_contain_text("settings may hold passwords", timeout=60_000)
        start(page, there.deployment)
        answer(page, there.suspended())
        browser.close()
    beacons = [line for line in said if "https://sr-client-cfg.amplitude.com/" in line]
    assert beacons, "the policy was not seen at work: the interface calls home, whatever its settings say"
    logos = [line for line in said if f"Loading the image '{LOGOS}" in line]  # grey boxes instead: docs/operate.md
    assert [line for line in said if line not in beacons and line not in logos] == []


def log_in(page: Page, password: str) -> None:
    page.goto("/v2/dashboard", wait_until="domcontentloaded")
    field = page.get_by_placeholder("admin:pass")
    field.fill(password)
    page.get_by_role("button", name="Login").click()
    expect(field).to_be_hidden(timeout=60_000)
    for folder in ("blocks", "work-pools", "deployments", "automations", "runs"):
        page.goto(f"/v2/{folder}", wait_until="domcontentloaded")
        expect(page.get_by_role("main")).to_contain_text("lab-ssh" if folder == "blocks" else "", timeout=60_000)


def start(page: Page, deployment: str) -> None:
    page.goto(f"/v2/deployments/deployment/{deployment}/run", wait_until="domcontentloaded")
    main = page.get_by_role("main")
    for name, value in PARAMETERS.items():
        choice = main.get_by_role("button", name=f"Select {name}")
        field = choice.or_(main.get_by_role("textbox", name=name))
        field.wait_for(timeout=60_000)
        if choice.count():
            choice.click()
            page.get_by_role("option", name=value, exact=True).click()
        else:
            field.fill(value)
    with page.expect_response(lambda answer: answer.url.endswith("/create_flow_run"), timeout=60_000) as sent:
        main.get_by_role("button", name="Submit").click()
    assert sent.value.status == httpx.codes.CREATED, sent.value.text()


def answer(page: Page, run: str) -> None:
    page.goto(f"/v2/runs/flow-run/{run}", wait_until="domcontentloaded")
    main = page.get_by_role("main")
    main.get_by_text("Suspended", exact=True).first.wait_for(timeout=60_000)  # until then the page moves
    main.get_by_role("button", name="Open menu").first.click(timeout=60_000)
    page.get_by_role("menuitem", name="Resume").click()
    form = page.get_by_role("dialog", name="Resume Flow Run")
    form.get_by_role("button", name="Select Decision").click(timeout=60_000)
    page.get_by_role("option", name="go", exact=True).click()
    form.get_by_role("button", name="Resume").click()
    expect(form).to_be_hidden(timeout=60_000)
