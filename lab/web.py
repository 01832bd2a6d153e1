"""Ask the Prefect server through the relay, as a browser on this machine would."""

import json
import urllib.request

from lab.services.prefect import POOL


def address(port: int) -> str:
    """Return where a laboratory's web interface answers."""
    return f"http://127.0.0.1:{port}"


def is_healthy(port: int) -> bool:
    """Tell whether the server answers and is well."""
    return _ask(f"{address(port)}/api/health") is True


def has_worker(port: int) -> bool:
    """Tell whether the server counts a worker of our pool as alive."""
    workers = _ask(f"{address(port)}/api/work_pools/{POOL}/workers/filter", {})
    return isinstance(workers, list) and any(worker["status"] == "ONLINE" for worker in workers)


def _ask(url: str, body: object = None) -> object:
    """Return the answer; None while there is none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310  # ours
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError):
        return None
