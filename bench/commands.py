"""What was asked of the hosts and of DNS, as they wrote it down themselves, and how two such lists differ."""

import re
from collections import Counter
from collections.abc import Iterator

from lab.api import Lab

_ORDER = re.compile(r"COMMAND=/opt/genesys-dr/bin/gdr-host (.+)")
_UPDATE = re.compile(r"adding an RR at '(\S+)' (\S+) (.+)")
_FIELDS = re.compile(r"(?:state|active|target)=\S+")
EXPLAINED = {
    "power: answer": "each look of the product asks the power source too: who is off is waited for no longer",
    "ns1: TXT state=steady active=region1 target=region1": "the product names its open case before anybody approves",
    "inventory": "a planned switch begins between regions that are alike",
}
"""By the whole line, or by what any host was told."""


def given(lab: Lab) -> Counter[str]:
    """Count what the hosts were told since the checkpoint, epochs left out."""
    counted: Counter[str] = Counter()
    for host in lab.topology.hosts:
        log = lab.identity.disk(host.name) / "var/log/sudo.log"
        counted.update(f"{host.name}: {order}" for order in orders(log.read_text() if log.exists() else ""))
    log = lab.identity.disk("ns1") / "var/log/named/update.log"
    counted.update(f"ns1: {update}" for update in updates(log.read_text()))
    return counted


def orders(log: str) -> list[str]:
    """Read sudo's log: it breaks long lines."""
    whole = log.replace("\n    ", " ")
    return [re.sub(r"^\d+ ", "", found.strip()) for found in _ORDER.findall(whole)]


def updates(log: str) -> list[str]:
    """Read the DNS server's log; of the record only what differs between the stages of a switch."""
    return [
        f"{kind} {' '.join(_FIELDS.findall(value))}" if kind == "TXT" else f"{name} {kind} {value}"
        for name, kind, value in _UPDATE.findall(log)
    ]


def difference(product: Counter[str], baseline: Counter[str]) -> Iterator[str]:
    """Say line by line what only one of them did, and why where that is known."""
    for command in sorted({*product, *baseline}):
        if more := product[command] - baseline[command]:
            who = "only the product" if more > 0 else "only the baseline"
            known = EXPLAINED.get(command) or EXPLAINED.get(command.partition(": ")[2])
            why = known if known and more > 0 else "NOT EXPLAINED"
            yield f"{who}, {abs(more)} x {command}: {why}"
