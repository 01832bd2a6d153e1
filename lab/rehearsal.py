"""A rehearsal: the user's own environment file, with the laboratory's machines in the place of his.

His stay the names: of hosts, regions, zone and Configuration Servers; how many application hosts there are; the
objectives, the TTL and the approvers. Addresses, programs and blocks are the laboratory's, and what of his it cannot
play is said.
"""

import copy
import io
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lab import topology
from lab.errors import LabError
from model.environment.load import parse
from model.errors import RecoveryError

Document = dict[str, Any]
RESERVED = ("ctl",)  # the laboratory has a machine of this name
FIRST = {"framework_primary": 11, "framework_backup": 12, "application": 21, "dbms": 201}
NET = "198.18.{site}.{host}"
PLAYED = (
    ("dbms", ("database", "kind")),
    ("log database", ("database", "log_policy")),
    ("redirection", ("dns", "redirection")),
    ("approvers", ("approval", "approvers")),
    ("four eyes", ("approval", "four_eyes")),
    ("quorum", ("approval", "quorum")),
)


def prepare(file: Path, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Write the laboratory's version of an environment file; return it, and what it plays otherwise.

    Raises:
        LabError: The file cannot be read, or lacks what a laboratory is built from.
    """
    own, shipped = _read(file), _read(topology.DEFAULT)
    try:
        played = translated(own, shipped)
        otherwise = (*_refused(file), *differences(own, played))
    except (KeyError, TypeError, AttributeError) as error:
        raise LabError(f"{file}: {error!r}: not there, or of another shape: gdr check {file}") from None
    text = io.StringIO()
    YAML(typ="safe").dump(played, text)
    target = folder / "lab.yaml"
    try:
        parse(text.getvalue(), str(target))
    except RecoveryError as error:
        raise LabError(f"{file}: cannot be rehearsed: {error}") from None
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text.getvalue())
    return target, otherwise


def _refused(file: Path) -> Iterator[str]:
    """Say that the user's own file would be refused as it is."""
    try:
        parse(file.read_text(), str(file))
    except RecoveryError as error:
        yield f"your file as it is: {str(error).splitlines()[0]} (gdr check {file})"


def _read(file: Path) -> Document:
    try:
        found: Document = YAML(typ="safe").load(file)
    except (OSError, YAMLError) as error:
        raise LabError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
    return found


def translated(own: Document, shipped: Document) -> Document:
    """Return the environment with the laboratory's machines in it."""
    played = copy.deepcopy(shipped)
    played["objectives"] = {key: own["objectives"][key] for key in ("rpo_s", "rto_s")}
    played["approval"] = {"approvers": list(_names(own["approval"])), "four_eyes": False}
    played["dns"] |= {key: own["dns"][key] for key in ("zone", "ttl_s", "framework_names", "lock_server")}
    played["database"]["aliases"] = own["database"].get("aliases")
    played["dns"]["servers"] = list(_servers(own, shipped))
    played["dns"]["resolvers"] = list(_resolvers(own))
    for number, key in enumerate(shipped["regions"], 1):
        hosts = list(_hosts(own["regions"][key]["hosts"], number, _by_role(shipped)))
        played["regions"][key] = {name: own["regions"][key][name] for name in ("title", "dormant")} | {"hosts": hosts}
    played["dependencies"] = [known for known in shipped["dependencies"] if known["kind"] != "dns_writer"]
    return played


def _names(approval: Document) -> Iterator[str]:
    """Yield who may approve: answers are given beforehand here, and no device of theirs is asked."""
    yield from (each if isinstance(each, str) else each["name"] for each in approval["approvers"])


def _servers(own: Document, shipped: Document) -> Iterator[Document]:
    writing = next(server for server in shipped["dns"]["servers"] if server["writes"] == "primary")
    numbers = itertools.count(53)
    for server in sorted(own["dns"]["servers"], key=lambda server: server["name"] != own["dns"]["lock_server"]):
        writes = server["name"] == own["dns"]["lock_server"]
        site = "third" if writes else _site(server["site"])
        place = {"name": server["name"], "address": _address(site, next(numbers)), "site": site}
        yield place | ({"writes": "primary", "access": writing["access"]} if writes else {"writes": "never"})


def _resolvers(own: Document) -> Iterator[Document]:
    for number, resolver in enumerate(own["dns"].get("resolvers", ()), 70):
        site = _site(resolver["site"])
        yield {"name": resolver["name"], "address": _address(site, number), "site": site, "access": "lab-ssh"}


def _site(site: str) -> str:
    """Return a site of the laboratory: whatever is no region is its third one."""
    return site if site in ("region1", "region2") else "third"


def _address(site: str, host: int) -> str:
    return NET.format(site=("third", "region1", "region2").index(site), host=host)


def _by_role(shipped: Document) -> dict[str, Document]:
    hosts = (host for region in shipped["regions"].values() for host in region["hosts"])
    return {host["role"]: host for host in hosts}


def _hosts(own: list[Document], region: int, models: Mapping[str, Document]) -> Iterator[Document]:
    numbers = {role: itertools.count(first) for role, first in FIRST.items()}
    for host in own:
        if host["name"] in RESERVED:
            raise LabError(f"{host['name']}: the laboratory has a machine of this name: rehearse with another name")
        address = NET.format(site=region, host=next(numbers[host["role"]]))
        yield models[host["role"]] | {"name": host["name"], "address": address}


def differences(own: Document, played: Document) -> Iterator[str]:
    """Say what of the user's the laboratory plays otherwise, and so proves nothing about."""
    yield "addresses, blocks, programs, units and ports are the laboratory's"
    for what, (part, key) in PLAYED:
        mine, theirs = own[part].get(key), played[part].get(key)
        if mine is not None and mine != theirs:
            yield f"{what}: {mine} is played by {theirs}"
    hosts = [host for region in own["regions"].values() for host in region["hosts"]]
    for key, theirs in (("os", "linux"), ("firewall", "iptables")):
        found = sorted({host.get(key, theirs) for host in hosts} - {theirs})
        if found:
            yield f"{key}: {', '.join(found)} is played by {theirs}"
    kinds = sorted({host["hypervisor"]["kind"] for host in hosts} - {"command"})
    if kinds:
        yield f"hypervisor: {', '.join(kinds)} is played by command"
