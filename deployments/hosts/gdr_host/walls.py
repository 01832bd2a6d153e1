"""The walls of a bubble: this host speaks with its pair and a copy of its database, and with nobody else.

Whatever keeps a dormant framework apart while it works lies in the kernel and in /run, and dies with a reboot: a chain
of our own in INPUT and in OUTPUT, a rule that sends what is meant for the DBMS to the copy, and a hosts file laid over
the host's own, in which the alias of the DBMS means the host of the copy. What the control host asks over SSH is
answered. The permit, by which the guard lets the framework start in here, is given last and taken away first.
"""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from gdr_host import guard
from gdr_host.alone import ANSWERS, WORDS, tools
from gdr_host.epoch import stored_epoch, write_atomically
from gdr_host.firewall import JUMP as BLOCKS
from gdr_host.firewall import must, table
from gdr_host.host import FAILED, ROOT, Facts, Fault
from gdr_host.program import checked
from gdr_host.services import component_stop, listening
from gdr_host.sockets import parse

CHAIN = "GENESYS-DR-WALL"
FILE, HOSTS = Path(guard.WALLS_FILE), Path(guard.WALLS_FILE).with_name("hosts")
OWN_HOSTS = ROOT / "etc/hosts"
MARK = "# within a bubble, until the next boot"
GOOD_FOR_S, SSH = 4 * 3600, 22
Side = str


class Wall(NamedTuple):
    """Who is let through: the control host's SSH, the other of the pair, and the DBMS host's copy.

    Attributes:
        production: The active DBMS: with the writing DNS server, what the guard tries, and must not reach.
    """

    case: str
    control: str
    peer: str
    database: str
    production: str
    port: int


def bubble_enter(facts: Facts, *words: Any) -> None:
    """Raise the walls, and let the framework start within them; a repeat gives the permit to a younger process.

    Raises:
        Fault: Something of the framework runs outside of walls, the host stands alone, or its walls would shut us out.
    """
    wall = Wall(*words)
    if Path(guard.ALONE_FILE).exists():
        raise Fault(FAILED, f"{facts['host']}: stands alone: run clone-and-isolate to its end first: nothing was done")
    _require_way_in(wall)
    before = _written()
    if loose := [one["unit"] for one in facts["components"] if listening(one["port"])]:
        _require_within(before, wall, loose)
    _write(wall, permit=False)
    for tool in tools():
        _put_in(wall, tool)
    _put_nat(wall)
    _lay_hosts(facts, wall)
    _write(wall, permit=True)


def _require_way_in(wall: Wall) -> None:
    """See that SSH comes from the address that will pass: behind a jump host, or another address, it would be cut."""
    known = parse(checked("ss", "-Htanp"))
    peers = sorted({one.peer for one in known if one.state == "ESTAB" and one.port == SSH})
    if wall.control not in peers:
        found = f"from {', '.join(peers)}" if peers else "from nobody"
        what = f"SSH comes in {found}, and walls let in {wall.control} alone: nothing was done"
        raise Fault(FAILED, f"{what}: correct control.address in the environment file, or reach this host from there")


def _require_within(before: Facts, wall: Wall, loose: list[str]) -> None:
    """Let stand what runs within the very same walls; of anything else nobody knows what it has met."""
    if before.get("wall") != list(wall) or not _enforced(wall):
        raise Fault(FAILED, f"{', '.join(loose)}: runs, and not within these walls: nothing was done: stop it first")


def bubble_leave(facts: Facts) -> None:
    """Stop all that runs within the walls, see that nothing is left, and only then take them down."""
    before = _written()
    if not before:
        print("stands in no bubble: nothing to do")
        return
    wall = Wall(*before["wall"])
    _write(wall, permit=False)
    for component in reversed(facts["components"]):
        component_stop(facts, component)
    if left := [one["unit"] for one in facts["components"] if listening(one["port"])]:
        raise Fault(FAILED, f"{', '.join(left)}: still runs, and has met the copy: the walls stay: end it, then repeat")
    _take_down(wall)
    FILE.unlink()


def walls(facts: Facts) -> Facts:
    """Return whose bubble this host stands in, which process raised it, whether it is enforced, and its permit holds.

    A permit ends by the clock, and the walls do not: what runs within them stays as far from production as before.
    """
    before = _written()
    if not before:
        return {"case": "", "epoch": None, "whole": False, "permit": False}
    wall = Wall(*before["wall"])
    whole = _enforced(wall) and _pinned(facts, wall)
    permit = before["permit"] and time.time() < before["until"]
    return {"case": wall.case, "epoch": before["epoch"], "whole": whole, "permit": permit}


def _written() -> Facts:
    try:
        found: Facts = json.loads(FILE.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Fault(FAILED, f"{FILE}: not JSON ({error}): restart this host: its walls die with that") from error
    return found


def _write(wall: Wall, *, permit: bool) -> None:
    text = {"wall": list(wall), "epoch": stored_epoch(), "permit": permit, "until": time.time() + GOOD_FOR_S}
    text["places"] = [[wall.production, wall.port]]
    write_atomically(FILE, json.dumps(text) + "\n")


def _rules(wall: Wall, tool: str, side: Side) -> list[str]:
    interface, peer, ports = ("-i", "-s", "--dport") if side == "INPUT" else ("-o", "-d", "--sport")
    end = "DROP" if side == "INPUT" else f"REJECT --reject-with {WORDS[tool]}"
    rules = [f"{interface} lo -j ACCEPT"]
    if tool == "iptables":
        only = "" if side == "INPUT" else f" {' '.join(ANSWERS[2:])}"
        copy = " ".join(ANSWERS) if side == "INPUT" else f"-m tcp --dport {wall.port + 1}"
        rules += [
            f"{peer} {wall.control}/32 -p tcp -m tcp {ports} 22{only} -j ACCEPT",
            f"{peer} {wall.peer}/32 -j ACCEPT",
            f"{peer} {wall.database}/32 -p tcp {copy} -j ACCEPT",
        ]
    return [*rules, f"-j {end}"]


def _chain(side: Side) -> str:
    return f"{CHAIN}-{side[:-3]}"


def _enforced(wall: Wall) -> bool:
    """Whether every chain is as written, and nothing but our own blocks is asked before it."""
    tables = {tool: table(tool) for tool in tools()}
    stand = all(_stands(wall, tool, side, lines) for tool, lines in tables.items() for side in ("INPUT", "OUTPUT"))
    return stand and _nat() == [_redirection(wall)]


def _stands(wall: Wall, tool: str, side: Side, lines: list[str]) -> bool:
    first = [line for line in lines if line.startswith(f"-A {side} ") and line != BLOCKS]
    found = [line.removeprefix(f"-A {_chain(side)} ") for line in lines if line.startswith(f"-A {_chain(side)} ")]
    return first[:1] == [f"-A {side} -j {_chain(side)}"] and found == _rules(wall, tool, side)


def _put_in(wall: Wall, tool: str) -> None:
    """Fill each chain before it is asked."""
    lines = table(tool)
    for side in ("INPUT", "OUTPUT"):
        if _stands(wall, tool, side, lines):
            continue
        _take_out(lines, tool, side)
        must(tool, "-N", _chain(side))
        for rule in _rules(wall, tool, side):
            must(tool, "-A", _chain(side), *rule.split())
        must(tool, "-I", side, "2" if side == "INPUT" and BLOCKS in lines else "1", "-j", _chain(side))


def _take_out(lines: list[str], tool: str, side: Side) -> None:
    chain = _chain(side)
    if f"-N {chain}" not in lines:
        return
    for _ in range(lines.count(f"-A {side} -j {chain}")):
        must(tool, "-D", side, "-j", chain)
    must(tool, "-F", chain)
    must(tool, "-X", chain)


def _redirection(wall: Wall) -> str:
    to = f"{wall.database}:{wall.port + 1}"
    return f"-d {wall.database}/32 -p tcp -m tcp --dport {wall.port} -j DNAT --to-destination {to}"


def _nat() -> list[str]:
    """Return our rules of the table that rewrites addresses; it has no other chain of ours."""
    lines = must("iptables", "-t", "nat", "-S").splitlines()
    return [line.removeprefix("-A OUTPUT ").strip() for line in lines if line.startswith("-A OUTPUT ")]


def _put_nat(wall: Wall) -> None:
    rules = _nat()
    if rules and rules != [_redirection(wall)]:
        raise Fault(FAILED, f"nat OUTPUT: has rules that are not ours: {rules[0]}: take them out, or drill elsewhere")
    if not rules:
        must("iptables", "-t", "nat", "-A", "OUTPUT", *_redirection(wall).split())


def _lay_hosts(facts: Facts, wall: Wall) -> None:
    """Let the alias of the DBMS mean the host of the copy: no name server is reached from within."""
    if _pinned(facts, wall):
        return
    _take_hosts_off()
    own = [line for line in OWN_HOSTS.read_text().splitlines() if not _naming(facts, line)]
    write_atomically(HOSTS, "\n".join([*own, _pin(facts, wall)]) + "\n")
    checked("mount", "--bind", str(HOSTS), str(OWN_HOSTS))


def _pin(facts: Facts, wall: Wall) -> str:
    return f"{wall.database} {' '.join(facts['aliases'])} {MARK}"


def _naming(facts: Facts, line: str) -> bool:
    return bool({*facts["aliases"]} & {*line.partition("#")[0].split()[1:]})


def _pinned(facts: Facts, wall: Wall) -> bool:
    """Whether the aliases mean the host of the copy, and nothing else, by what is read under the file's name."""
    if not facts.get("aliases"):
        return True
    return [line for line in OWN_HOSTS.read_text().splitlines() if _naming(facts, line)] == [_pin(facts, wall)]


def _take_hosts_off() -> None:
    """Show the host's own file again; lazily, for who has the laid one open must not hold up an emergency."""
    while MARK in OWN_HOSTS.read_text() or (HOSTS.exists() and OWN_HOSTS.samefile(HOSTS)):
        checked("umount", "--lazy", str(OWN_HOSTS))
    HOSTS.unlink(missing_ok=True)


def _take_down(wall: Wall) -> None:
    _take_hosts_off()
    while _redirection(wall) in _nat():
        must("iptables", "-t", "nat", "-D", "OUTPUT", *_redirection(wall).split())
    for tool in tools():
        lines = table(tool)
        for side in ("INPUT", "OUTPUT"):
            _take_out(lines, tool, side)
