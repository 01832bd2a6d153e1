"""A Prefect server of the tests' own with the shipped proxy before it, both on loopback, both with made secrets."""

import base64
import datetime as dt
import grp
import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab import haproxy
from lab.command import wait_until
from lab.identity import CHECKOUT
from tests.unit.gdr.shell import blocks

CONFIGURATION = CHECKOUT / "deployments/proxy/haproxy.cfg"
DEPLOYMENT = "full-failover/full-failover"
PARAMETERS = {"environment": "lab", "target": "region2", "mode": "unplanned", "reason": "a test of the proxy"}
REDIS_WORD = "redis-word"  # stands where Redis' password does; a queue in memory reads no further than its scheme
_UP_S = 180


class Served:
    """Both, as tests ask them: `people` by the proxy, `local` as the worker on the host does."""

    def __init__(self, people: httpx.Client, local: httpx.Client, settings: dict[str, str]) -> None:
        self.people, self.local, self._settings = people, local, settings
        self.password = settings["PREFECT_API_AUTH_STRING"]
        self.deployment = str(self._local("GET", f"/deployments/name/{DEPLOYMENT}")["id"])
        (block, *_) = self._local("POST", "/block_documents/filter", {})
        self.block = str(block["id"])

    def by_hand(self, name: str) -> str:
        """Make a block beside those of the file; return how a shell calls it."""
        like = self._local("GET", f"/block_documents/{self.block}")
        fields = {"name": name, "block_type_id": like["block_type_id"], "block_schema_id": like["block_schema_id"]}
        self._local("POST", "/block_documents/", fields | {"data": {}})
        return f"{like['block_type']['slug']}/{name}"

    def shell(self, *words: str) -> None:
        """Run a command of Prefect's as who is on the control host does."""
        subprocess.run(
            [sys.executable, "-m", "prefect", *words],
            env=self._settings,
            stdin=subprocess.DEVNULL,
            check=True,
            capture_output=True,
        )

    @property
    def authorization(self) -> str:
        """Say the password as a header does."""
        return f"Basic {base64.b64encode(self.password.encode()).decode()}"

    def _local(self, method: str, path: str, body: object = None) -> Any:
        return self.local.request(method, path, json=body).raise_for_status().json()

    def suspended(self) -> str:
        """Make a run that waits for a form, as `suspend_flow_run` leaves it; return its id."""
        run = str(
            self._local("POST", f"/deployments/{self.deployment}/create_flow_run", {"parameters": PARAMETERS})["id"]
        )
        keys = {name: f"suspended-declare-1-{name}" for name in ("description", "response", "schema")}
        decision = {"title": "Decision", "type": "string", "enum": ["go", "decline"]}
        schema = {"type": "object", "properties": {"decision": decision}, "required": ["decision"]}
        details = {"pause_key": str(uuid4()), "run_input_keyset": keys, "pause_reschedule": True}
        for state in ({"type": "RUNNING"}, {"type": "PAUSED", "name": "Suspended", "state_details": details}):
            said = self._local("POST", f"/flow_runs/{run}/set_state", {"state": state, "force": True})
            assert said["status"] == "ACCEPT", said
        for key, value in ((keys["schema"], schema), (keys["description"], "May it begin?")):
            self.local.post(f"/flow_runs/{run}/input", json={"key": key, "value": _json(value)}).raise_for_status()
        return run


def _json(value: object) -> str:
    return httpx.Request("POST", "http://x", json=value).content.decode()


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Start both; everything they make lies in a folder."""
    port, outside = _free_port(), _free_port()
    password = _secrets(folder)
    with ExitStack() as stack:
        settings = _settings(folder, port)
        argv = [sys.executable, "-m", "prefect", "server", "start", "--no-services", "--port", str(port)]
        stack.enter_context(_running(argv, settings, folder / "server.log"))
        user, _, word = password.partition(":")
        local = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}/api", auth=(user, word), timeout=30)
        )
        wait_until("the Prefect server", lambda: _answers(local), _UP_S)
        gdr = [str(Path(sys.executable).parent / "gdr"), "register", "--no-schedules"]
        subprocess.run(gdr, env=settings, cwd=CHECKOUT, check=True, capture_output=True)
        stack.enter_context(
            _running(
                [*haproxy.command(), "-db", "-f", str(CONFIGURATION)],
                {
                    "GDR_PROXY_BIND": f"127.0.0.1:{outside}",
                    "GDR_PROXY_CERTIFICATE": str(_certificate(folder)),
                    "GDR_PROXY_API": f"127.0.0.1:{port}",
                    "GDR_PROXY_USER": pwd.getpwuid(os.geteuid()).pw_name,
                    "GDR_PROXY_GROUP": grp.getgrgid(os.getegid()).gr_name,
                },
                folder / "proxy.log",
            )
        )
        people = stack.enter_context(
            httpx.Client(base_url=f"https://127.0.0.1:{outside}/api", auth=(user, word), timeout=30, verify=False)  # noqa: S501  (made a moment ago)
        )
        wait_until("the proxy", lambda: _answers(people), _UP_S)
        yield Served(people, local, settings)


def _secrets(folder: Path) -> str:
    """Make them by the product's own command; return the password."""
    blocks(folder / "blocks.yaml")
    gdr = [str(Path(sys.executable).parent / "gdr"), "password"]
    subprocess.run(gdr, env=_settings(folder, 0), check=True, capture_output=True)
    return _file(folder / "password.environment")["PREFECT_API_AUTH_STRING"]


def _settings(folder: Path, port: int) -> dict[str, str]:
    made = [folder / name for name in ("password.environment", "key.environment")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "ui"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DOCKET_URL": f"memory://:{REDIS_WORD}@127.0.0.1/1",
        "GDR_BLOCKS": str(folder / "blocks.yaml"),
        "GDR_STATE": str(folder / "state"),
        "GDR_ENVIRONMENTS": str(CHECKOUT / "deployments/environments"),
        "DO_NOT_TRACK": "1",
        **{name: value for file in made if file.exists() for name, value in _file(file).items()},
    }


def _file(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


@contextmanager
def _running(argv: list[str], settings: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env=settings, stdout=output, stderr=output, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certificate(folder: Path) -> Path:
    """Write a certificate that nobody knows, with its key: what HAProxy wants to listen."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "proxy.pem"
    file.touch(mode=0o600)
    file.write_bytes(made.public_bytes(pem) + private)
    return file
