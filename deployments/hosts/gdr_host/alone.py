"""Standing alone: a copy of another host speaks with nobody but the control host until it has its own identity.

A chain of our own in INPUT and in OUTPUT lets pass what the control host begins, and what the host says to itself; it
keeps out all else, and all of IPv6. It is put back at boot. Source: Genesys, DrBc, Deploying Genesys Components, step 6
("no connections can be made from components running on the closed machines to anywhere within the environment").
"""

import json

from gdr_host.epoch import durable_unlink, write_atomically
from gdr_host.firewall import JUMP as BLOCKS
from gdr_host.firewall import must, table
from gdr_host.host import ETC, FAILED, ROOT, Facts, Fault

CHAIN = "GENESYS-DR-ALONE"
WANTED = ETC / "alone.json"  # while it is there, the guard is closed
TORN = "torn"
# As iptables itself writes `! --syn`: the host answers, and begins nothing.
ANSWERS = ["-m", "tcp", "!", "--tcp-flags", "FIN,SYN,RST,ACK", "SYN"]
WORDS = {"iptables": "icmp-port-unreachable", "ip6tables": "icmp6-port-unreachable"}
SIDES: dict[str, tuple[str, str, list[str]]] = {"INPUT": ("-i", "-s", []), "OUTPUT": ("-o", "-d", ANSWERS)}


def stand_alone(_: Facts, address: str) -> None:
    """Speak with nobody but this address, when it begins, now and after a reboot."""
    write_atomically(WANTED, json.dumps(address) + "\n")
    _put_in(address)


def join(_: Facts) -> None:
    """Speak with everybody again, and let the guard be asked last; what is blocked on single ports stays blocked."""
    for tool in tools():
        lines = table(tool)
        for side in SIDES:
            _take_out(lines, tool, side)
    durable_unlink(WANTED)


def apply_wanted() -> None:
    """Stand alone again, if that was the last word; the kernel has forgotten it at boot."""
    if wanted := _wanted():
        _put_in(wanted)


def alone() -> str:
    """Return the one address this host speaks with; nothing where it need not stand alone, `torn` where it does not."""
    wanted = _wanted()
    if not wanted:
        return ""
    tables = {tool: table(tool) for tool in tools()}
    enforced = all(_enforced(lines, tool, side, wanted) for tool, lines in tables.items() for side in SIDES)
    return wanted if enforced else TORN


def _wanted() -> str | None:
    try:
        wanted = json.loads(WANTED.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Fault(FAILED, f"{WANTED}: not JSON ({error}): remove it on the console") from error
    return str(wanted)


def tools() -> list[str]:
    """Return the programs that change the rules: IPv6 has its own, where the kernel knows it."""
    return ["iptables", *(["ip6tables"] if (ROOT / "proc/net/if_inet6").exists() else [])]


def _chain(side: str) -> str:
    return f"{CHAIN}-{side[:-3]}"


def _rules(tool: str, side: str, address: str) -> list[list[str]]:
    """Drop what comes in; what would go out is rejected, so that nothing here waits for an answer."""
    interface, peer, kind = SIDES[side]
    passes = [[peer, f"{address}/32", "-p", "tcp", *kind, "-j", "ACCEPT"]] if tool == "iptables" else []
    end = ["DROP"] if side == "INPUT" else ["REJECT", "--reject-with", WORDS[tool]]
    return [[interface, "lo", "-j", "ACCEPT"], *passes, ["-j", *end]]


def _enforced(lines: list[str], tool: str, side: str, address: str) -> bool:
    """Whether the chain is whole and nothing but our own blocks is asked before it."""
    chain = _chain(side)
    first = [line for line in lines if line.startswith(f"-A {side} ") and line != BLOCKS]
    found = [line for line in lines if line.startswith(f"-A {chain} ")]
    wanted = [f"-A {chain} {' '.join(rule)}" for rule in _rules(tool, side, address)]
    return first[:1] == [f"-A {side} -j {chain}"] and found == wanted


def _put_in(address: str) -> None:
    """Fill each chain before it is asked: the jump comes last, and first of all but our own blocks."""
    for tool in tools():
        lines = table(tool)
        for side in SIDES:
            if _enforced(lines, tool, side, address):
                continue
            _take_out(lines, tool, side)
            must(tool, "-N", _chain(side))
            for rule in _rules(tool, side, address):
                must(tool, "-A", _chain(side), *rule)
            blocks = side == "INPUT" and BLOCKS in lines
            must(tool, "-I", side, "2" if blocks else "1", "-j", _chain(side))


def _take_out(lines: list[str], tool: str, side: str) -> None:
    chain = _chain(side)
    if f"-N {chain}" not in lines:
        return
    for _ in range(lines.count(f"-A {side} -j {chain}")):
        must(tool, "-D", side, "-j", chain)
    must(tool, "-F", chain)
    must(tool, "-X", chain)
