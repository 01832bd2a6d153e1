"""Whose place a host takes: a copy becomes the host that it was made for, by a description that deploy laid beside."""

import json
from stat import S_IMODE

from gdr_host.alone import TORN, alone
from gdr_host.epoch import durable_unlink, sync_folder, write_atomically
from gdr_host.host import ETC, FAILED, VAR, Facts, Fault

OWN, OTHER, PUT_ASIDE = ETC / "host.json", ETC / "counterpart.json", ETC / "host.json.put-aside"
PAIR = VAR / "pair.json"


def adopt(facts: Facts, name: str) -> None:
    """Become this host, described in counterpart.json, while standing alone; safe to repeat.

    What its original's pair was seen to do, this one was not: that goes first, for who is itself is not asked again.
    """
    if alone() in ("", TORN):
        raise Fault(FAILED, f"{facts['host']}: does not stand alone: nothing was changed")
    is_other = facts["host"] != name
    if is_other:
        _require(name)
    durable_unlink(PAIR)
    if is_other:
        write_atomically(PUT_ASIDE, OWN.read_text(), S_IMODE(OWN.stat().st_mode))
        OTHER.replace(OWN)
        sync_folder(OWN.parent)
    if PUT_ASIDE.exists():
        PUT_ASIDE.replace(OTHER)
    sync_folder(OTHER.parent)


def _require(name: str) -> None:
    try:
        found = json.loads(OTHER.read_text()).get("host")
    except (OSError, ValueError, AttributeError) as error:
        raise Fault(FAILED, f"{OTHER}: cannot be read ({error}): deploy the original again") from error
    if found != name:
        raise Fault(FAILED, f"{OTHER}: describes {found}, not {name}: nothing was changed")
