"""What a host with a database knows of it: asked beside everything else, and loaded on such a host alone."""

import json
from collections.abc import Callable
from typing import Any

from gdr_host.cluster import Cluster
from gdr_host.copying import copy
from gdr_host.export import stranded
from gdr_host.follow import ready
from gdr_host.host import Facts, under_root
from gdr_host.postgresql import SERVER, controldata, owes_restore_point, sql
from gdr_host.program import DOWN
from gdr_host.standby import follows
from gdr_host.swap import reseeding

WITHIN_S = 2.5


def questions(facts: Facts) -> dict[str, Callable[[], Any]]:
    """Name every part and how it is asked."""
    return {
        "control": lambda: controldata(facts),
        "owes": owes_restore_point,
        "server": lambda: json.loads(sql(facts, SERVER, within=WITHIN_S)),
        "follows": lambda: follows(under_root(facts["database"]["data_directory"])),
        "stranded": lambda: stranded(facts),
        "ready": ready,
        "reseeding": lambda: reseeding(Cluster.of(facts)),
        "copy": lambda: copy(facts),
    }


def described(facts: Facts, seen: dict[str, Any]) -> Facts:
    """Say of the cluster what its questions and the sockets of this host came to."""
    control: dict[str, str] = seen["control"] or {}
    answer: Facts = seen["server"] or {}
    timeline = control.get("Latest checkpoint's TimeLineID", "")
    return {
        "running": _running(facts, seen),
        "in_recovery": answer.get("in_recovery"),
        "standby_signal": _standby_signal(facts),
        "cluster_state": control.get("Database cluster state"),
        "checkpoint_lsn": control.get("Latest checkpoint location"),
        "timeline": int(timeline) if timeline.isdigit() else None,
        "marked": None if seen["owes"] is None else not seen["owes"],
        "sessions": answer.get("sessions"),
        "slots": answer.get("slots"),
        "wants": answer.get("wants"),
        **{part: seen[part] for part in ("follows", "stranded", "reseeding", "ready")},
    }


def _running(facts: Facts, seen: dict[str, Any]) -> bool | None:
    """Say no only where nothing listens and systemd knows the unit to be down."""
    if seen["server"]:
        return True
    if seen["sockets"] is None or seen["units"] is None:
        return None
    if any(one.state == "LISTEN" and one.port == facts["database"]["port"] for one in seen["sockets"]):
        return True
    states = [seen["units"][one["unit"]].state for one in facts["components"] if one["kind"] == "dbms"]
    return False if states and all(state in DOWN for state in states) else None


def _standby_signal(facts: Facts) -> bool | None:
    folder = under_root(facts["database"]["data_directory"])
    return (folder / "standby.signal").exists() if folder.is_dir() else None
