"""The chapters of the printed runbook of a DBMS that moves alone. {words} are the environment's."""

PURPOSE = """\
The DBMS of a region is lost, or is to be moved alone; the framework works and stays where it is. The other region's
DBMS takes over, an alias lets the framework find it, and the Configuration Servers start again. While they rest,
proxies serve read-only ("limited mode")."""

NOT_FOR = """
The framework is lost, too: full failover, mode unplanned.

Data is damaged: deleted, overwritten, encrypted. The standby has the damage, too. Restore, do not fail over.

The environment file has no `database.aliases`: a Configuration Server finds the DBMS of its own region only. Full
failover.

Only the line between the control host and the DBMS is cut, and configuration changes are still accepted. Wait.
"""

BEFORE = """
Two people: one acts, one reads aloud and writes times. The approver is on the list: {approvers}.

Choose the mode. planned: both DBMS work, nothing is lost. unplanned: it is lost; what the standby had not received is
lost with it.

Planned: `gdr readiness {environment}` finds both DBMS hosts alike. While they differ, or nobody could see whether they
do, a planned move does not begin; an unplanned one does not ask.

Both framework hosts answer, or are without power: a Configuration Server that nobody stops goes on with what it
remembers.

Afterwards the framework writes across regions until the two are brought together again: expect the delay of the line.

While this runs, nobody edits the zone {zone} or restarts hosts.
"""

WITH_THE_TOOL = """
Look: `gdr observe {environment}`.

Start it on the control host, or the deployment partial-failover in the Prefect UI, with lost = dbms:
`gdr run partial-failover {environment} --lost dbms --target REGION --mode MODE --reason '...'`

The framework dies meanwhile: start a full failover, mode unplanned, to the same region. It goes on with this case.

Together again: `gdr run reprotect {environment} --reason '...'`, then the line above with the other region and mode
planned, then reprotect again. Or let the framework follow: full failover, mode planned, to the database's region.
"""

BACK = """
Only while the standby is not promoted, and only if the old DBMS works again. A planned one: page abort,
`gdr run partial-failover {environment} --abort --reason '...'`. By hand:

First the record: set it back to the text that it had before your first update, with your EPOCH. While it says resting,
no framework starts.

Then the undo of every ticked line, from the last to the first. The DBMS of the target ends as it was before: closed
to all four framework hosts, open to the other DBMS.

See the Primary, a standby that streams and proxies of both regions in normal mode: `gdr readiness {environment}`.
"""
