"""An operator's console on the control host: `gdr run` with another block file or environment, and what it changed."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lab.api import Lab
from lab.identity import CHECKOUT
from tests.lab import effects
from tests.lab.operator import GIVEN

RECORD = "_genesys-dr.gen.test"
ENVIRONMENT = CHECKOUT / "deployments/environments/lab.yaml"

Documents = dict[str, dict[str, Any]]


def run(lab: Lab, mode: str, target: str = "region2", given: list[str] = GIVEN, **settings: str) -> tuple[int, str]:
    """Run a full failover to its end; settings are environment variables. Return exit status and all it said."""
    argv = ["gdr", "run", "full-failover", "lab", "--target", target, "--mode", mode, "--reason", "a test", *given]
    done = lab.control(["env", *(f"{name}={value}" for name, value in settings.items()), *argv])
    return done.returncode, done.stdout + done.stderr


def approver(name: str) -> list[str]:
    """Return the words that give the answer beforehand, in a name."""
    return ["--approver", name, "--answer", "go", "--answer-reason", "test: given beforehand"]


def blocks(lab: Lab, change: Callable[[Documents], object]) -> str:
    """Write another block file on the control host, with something changed in it; return its path there."""
    real = lab.identity.disk("ctl") / "etc/genesys-dr/blocks.yaml"
    found: Documents = YAML(typ="safe").load(real.read_text())
    change(found)
    text = io.StringIO()
    YAML().dump(found, text)
    _write(lab, "home/dr/blocks.yaml", text.getvalue())
    return "/home/dr/blocks.yaml"


def environments(lab: Lab, change: Callable[[str], str]) -> str:
    """Write another environment of the same name on the control host; return its folder there."""
    _write(lab, "home/dr/environments/lab.yaml", change(ENVIRONMENT.read_text()))
    return "/home/dr/environments"


def _write(lab: Lab, path: str, text: str) -> None:
    home = (lab.identity.disk("ctl") / "home/dr").stat()
    file = Path(lab.identity.disk("ctl") / path)
    file.parent.mkdir(exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)
    os.chown(file, home.st_uid, home.st_gid)
    os.chown(file.parent, home.st_uid, home.st_gid)


def record(lab: Lab) -> str:
    """Return the activation record as its own server has it; empty when it does not answer."""
    return lab.exec("ns1", ["dig", "@127.0.0.1", "+short", "+tries=1", "TXT", RECORD]).stdout.strip().strip('"')


def write_record(lab: Lab, text: str) -> None:
    """Put another record there, as another control host with the same key would."""
    secret = YAML(typ="safe").load((lab.identity.disk("ctl") / "etc/genesys-dr/blocks.yaml").read_text())["lab-dns"]
    script = [
        "server 127.0.0.1",
        f"key hmac-sha256:{secret['key_name']} {secret['key_secret']}",
        f"update delete {RECORD} TXT",
        f'update add {RECORD} 0 TXT "{text}"',
        "send",
    ]
    done = lab.exec("ns1", ["nsupdate"], stdin="\n".join(script) + "\n")
    assert done.returncode == 0, done.stderr


def changed(lab: Lab) -> tuple[object, ...]:
    """Return all that a failover changes, to be compared with what it was before."""
    return effects.orders(lab), effects.moved_names(lab), record(lab)
