"""What is installed on this host, without its secrets: configuration, versions, certificates, and paths to others.

Asked apart from `observe`, which is repeated at every step of a failover and must stay quick.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gdr_host.backups import backup
from gdr_host.certificates import certificates
from gdr_host.host import FAILED, Facts, Fault, under_root
from gdr_host.lifetimes import lifetimes
from gdr_host.paths import paths
from gdr_host.program import checked

WITHIN_S = 2.0
MOST_BYTES = 1 << 20
SET, EMPTY = "(set)", "(empty)"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}")
PLAIN = re.compile(r"[A-Za-z0-9 _.,:/*()\\-]{0,120}")
# What may be shown. Anything else may be a secret, whatever it is called: of that, only whether it is there.
SHOWN = frozenset({
    "all", "application", "dbengine", "dbname", "dbport", "dbserver", "host", "management-port", "peer", "port",
    "protocol", "rank", "server", "spoolfile", "tls", "trace", "transport", "upgrade-mode", "username", "verbose",
})  # fmt: skip
SHOWN_LIKE = ("addp-", "backup-", "distributed_", "ha-", "history-log-", "lca-", "max-client-", "force-")
Sections = dict[str, dict[str, str]]
APART: dict[str, Callable[[Facts], Any]] = {"certificates": certificates, "paths": paths, "lifetimes": lifetimes}


def inventory(facts: Facts) -> str:
    """Describe everything at once, as one JSON object."""
    with ThreadPoolExecutor(len(facts["components"]) + len(APART)) as pool:
        apart = {part: pool.submit(ask, facts) for part, ask in APART.items()}
        parts = list(pool.map(_component, facts["components"]))
        told = {part: asked.result() for part, asked in apart.items()}
    return json.dumps({"host": facts["host"], "components": parts, "backup": backup(), **told})


def _component(component: Facts) -> Facts:
    return {
        "kind": component["kind"],
        "version": _version(component.get("version_command")),
        "config": _config(component.get("config")),
    }


def _version(command: list[str] | None) -> str | None:
    """Return the first line that a site's command prints; None where there is no command, or no answer."""
    if not command:
        return None
    try:
        return next((line.strip() for line in checked(*command, within=WITHIN_S).splitlines() if line.strip()), None)
    except Fault:
        return None


def _config(path: str | None) -> Facts | None:
    """Return a configuration file's sections, or why they are not known; None where host.json names no file."""
    if not path:
        return None
    try:
        return {"path": path, "sections": sections(_text(path)), "fault": ""}
    except Fault as fault:
        return {"path": path, "sections": None, "fault": str(fault)}
    except OSError as error:
        return {"path": path, "sections": None, "fault": f"{path}: {error.strerror}: correct host.json, or the file"}


def _text(path: str) -> str:
    with under_root(path).open(encoding="utf-8", errors="replace") as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise Fault(FAILED, f"{path}: more than {MOST_BYTES} bytes: no configuration file: correct host.json")
    return text


def sections(text: str) -> Sections:
    """Read `[section]` and `option=value`; of what may be a secret only whether there is one.

    Raises:
        Fault: A line is neither. It is named by its number, for it may hold anything.
    """
    found: Sections = {}
    current = ""
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            current = line[1:-1].strip()
            found.setdefault(current, {})
            continue
        option, equals, value = line.partition("=")
        if not equals or not NAME.fullmatch(option.strip()) or value.startswith("="):
            raise Fault(FAILED, f"line {number} is neither a section, nor an option, nor a comment: correct it")
        found.setdefault(current, {})[option.strip()] = scrubbed(option.strip(), value.strip())
    return found


def scrubbed(option: str, value: str) -> str:
    """Return a value that may be shown: plain, and of an option that is known to hold no secret."""
    known = option.lower() in SHOWN or option.lower().startswith(SHOWN_LIKE)
    if known and PLAIN.fullmatch(value):
        return value
    return SET if value else EMPTY
