"""Ask the Prefect server through the relay, as a browser on this machine would."""

import base64
import json
from collections.abc import Mapping
from types import MappingProxyType

from lab.services.prefect import POOL

NOBODY: Mapping[str, str] = MappingProxyType({})


def address(port: int) -> str:
    """Return where a laboratory's web interface answers."""
    return f"http://127.0.0.1:{port}"


def is_healthy(port: int) -> bool:
    """Tell whether the server answers and is well."""
    return _ask(f"{address(port)}/api/health") is True


def has_worker(port: int, password: str) -> bool:
    """Tell whether the server counts a worker of our pool as alive.

    Args:
        password: As USER:PASSWORD.
    """
    login = {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"}
    workers = _ask(f"{address(port)}/api/work_pools/{POOL}/workers/filter", {}, login)
    return isinstance(workers, list) and any(worker["status"] == "ONLINE" for worker in workers)


def _ask(url: str, body: object = None, login: Mapping[str, str] = NOBODY) -> object:
    """Return the answer; None while there is none."""
    import urllib.request  # noqa: PLC0415  (a third of the start of every command that asks no server)

    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **login})  # noqa: S310  # ours
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError):
        return None
