"""What is seen of a deployment in the explorer's world: a real `Survey`, and nothing of what nobody tells yet."""

from collections.abc import Mapping
from dataclasses import replace

from model.conditions.deployment import OBJECTS
from model.deployment.database import settings_path
from model.deployment.render import making
from model.environment.document import Component
from model.environment.environment import other
from model.explore.ground import Ground
from model.explore.laid import Laid
from model.explore.laying import laid_of
from model.explore.world import CLIENTS, Place, World
from model.observation import DatabaseRole, DatabaseSeen, HostSeen
from model.survey import DBMS, HOST, DatabaseSurvey, LogSurvey, PartSurvey, State, Survey

SILENT = "no answer"
SIDES: Mapping[str, State] = {
    "absent": "absent",
    "partly": "partly",
    "earlier": "other",
    "another": "other",
    "same": "same",
}


def surveys(ground: Ground, world: World) -> Mapping[str, Survey]:
    """Return what is laid on the hosts; of a crowd all say the same."""
    if not world.deploying:
        return {}
    return {name: _survey(ground, world, place) for name, place in ground.places.items()}


def _survey(ground: Ground, world: World, place: Place) -> Survey:
    key = (place, world.machine(place), world.reaches(place), world.database(place.region))
    if key not in ground.surveyed:
        ground.surveyed[key] = _looked_at(ground, world, place) if world.reaches(place) else Survey(fault=SILENT)
    return ground.surveyed[key]


def _looked_at(ground: Ground, world: World, place: Place) -> Survey:
    laid, host, name = laid_of(world, place), ground.hosts[place][0], ground.environment.name
    is_dbms = place.role == "dbms"
    parts = [] if is_dbms else [part for part in host.components if part.kind != "dbms"]
    states: dict[str, State] = {HOST: SIDES[laid.side]} | {part.unit: _state(world, place, part) for part in parts}
    if is_dbms:
        states[DBMS] = "same" if laid.settings in ("same", "pending") else "other"
    crossed = ground.environment.is_crossed
    return Survey(
        answers=True,
        states=states,
        differing=_differing(ground, laid, states),
        parts={part.unit: _part(ground, world, place, part) for part in parts},
        database=_database(ground, world, place) if is_dbms and world.database(place.region).running else None,
        log=_log(ground, laid) if is_dbms and crossed else None,
        narrow=laid.side in ("another", "same"),
        pair=name if laid.noted else None,
        passfile=laid.settings != "none" if is_dbms else None,
        used=laid.cluster != "empty" if is_dbms else None,
        follows=_follows(ground, world, place) if is_dbms else None,
        reseeding=world.database(place.region).half if is_dbms else None,
    )


def _state(world: World, place: Place, part: Component) -> State:
    if part.kind in laid_of(world, place).configured:
        return "same"
    return "other" if part.kind in world.machine(place).running else "absent"


def _differing(ground: Ground, laid: Laid, states: Mapping[str, State]) -> Mapping[str, tuple[str, ...]]:
    paths = {group: (f"a file of {group}",) for group, state in states.items() if state != "same" and group != DBMS}
    if states.get(DBMS) != "other":
        return paths
    access = f"{making(ground.environment).database.config_directory}/pg_hba.conf"
    return paths | {DBMS: (access,) if laid.settings == "logins" else (settings_path(ground.environment), access)}


def _part(ground: Ground, world: World, place: Place, part: Component) -> PartSurvey:
    laid, known = laid_of(world, place), ground.environment
    begun = part.kind in laid.installed | laid.torn
    own = "root" if "account" in laid.strange else making(known).account
    account = own if part.kind in world.machine(place).running else None
    return PartSurvey(
        mark=known.name if begun else None,
        installed=part.kind in laid.installed,
        unknown=part.kind in laid.torn,
        entries=2 if begun or "folder" in laid.strange else 0,
        account="somebody" if "listener" in laid.strange and not begun else account,
    )


def _follows(ground: Ground, world: World, place: Place) -> str | None:
    primary = ground.environment.dbms(other(place.region))
    return str(primary.address) if world.database(place.region).standby else None


def _database(ground: Ground, world: World, place: Place) -> DatabaseSurvey:
    laid = laid_of(world, place)
    return DatabaseSurvey(
        mark=ground.environment.name if laid.cluster in ("begun", "made") else None,
        made=laid.cluster == "made",
        tables={"made": 9, "somebody's": 7}.get(laid.cluster, 0),
        pending=laid.settings == "pending",
        primary=not world.database(place.region).standby,
        log=None if ground.environment.is_crossed else _log(ground, laid),
        objects=frozenset(OBJECTS if laid.cluster == "made" and "objects" not in laid.strange else ()),
    )


def _log(ground: Ground, laid: Laid) -> LogSurvey:
    ours = laid.logs in ("begun", "made")
    tables = {"made": 1, "somebody's": 3}.get(laid.logs, 0)
    return LogSurvey(mark=ground.environment.name if ours else None, made=laid.logs == "made", tables=tables)


def told(world: World, place: Place, found: HostSeen, names: Mapping[str, tuple[str, ...]]) -> HostSeen:
    """Return what a host says of itself that is being deployed: its hosts file has its own pair's names, or none."""
    laid = world.machine(place).laid
    if laid is None:
        return found
    pinned = names if laid.pinned or "names" in laid.strange else {}
    return replace(found, names=found.names if place.role in CLIENTS else pinned, hosts_file=frozenset(pinned))


def heard(world: World, place: Place, found: DatabaseSeen, *, truth: bool) -> DatabaseSeen:
    """Return what is known of a DBMS: as long as its tables are not made nobody can log in, its host alone tells."""
    laid = world.machine(place).laid
    if laid is None or not world.machine(place).on:
        return found
    if truth:
        return found if laid.cluster == "made" else DatabaseSeen()
    if laid.tells:
        return found
    if laid.cluster != "made" or found.role not in (DatabaseRole.PRIMARY, DatabaseRole.STANDBY):
        return DatabaseSeen(fault=SILENT)
    return DatabaseSeen(
        role=found.role,
        received=found.received,
        streaming=found.streaming,
        sync_names=found.sync_names,
        sessions=found.sessions,
        canaries=found.canaries,
    )


def members(ground: Ground) -> tuple[tuple[str, Place], ...]:
    """Return the hosts of the crowd, of which each is as the one that stands for it."""
    return tuple((name, ground.places[name]) for name in sorted(ground.crowd))
