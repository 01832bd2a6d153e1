"""What the printed runbook says beside the steps: titles, sources, and the pages before and after them."""

from collections.abc import Mapping

from model.step import Verb

TITLES: Mapping[str, str] = {
    "take_epoch": "Take the epoch: from here on only you may act",
    "stop_scs": "Stop the Solution Control Servers: they would restart what you stop",
    "stop_message_servers": "Stop the message servers",
    "stop_backup": "Stop the backup Configuration Server: it would take over",
    "stop_primary": "Stop the primary Configuration Server",
    "stop_lca": "Stop the Local Control Agents",
    "close_database": "Close the old DBMS to every framework host",
    "end_sessions": "End what sessions are left: a block freezes them, it does not end them",
    "stop_database": "Shut the old DBMS down cleanly",
    "drain": "Wait until the standby has everything",
    "power_off": "Power the old writers off",
    "block_replication": "Shut the old region out of the surviving DBMS",
    "waive": "Waive the fence of a writer that nobody can prove stopped",
    "promote": "Promote the standby",
    "release_sync": "Let commits wait for nobody",
    "open_database": "Open the new DBMS to its own framework hosts",
    "start_lca": "Start the Local Control Agents",
    "start_primary": "Start the primary Configuration Server",
    "start_backup": "Start the backup Configuration Server",
    "start_scs": "Start the Solution Control Servers",
    "message_servers": "See the message servers start",
    "move_names": "Move both names, and say so in the record",
    "secondaries": "See the other DNS servers follow",
    "flush_resolvers": "Flush the shared resolvers",
    "flush_hosts": "Flush the application hosts' own caches",
    "reconnect": "See the proxies in normal mode",
    "restart_first": "Renew what may know lost changes: all but the first host of a region",
    "restart_second": "Renew them on the first host of each region",
    "serve": "See each living region served",
    "canary": "Commit a change as the Configuration Server's account",
    "steady": "Close the switch",
    "power_on_database": "Give the old DBMS host its power back: its boot guard keeps the server stopped",
    "open_replication": "Let the old DBMS in, to follow",
    "create_slot": "Keep for it what is written from now on",
    "export": "Write down what only the old DBMS has",
    "follow": "Make it a standby: as it is, rewound, or copied",
    "start_standby": "Start it as standby",
    "catch_up": "See it catch up",
    "power_on_hosts": "Give the other hosts of the region their power back",
}

DRBC = "DrBc"
SOURCES = (
    'DrBc: Genesys, "Disaster Recovery / Business Continuity". Decisions: docs/decisions. PostgreSQL: its own manual.'
)
VENDOR: Mapping[Verb, tuple[str, str]] = {
    Verb.TAKE_EPOCH: ("none", "ours: two people must not switch at once (decision 0003)"),
    Verb.STOP: (
        f"{DRBC}, Full Failover",
        "the vendor does not stop the old side in order; we do (decision 0004)",
    ),
    Verb.CLOSE_DATABASE: (
        f"{DRBC}, Replicating DBMS",
        "one address a rule, own chain, kept (decision 0005)",
    ),
    Verb.END_SESSIONS: (
        "none",
        "ours: a rejected session is frozen, and its query completes later (decision 0005)",
    ),
    Verb.STOP_DATABASE: ("PostgreSQL, pg_ctl stop -m fast", "none"),
    Verb.DRAIN: ("PostgreSQL, Log-Shipping Standby Servers", "none"),
    Verb.POWER_OFF: (
        f"{DRBC}, Full Failover: the region goes down completely",
        "the vendor assumes it; we prove it",
    ),
    Verb.BLOCK_REPLICATION: (
        "none",
        "ours: a region that comes back must not reach the survivor (decision 0005)",
    ),
    Verb.WAIVE: ("none", "ours: silence is no fence; a person answers for it by name"),
    Verb.PROMOTE: (f"{DRBC}, Full Failover; PostgreSQL, pg_promote", "only after the fence (decision 0004)"),
    Verb.RELEASE_SYNC: ("PostgreSQL, synchronous_standby_names", "none"),
    Verb.OPEN_DATABASE: (
        f"{DRBC}, Full Failover: firewall rules are swapped",
        "one address a rule (decision 0005)",
    ),
    Verb.START: (f"{DRBC}, Operation", "each start asks the boot guard first (decision 0008)"),
    Verb.AWAIT: (f"{DRBC}, Deploying: [sml] autostart=true", "started by hand where that did not happen"),
    Verb.MOVE_NAMES: (
        f"{DRBC}, Operation: switch the name resolution",
        "last, not second; one update (decision 0004)",
    ),
    Verb.AGREE: ("none", "ours: a secondary that lags keeps clients away"),
    Verb.FLUSH: (f"{DRBC}, Operation: clean out the DNS cache", "shared resolvers as well"),
    Verb.RESTART: ("none", "ours: what they read before the loss may not exist any more"),
    Verb.RECONNECT: (f"{DRBC}, Operation", "seen on every living host, not assumed"),
    Verb.SERVE: ("none", "ours: the proof that it was worth it"),
    Verb.CANARY: ("none", "ours: a Primary that cannot write looks healthy"),
    Verb.POWER_ON: ("none", "ours: the boot guard keeps a region closed that is not active (decision 0008)"),
    Verb.OPEN_REPLICATION: (
        "PostgreSQL, Log-Shipping Standby Servers",
        "one address, never the subnet (decision 0005)",
    ),
    Verb.CREATE_SLOT: ("PostgreSQL, Replication Slots", "none"),
    Verb.EXPORT: ("none", "ours: a rewind throws away what was never received (decision 0012)"),
    Verb.FOLLOW: ("PostgreSQL, pg_rewind and pg_basebackup", "only after the export (decision 0012)"),
    Verb.CATCH_UP: ("PostgreSQL, Monitoring of streaming replication", "none"),
    Verb.STEADY: ("none", "ours: guards of the old region stay closed for good"),
}

PURPOSE = """\
One region is given up, the other takes over. Until the new Primary runs, proxies serve read-only ("limited
mode"): calls go on, configuration changes wait. That is why there is time to
read this page."""

# The chapters below: one item a paragraph. {words} are the environment's.

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

HELD = """
Read the message: its end is the next safe command. Nothing goes on by itself.

Look: `gdr observe {environment}`. What is UNKNOWN is not good.

Mend what is named, then start the same run again: retry in the UI, or the same `gdr run` line. It looks first and
does only what is left. Starting it twice harms nothing: the younger process takes over.

`another process has taken over`: somebody else acts. Find out who; do not start a third.

A failed "should" does not hold: it is a debt in the report. Settle it afterwards.

It cannot go on, and the standby is not promoted: go back, last chapter.

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
Only while the standby is not promoted, and only if the source works again.

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

A failed "should" does not hold: it is a debt in the report. Settle it afterwards.
"""
