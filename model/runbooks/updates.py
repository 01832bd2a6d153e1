"""The updates of the activation record as a person types them: one chapter for each way that things move."""

from collections.abc import Iterator

from model.environment.document import RegionKey
from model.environment.environment import Environment, other
from model.record import Record
from model.step import STAGES


def moving_both(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the three updates of the record for one target, as they are typed."""
    old = Record(epoch=11, state="steady", active=other(target), target=other(target))
    taken = old.taken(target=target, case="by-hand", head="-")
    yield f"### Updates when {target} takes over"
    yield "The numbers are an example: yours is the epoch in OLD, plus one."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    yield from _realias(environment, target, target, taken.repointed("-"))
    yield from _renamed(environment, target, taken)


def moving_database(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the three updates of the record while the database moves alone, as they are typed."""
    home = other(target)
    old = Record(epoch=11, state="steady", active=home, target=home)
    taken = old.taken(target=home, case="by-hand", head="-", database=target, rests=True)
    yield f"### Updates when the database moves to {target}"
    yield "The numbers are an example: yours is the epoch in OLD, plus one. `database=` is left out if it is `target=`."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    yield from _realias(environment, home, target, taken.repointed("-"))
    yield _update(environment, f"{STAGES.index('prove') + 1} prove, last line", taken.repointed("-").steady("-"), "")


def moving_framework(environment: Environment, home: RegionKey) -> Iterator[str]:
    """Write the four updates of the record while the framework moves alone, as they are typed."""
    database = other(home)
    old = Record(epoch=11, state="steady", active=database, target=database)
    taken = old.taken(target=home, case="by-hand", head="-", database=database, rests=True)
    yield f"### Updates when the framework moves to {home}"
    yield "The numbers are an example: yours is the epoch in OLD, plus one. `database=` is left out if it is `target=`."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    yield from _realias(environment, home, database, taken.repointed("-"))
    yield from _renamed(environment, home, taken.repointed("-"))


def _renamed(environment: Environment, home: RegionKey, taken: Record) -> Iterator[str]:
    """Write the update that sends the clients to a region, and the last one."""
    addresses = "".join(
        f"update delete {name} A\nupdate add {name} {environment.dns.ttl_s} A {address}\n"
        for name, address in environment.addresses(home).items()
    )
    yield _update(environment, f"{STAGES.index('names') + 1} names", taken.moved("-"), addresses)
    yield _update(environment, f"{STAGES.index('prove') + 1} prove, last line", taken.moved("-").steady("-"), "")


def _realias(environment: Environment, home: RegionKey, database: RegionKey, new: Record) -> Iterator[str]:
    """Write the update that lets a region's framework find its database; where it does, none is needed."""
    alias = environment.alias(home)
    if alias is None:
        return
    address = environment.dbms(database).address
    lines = f"update delete {alias} A\nupdate add {alias} {environment.dns.ttl_s} A {address}\n"
    yield _update(environment, f"{STAGES.index('database') + 1} database, the alias", new, lines)


def keeping(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the two updates of the record while one region stays active."""
    old = Record(epoch=11, state="steady", active=target, target=target)
    taken = old.taken(target=target, case="by-hand", head="-")
    yield f"### Updates while {target} is active"
    yield "The numbers are an example: yours is the epoch in OLD, plus one."
    yield _update(environment, f"{STAGES.index('epoch') + 1} epoch", taken, "")
    yield _update(environment, f"{STAGES.index('prove') + 1} prove, last line", taken.steady("-"), "")


def _update(environment: Environment, stage: str, new: Record, more: str) -> str:
    name = environment.record_name
    return (
        f"Stage {stage}:\n\n```text\nserver {environment.writer.address}\nzone {environment.dns.zone}\n"
        f'prereq yxrrset {name} TXT "OLD"\nupdate delete {name} TXT\n'
        f'update add {name} 0 TXT "{new.text()}"\n{more}send\n```'
    )
