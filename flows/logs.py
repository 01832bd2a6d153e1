"""The end of every failover where there is a log database: who writes logs follows it."""

from model.runbooks.dbms_failover import DbmsFailoverPlan
from model.runbooks.deploy import DeployPlan
from model.runbooks.framework_failover import FrameworkFailoverPlan
from model.runbooks.full_failover import FullFailoverPlan
from tasks.caches import act as caches
from tasks.dns import act as names
from tasks.framework import act as framework
from tasks.perform import at_once, in_turn
from tasks.run import Run

Following = FullFailoverPlan | DbmsFailoverPlan | FrameworkFailoverPlan | DeployPlan


async def follow(run: Run, plan: Following) -> None:
    """Let the log message servers find their database. Each a debt where it fails: logs hold up nothing."""
    await at_once(names.move_log_name, run, plan.move_log_name)
    await at_once(names.agree, run, plan.log_secondaries)
    await at_once(caches.flush, run, plan.flush_log_resolvers)
    await at_once(caches.flush, run, plan.flush_log_hosts)
    await at_once(names.resolve, run, plan.see_log_name)


async def written(run: Run, plan: Following) -> None:
    """See them connected there, and a row of theirs. Debts, too."""
    await framework.arrival(run, plan.log_servers)
    await in_turn(framework.reconnect, run, plan.log_servers)
    await at_once(framework.see_rows, run, plan.log_rows)


async def copied(run: Run, plan: DeployPlan) -> None:
    """See the rows of each region at the other one: what carries them is the site's own. Debts until it does."""
    await at_once(framework.see_copies, run, plan.log_copies)
