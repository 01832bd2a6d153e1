"""What must hold of a bubble: walls before anything is started in it, a copy before anything writes, and no rest of it.

Once a case has committed in its copy its bubble is proven: nothing of it is built again, and all of it is taken down.
"""

from model.bubble import UNTRIED, Copy, needed
from model.conditions.registry import condition
from model.environment.document import RegionKey
from model.environment.environment import Environment
from model.evidence import FIRST
from model.machine import NOT_TRIED
from model.observation import Power
from model.step import Step
from model.steps.parts import counterpart, part_of
from model.view import View


def copy_port(environment: Environment) -> int:
    """Return the port of a copy: the one above the DBMS's own, as its host has it."""
    return environment.database.port + 1


def _copy(view: View) -> Copy | None:
    return view.host(view.environment.dbms(view.away).name).copy


def is_proven(view: View) -> bool:
    """Whether this very case has committed in a copy of its own."""
    copy = _copy(view)
    return copy is not None and copy.proven == view.case != FIRST


def _serves(view: View) -> bool:
    copy = _copy(view)
    return copy is not None and copy.case == view.case and copy.serves


def _dormant(view: View) -> str:
    return view.environment.dbms(view.away).name


@condition("host")
def rests_or_inside(view: View, step: Step) -> str | None:
    """Nothing of it runs, but for what runs within the whole walls of a bubble; and it is the host it should be."""
    seen = view.host(step.host)
    if seen.answers and seen.walls is None:
        return f"{step.host}: says nothing of walls: deploy gdr-host again"
    if seen.stranger:
        return f"{step.host}: {seen.stranger}"
    parts = [part.kind for part in view.environment.host(step.host).components]
    loose = [kind for kind in parts if view.runs(step.host, kind) is not False]
    if not loose:
        return None
    return f"{step.host}: {', '.join(loose)}: not proven stopped: stop it first {seen.fault}".rstrip()


@condition("host", "dormant database host")
def walled(view: View, step: Step) -> str | None:
    """It stands within whole walls of this process, and may start there; or this case's bubble is proven already."""
    walls = view.host(step.host).walls
    mine = walls is not None and walls.permit and walls.case == view.case and walls.epoch == view.epoch is not None
    if is_proven(view) or (mine and view.inside(step.host)):
        return None
    return f"{step.host}: does not stand within whole walls of this process {view.host(step.host).fault}".rstrip()


@condition("host", "dormant database host", "walls")
def walls_tried(view: View, step: Step) -> str | None:
    """From within it reaches nothing of production, in places that another host reaches now, and is reached by none."""
    if is_proven(view):
        return None
    tried = view.seen.tried.get(step.host, NOT_TRIED)
    if leaks := tried.leaks():
        way = "nothing is started: discard the bubble, then mend its firewall"
        return f"{step.host}: its walls leak: {', '.join(leaks[:4])}: {way}"
    known = view.environment
    original = counterpart(known, step.host)
    needs = [(known.writer.address, 53), (original.address, part_of(original, "confserv").port)]
    missing = sorted({f"{address}:{port}" for address, port in needs} - tried.tried())
    if not tried.inward or missing:
        why = f"no other host reaches {', '.join(missing)} now" if missing else "nothing was tried"
        return f"{step.host}: whether its walls hold is not proven: {tried.fault or why}"
    return None


@condition("dormant database host", "room")
def room_for_copy(view: View, _step: Step) -> str | None:
    """Its disk and its port have room for a copy beside the standby; or the copy is there."""
    name, room = _dormant(view), view.seen.rooms.get(_dormant(view), UNTRIED)
    copy = _copy(view)
    if is_proven(view) or (copy is not None and copy.case == view.case):
        return None
    if room.size_bytes is None or room.free_bytes is None:
        return f"{name}: whether a copy has room is unknown: {room.fault}"
    if not room.one_disk:
        return f"{name}: its cluster has a file system of its own: a copy, which lies beside it, is not yet supported"
    if room.free_bytes < needed(room.size_bytes):
        return f"{name}: a copy needs {needed(room.size_bytes)} bytes free, there are {room.free_bytes}: make room"
    if not room.plain:
        return f"{name}: tablespaces: a copy of a cluster with tablespaces is not yet supported"
    return None if room.port_free else f"{name}: port {copy_port(view.environment)}: taken: a copy needs it"


@condition("dormant database host")
def copy_serves(view: View, _step: Step) -> str | None:
    """The copy of this case is up, a primary of its own; or its bubble is proven already."""
    if is_proven(view) or _serves(view):
        return None
    return f"{_dormant(view)}: no copy of this case serves"


@condition("host", "dormant database host")
def runs_inside(view: View, step: Step) -> str | None:
    """The component runs within the walls; or this case's bubble is proven already."""
    return None if is_proven(view) else _not_inside(view, step.host, step.unit)


def _not_inside(view: View, name: str, kind: str) -> str | None:
    runs = view.inside(name) and view.host(name).component(kind).running
    return None if runs else f"{name}: {kind} does not run within walls"


@condition("host")
def lca_inside(view: View, step: Step) -> str | None:
    """The host's Local Control Agent runs within the walls."""
    return _not_inside(view, step.host, "lca")


@condition("source framework", "dormant database host")
def leads_inside(view: View, _step: Step) -> str | None:
    """A Configuration Server within the walls is Primary, with a session of the copy; or the bubble is proven."""
    copy = _copy(view)
    for host in view.environment.framework(view.away):
        part = view.host(host.name).component("confserv")
        works = part.running and (part.run_mode, part.status) == ("Primary", "Running")
        if works and view.inside(host.name) and copy is not None and str(host.address) in copy.sessions:
            return None
    return None if is_proven(view) else f"{view.away}: no Configuration Server is proven Primary on the copy"


@condition("dormant database host")
def committed_inside(view: View, _step: Step) -> str | None:
    """A commit of this case is in its copy, by the account of the Configuration Server; its host has noted it."""
    return None if is_proven(view) else f"{_dormant(view)}: this case has not committed in a copy"


@condition("host", "power")
def out_of_bubble(view: View, step: Step) -> str | None:
    """No wall is left on it, and nothing runs that ran within; a host without power has forgotten its walls."""
    return _stands(view, step.host)


def _stands(view: View, name: str) -> str | None:
    seen = view.host(name)
    if seen.power is Power.OFF or (seen.walls is not None and not seen.walls.case):
        return None
    return f"{name}: stands in a bubble, or that is unknown {seen.fault}".rstrip()


@condition("host")
def no_copy(view: View, step: Step) -> str | None:
    """No copy is left beside its cluster."""
    return _left(view, step.host)


def _left(view: View, name: str) -> str | None:
    seen = view.host(name)
    if seen.copy is not None and not seen.copy.case:
        return None
    return f"{name}: a copy is left, or that is unknown {seen.fault}".rstrip()


@condition("source framework", "dormant database host", "target framework", "target database host")
def bubble_is_empty(view: View, _step: Step) -> str | None:
    """No framework host of the dormant region stands in a bubble, and no copy is left; and none in the active one."""
    stands = (_stands(view, host.name) for host in view.environment.framework(view.away))
    found = (*stands, _left(view, _dormant(view)), *_named(view))
    return "; ".join(reason for reason in found if reason) or None


@condition("source framework", "dormant database host", "target framework", "target database host")
def bubbles_are_gone(view: View, step: Step) -> str | None:
    """No host of either region stands in a bubble or has a copy; one without power serves none, and is judged later."""
    if view.host(_dormant(view)).power is not Power.OFF:
        return bubble_is_empty(view, step)
    stands = (_stands(view, host.name) for host in view.environment.framework(view.away))
    return "; ".join(reason for reason in (*stands, *_named(view)) if reason) or None


def _named(view: View) -> tuple[str, ...]:
    return tuple(f"{name}: a bubble's case is left: run discard" for name in named(view, view.home))


def named(view: View, region: RegionKey) -> tuple[str, ...]:
    """Return the hosts of a region that name the case of a bubble, by their walls or by their copy."""
    hosts = (*view.environment.framework(region), view.environment.dbms(region))
    seen = {host.name: view.host(host.name) for host in hosts}
    return tuple(name for name, host in seen.items() if any(part and part.case for part in (host.walls, host.copy)))
