"""The chapters of the printed runbooks before and after their steps: one item a paragraph.

{words} are the environment's.
"""

PURPOSE = """\
One region is given up, the other takes over. Until the new Primary runs, proxies serve read-only ("limited
mode"): calls go on, configuration changes wait. That is why there is time to
read this page."""

NOT_FOR = """
One member of an HA pair is lost and the other is Primary. That is the pair's business (Genesys, "Redundant
Configuration Servers"): do not fail over.

Data is damaged: deleted, overwritten, encrypted. The standby has the damage, too. Restore, do not fail over.

Only the line between the regions is cut, and the active region still serves. Wait, or switch in mode planned.

The target's DBMS is neither a standby nor primary. There is nothing to promote.
"""

BEFORE = """
Two people: one acts, one reads aloud and writes times. The approver is on the list: {approvers}.

Say which region is lost, and who says so. Unreachable from the control host is not lost.

Choose the mode. planned: both regions work, nothing is lost. unplanned: the other region is lost; what the
standby had not received is lost with it.

Planned: `gdr readiness {environment}` finds both regions alike. While what starts in the target differs from what runs
now, or nobody could see whether it does, a planned failover does not begin; an unplanned one does not ask.

Once the standby is promoted there is no way back but a failback.

Nobody powers anything of the lost region on until its DBMS is reseeded.

While this runs, nobody edits the zone {zone} or restarts hosts.
"""

WITH_THE_TOOL = """
Look: `gdr observe {environment}`, `gdr readiness {environment}`.

Start it on the control host, or the deployment full-failover in the Prefect UI:
`gdr run full-failover {environment} --target REGION --mode MODE --reason '...'`

Stage 1 observe looks, and refuses what must not begin. Stage 2 declare shows what may be lost, how each writer is
fenced and what does not answer, and asks for approval.

It then does the lines below and proves each.
"""

GOES_ON = """
Read the message: its end is the next safe command. Nothing goes on by itself.

Look: `gdr observe {environment}`. What is UNKNOWN is not good.

Mend what is named, then start the same run again: retry in the UI, or the same `gdr run` line. It looks first and
does only what is left. Starting it twice harms nothing: the younger process takes over.

`another process has taken over`: somebody else acts. Find out who; do not start a third.

A failed "should" does not hold: it is a debt in the report. Settle it afterwards.
"""

HELD = f"""{GOES_ON}
It cannot go on, and the standby is not promoted, no name moved: go back. A planned switch: the command of page abort;
anything else by hand, last chapter.

It cannot go on, and the standby is promoted: go on by hand, line by line. There is no way back.
"""

BY_HAND = """
The Prefect server is lost: on the control host, the `gdr run` line above. It brings its own Prefect, asks for
approval in the terminal, and is the same flow.

The control host is lost, too: from any machine that has the account's key and the update key, do the lines of this
page in their order. Tick each only when its proof is seen.

A command `gdr-host ...` is run on the named host: `ssh gdr@ADDRESS sudo -n /opt/genesys-dr/bin/gdr-host ...`.
What stands behind a colon is what it does. Exit 0: done. 1: failed, how far is not known: look at the host before you
repeat it. 2: not understood, nothing was changed. 3: a younger epoch has acted here: stop. 4: busy, repeat it.

A host is powered off on its power source: that line names it and its address. `gdr-host` is run there, not on the host.

EPOCH is the number you took. Write it here: ________

Look at a host: `sudo -n /opt/genesys-dr/bin/gdr-host observe`. It changes nothing.

A line that updates DNS: `nsupdate -k KEYFILE`, fed with the block below. OLD is the record exactly as
`dig @{writer} +tcp +norecurse +short TXT {record}` prints it, without its quotes. NXRRSET means that somebody has
changed it: stop. Behind the first block the text you wrote is OLD for the next.

KEYFILE, mode 0600, holds the key of block {block}: `key "NAME" {{ algorithm hmac-sha256; secret "..."; }};`

Approval: two people sign here, with the time: ________________ ________________
"""

BACK = """
Only while the standby is not promoted, and only if the source works again. A planned full failover: page abort,
`gdr run full-failover {environment} --abort --reason '...'`. By hand:

First the record: set it back to `state=steady active=SOURCE target=SOURCE case=- head=-`, with your EPOCH. While it
says switching, the boot guard lets nothing of the source start.

Then the undo of every ticked line, from the last to the first. The DBMS of the target ends as it was before: closed
to all four framework hosts, open to the other DBMS.

See the Primary, a standby that streams and proxies of both regions in normal mode: `gdr readiness {environment}`.
"""

REPROTECT_PURPOSE = """\
The region that was given up follows the active one again. Until that is so, nothing can take over from the active
region. It works on throughout; nothing is switched here. The way back afterwards is a planned full failover."""

REPROTECT_BEFORE = """
The active region works: its Primary runs and its DBMS is primary.

Say why the other region was lost, and that it is mended. Its hosts answer, or are off.

The old DBMS may hold changes that were never received. They are written down first, then overwritten. Agree who reads
them and enters again what is missing: `rows.jsonl` and `wal.txt` in the folder that the report names.

The approver is on the list: {approvers}.
"""

REPROTECT_WITH_THE_TOOL = """
Look: `gdr observe {environment}`.

Start it on the control host, or the deployment reprotect in the Prefect UI:
`gdr run reprotect {environment} --reason '...'`

It then does the lines below and proves each. Afterwards: `gdr readiness {environment}`.
"""

REPROTECT_HELD = """
Read the message: its end is the next safe command. Nothing goes on by itself, and nothing has happened to the active
region.

Mend what is named, then start the same run again: retry in the UI, or the same `gdr run` line. It looks first and
does only what is left.

A reseed that was cut off leaves a cluster that cannot start. The next run copies it whole.

The old DBMS is a standby of somebody else: no runbook knows whether it is needed there. The message names the one line
of its configuration that says it is not.

A failed "should" does not hold: it is a debt in the report. Settle it afterwards.
"""

PARTIAL_PURPOSE = """\
The framework of a region is lost; its DBMS works. The DBMS is stopped in order, so that nothing is lost, and the other
region takes over with both. Until the new Primary runs, proxies serve read-only ("limited mode")."""

PARTIAL_NOT_FOR = """
One member of an HA pair is lost and the other is Primary. That is the pair's business (Genesys, "Redundant
Configuration Servers"): do not fail over.

The DBMS of the region is lost, too, or does not answer: full failover, mode unplanned.

The Primary of the region still works: full failover, mode planned.

Only the DBMS is lost: it has a page of its own, partial-failover-dbms.

The framework shall move and its database shall stay: it has a page of its own, partial-failover-stay.
"""

PARTIAL_BEFORE = """
Two people: one acts, one reads aloud and writes times. The approver is on the list: {approvers}.

Say what is lost, and who says so. Unreachable from the control host is not lost.

Nobody powers a framework host of that region on before the end.

While this runs, nobody edits the zone {zone} or restarts hosts.
"""

PARTIAL_WITH_THE_TOOL = """
Look: `gdr observe {environment}`.

Start it on the control host, or the deployment partial-failover in the Prefect UI:
`gdr run partial-failover {environment} --target REGION --reason '...'`

The DBMS dies meanwhile: start a full failover, mode unplanned, to the same region. It goes on with this case.
"""

FAILBACK_PURPOSE = """\
The configuration layer goes back to a region that was given up, in order and without loss, and both regions are as
before: one active, the other following."""

FAILBACK_BEFORE = """
The region to go back to is mended and has its power back. Its framework stays stopped: its guards see to that.

Two people. The approver is on the list: {approvers}. There are three approvals, one for each part.
"""

FAILBACK_WITH_THE_TOOL = """
Look: `gdr observe {environment}`, `gdr readiness {environment}`.

Start it on the control host, or the deployment failback in the Prefect UI:
`gdr run failback {environment} --target REGION --reason '...'`

Between the parts you may stop for a day: decline, and run it again later. What is done is found done.
"""

FAILBACK_PARTS = """
Reprotect: the region follows the active one again. Page: [reprotect](reprotect.md).

Full failover, mode planned, to that region. Page: [full failover](full-failover.md).

Reprotect: the other region follows. Page: [reprotect](reprotect.md).
"""

FAILBACK_HELD = """
Read the message: it names the part and the next safe command. Then run the failback again: it goes on where it stopped.

By hand: the pages of its parts, one after the other.
"""

RETURN_PURPOSE = """\
A region that was given up answers again. What must not run there is stopped, its DBMS is closed, the active DBMS is
closed to it, and its clients are sent over. It looks every minute, asks nobody and only fences. No claim of safety
rests on it: the boot guards and the active region's own blocks hold without it."""

RETURN_NOTHING = """
Another case is open: that case has the word.

The active region's DBMS is not primary, or the record cannot be read: nothing is fenced by itself.

A host does not answer: nobody powers it off here. Power off what you cannot reach, or leave it to its boot guard.
"""

RETURN_WITH_THE_TOOL = """
The deployment return-guard runs every minute. Look: `gdr plan return-guard {environment}`.

Start it at once: `gdr run return-guard {environment} --reason '...'`. The service `gdr-watchdog` does so when a host
of that region answers that was silent.

Afterwards the region follows nobody yet: reprotect it. Page: [reprotect](reprotect.md).
"""

RETURN_HELD = """
Read the message: it names what would not stop. Power that host off; the next minute goes on.

Any other runbook may begin meanwhile: it takes this case over.
"""

DRILL_PURPOSE = """\
The circle, walked on purpose: the other region takes over in order, and the configuration layer comes back. What was
not as it should be is a finding, and stays red until a later drill ends without it."""

DRILL_BEFORE = """
`gdr readiness {environment}` is green: a drill does not begin where something stands in its way.

Two people, at a quiet hour. The approver is on the list: {approvers}. There is an approval for each part, and none is
given by a schedule.

Say to whom it concerns that proxies will be read-only for a minute, twice.
"""

DRILL_WITH_THE_TOOL = """
Start it on the control host, or the deployment drill in the Prefect UI:
`gdr run drill {environment} --kind live --reason '...'`

Between the parts you may stop for a day: decline, and run it again later. What was reached is not done again.

In a laboratory, with a region that is really lost: `make drill`.

Without touching production: kind bubble, a page of its own: [bubble](bubble.md).
"""

DRILL_PARTS = """
Full failover, mode planned, to the other region. Page: [full failover](full-failover.md).

Failback to the region that was active. Page: [failback](failback.md).
"""

DRILL_REAL = """
A region is lost in the middle of it: start a full failover, mode unplanned, to the region that is left. To the same
region it goes on with the part that is open; between two parts nothing is open.

The drill is then over, with that as its finding. The next one begins anew.
"""

DRILL_AFTERWARDS = """
Read the report: the findings first, then what it does not prove.

Mend what was found. `gdr readiness {environment}` names what is still red from the last drill.
"""
