"""The updates of the activation record as a person types them: one chapter for each way that things move."""

from collections.abc import Iterator, Mapping

from model.environment.document import RegionKey
from model.environment.environment import Environment, other
from model.record import Record
from model.step import STAGES

CASE = "by-hand"
APART = "`database=` is left out if it is `target=`."


def moving_both(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the updates of the record for one target, as they are typed."""
    yield from _heading(f"Updates when {target} takes over")
    yield from _switching(environment, _steady(other(target)).taken(target=target, case=CASE, head="-"))


def moving_database(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the updates of the record while the database moves alone, as they are typed."""
    home = other(target)
    yield from _heading(f"Updates when the database moves to {target}", APART)
    taken = _steady(home).taken(target=home, case=CASE, head="-", database=target, rests=True)
    yield from _switching(environment, taken)


def moving_framework(environment: Environment, home: RegionKey) -> Iterator[str]:
    """Write the updates of the record while the framework moves alone, as they are typed."""
    stays = other(home)
    yield from _heading(f"Updates when the framework moves to {home}", APART)
    taken = _steady(stays).taken(target=home, case=CASE, head="-", database=stays, rests=True)
    yield from _switching(environment, taken)


def keeping(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the two updates of the record while one region stays active."""
    taken = _steady(target).taken(target=target, case=CASE, head="-")
    yield from _heading(f"Updates while {target} is active")
    yield _update(environment, "epoch", taken)
    yield _update(environment, "prove", taken.steady("-"), ", last line")


def going_back(environment: Environment, home: RegionKey) -> Iterator[str]:
    """Write the updates of the record while a framework that was to move alone goes back to its database."""
    taken = _steady(home).taken(target=home, case=CASE, head="-", rests=True)
    yield from _heading(f"Updates when the framework alone goes back to {home}")
    yield from _switching(environment, taken)


def drilling(environment: Environment, target: RegionKey) -> Iterator[str]:
    """Write the two updates of the record around a bubble."""
    held = _steady(target).drilled(case=CASE, head="-")
    yield from _heading(f"Updates beside {target}")
    yield _update(environment, "epoch", held)
    yield _update(environment, "prove", held.steady("-"), ", last line")


def _steady(region: RegionKey) -> Record:
    return Record(epoch=11, state="steady", active=region, target=region)


def _heading(title: str, *more: str) -> Iterator[str]:
    yield f"### {title}"
    yield " ".join(("The numbers are an example: yours is the epoch in OLD, plus one.", *more))


def _switching(environment: Environment, taken: Record) -> Iterator[str]:
    """Write the epoch, the alias where there is one, the names where they leave, and the last update."""
    found = taken.repointed("-")
    yield _update(environment, "epoch", taken)
    if alias := environment.alias(taken.target):
        address = str(environment.dbms(taken.data).address)
        yield _update(environment, "database", found, ", the alias", {alias: address})
    if found.active != found.target:
        yield _update(environment, "names", found.moved("-"), answers=environment.addresses(found.target))
    yield _update(environment, "prove", found.moved("-").steady("-"), ", last line")


def _update(
    environment: Environment, stage: str, new: Record, which: str = "", answers: Mapping[str, str] | None = None
) -> str:
    name, ttl = environment.record_name, environment.dns.ttl_s
    addresses = "".join(
        f"update delete {known} A\nupdate add {known} {ttl} A {address}\n" for known, address in (answers or {}).items()
    )
    return (
        f"Stage {STAGES.index(stage) + 1} {stage}{which}:\n\n"
        f"```text\nserver {environment.writer.address}\nzone {environment.dns.zone}\n"
        f'prereq yxrrset {name} TXT "OLD"\nupdate delete {name} TXT\n'
        f'update add {name} 0 TXT "{new.text()}"\n{addresses}send\n```'
    )
