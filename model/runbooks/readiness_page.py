"""The printed page of readiness: every check with what mends it and what it blocks, and how to look by hand."""

from collections.abc import Iterator
from itertools import groupby

from model.environment.environment import REGION_KEYS, Environment
from model.readiness.begins import REMEDIES
from model.readiness.blocked import ALL, worded
from model.readiness.catalogue import checks
from model.readiness.line import Check, own
from model.readiness.page import expected
from model.readiness.rules import LATER, THIRD, third_lost
from model.runbooks.page import BOX, chapter, wrapped
from model.step import STAGES

PURPOSE = """\
Judges every precondition of every runbook that can be seen while nothing has happened, and touches nothing. As a
deployment it runs every 30 minutes for each environment that its schedules name. None of the vendor's pages asks for
it: it is the list of what their procedures take for granted."""

NOT_ENOUGH = """
It says what was seen at one moment. Before a planned switch judge anew.

What only an act proves it cannot judge: that hosts can be fenced, that the standby can be promoted, that names move and
proxies find the new Primary. A drill proves that: [drill](drill.md). That the dormant framework works on its region's
data, without touching production: [bubble](bubble.md).

It holds up no failover, and nobody waits for green in an emergency: each runbook judges its own preconditions when it
begins. A drill alone does not begin where a line that blocks something is red or unknown.
"""

WITH_THE_TOOL = """
On the control host, without the server: `gdr readiness {environment}`. Exit 0: ready. 1: a line is red, or nobody could
see it. 2: the environment or the block file is missing or wrong.

Or the deployment readiness in the Prefect UI. It ends Completed as Ready; Failed as Red, whose message has every line
that is not as it should be; Failed as Refused, where there is no such environment. A run that crashed has judged
nothing.

Its artifact `readiness-{environment}` has every line, green ones too; its versions are the history.

What it saw of framework hosts that rest without power, the deployment alone keeps.

The head of either names each runbook: it would begin, or what stands in its way.
"""

RED_OR_UNKNOWN = """
Red: seen, and wrong. Find the check below by its name, and do what stands behind it.

Unknown: nobody could see it, which blocks as red does. Make it answer, then judge again. Where a host has many such
lines, begin with its line host answers.

not_yet: not judged. The check has nothing to be judged by, such as an objective, a mirror, a drill that has ended; or
this version does not look at it.

Begin where the remedy is to stop and look, then with what blocks most. What blocks "no runbook now" is a debt, or a
fault of the region that sleeps: nothing waits for it, settle it by day.

While a case is open some lines are red because of it: continue that case, do not mend them one by one.

Judge again: `gdr readiness {environment}`.
"""

CHECKS = """\
A check that has nobody to judge in this environment writes no line. Blocks: the most that it can; what it blocks of
this very host or region stands in the brackets of its line. One that stands here twice has a remedy for each of two
cases; its line has the one that is meant."""

BY_HAND = """
The control host is lost: from any machine that has the account's key. Nothing here changes anything. What the control
host alone has is not seen so: samples, drills, evidence, one-time codes.

On each host below. `observe` prints its components, guard, epoch, clock, blocked ports, names and room on its disk.
`inventory` in its place prints versions, configuration files, certificates, paths and backups: compare the regions, and
the two of a pair.
"""

DATABASES = """
In the DBMS of either region: `SELECT pg_is_in_recovery();` f where it is active, t where it follows.

In the active one: `SELECT client_addr, state FROM pg_stat_replication;` the standby is there, and streaming.

In the one that follows: `SELECT status FROM pg_stat_wal_receiver;` streaming.

In both: `SHOW synchronous_standby_names;` nothing.
"""

GDR_HOST = "sudo -n /opt/genesys-dr/bin/gdr-host"


def readiness_page(environment: Environment) -> str:
    """Write the whole page; its checks are those that readiness makes."""
    parts = (
        f"# Readiness of {environment.name}",
        f"Generated from the checks: `gdr runbook readiness {environment.name}`. Do not edit.",
        wrapped("", PURPOSE),
        chapter("When it is not enough", "- ", NOT_ENOUGH, environment),
        *_not_judged(environment),
        chapter("With the tool", "- ", WITH_THE_TOOL, environment),
        chapter("It is red or unknown", "- ", RED_OR_UNKNOWN, environment),
        "## Checks, by the stage in which each would be felt",
        wrapped("", CHECKS),
        *_checks(),
        "## Whether each runbook would begin",
        "\n".join(_begins()),
        "## Differences that are expected",
        "\n".join(wrapped("- ", f"{expected(rule)}.") for rule in environment.expected),
        chapter("By hand", "- ", BY_HAND, environment),
        "\n".join(_hosts(environment)),
        "### Names and record",
        "\n".join(_servers(environment)),
        chapter("Databases", BOX, DATABASES, environment).replace("## ", "### ", 1),
    )
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _not_judged(environment: Environment) -> Iterator[str]:
    yield "## What it does not judge: check it by hand"
    items = [*(f"{name} (felt in {stage})" for name, stage in LATER), f"{THIRD}: {third_lost(environment)}"]
    yield "\n".join(wrapped(BOX, f"{item}.") for item in items)


def _checks() -> Iterator[str]:
    for place, here in groupby(checks(), key=lambda check: check.stage):
        yield f"### Stage {STAGES.index(place) + 1} {place}" if place in STAGES else f"### {place.capitalize()}"
        yield "\n".join(wrapped(BOX, _told(check)) for check in here)


def _told(check: Check) -> str:
    return f"**{check.name}**: {check.remedy}. Blocks: {worded(check.at_most)}."


def _begins() -> Iterator[str]:
    """Name the lines that no check makes: each runbook is judged by its own rules."""
    yield from (f"- [ ] **{own(runbook)}**" for runbook in ALL)
    yield wrapped("- ", f"Red: {REMEDIES['red']}; the line says what. It blocks that runbook alone.")
    yield wrapped("- ", "not_yet: it would not begin, and is not prepared here or no emergency waits for it.")


def _hosts(environment: Environment) -> Iterator[str]:
    """Name every host, how to look at it, and what says whether it has power."""
    places = [(host.name, host.address) for _, host in environment.all_hosts()]
    places += [(resolver.name, resolver.address) for resolver in environment.dns.resolvers]
    yield from (f"- [ ] {name} {address}\n  `ssh gdr@{address} {GDR_HOST} observe`" for name, address in places)
    for source in environment.power:
        switched = [host.name for _, host in environment.all_hosts() if environment.power_source(host) is source]
        if switched:
            yield (
                f"- [ ] power source {source.name} {source.address}\n"
                f"  `ssh gdr@{source.address} {GDR_HOST} power-status {' '.join(switched)}`"
            )


def _servers(environment: Environment) -> Iterator[str]:
    """Name what each DNS server is asked, and what it answers while a region is active."""
    names = environment.dns.framework_names
    for server in environment.dns.servers:
        asked = [*(f"A {name}" for name in names), f"TXT {environment.record_name}"]
        yield f"- [ ] {server.name} {server.address}"
        yield from (f"  `dig @{server.address} -p {server.port} +tcp +norecurse +short {what}`" for what in asked)
    for key in REGION_KEYS:
        answers = ", ".join(f"{name} {address}" for name, address in environment.addresses(key).items())
        record = f"state=steady active={key} target={key}"
        yield wrapped("- ", f"While {key} is active: {answers}; the record says `{record}`.")
    yield wrapped(
        "- ", "A record that ends in database=REGION: the database is there, the framework where active says."
    )
