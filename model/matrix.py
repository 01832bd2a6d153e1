"""The legal-state matrix: framework region x DBMS region x fence x replication -> legal, transient or forbidden."""

from dataclasses import dataclass
from typing import Literal

from model.environment.document import RegionKey
from model.environment.environment import REGION_KEYS, other
from model.observation import DatabaseRole
from model.view import View

Place = Literal["region1", "region2", "none", "both", "unknown"]
Verdict = Literal["legal", "transient", "forbidden"]
UNSEEN = "something could not be seen: observe again before anything is done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where things stand.

    Attributes:
        framework: Region of the working Primary.
        dbms: Region of the writable DBMS.
        fenced: Whether every writer of the region that is not `dbms` is fenced (or waived).
        replicating: Region whose DBMS receives from the other, none, or unknown where a standby does not say.
        apart: Whether a framework can use the other region's DBMS: its alias can be moved.
    """

    framework: Place
    dbms: Place
    fenced: bool
    replicating: Place
    apart: bool = False


def classify(situation: Situation) -> tuple[Verdict, str]:
    """Judge a situation; the second word names the legal way on."""
    framework, dbms = situation.framework, situation.dbms
    if "both" in (framework, dbms):
        return "forbidden", "two writers: stop and fence one region at once (V1, V2)"
    if "unknown" in (framework, dbms):
        return "transient", UNSEEN
    if dbms == "none":
        return (
            "transient",
            "no writable database: continue the open case, or abort it where it is a planned switch, or full_failover",
        )
    if framework == "none":
        return "transient", "limited mode: continue the open case, start the framework, or full_failover"
    if framework != dbms and not situation.apart:
        return "transient", "framework and database apart, and no database.aliases: full_failover to the database"
    if situation.replicating == dbms:
        return "forbidden", "the writable database receives from the other region: break replication (V4)"
    if situation.replicating == _passive(dbms, "region1") or situation.fenced:
        return "legal", "steady" if framework == dbms else f"steady, apart: {_together(dbms)}"
    if situation.replicating == "unknown":
        return "transient", UNSEEN
    return "forbidden", "the other region is neither fenced nor a standby: stop its DBMS, or reprotect (V8, V10)"


def _together(dbms: Place) -> str:
    return f"partial_failover of the DBMS, or full_failover to {dbms}, brings them together again"


def _passive(dbms: Place, otherwise: RegionKey) -> RegionKey:
    return other(dbms) if dbms == "region1" or dbms == "region2" else otherwise  # noqa: PLR1714  (narrows the type)


def situation(view: View) -> Situation:
    """Place an observation in the matrix."""
    dbms = _dbms(view)
    framework, known = _framework(view), view.environment
    others = (known.dbms(_passive(dbms, view.source)), *known.framework(_passive(framework, view.away)))
    fenced = all(view.fence_level(host) is not None for host in others)
    replicating, apart = _replicating(view), bool(known.aliases())
    return Situation(framework=framework, dbms=dbms, fenced=fenced, replicating=replicating, apart=apart)


def _place(answers: dict[RegionKey, bool | None]) -> Place:
    here = [key for key, answer in answers.items() if answer]
    if len(here) > 1:
        return "both"
    if here:
        return here[0]
    return "unknown" if None in answers.values() else "none"


def _framework(view: View) -> Place:
    return _place({key: view.primary(key) for key in REGION_KEYS})


def _dbms(view: View) -> Place:
    roles = {key: view.seen.database(key).role for key in REGION_KEYS}
    unknown = {
        key: None if role is DatabaseRole.UNKNOWN else role is DatabaseRole.PRIMARY for key, role in roles.items()
    }
    return _place(unknown)


def _replicating(view: View) -> Place:
    databases = {key: view.seen.database(key) for key in REGION_KEYS}
    standbys = {key: seen for key, seen in databases.items() if seen.role is DatabaseRole.STANDBY}
    for key, standby in standbys.items():
        if standby.streaming:
            return key
    return "unknown" if any(standby.streaming is None for standby in standbys.values()) else "none"
