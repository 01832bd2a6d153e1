"""Whether this host's region may start its Configuration Server, or its DBMS as a primary: see gdr-guard --help.

Several of it start with every host, so it does without pathlib and typing: they are a quarter of its time.
"""

from __future__ import annotations

import json
import math
import os
import re
import socket
import sys
import time

from gdr_host.writer import Silence, ask_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROOT = os.environ.get("GDR_ROOT", "/")  # see host.py
HOST_FILE = os.path.join(ROOT, "etc/genesys-dr/host.json")
EPOCH_FILE = os.path.join(ROOT, "var/lib/genesys-dr/epoch")
ALONE_FILE = os.path.join(ROOT, "etc/genesys-dr/alone.json")
WALLS_FILE = os.path.join(ROOT, "run/genesys-dr/walls.json")
RESEED_FILE = os.path.join(ROOT, "var/lib/genesys-dr/reseeding.json")

YES, NO, USAGE, SILENT = 0, 1, 2, 75
KEYS = ("v", "epoch", "state", "active", "target", "case", "head")
APART = (*KEYS, "database")
STATES = ("steady", "switching", "resting", "drill")
REGIONS = ("region1", "region2")
REPEAT_AFTER = 30
EVERY_S = 10


def parse(text: str) -> dict[str, str]:
    """Read a record of version 1, exactly; anything else is silence, never a guess."""
    words = [word.partition("=") for word in text.split(" ")]
    fields = {key: value for key, _, value in words}
    if tuple(key for key, _, _ in words) not in (KEYS, APART) or fields["v"] != "1":
        raise Silence(f"its record is not of version 1: {text!r}")
    allowed = {"state": STATES, "active": REGIONS, "target": REGIONS, "database": REGIONS}
    wrong = [key for key, values in allowed.items() if fields.get(key, values[0]) not in values]
    if wrong or not re.fullmatch("[0-9]{1,18}", fields["epoch"]):
        raise Silence(f"its record is wrong in {', '.join(wrong) or 'epoch'}: {text!r}")
    return fields


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def own_epoch() -> int:
    """Return the highest epoch that has acted on this host, 0 before the first."""
    try:
        text = _read(EPOCH_FILE).strip()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise Silence(f"{EPOCH_FILE} cannot be read ({error.strerror})") from error
    if not re.fullmatch("[0-9]+", text):
        raise Silence(f"{EPOCH_FILE} holds {text!r}, which is no epoch")
    return int(text)


def judge(fields: dict[str, str], region: str, *, database: bool) -> tuple[bool, str]:
    """Say whether a region's framework, or its DBMS, may start by this record, and why."""
    stored = own_epoch()
    if int(fields["epoch"]) < stored:
        raise Silence(f"its record has epoch {fields['epoch']}, and {stored} has acted on this host already")
    key = "active" if fields["state"] in ("steady", "drill") else "target"
    if database and "database" in fields:
        key = "database"
    why = f"the record (epoch {fields['epoch']}, {fields['state']}) says {key}={fields[key]}"
    rests = fields["state"] == "resting" and not database
    return fields[key] == region and not rests, f"{why}, and no framework may start" if rests else why


def way_out(host: dict[str, Any]) -> str:
    """Tell the operator at this console what would end the writer's silence."""
    writer = host["writer"]
    return (
        f"Check that {writer}, the writer of {host['record']}, runs and can be reached:"
        f" dig @{writer} +tcp +norecurse TXT {host['record']}."
        " Signed permits are not available yet: it stays closed until the writer answers."
        " Do not remove the guard."
    )


def wait_for_word(asked: dict[str, float]) -> int:
    """Ask until an answer can be believed; repeat in the log what is new, and every so often what is not.

    The host is read anew at every ask: a copy starts with its original's name, and becomes itself while its units wait.
    """
    every, times, told = asked.get("--every", EVERY_S), 0, ""
    while True:
        host = json.loads(_read(HOST_FILE))
        try:
            return check(host, asked)
        except Silence as silence:
            if str(silence) != told or times % REPEAT_AFTER == 0:
                say(host, silent(host, silence, every))
            times, told = times + 1, str(silence)
        if "--once" in asked:
            return SILENT
        time.sleep(every)


def silent(host: dict[str, Any], silence: Silence, every: float) -> str:
    """Say why nothing is known, that the host starts by itself once it is, and what the operator can do."""
    who = "" if silence.way else f"{host['writer']}: "
    stays = f"this host stays closed; it asks again every {every:g} s and starts by itself."
    return f"silent: {who}{silence}: {stays} {silence.way or way_out(host)}"


def say(host: dict[str, Any], text: str) -> None:
    """Write one line to the journal."""
    print(f"{host['host']}: gdr-guard: {text}", file=sys.stderr, flush=True)


def require_own_address(host: dict[str, Any]) -> None:
    """Require that this is the host of its description: a copy of it elsewhere has another address, or none yet."""
    if address := host.get("address"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            try:
                own.bind((address, 0))
            except OSError as error:
                why = f"no interface here has {address} ({error.strerror}): is this a copy?"
                way = "Give it its address; a copy is kept off the network, and made anew (clone-and-isolate)."
                raise Silence(why, way) from error


def check(host: dict[str, Any], asked: dict[str, float]) -> int:
    """Answer for this host; a standby needs no leave, for it writes nothing of its own."""
    if os.path.exists(ALONE_FILE):
        say(host, f"closed: {ALONE_FILE}: a copy that stands alone starts nothing: run clone-and-isolate to its end")
        return NO
    if os.path.exists(WALLS_FILE):
        return within(host)
    if "--database" in asked:
        if not host["database"]:
            say(host, f"{HOST_FILE}: names no database: deploy this host again")
            return USAGE
        if os.path.exists(os.path.join(ROOT, host["database"]["data_directory"].lstrip("/"), "standby.signal")):
            say(host, "open: standby.signal is there, a standby may always start")
            return YES
        if os.path.exists(RESEED_FILE) and json.loads(_read(RESEED_FILE))["broken"]:
            say(host, f"closed: {RESEED_FILE}: pg_rewind was begun and has not ended: gdr-host EPOCH pg-follow again")
            return NO
    if host["region"] not in REGIONS:
        say(host, f"{HOST_FILE}: region {host['region']!r}: this host is in no region and needs no guard")
        return USAGE
    require_own_address(host)
    return ask(host)


def within(host: dict[str, Any]) -> int:
    """Answer for a host in a bubble: open while its permit holds, and while its own kernel keeps it from production.

    The record is not asked: it never says that this region may start. That the walls stand is tried, not read, for this
    runs as the account of the framework as well.
    """
    walls = json.loads(_read(WALLS_FILE))
    case = walls["wall"][0]
    why = _unpermitted(walls) or _unwalled([*walls["places"], [host["writer"], 53]])
    say(host, f"closed: bubble of {case}: {why}: nothing is started" if why else f"open: within the bubble of {case}")
    return NO if why else YES


def _unpermitted(walls: dict[str, Any]) -> str:
    if not walls["permit"]:
        return "its walls are being raised, or taken down"
    if own_epoch() != walls["epoch"]:
        return "a younger process has acted on this host"
    return "its hours are over" if time.time() > walls["until"] else ""


def _unwalled(places: list[list[Any]]) -> str:
    """Name what this host's own kernel does not keep it from."""
    from gdr_host.paths import is_rejected_here

    return next(
        (f"nothing here keeps it from {name}:{port}" for name, port in places if not is_rejected_here(name, port)), ""
    )


def ask(host: dict[str, Any]) -> int:
    """Answer by the record, as its writer has it now."""
    fields = parse(ask_writer(host["writer"], host["record"]))
    allowed, why = judge(fields, host["region"], database=bool(host.get("database")))
    say(host, f"open: {why}" if allowed else f"closed: {why}: this is {host['region']}, nothing is started")
    return YES if allowed else NO


def understood(words: list[str]) -> dict[str, float]:
    """Return the options of a check, each with its seconds where it has some; argparse costs more than all the rest."""
    match words:
        case ["check"]:
            return {}
        case [*before, "--every", seconds] if 0 < float(seconds) < math.inf:
            return understood(before) | {"--every": float(seconds)}
        case [*before, ("--database" | "--once") as option]:
            return understood(before) | {option: 0}
        case _:
            raise ValueError


def main(words: list[str]) -> int:
    """Run one check."""
    try:
        asked = understood(words)
    except ValueError:
        print(f"gdr-guard: {' '.join(words) or 'no command'}: not understood: see gdr-guard --help", file=sys.stderr)
        return USAGE
    os.environ["LC_ALL"] = "C"
    try:
        return wait_for_word(asked)
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"gdr-guard: {HOST_FILE}: {error!r}: this host stays closed: deploy it again", file=sys.stderr)
        return USAGE
