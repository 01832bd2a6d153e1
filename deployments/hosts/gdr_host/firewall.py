"""The firewall: a chain of our own, first in INPUT, that rejects single addresses on single ports.

Wanted blocks are kept in firewall.json and put back at boot. A block is written down before it is put in, and
struck out after it is taken out: a crash between the two leaves the port closed.
"""

import json
import subprocess
from collections.abc import Iterator

from gdr_host.epoch import write_atomically
from gdr_host.host import BUSY, ETC, FAILED, ROOT, Facts, Fault
from gdr_host.program import run, said

CHAIN = "GENESYS-DR"
WANTED = ETC / "firewall.json"
JUMP = f"-A INPUT -j {CHAIN}"
LOCKED = 4


def firewall_block(_: Facts, port: int, addresses: list[str]) -> None:
    """Reject these addresses on this port, now and after a reboot."""
    wanted = _wanted()
    wanted[str(port)] = sorted({*wanted.get(str(port), []), *addresses})
    write_atomically(WANTED, json.dumps(wanted) + "\n")
    _put_in(port, addresses)


def firewall_open(_: Facts, port: int, addresses: list[str]) -> None:
    """Let these addresses in again, however often they were blocked."""
    wanted = _wanted()
    left = sorted({*wanted.pop(str(port), [])} - {*addresses})
    for tool, rule in _rules(port, addresses):
        if tool == "iptables" or not left:
            _take_out(tool, rule)
    write_atomically(WANTED, json.dumps(wanted | ({str(port): left} if left else {})) + "\n")


def apply_wanted() -> None:
    """Put every wanted block in; the kernel has forgotten them at boot."""
    for port, addresses in _wanted().items():
        _put_in(int(port), addresses)


def ports(facts: Facts) -> set[int]:
    """Return the ports this host may be told to close."""
    known = {one["port"] for one in facts["components"]} | set(facts.get("framework_ports") or [])
    return (
        known
        | set(facts.get("replication_ports") or [])
        | ({facts["database"]["port"]} if facts["database"] else set())
    )


def blocked(facts: Facts) -> Facts | None:
    """Return whom the kernel rejects on each port; None where an earlier rule may decide otherwise.

    `torn` names the ports where the next boot would put back other rules, for instance after a crash in between.
    """
    kernel = _enforced(table("iptables"))
    if kernel is None:
        return None
    wanted = _wanted()
    every = sorted({str(port) for port in ports(facts)} | kernel.keys() | wanted.keys(), key=int)
    found = {port: sorted(kernel.get(port, set())) for port in every}
    return {"blocked": found, "torn": [int(port) for port in every if found[port] != sorted({*wanted.get(port, [])})]}


def _enforced(rules: list[str]) -> dict[str, set[str]] | None:
    first = [rule for rule in rules if rule.startswith("-A INPUT ")]
    if JUMP not in first:
        return {}
    if first[0] != JUMP:
        return None
    found: dict[str, set[str]] = {}
    for words in (rule.split() for rule in rules if rule.startswith(f"-A {CHAIN} -s ")):
        if {"--dport", "REJECT"} <= {*words} and words[3].endswith("/32"):
            found.setdefault(words[words.index("--dport") + 1], set()).add(words[3].removesuffix("/32"))
    return found


def _wanted() -> dict[str, list[str]]:
    try:
        wanted: dict[str, list[str]] = json.loads(WANTED.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Fault(FAILED, f"{WANTED}: not JSON ({error}): restore it, or write {{}} and block again") from error
    return wanted


def _rules(port: int, addresses: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield one rule per address and, for no IPv6 address is known, one that shuts IPv6 out whole."""
    for address in addresses:
        yield "iptables", ["-s", f"{address}/32", "-p", "tcp", "--dport", str(port), "-j", "REJECT"]
    if (ROOT / "proc/net/if_inet6").exists():
        yield "ip6tables", ["!", "-i", "lo", "-p", "tcp", "--dport", str(port), "-j", "REJECT"]


def _put_in(port: int, addresses: list[str]) -> None:
    rules = list(_rules(port, addresses))
    for tool in dict.fromkeys(tool for tool, _ in rules):
        _set_up_chain(tool)
    for tool, rule in rules:
        if not _present(tool, rule):
            must(tool, "-I", CHAIN, "1", *rule)


def _take_out(tool: str, rule: list[str]) -> None:
    if f"-N {CHAIN}" in table(tool):
        while _present(tool, rule):
            must(tool, "-D", CHAIN, *rule)


def _set_up_chain(tool: str) -> None:
    """Make the chain and its one jump, which must come first: a rule above could accept what it rejects."""
    rules = table(tool)
    if f"-N {CHAIN}" not in rules:
        must(tool, "-N", CHAIN)
    places = [place for place, rule in enumerate(r for r in rules if r.startswith("-A INPUT ")) if rule == JUMP]
    if 0 not in places:
        must(tool, "-I", "INPUT", "1", "-j", CHAIN)
    # Counted from 1, and after an insertion one further down; from the bottom, so that numbers stay true.
    shift = 1 if 0 in places else 2
    for place in reversed([place for place in places if place]):
        must(tool, "-D", "INPUT", str(place + shift))


def _present(tool: str, rule: list[str]) -> bool:
    ran = _xtables(tool, "-C", CHAIN, *rule)
    if ran.returncode not in (0, 1):
        raise Fault(FAILED, f"{tool} -C: exit {ran.returncode}: {said(ran)}")
    return ran.returncode == 0


def table(tool: str) -> list[str]:
    """Return the kernel's rules."""
    return [line.strip() for line in must(tool, "-S").splitlines()]


def must(tool: str, *words: str) -> str:
    """Run iptables, which must succeed."""
    ran = _xtables(tool, *words)
    if ran.returncode:
        raise Fault(FAILED, f"{tool} {' '.join(words)}: exit {ran.returncode}: {said(ran)}")
    return ran.stdout


def _xtables(tool: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run iptables. Its exit 4, the lock is held elsewhere, must never be read as `no such rule`."""
    ran = run(tool, "-w", "5", *words, within=15)
    if ran.returncode == LOCKED:
        raise Fault(BUSY, f"{tool}: busy ({said(ran)}): another program changes the firewall; run this again")
    return ran
