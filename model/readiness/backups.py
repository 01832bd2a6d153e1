"""Backups: what the site's own job has noted of itself. Replication copies damage as well; only a backup does not."""

from collections.abc import Callable, Iterator

from model.environment.environment import REGION_KEYS
from model.inventory import Backup
from model.readiness.blocked import NOTHING
from model.readiness.drift import inventory
from model.readiness.line import Check, Line
from model.view import View

AHEAD_S = 60.0  # more than a clock may be wrong by

TAKEN_MENDS = "mend the backup job; it notes its success on a DBMS host"
TAKEN = Check("age of the last backup", "restore", TAKEN_MENDS, NOTHING)
RESTORED = Check("last restore test", "restore", "restore a backup on a machine of its own, and note that", NOTHING)
UNSET = "no objective is set in the environment file: check it by hand"


def lines(view: View) -> Iterator[Line]:
    """Judge the youngest backup and the youngest restore test that either DBMS host knows of."""
    objectives = view.environment.objectives
    yield _line(view, TAKEN, objectives.backup_s, lambda note: note.taken)
    yield _line(view, RESTORED, objectives.restore_test_s, lambda note: note.restored)


def _line(view: View, check: Check, most: float | None, when: Callable[[Backup], float | None]) -> Line:
    name, hosts = view.environment.name, [view.environment.dbms(key) for key in REGION_KEYS]
    if most is None:
        return Line(name=check.name, subject=name, verdict="not_yet", found=UNSET, stage=check.stage)
    known = {host.name: inventory(view, host) for host in hosts}
    notes = {host: one.backup for host, one in known.items() if one.backup is not None}
    times = {at: host for host, note in notes.items() if (at := when(note)) is not None}
    unread = {host: one.fault for host, one in known.items()} | {host: note.fault for host, note in notes.items()}
    faults = [f"{host}: {fault}" for host, fault in unread.items() if fault]
    if not times:
        return check.judged(name, None if faults else False, "; ".join(faults) or "neither DBMS host knows of one")
    age = view.seen.at - max(times)
    found = f"{age / 3600:.1f} h ago by {times[max(times)]}, objective {most / 3600:.1f} h"
    young = -AHEAD_S <= age <= most
    return check.judged(name, young or (None if faults else False), "; ".join((found, *faults)))
