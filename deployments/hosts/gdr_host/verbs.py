"""What may be asked of this host. Everything is judged here, before anything is held, stored or done."""

import ipaddress
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from gdr_host import (
    alone,
    components,
    copying,
    export,
    firewall,
    follow,
    identity,
    making,
    postgresql,
    power,
    seeding,
    services,
    walls,
)
from gdr_host.epoch import stored_epoch
from gdr_host.host import USAGE, Facts, Fault

Arguments = list[Any]


def understand(facts: Facts, words: list[str]) -> tuple[Callable[[], None], int]:
    """Return the deed a command asks for and the seconds it may take, or refuse it."""
    if not words or words[0] not in VERBS:
        raise Fault(USAGE, f"{' '.join(words[:1]) or 'nothing'}: no such verb: one of {', '.join(VERBS)}")
    verb = VERBS[words[0]]
    return partial(verb.deed, facts, *verb.judge(facts, words[1:])), verb.ends_s


def make_way(epoch: int, words: list[str]) -> None:
    """End what a verb is there to end before it waits for the host, which that holds; an older process ends nothing."""
    if words[0] == "bubble-drop" and epoch >= stored_epoch():
        copying.end_backup()


def _component(facts: Facts, words: list[str]) -> Arguments:
    known = {one["unit"]: one for one in facts["components"]}
    if len(words) != 1 or words[0] not in known:
        raise Fault(USAGE, f"{' '.join(words)}: not one unit of this host: one of {', '.join(known)}")
    return [known[words[0]]]


def _component_and_files(facts: Facts, words: list[str]) -> Arguments:
    (component,) = _component(facts, words)
    return [component, components.read_files(facts, component)]


def _names_and_addresses(facts: Facts, words: list[str]) -> Arguments:
    names = facts["names"]
    if len(words) != len(names) or len(_addresses(words)) != len(names):
        raise Fault(USAGE, f"{' '.join(words)}: not one address for each of {', '.join(names)}")
    return [dict(zip(names, words, strict=True))]


def _database_and_files(facts: Facts, words: list[str]) -> Arguments:
    return [*_database(facts, words), making.read_files(facts)]


def _database_and_logins(facts: Facts, words: list[str]) -> Arguments:
    return [*_database(facts, words), making.read_logins(facts)]


def _port_and_addresses(facts: Facts, words: list[str]) -> Arguments:
    ports = firewall.ports(facts)
    if not words or words[0] not in {str(port) for port in ports}:
        raise Fault(USAGE, f"{' '.join(words[:1])}: no port of this host: one of {', '.join(map(str, sorted(ports)))}")
    return [int(words[0]), _addresses(words[1:])]


def _addresses(words: list[str]) -> list[str]:
    """Accept single addresses only: a subnet shuts out replication and bystanders."""
    for word in words:
        try:
            address = ipaddress.IPv4Address(word)
        except ValueError as error:
            raise Fault(USAGE, f"{word}: not one IPv4 address: subnets and names are refused") from error
        if address.is_loopback or address.is_multicast or address.is_unspecified:
            raise Fault(USAGE, f"{word}: not the address of another host")
    if not words:
        raise Fault(USAGE, "no address: name at least one")
    return sorted({*words})


def _database_and_addresses(facts: Facts, words: list[str]) -> Arguments:
    return [*_database(facts, []), _addresses(words)]


def _database_and_primary(facts: Facts, words: list[str]) -> Arguments:
    _must_have(facts, "database")
    if len(words) != 1:
        raise Fault(USAGE, f"{' '.join(words) or 'no address'}: not the one address of the primary")
    return _addresses(words)


def _database_and_slot(facts: Facts, words: list[str]) -> Arguments:
    _must_have(facts, "database")
    if len(words) != 1 or not re.fullmatch(r"[a-z0-9_]{1,63}", words[0]):
        raise Fault(USAGE, f"{' '.join(words) or 'no slot'}: not one name of a slot: 1 to 63 of a-z, 0-9 and _")
    return words


def _database_primary_and_slot(facts: Facts, words: list[str]) -> Arguments:
    return [*_database_and_primary(facts, words[:1]), *_database_and_slot(facts, words[1:])]


def _database(facts: Facts, words: list[str]) -> Arguments:
    _must_have(facts, "database")
    return _nothing(facts, words)


def _resolver(facts: Facts, words: list[str]) -> Arguments:
    _must_have(facts, "resolver")
    return _nothing(facts, words)


def _machine(facts: Facts, words: list[str]) -> Arguments:
    _must_have(facts, "power")
    if len(words) != 1 or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,252}", words[0]) or words[0] == facts["host"]:
        raise Fault(USAGE, f"{' '.join(words)}: not the name of one other host")
    return words


def _machine_and_original(facts: Facts, words: list[str]) -> Arguments:
    match words:
        case [machine, original, label] if machine != original and re.fullmatch(r"[a-zA-Z0-9.-]{1,253}", label):
            return [*_machine(facts, [machine]), *_machine(facts, [original]), label]
    raise Fault(USAGE, f"{' '.join(words)}: not a machine, another that it becomes a copy of, and a label")


def _machine_and_address(facts: Facts, words: list[str]) -> Arguments:
    return [*_machine(facts, words[:1]), *_one_address(facts, words[1:])]


def _address(facts: Facts, words: list[str]) -> Arguments:
    _must_be_framework(facts)
    return _one_address(facts, words)


def _one_address(_: Facts, words: list[str]) -> Arguments:
    if len(words) != 1:
        raise Fault(USAGE, f"{' '.join(words)}: not the one address of the control host")
    return _addresses(words)


def _walls(facts: Facts, words: list[str]) -> Arguments:
    _must_be_framework(facts)
    match words:
        case [label, control, peer, copy, production, port] if re.fullmatch("[1-9][0-9]{0,4}", port):
            addresses = [address for word in (control, peer, copy, production) for address in _addresses([word])]
            return [*_label(facts, [label]), *addresses, int(port)]
    raise Fault(USAGE, f"{' '.join(words)}: not a label, four addresses (control, peer, copy, production) and a port")


def _label(_: Facts, words: list[str]) -> Arguments:
    if len(words) != 1 or not re.fullmatch(r"[a-zA-Z0-9.-]{1,253}", words[0]):
        raise Fault(USAGE, f"{' '.join(words) or 'nothing'}: not one label: 1 to 253 of letters, digits, . and -")
    return words


def _framework(facts: Facts, words: list[str]) -> Arguments:
    _must_be_framework(facts)
    return _nothing(facts, words)


def _database_and_label(facts: Facts, words: list[str]) -> Arguments:
    return [*_database(facts, []), *_label(facts, words)]


def _database_label_and_addresses(facts: Facts, words: list[str]) -> Arguments:
    return [*_database_and_label(facts, words[:1]), _addresses(words[1:])]


def _framework_host(facts: Facts, words: list[str]) -> Arguments:
    _must_be_framework(facts)
    if len(words) != 1 or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,252}", words[0]):
        raise Fault(USAGE, f"{' '.join(words)}: not the name of one host")
    return words


def _must_be_framework(facts: Facts) -> None:
    if facts["role"] not in ("framework_primary", "framework_backup"):
        raise Fault(USAGE, f"{facts['host']}: is no framework host, and never a copy of one")


def _nothing(_: Facts, words: list[str]) -> Arguments:
    if words:
        raise Fault(USAGE, f"{' '.join(words)}: this verb takes no argument")
    return []


def _must_have(facts: Facts, part: str) -> None:
    if not facts[part]:
        raise Fault(USAGE, f"{part}: this host has none: ask another, or correct host.json")


def _only_the_epoch(_: Facts) -> None:
    """Do nothing: the epoch was stored before."""


class Verb(NamedTuple):
    """What judges a verb's arguments, what does it, and the seconds after which it has ended, one way or the other.

    tasks/hosts/deadlines.py has the same seconds: the control host waits longer than this, never shorter.
    """

    judge: Callable[[Facts, list[str]], Arguments]
    deed: Callable[..., None]
    ends_s: int


VERBS = {
    "adopt": Verb(_framework_host, identity.adopt, 15),
    "bubble-commit": Verb(_database_and_label, copying.bubble_commit, 30),
    "bubble-copy": Verb(_database_label_and_addresses, copying.bubble_copy, 3600),
    "bubble-drop": Verb(_database, copying.bubble_drop, 490),
    "bubble-enter": Verb(_walls, walls.bubble_enter, 60),
    "bubble-leave": Verb(_framework, walls.bubble_leave, 600),
    "clone": Verb(_machine_and_original, power.clone, 3600),
    "component-configure": Verb(_component_and_files, components.component_configure, 75),
    "component-install": Verb(_component, components.component_install, 620),
    "component-start": Verb(_component, services.component_start, 75),
    "component-stop": Verb(_component, services.component_stop, 130),
    "component-restart": Verb(_component, services.component_restart, 205),
    "firewall-block": Verb(_port_and_addresses, firewall.firewall_block, 40),
    "firewall-open": Verb(_port_and_addresses, firewall.firewall_open, 40),
    "isolate": Verb(_machine_and_address, power.isolate, 50),
    "join": Verb(_nothing, alone.join, 60),
    "names-pin": Verb(_names_and_addresses, components.names_pin, 5),
    "pair-note": Verb(_nothing, components.pair_note, 5),
    "pg-configure": Verb(_database_and_files, making.pg_configure, 200),
    "pg-create": Verb(_database_and_logins, making.pg_create, 720),
    "pg-create-log": Verb(_database_and_logins, making.pg_create_log, 720),
    "pg-end-sessions": Verb(_database_and_addresses, postgresql.pg_end_sessions, 25),
    "pg-export": Verb(_database_and_primary, export.pg_export, 320),
    "pg-follow": Verb(_database_primary_and_slot, follow.pg_follow, 3600),
    "pg-passfile": Verb(_database_and_logins, seeding.pg_passfile, 5),
    "pg-promote": Verb(_database, postgresql.pg_promote, 200),
    "pg-seed": Verb(_database_primary_and_slot, seeding.pg_seed, 3600),
    "pg-slot-create": Verb(_database_and_slot, postgresql.pg_slot_create, 25),
    "pg-stop": Verb(_database, postgresql.pg_stop, 140),
    "pg-sync-names-clear": Verb(_database, postgresql.pg_sync_names_clear, 25),
    "resolver-flush": Verb(_resolver, power.resolver_flush, 15),
    "power-off": Verb(_machine, power.power_off, 50),
    "plug": Verb(_machine, power.plug, 50),
    "power-on": Verb(_machine, power.power_on, 50),
    "stand-alone": Verb(_address, alone.stand_alone, 60),
    "unplug": Verb(_machine, power.unplug, 50),
    "epoch": Verb(_nothing, _only_the_epoch, 5),
}
