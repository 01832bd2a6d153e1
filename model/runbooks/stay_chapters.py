"""The chapters of the printed runbook of a framework that moves alone. {words} are the environment's."""

from model.runbooks import chapters

PURPOSE = """\
The framework of a region is lost, or is to be moved alone; the DBMS works and stays where it is. The other region's
framework starts, finds that DBMS by an alias, and the clients are sent there. Until its Primary runs, proxies serve
read-only ("limited mode"). Nothing that was committed is lost."""

NOT_FOR = """
One member of an HA pair is lost and the other is Primary. That is the pair's business (Genesys, "Redundant
Configuration Servers"): do not fail over.

The DBMS is lost, too, or soon will be (the other hosts of its region are failing): full failover.

The framework shall have its database beside it: partial failover with its database, or full failover, mode planned.

The environment file has no `database.aliases`: a Configuration Server finds the DBMS of its own region only.
"""

BEFORE = """
Two people: one acts, one reads aloud and writes times. The approver is on the list: {approvers}.

Choose the mode. planned: the framework works and is stopped in order. unplanned: it is lost.

Planned: `gdr readiness {environment}` finds the framework hosts of both regions alike. While they differ, or nobody
could see whether they do, a planned move does not begin; an unplanned one does not ask.

Say what is lost, and who says so. Unreachable from the control host is not lost. Nobody powers a framework host of that
region on before the end.

Afterwards the framework writes across regions until the two are brought together again: expect the delay of the line.

While this runs, nobody edits the zone {zone} or restarts hosts.
"""

WITH_THE_TOOL = """
Look: `gdr observe {environment}`.

Start it on the control host, or the deployment partial-failover in the Prefect UI, with database = stay:
`gdr run partial-failover {environment} --database stay --target REGION --mode MODE --reason '...'`

The DBMS dies meanwhile: start a full failover, mode unplanned, to the region that is left. It goes on with this case.

Together again: the line above with the other region and mode planned. Or let the database follow: partial failover of
the DBMS, mode planned, then reprotect.
"""

HELD = f"""{chapters.GOES_ON}
It cannot go on, and no name has moved: go back. A planned move: the command of page abort; anything else by hand, last
chapter.

It cannot go on, and the names have moved: there is no abort any more. No DBMS was promoted, and nothing is lost: go on
by hand, line by line, and move back afterwards: this page with the other region. A planned move whose new region is
lost meanwhile: that at once, mode unplanned.
"""

BACK = """
The DBMS was never moved: there is a way back from every line, if the old framework works again. A planned one, before
the move of the names: page abort, `gdr run partial-failover {environment} --abort --reason '...'`; from there on: this
page with the other region. By hand:

Before the move of the names: the lines of page abort, "the framework of the other region alone was to take over", with
the updates there, in their order. The record rests until the framework that was to take over is proven stopped. Never
set it to steady first: that opens the guards of one framework while the other may work on the same database.

Behind the move of the names: with the tool only.

See the Primary, a standby that streams and proxies of both regions in normal mode: `gdr readiness {environment}`.
"""
