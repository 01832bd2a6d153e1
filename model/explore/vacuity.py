"""Whether every line, precondition and proof of the runbook is needed: delete one, and a search must find it out.

What can be deleted unnoticed is listed in `EXPECTED` with its reason. A survivor that is not listed, or a listed one
that is found out, fails the tests.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from model.explore.judge import Cut, Judge
from model.explore.quest import QUESTS
from model.explore.search import Search

SAYS_WHY = "the act would fail by itself and harmlessly; the precondition says why before anything is done"
GUARDED = "the boot guard itself refuses the start; the precondition says why before anything is done"
LOOKS = "the step only looks and waits; the precondition spares it a wait that must fail"
BINDS_NOBODY = "no commit waits on a standby, so clearing its names harms nothing; the precondition keeps the order"
CLOSED = "the record names the target active throughout, so the source's guards stay closed: it is for two faults"
REFUSES = "the host refuses it by itself and harmlessly; the precondition says why before anything is done"
LATER = "how far behind a standby may be is judged again by whatever makes it primary"
SHOWN = "a waiver is given in the approval, before the plan is carried out; source_fenced asks for it"
BLOCKED = "a failover has shut the source out already; it is for a rule that somebody has taken away"
WAITED = "the clients' own flush waits until the shared resolver has caught up by itself; it spares them the wait"
RENEWED = "what a loss may have left in a proxy is renewed, and that connects it; without a loss only this does"
ASKED = "promote is a must before it, whose proof it is; the precondition keeps the order"
SHUT = "the dormant DBMS was closed to both frameworks already; it is for a rule that somebody has taken away"
ARRIVED = "the proxies find the same Primary again by themselves; it is seen, not assumed"
UNMOVED = "the names stay where they are, so every host resolves what it resolved before"
RENEWS = "what is younger than the Primary is so only once that has started on the moved database"
WOKEN = "start_database asks it again; before it is done nothing of the source is touched"
FOLLOWS = "it only looks; a standby that follows no more is a debt, and holds up nobody whose region works"
STAYED = "a primary that nobody promotes is none that anybody demotes; the epoch has asked for it"
OUTLIVED = "a session outlives its process where its host lost its power; in the explorer's world it ends with it"
DRILLED = "it is judged before anything begins; a drill that goes on without it gives nothing up"
TRIED = "in the explorer's world walls hold as their host says: that they do is tried in the laboratory"
WALLED = "the guard opens within whole walls only, and says why"
WHOLE = "a Primary without its other components works as well: how much of it ran is in the report"
ITSELF = "what is rendered on a copy that is not itself yet harms nobody, and its proof asks for it again"
CUT = "adopt asks for the same proof; the line is where it is waited for, and what the report names"
EXPECTED: Mapping[str, str] = {
    "close_database: needs host_answers": SAYS_WHY,
    "block_replication: needs host_answers": SAYS_WHY,
    "promote: needs target_can_take_over": SAYS_WHY,
    "promote: proves restore_point_made": "it names a moment for a later restore; no two writers come of its absence",
    "release_sync: needs target_is_primary": BINDS_NOBODY,
    "start_lca: needs guard_open": GUARDED,
    "start_primary: needs guard_open": GUARDED,
    "start_backup: needs guard_open": GUARDED,
    "start_scs: needs guard_open": GUARDED,
    "message_servers: needs guard_open": GUARDED,
    "drain: needs database_stopped_clean": LOOKS,
    "secondaries: needs names_moved": LOOKS,
    "serve: needs names_moved": LOOKS,
    "waive": SHOWN,
    "waive: proves fence_waived": SHOWN,
    "reprotect stop_message_servers: needs source_scs_stopped": CLOSED,
    "reprotect stop_lca: needs source_scs_stopped": CLOSED,
    "reprotect power_on_database: needs names_moved": CLOSED,
    "reprotect power_on_hosts: needs names_moved": CLOSED,
    "reprotect close_database: needs host_answers": SAYS_WHY,
    "reprotect export: needs source_database_stopped": REFUSES,
    "reprotect stop_standby: needs target_is_primary": "nobody uses it; there must be a primary for it to come back to",
    "reprotect follow: needs source_database_rests": REFUSES,
    "reprotect follow: needs replication_open": SAYS_WHY,
    "reprotect follow: needs slot_exists": "without a slot the standby does not stream, and that is its start's proof",
    "reprotect follow: needs target_is_primary": REFUSES,
    "reprotect start_standby: needs follows_target": GUARDED,
    "reprotect catch_up": LATER,
    "reprotect catch_up: needs source_streams": LOOKS,
    "reprotect catch_up: proves source_caught_up": LATER,
    "reprotect steady: needs names_moved": CLOSED,
    "reprotect steady: needs target_has_primary": "the record gives back what it had: the target was active before",
    "return_guard block_replication": BLOCKED,
    "return_guard block_replication: needs host_answers": BLOCKED,
    "return_guard block_replication: proves source_kept_out": BLOCKED,
    "return_guard close_database: needs host_answers": SAYS_WHY,
    "return_guard stop_scs: needs host_answers": SAYS_WHY,
    "return_guard stop_message_server: needs host_answers": SAYS_WHY,
    "return_guard stop_confserv: needs host_answers": SAYS_WHY,
    "return_guard stop_confserv: needs answering_scs_stopped": CLOSED,
    "return_guard stop_lca: needs host_answers": SAYS_WHY,
    "return_guard stop_lca: needs answering_scs_stopped": CLOSED,
    "return_guard flush_resolvers": WAITED,
    "return_guard flush_resolvers: needs names_moved": WAITED,
    "return_guard flush_resolvers: proves resolves_to_target": WAITED,
    "return_guard flush_hosts: needs names_moved": CLOSED,
    "return_guard reconnect": RENEWED,
    "return_guard reconnect: needs others_run": RENEWED,
    "return_guard reconnect: proves proxy_normal": RENEWED,
    "return_guard restart_first: needs target_has_primary": "others_serve says it too: another proxy is normal",
    "return_guard steady: needs names_moved": CLOSED,
    "move_alias: needs target_is_primary": ASKED,
    "see_alias": LOOKS,
    "start_backup: needs alias_resolves": "the Backup connects only when it becomes Primary",
    "see_alias: needs alias_moved": LOOKS,
    "see_alias: proves alias_resolves": LOOKS,
    "dbms_failover close_database: needs host_answers": SAYS_WHY,
    "dbms_failover stop_database: needs target_can_take_over": "standby_streams says it too",
    "dbms_failover drain: needs database_stopped_clean": LOOKS,
    "dbms_failover block_replication: needs host_answers": SAYS_WHY,
    "dbms_failover block_replication: proves closed_to_source": SHUT,
    "dbms_failover promote: needs target_can_take_over": SAYS_WHY,
    "dbms_failover promote: proves restore_point_made": "it names a moment for a later restore",
    "dbms_failover release_sync: needs target_is_primary": BINDS_NOBODY,
    "dbms_failover open_database: needs target_is_primary": ASKED,
    "dbms_failover open_database: needs closed_to_source": SHUT,
    "dbms_failover move_alias: needs target_is_primary": ASKED,
    "dbms_failover move_alias: needs source_fenced": "promote has asked for it",
    "dbms_failover move_alias: proves framework_may_start": "one update does both of it",
    "dbms_failover see_alias": LOOKS,
    "dbms_failover see_alias: needs alias_moved": LOOKS,
    "dbms_failover see_alias: proves alias_resolves": LOOKS,
    "dbms_failover start_lca: needs guard_open": GUARDED,
    "dbms_failover start_lca: needs target_is_primary": "the agents of the framework that stays are not stopped",
    "dbms_failover start_primary: needs closed_to_source": SHUT,
    "dbms_failover start_primary: needs alias_resolves": "the guard opens with the alias",
    "dbms_failover start_primary: needs guard_open": GUARDED,
    "dbms_failover start_primary: proves target_has_primary": "only a Primary holds a session of it",
    "dbms_failover start_backup: needs alias_resolves": "the Backup connects only when it becomes Primary",
    "dbms_failover start_backup: needs guard_open": GUARDED,
    "dbms_failover start_scs: needs guard_open": GUARDED,
    "dbms_failover reconnect": ARRIVED,
    "dbms_failover reconnect: needs resolves_to_target": ARRIVED,
    "dbms_failover reconnect: needs others_run": ARRIVED,
    "dbms_failover reconnect: proves target_is_primary": ARRIVED,
    "dbms_failover reconnect: proves proxy_normal": ARRIVED,
    "dbms_failover waive": SHOWN,
    "dbms_failover waive: proves fence_waived": SHOWN,
    "dbms_failover power_off: needs target_can_take_over": "rest_scs has asked for it before anything is stopped",
    "dbms_failover restart_first: needs target_has_primary": ARRIVED,
    "dbms_failover restart_first: needs resolves_to_target": UNMOVED,
    "dbms_failover restart_first: needs others_serve": ARRIVED,
    "dbms_failover restart_first: proves target_is_primary": RENEWS,
    "dbms_failover restart_first: proves proxy_normal": ARRIVED,
    "dbms_failover restart_second: needs resolves_to_target": UNMOVED,
    "dbms_failover restart_second: needs others_serve": ARRIVED,
    "dbms_failover restart_second: proves target_is_primary": RENEWS,
    "dbms_failover steady: needs names_moved": UNMOVED,
    "dbms_failover serve": ARRIVED,
    "dbms_failover serve: needs names_moved": ARRIVED,
    "dbms_failover serve: proves target_is_primary": ARRIVED,
    "dbms_failover serve: proves region_serves": ARRIVED,
    "framework_failover shut_out: needs target_can_take_over": SAYS_WHY,
    "framework_failover shut_out: needs host_answers": SAYS_WHY,
    "framework_failover end_frozen: needs target_can_take_over": SAYS_WHY,
    "framework_failover open_database: needs target_is_primary": STAYED,
    "framework_failover move_alias: needs target_is_primary": STAYED,
    "framework_failover move_alias: proves alias_moved": "one update does both of it",
    "framework_failover see_alias": LOOKS,
    "framework_failover see_alias: needs alias_moved": LOOKS,
    "framework_failover see_alias: proves alias_resolves": LOOKS,
    "framework_failover start_lca: needs guard_open": GUARDED,
    "framework_failover start_primary: needs no_commit_waits": "it is refused before anything is stopped",
    "framework_failover start_primary: needs alias_resolves": "the guard opens with the alias",
    "framework_failover start_primary: needs guard_open": GUARDED,
    "framework_failover start_backup: needs alias_resolves": "the Backup connects only when it becomes Primary",
    "framework_failover start_backup: needs guard_open": GUARDED,
    "framework_failover start_scs: needs guard_open": GUARDED,
    "framework_failover message_servers: needs guard_open": GUARDED,
    "framework_failover secondaries: needs names_moved": LOOKS,
    "framework_failover serve: needs names_moved": LOOKS,
    "framework_failover steady: needs target_has_primary": "the Backup takes over at once: it is for two faults",
    "framework_failover waive": SHOWN,
    "framework_failover waive: proves fence_waived": SHOWN,
    "abort take_epoch: needs source_writes_nothing": WOKEN,
    "abort start_database: needs guard_open": GUARDED,
    "abort shut_out: needs target_can_take_over": SAYS_WHY,
    "abort shut_out: needs host_answers": SAYS_WHY,
    "abort end_frozen": OUTLIVED,
    "abort end_frozen: needs target_can_take_over": SAYS_WHY,
    "abort end_frozen: needs closed_to_framework": "shut_out is a must before it; the precondition keeps the order",
    "abort end_frozen: proves no_framework_sessions": OUTLIVED,
    "abort move_alias: needs target_is_primary": STAYED,
    "abort move_alias: proves alias_moved": "one update does both of it",
    "abort see_alias": LOOKS,
    "abort see_alias: needs alias_moved": LOOKS,
    "abort see_alias: proves alias_resolves": LOOKS,
    "abort let_in: needs source_writes_nothing": "a DBMS that was promoted by hand is refused before",
    "abort power_back_hosts: needs target_is_primary": "its guard is open already; the precondition keeps the order",
    "abort start_lca: needs guard_open": GUARDED,
    "abort start_primary: needs source_writes_nothing": "start_database has asked for it before anything was started",
    "abort start_primary: needs given_up_holds_no_session": "end_frozen is a must before it, whose proof it is",
    "abort start_primary: needs commits_return": "it worked so before; it is for a standby that is lost meanwhile",
    "abort start_primary: needs alias_resolves": "no alias moves before the promotion; it is for one moved by hand",
    "abort start_primary: needs guard_open": GUARDED,
    "abort steady: needs target_has_primary": "serve and canary have asked for it; it is for a Primary lost since",
    "abort start_backup: needs alias_resolves": "the Backup connects only when it becomes Primary",
    "abort start_backup: needs guard_open": GUARDED,
    "abort start_scs: needs guard_open": GUARDED,
    "abort message_servers: needs guard_open": GUARDED,
    "abort reconnect": ARRIVED,
    "abort reconnect: needs resolves_to_target": ARRIVED,
    "abort reconnect: needs others_run": ARRIVED,
    "abort reconnect: proves proxy_normal": ARRIVED,
    "abort serve": ARRIVED,
    "abort serve: needs names_moved": ARRIVED,
    "abort serve: proves region_serves": ARRIVED,
    "abort canary: needs target_is_primary": "start_database is a must before it, whose proof it is",
    "abort canary: needs commits_return": "it worked so before; it is for a standby that is lost meanwhile",
    "abort stream": FOLLOWS,
    "abort stream: needs host_answers": LOOKS,
    "abort stream: needs target_is_primary": LOOKS,
    "abort stream: proves source_streams": FOLLOWS,
    "abort stream: proves source_caught_up": FOLLOWS,
    "abort steady: needs names_moved": UNMOVED,
    "leave_bubble: needs host_answers": SAYS_WHY,
    "drop_copy: needs host_answers": SAYS_WHY,
    "bubble take_epoch: needs target_has_primary": DRILLED,
    "bubble take_epoch: needs source_streams": DRILLED,
    "bubble raise_walls: needs host_answers": SAYS_WHY,
    "bubble raise_walls: needs rests_or_inside": "V8 refuses a dormant framework that runs before anything begins",
    "bubble try_walls": TRIED,
    "bubble try_walls: needs walled": TRIED,
    "bubble try_walls: proves walls_tried": TRIED,
    "bubble copy_database: needs closed_to_framework": "V9 refuses a standby that is open before anything begins",
    "bubble copy_database: needs room_for_copy": SAYS_WHY,
    "bubble start_lca: needs walled": WALLED,
    "bubble start_lca: needs walls_tried": TRIED,
    "bubble start_primary: needs walled": WALLED,
    "bubble start_backup": WHOLE,
    "bubble start_backup: needs walled": WALLED,
    "bubble start_backup: needs copy_serves": "leads_inside says it too",
    "bubble start_backup: proves runs_inside": WHOLE,
    "bubble start_scs": WHOLE,
    "bubble start_scs: needs walled": WALLED,
    "bubble start_scs: needs copy_serves": "leads_inside says it too",
    "bubble start_scs: proves runs_inside": WHOLE,
    "bubble message_servers": WHOLE,
    "bubble message_servers: needs copy_serves": "leads_inside says it too",
    "bubble message_servers: needs leads_inside": "a Primary was proven by start_primary, a must before it",
    "bubble message_servers: proves runs_inside": WHOLE,
    "bubble commit_inside: needs copy_serves": "leads_inside says it too",
    "bubble commit_inside: needs leads_inside": "a Primary was proven by start_primary, a must before it",
    "bubble leave_bubble: needs host_answers": SAYS_WHY,
    "bubble drop_copy: needs host_answers": SAYS_WHY,
    "bubble steady: needs names_moved": UNMOVED,
    "bubble steady: needs source_streams": "nothing of a bubble stops it; it is the report's proof that nothing has",
    "discard leave_bubble: needs host_answers": SAYS_WHY,
    "discard drop_copy: needs host_answers": SAYS_WHY,
    "discard steady: needs names_moved": UNMOVED,
    "clone_and_isolate take_epoch: needs serves_or_copied": "nothing is taken away without it: each step asks again",
    "clone_and_isolate switch_off: needs cable_is_out": "clone asks for it again; until then nothing is lost",
    "clone_and_isolate switch_on: needs is_copy": "an original off the network harms nobody; isolate asks again",
    "clone_and_isolate isolate: needs cable_is_out": REFUSES,
    "clone_and_isolate isolate: needs copy_runs": SAYS_WHY,
    "clone_and_isolate cut_off": CUT,
    "clone_and_isolate cut_off: needs stands_alone": LOOKS,
    "clone_and_isolate cut_off: needs copy_answers": LOOKS,
    "clone_and_isolate cut_off: proves cut_off": CUT,
    "clone_and_isolate adopt: needs stands_alone": REFUSES,
    "clone_and_isolate pin_names: needs is_itself": ITSELF,
    "clone_and_isolate configure: needs is_itself": ITSELF,
    "clone_and_isolate join: needs is_itself": "names_its_own and files_its_own say it too",
    "clone_and_isolate steady: needs names_moved": UNMOVED,
    "end_frozen: needs target_can_take_over": SAYS_WHY,
    "restart_first: needs target_has_primary": "others_serve says it too: another proxy is normal on the target",
}


class Verdict(NamedTuple):
    """What became of a deletion: how it was found out, or empty if it was not."""

    cut: Cut
    counterexample: str


def cuts(judge: Judge) -> tuple[Cut, ...]:
    """Return everything that can be deleted from the runbooks a judge has met in its searches."""
    found: dict[Cut, None] = {}
    for line in judge.lines:
        found[Cut(line.name, runbook=line.runbook)] = None
        for kind in ("needs", "proves"):
            names = getattr(line.step, kind)
            found |= dict.fromkeys(Cut(line.name, kind, name, line.runbook) for name in names)
    return tuple(found)


def verdict(judge: Judge, cut: Cut) -> Verdict:
    """Search without one thing: first while nothing goes wrong, which finds most and is quick."""
    for faultless in (True, False):
        for quest in (known for known in QUESTS if known.family == cut.runbook):
            found = Search(judge, cut, faultless=faultless).run(quest).counterexamples
            if found:
                return Verdict(cut, found[0].text)
    return Verdict(cut, "")


def verdicts(judge: Judge) -> Iterator[Verdict]:
    """Judge every deletion."""
    for cut in cuts(judge):
        yield verdict(judge, cut)
