"""What dies with a site besides its hosts: which stages of a runbook can still run when one is lost."""

from collections.abc import Iterator
from typing import get_args

from model.environment.document import Site, StageName
from model.environment.environment import REGION_KEYS, Environment

ORDER: tuple[StageName, ...] = get_args(StageName)
NEEDS_WRITER: tuple[StageName, ...] = ("observe", "epoch", "names", "prove")
Need = tuple[str, str, tuple[StageName, ...]]  # address, what it is, stages that cannot run without it


def stopped(environment: Environment, lost: Site) -> dict[StageName, tuple[str, ...]]:
    """Return the stages that cannot run while a site is lost, in order, each with what it misses."""
    misses = tuple(_lost(environment, lost))
    found = {stage: tuple(what for what, stages in misses if stage in stages) for stage in ORDER}
    return {stage: reasons for stage, reasons in found.items() if reasons}


def _lost(environment: Environment, lost: Site) -> Iterator[tuple[str, frozenset[StageName]]]:
    """Join what is needed more than once: a control host is often listed as a dependency, too."""
    needs = tuple(_needs(environment, lost))
    names = {address: what for address, what, _ in reversed(needs)}
    for address, what in names.items():
        yield what, frozenset(stage for where, _, stages in needs if where == address for stage in stages)


def _needs(environment: Environment, lost: Site) -> Iterator[Need]:
    if environment.control.site == lost:
        yield str(environment.control.address), "control host", ORDER
    if environment.writer.site == lost:
        yield str(environment.writer.address), f"DNS writer {environment.writer.name}", NEEDS_WRITER
    yield from _power(environment, lost)
    yield from _resolvers(environment, lost)
    for item in environment.dependencies:
        if item.site == lost:
            yield str(item.address), f"{item.kind} {item.name}", item.needed_by


def _power(environment: Environment, lost: Site) -> Iterator[Need]:
    """Without its power source a writer that is silent can only be waived, and a host that rests off stays so."""
    writers = [host for key in REGION_KEYS for host in environment.writers(key)]
    needed: tuple[tuple[StageName, set[str | None]], ...] = (
        ("fence", {host.hypervisor.power for host in writers}),
        ("database", {host.hypervisor.power for host in writers if environment.rests_off(host)}),
    )
    for source in environment.power:
        stages = tuple(stage for stage, names in needed if source.name in names)
        if source.site == lost and stages:
            yield str(source.address), f"power source {source.name}", stages


def _resolvers(environment: Environment, lost: Site) -> Iterator[Need]:
    """One lost resolver is a debt; where all of them are lost, nobody finds the new Primary."""
    resolvers = environment.dns.resolvers
    if all(resolver.site == lost for resolver in resolvers):
        for resolver in resolvers:
            yield str(resolver.address), f"resolver {resolver.name}", ("prove",)
