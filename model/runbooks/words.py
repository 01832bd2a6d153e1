"""What the printed runbooks say of their lines: titles, and the vendor's source of each verb."""

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
    "move_alias": "Let the framework find its database, and start",
    "see_alias": "See the framework hosts find it",
    "rest_scs": "Stop the Solution Control Servers of the framework that stays: they would restart what you stop",
    "rest_backup": "Stop its backup Configuration Server: it would take over",
    "rest_primary": "Stop its primary Configuration Server: it remembers what may be lost",
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
    "stop_message_server": "Stop the message servers",
    "stop_confserv": "Stop the Configuration Servers",
    "stop_db_server": "Stop the DB Servers",
    "power_on_database": "Give the old DBMS host its power back: its boot guard keeps the server stopped",
    "open_replication": "Let the old DBMS in, to follow",
    "create_slot": "Keep for it what is written from now on",
    "stop_standby": "Stop a standby that can never go on, as its slot was lost; any other runs on",
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
    Verb.MOVE_ALIAS: (
        f"{DRBC}, DBMS Failover: components connect to the currently active DBMS",
        "the vendor does not say how; an alias is moved (decision 0017)",
    ),
    Verb.RESOLVE: ("none", "ours: one that still finds the old DBMS would not start"),
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
