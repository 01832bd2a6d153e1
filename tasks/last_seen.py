"""What was seen of hosts that rest without power, from their last time up: kept on the control host, one file each."""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from model.environment.document import Host
from model.environment.environment import REGION_KEYS, Environment
from model.errors import Refused
from model.observation import Kept, Observation
from tasks.run import state

KEPT = TypeAdapter(Kept)


def path(environment: str, host: str) -> Path:
    """Return where that of one host lies."""
    return state() / "last-seen" / environment / f"{host}.json"


def kept(environment: Environment) -> dict[str, Kept]:
    """Return what is kept; what cannot be read was never seen."""
    found = ((host.name, _read(path(environment.name, host.name))) for host in _resting(environment))
    return {name: one for name, one in found if one is not None}


def _read(file: Path) -> Kept | None:
    try:
        return KEPT.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _resting(environment: Environment) -> list[Host]:
    pairs = (host for key in REGION_KEYS for host in environment.framework(key))
    return [host for host in pairs if environment.rests_off(host)]


def keep(environment: Environment, seen: Observation) -> None:
    """Keep what is seen of those that are up, whole: whoever reads meanwhile has the older one.

    Raises:
        Refused: It cannot be written.
    """
    for host in _resting(environment):
        known, installed = seen.host(host.name), seen.inventories.get(host.name)
        if known.answers and not known.stranger and installed is not None and not installed.fault:
            _write(path(environment.name, host.name), Kept(at=seen.at, host=known, inventory=installed))


def _write(target: Path, one: Kept) -> None:
    draft = target.with_suffix(f".{os.getpid()}")  # two may keep what they see of one host at once
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(KEPT.dump_json(one))
        draft.replace(target)
    except OSError as error:
        raise Refused(f"{target}: {error.strerror}: make room for it, and let this account write there") from None
