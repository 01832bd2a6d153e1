"""Where a secret of the laboratory has got out to: evidence, reports, logs, Prefect's own database, process list."""

import base64
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from lab.api import Lab
from tests.lab.operator import cmdline

_SECRET_FIELDS = ("private_key", "key_secret", "observer_password", "account_password")
_SHOWN = ("var/lib/genesys-dr", "var/log", "tmp")
_PLANTED = "GDR-LEAK-PROBE"


def secrets(lab: Lab) -> dict[str, bytes]:
    """Return what must appear nowhere: the laboratory's own passwords and keys; of an SSH key its longest line."""
    blocks = YAML(typ="safe").load((lab.identity.disk("ctl") / "etc/genesys-dr/blocks.yaml").read_text())
    found = {
        f"{block} {field}": max(text[field].splitlines(), key=len).encode()
        for block, text in blocks.items()
        for field in _SECRET_FIELDS
        if field in text
    }
    assert len(found) == len(_SECRET_FIELDS)
    return found | _of_api(lab)


def _of_api(lab: Lab) -> dict[str, bytes]:
    """Return the password of the Prefect API, as it is and as it is sent, and the key of the server's blocks."""
    settings: dict[bytes, bytes] = {}
    for file in ("password.environment", "key.environment"):
        lines = (lab.identity.disk("ctl") / "etc/genesys-dr" / file).read_bytes().splitlines()
        settings |= dict(line.split(b"=", 1) for line in lines)
    password = settings[b"PREFECT_API_AUTH_STRING"]
    assert settings[b"PREFECT_SERVER_API_AUTH_STRING"] == password
    return {
        "password of the API": password.partition(b":")[2],
        "password of the API, as sent": base64.b64encode(password),
        "key of the server's blocks": settings[b"PREFECT_SERVER_ENCRYPTION_KEY"],
    }


def found(lab: Lab) -> list[str]:
    """Name each secret with each place it was found in."""
    return [
        f"{name}: {place}"
        for place, content in _places(lab)
        for name, secret in secrets(lab).items()
        if secret in content
    ]


def in_process_list(lab: Lab) -> list[str]:
    """Name each secret that stands in a command line or an environment any account of the machine may read."""
    lines = [cmdline(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")]
    return [name for name, secret in secrets(lab).items() if any(secret in line for line in lines)]


def _places(lab: Lab) -> Iterator[tuple[str, bytes]]:
    yield "Prefect's database", _dump(lab)
    for host in lab.topology.hosts:
        if lab.is_on(host.name):
            yield f"{host.name}: journal", lab.exec(host.name, ["journalctl", "--no-pager"], check=True).stdout.encode()
        for folder in _SHOWN:
            for path in (lab.identity.disk(host.name) / folder).rglob("*"):
                if path.is_file() and not path.is_symlink():
                    yield f"{host.name}: {path.relative_to(lab.identity.disk(host.name))}", path.read_bytes()


def _dump(lab: Lab) -> bytes:
    return lab.exec("ctl", ["pg_dump", "--data-only", "prefect"], "postgres", check=True).stdout.encode()


def require_search_finds(lab: Lab) -> None:
    """Require that the search would see a secret: plant a mark where each kind of place is read."""
    lab.exec("ctl", ["logger", _PLANTED], check=True)
    report = lab.identity.disk("ctl") / "var/lib/genesys-dr/reports/probe"
    report.write_text(_PLANTED)
    seen = [place for place, content in _places(lab) if _PLANTED.encode() in content]
    report.unlink()
    assert "ctl: journal" in seen
    assert "ctl: var/lib/genesys-dr/reports/probe" in seen
