"""The printed page of a deploy: what the site provides, what is made of it, line by line."""

from model.environment.environment import Environment
from model.observation import HostSeen, Observation, ServerSeen
from model.runbooks import DEPLOY
from model.runbooks.page import ANSWERS, BOX, chapter, lines, wrapped
from model.runbooks.words import SOURCES
from model.step import Intent
from model.view import View

PURPOSE = """\
Two regions are made of bare hosts: one becomes the active one, the other follows it behind its guards. Until it is done
nobody uses these hosts."""

BEFORE = """
Every host of both regions answers on SSH. The account has, in /etc/sudoers.d/genesys-dr, the right to run
everything; deploy narrows it to gdr-host in its first line.

The server's packages are installed on both DBMS hosts; the clusters are empty, run, and their postgresql.conf says
include_dir = 'conf.d'. The vendor's init scripts lie on both where the environment file says.

The site's installer of each component is a command on its host, named in the environment file. Its account is there.

The zone {zone} and its update key are there; neither the framework's names nor the record are.

The approver is on the list: {approvers}.
"""

WITH_THE_TOOL = """
Look: `gdr plan deploy {environment} --target REGION`. What is not of this deployment is named; deploy refuses then.

`gdr run deploy {environment} --target REGION --reason '...'`, or the deployment deploy in the Prefect UI.

Again at any time: what stands as rendered is left alone. What runs and differs is refused with the file's name. Where a
Primary answers or the record is steady, a line that would restart, stop or switch over what runs is refused as well; a
reload is not. What its own case has begun, it goes on with.
"""

NOT_MADE = """
Power sources and shared resolvers of the third site: by hand, as docs/operate.md says. The dormant pair is installed
and rendered like the active one; `gdr run clone-and-isolate {environment}` makes it a copy of it.

Application objects, beyond what the init scripts make: they are the site's. Those a pair cannot do without are looked
for: the backup's Application, the message server's signature and autostart.
"""

HELD = """
Read the message, mend what is named, and start the same line again: it looks first and does only what is left.

A host that was left half laid down is asked by the code that deploy sends along; its right is narrowed last.
"""


def deploy_page(environment: Environment) -> str:
    """Write the whole page of a deploy whose first region becomes active."""
    parts = (
        "# Deploy of " + environment.name,
        f"Generated from the plan: `gdr runbook deploy {environment.name}`. Do not edit.",
        wrapped("", PURPOSE),
        wrapped("", SOURCES),
        chapter("Before you begin", BOX, BEFORE, environment),
        chapter("With the tool", "- ", WITH_THE_TOOL, environment),
        "## Both regions are made of bare hosts, region1 becomes active",
        *lines(environment, "region1", DEPLOY, {ANSWERS: _view(environment)}),
        chapter("What is not made", "- ", NOT_MADE, environment),
        chapter("HELD: it stopped", "- ", HELD, environment),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _view(environment: Environment) -> View:
    seen = Observation(
        at=0,
        hosts={host.name: HostSeen(answers=True) for _, host in environment.all_hosts()},
        servers={server.name: ServerSeen(answers=True) for server in environment.dns.servers},
    )
    intent = Intent(runbook="deploy", target="region1", mode="planned", reason="the printed page")
    return View(environment=environment, seen=seen, intent=intent)
