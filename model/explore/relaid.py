"""A deploy in a replay: what nothing but an act lays on a host, and what the needs of an act say besides.

Of hosts that are folded into one role class the first is judged.
"""

from typing import Any

from model.explore.ground import Ground
from model.explore.laying import EFFECTS, laid_of, lay
from model.explore.sites import deployed
from model.explore.world import EVERYWHERE, FRAMEWORK, PAIR, Place, World
from model.observation import HostSeen, Observation
from model.step import Step, Verb
from model.survey import DBMS, HOST, PartSurvey, Survey

FACTS = ("side", "pinned", "noted", "cluster", "settings")
PARTS = ("installed", "configured")


def begun(ground: Ground) -> World:
    """Return a deployment as a replay begins with it: what runs of it is not asked."""
    world = deployed(ground)
    for place in EVERYWHERE:
        world = world.set(place, running=frozenset(), leads=False)
    return world


def laid_in(ground: Ground, seen: Observation) -> dict[str, Any]:
    """Return what was seen of a deployment on each host; None is unknown, or nothing that host could have."""
    found: dict[str, Any] = {}
    for place in (place for place in EVERYWHERE if ground.hosts[place]):
        name = ground.named[place][0]
        survey, facts = seen.survey(name), _facts(ground, place)
        told = _told(ground, place, survey, seen.host(name)) if survey.answers else dict.fromkeys(facts)
        found |= {_named(place, fact): told[fact] for fact in facts}
    return found


def _facts(ground: Ground, place: Place) -> tuple[str, ...]:
    return (*FACTS, *(f"{kind} {part}" for kind in sorted(ground.parts[place]) for part in PARTS))


def _told(ground: Ground, place: Place, survey: Survey, host: HostSeen) -> dict[str, Any]:
    own, server = ground.environment.name, survey.database
    told: dict[str, Any] = {
        "side": "same" if survey.state(HOST) == "same" and survey.narrow else "absent",
        "pinned": bool(host.hosts_file) if host.answers and place.role in PAIR else None,
        "noted": survey.pair == own,
        "cluster": None if server is None else "made" if server.made and server.mark == own else "empty",
        "settings": "same" if survey.state(DBMS) == "same" and survey.passfile else "none",
    }
    for part in ground.hosts[place][0].components:
        known = survey.parts.get(part.unit, PartSurvey())
        told[f"{part.kind} installed"] = known.installed and known.mark == own
        told[f"{part.kind} configured"] = survey.state(part.unit) == "same"
    return told


def laid_by(ground: Ground, world: World) -> dict[str, Any]:
    """Return the same of a world."""
    found: dict[str, Any] = {}
    for place in (place for place in EVERYWHERE if ground.hosts[place]):
        laid = laid_of(world, place)
        words: dict[str, Any] = {
            "side": laid.side if laid.side == "same" else "absent",
            "pinned": laid.pinned,
            "noted": laid.noted,
            "cluster": laid.cluster if laid.cluster == "made" else "empty",
            "settings": laid.settings if laid.settings == "same" else "none",
        }
        words |= {f"{kind} {part}": kind in getattr(laid, part) for kind in ground.parts[place] for part in PARTS}
        found |= {_named(place, fact): words[fact] for fact in _facts(ground, place)}
    return found


def as_laid(ground: Ground, world: World, known: dict[str, Any]) -> World:
    """Return the world with what was seen last of its hosts."""
    for place in (place for place in EVERYWHERE if ground.hosts[place]):
        words = {fact: word for fact in FACTS if (word := known[_named(place, fact)]) is not None}
        for part in PARTS:
            words[part] = frozenset(
                kind for kind in ground.parts[place] if known[_named(place, f"{kind} {part}")] is not False
            )
        world = lay(world, place, **words)
    return world


def is_folded(ground: Ground, step: Step) -> bool:
    """Whether a step lays something on a host for which another of its role class stands."""
    place = ground.places.get(step.host)
    return step.verb in EFFECTS and place is not None and step.host != ground.named[place][0]


def as_needed(ground: Ground, world: World, step: Step) -> World:
    """Return the world as the needs of a step say that it is, in what is not asked."""
    place = ground.places.get(step.host)
    if place is None or world.machine(place).laid is None:
        return world
    match step.verb:
        case Verb.SEED:
            return world.set_database(place.region, running=False)
        case Verb.CREATE_DATABASE:
            return world.set_database(place.region, running=True, standby=False)
        case Verb.SWITCH_BACK:
            for one in FRAMEWORK[place.region]:
                world = world.set(one, running=frozenset({"confserv"}), leads=one == place)
    return world


def _named(place: Place, fact: str) -> str:
    return f"{place.region} {place.role}: {fact}"
