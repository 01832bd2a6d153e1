"""The laboratory's environment with a log database, and a log message server on each application host."""

from functools import cache
from typing import Any

from model.environment.environment import Environment
from model.explore.bubble import CASE
from model.explore.ground import Ground
from model.explore.sight import observe
from model.explore.world import World
from model.step import Mode
from model.view import View
from tests.unit.model.builders import environment, intent

LOG = "{database: logs, name: logdb.gen.test, rows: {table: g_log_messages, host: hostname, at: timewritten}}"
SERVER = (
    "- {kind: log_message_server, unit: log-message-server, port: 7121, started_by: management_layer, "
    "status_command: [/opt/genesys/bin/appstatus, log-message-server]}"
)
SCS = "          - {kind: scs, unit: scs, port: 7380, config: /opt/genesys/scs/scs.conf}\n      - name: r1-app-b"
EDITS = (
    ("  log_policy: none\n", f"  log_policy: replica\n  log: {LOG}\n"),
    (SCS, SCS.replace("\n      -", f"\n          {SERVER}\n      -", 1)),
)

MESSAGE_SERVER = "          - {kind: message_server, unit: message-server, port: 7120, started_by: management_layer}\n"
BESIDE = ((MESSAGE_SERVER, f"{MESSAGE_SERVER}          {SERVER}\n"),)  # on framework hosts, too
DAP = "dbserver: logdb.gen.test, dbport: '5432', dbname: logs, username: genlog, password: '{log_password}'"
OPTIONS = f"{{log: {{host: '{{host}}', {DAP}, table: g_log_messages, column: hostname, at: timewritten}}}}"
STANDIN = "[/opt/genesys/bin/standin, log_message_server, -f, '{config}', -port, '{port}']"
SITE_COMMANDS = f"{{install: [/opt/lab/installer, log-message-server], start: {STANDIN}, options: {OPTIONS}}}"
MADE = ("    message_server: {install", f"    log_message_server: {SITE_COMMANDS}\n    message_server: {{install")
SCRIPTS = "    init_scripts: [/opt/lab/media/config_database.sql]\n"
LOG_SCRIPTS = "    log: {account: genlog, init_scripts: [/opt/lab/media/log_database.sql]}\n"
MADE_WITH_LOGS = (MADE, (SCRIPTS, SCRIPTS + LOG_SCRIPTS))
SERVERS = "{region1: 198.18.1.31, region2: 198.18.2.31, port: 5433, replicated_by: 'GoldenGate MSP, MSS'}"
CROSS = (
    ("log_policy: replica", "log_policy: cross"),
    ("logdb.gen.test, rows", f"logdb.gen.test, answered_by: geo_dns, servers: {SERVERS}, rows"),
)


def logs(*edits: tuple[str, str]) -> Environment:
    """Return it, after replacing more of its text."""
    return environment(*EDITS, *edits)


@cache
def ground(*edits: tuple[str, str]) -> Ground:
    """Return what a search of every state begins from."""
    return Ground(logs(*edits), "region2")


def view(world: World, mode: Mode = "planned", edits: tuple[tuple[str, str], ...] = (), **changes: Any) -> View:
    """Return what a process of our case sees."""
    seen = observe(ground(*edits), world)
    known: dict[str, Any] = {"epoch": world.epoch if world.ours else None, "case": CASE}
    return View(environment=ground(*edits).environment, seen=seen, intent=intent(mode), **(known | changes))
