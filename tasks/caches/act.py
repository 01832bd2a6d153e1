"""Resolver caches: flushed on shared resolvers and application hosts, and proven by what each host then resolves."""

from model.step import Step
from tasks.act import act
from tasks.hosts.command import order
from tasks.hosts.deadlines import within
from tasks.run import Run


@act(deadline_s=within("resolver-flush"), proof_s=20)
async def flush(run: Run, step: Step) -> None:
    """Flush a host's resolver for our zone. Safe to repeat.

    Source: Genesys DrBc, Operation 3: "clean out the DNS cache" on the hosts running Configuration Server Proxy.
    """
    await order(run, step.host, "resolver-flush")
