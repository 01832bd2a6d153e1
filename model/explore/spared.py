"""What can be deleted from deploy unnoticed, each with its reason."""

from collections.abc import Mapping

from model.explore.reasons import GUARDED, LATER, LOOKS, REFUSES, SAYS_WHY

MUTE = "a host without its side has nobody to be told; the precondition says why before anything is done"
ABSENT = "a unit that is not there does not start; the precondition says why before anything is done"
MADE = "names and aliases are made with the record; it is for what somebody has changed since"
PAIRED = "two of them run: it is for two faults"
REFUSES_SWAP = "the update names what was seen as its prerequisite, and fails; the precondition says why before it"
AGAIN = "a line before it has proven that; it is for what somebody has changed since"
OPENED = "the epoch has made its region the active one: a restart would be let through"
STOPPED = "stop_dormant has asked for it, and nobody makes a database in a server that is stopped"
SHUT_DOWN = "a primary there is stopped by the guard that it gets; whose it is was asked before"
NAMELESS = "the settings that were rendered name nobody; it is for a name that somebody has put in"
SILENCED = "source_silenced says that nobody is there to hold one; it is for a frozen one"
LED = "a Backup that leads a pair that is noted works as well; who leads is put right, no more"
COME_UP = "a proxy that finds no master does not come up: component_runs says it too"
DEPLOY: Mapping[str, str] = {
    "deploy take_epoch: needs record_made_or_ours": REFUSES_SWAP,
    "deploy pin_names: needs host_side_laid": MUTE,
    "deploy close_database: needs host_side_laid": MUTE,
    "deploy close_database: needs host_answers": SAYS_WHY,
    "deploy stop_dormant: needs host_side_laid": MUTE,
    "deploy configure_database: needs host_side_laid": MUTE,
    "deploy create_database: needs guard_open": OPENED,
    "deploy create_slot: needs target_is_primary": SAYS_WHY,
    "deploy configure_standby: needs nothing_foreign": STOPPED,
    "deploy configure_standby: needs source_writes_nothing": SHUT_DOWN,
    "deploy seed: needs source_database_rests": REFUSES,
    "deploy seed: needs slot_exists": REFUSES,
    "deploy seed: needs target_is_primary": REFUSES,
    "deploy start_standby: needs follows_target": GUARDED,
    "deploy catch_up": LATER,
    "deploy catch_up: needs source_streams": LOOKS,
    "deploy catch_up: proves source_caught_up": LATER,
    "deploy install: needs host_side_laid": MUTE,
    "deploy configure: needs part_installed": REFUSES,
    "deploy configure: needs part_rests": REFUSES,
    "deploy start_lca: needs guard_open": GUARDED,
    "deploy start_lca: needs part_configured": ABSENT,
    "deploy start_primary: needs no_commit_waits": NAMELESS,
    "deploy start_primary: needs given_up_holds_no_session": SILENCED,
    "deploy start_primary: needs alias_resolves": MADE,
    "deploy start_primary: needs guard_open": GUARDED,
    "deploy start_primary: needs part_configured": ABSENT,
    "deploy start_backup: needs alias_resolves": MADE,
    "deploy start_backup: needs guard_open": GUARDED,
    "deploy start_backup: needs part_configured": ABSENT,
    "deploy start_scs: needs guard_open": GUARDED,
    "deploy start_scs: needs part_configured": ABSENT,
    "deploy message_servers: needs guard_open": GUARDED,
    "deploy message_servers: needs part_configured": ABSENT,
    "deploy switch_over: needs scs_runs": PAIRED,
    "deploy switch_back: needs scs_runs": PAIRED,
    "deploy switch_back: proves leads": LED,
    "deploy secondaries: needs names_moved": LOOKS,
    "deploy start_site_lca: needs names_moved": MADE,
    "deploy start_site_lca: needs part_configured": ABSENT,
    "deploy start_site_proxy: needs names_moved": MADE,
    "deploy start_site_proxy: needs part_configured": ABSENT,
    "deploy start_site_proxy: proves component_runs": "proxy_normal says it too",
    "deploy start_site_proxy: proves proxy_normal": COME_UP,
    "deploy start_site_scs: needs names_moved": MADE,
    "deploy start_site_scs: needs part_configured": ABSENT,
    "deploy verify: proves database_made": AGAIN,
    "deploy verify: proves database_configured": AGAIN,
    "deploy verify: proves part_configured": AGAIN,
    "deploy canary: needs no_commit_waits": NAMELESS,
    "deploy steady: needs names_moved": MADE,
    "deploy steady: needs target_has_primary": "the Backup takes over at once: it is for two faults",
    "deploy steady: needs canary_committed": "canary is a must before it, whose proof it is",
}
