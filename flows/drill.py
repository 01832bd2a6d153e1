"""Drill: the circle, walked on purpose."""

from prefect import flow

from flows.bubble import work_in_bubble
from flows.ending import ends_in_words, found_done_or_done
from flows.failback import go_back
from flows.forms import EnvironmentName, Reason
from flows.full_failover import fail_over
from flows.gate import Beforehand
from model.drill import Kind
from tasks import drills
from tasks.cases import active


@flow(name="drill", flow_run_name="{kind} drill of {environment}", retries=0)
@ends_in_words
async def drill(environment: EnvironmentName, kind: Kind, reason: Reason, beforehand: Beforehand | None = None) -> str:
    """Prove that the other region can take over, and that there is a way back.

    A planned switchover, and a failback; each part is a case with its own approval, and between two parts the
    environment is steady. A real failover is never kept waiting: it is the same case, or there is none. Run it again
    after any failure: what was reached since the drill began is not done again.

    Source: Genesys, "Disaster Recovery / Business Continuity", asks for no drill; the order is that of its pages.

    Args:
        environment: Name of the environment file that lies beside the code.
        kind: live: people answer, always. rehearsal: the same in a laboratory, whose schedule may answer beforehand.
            bubble: the dormant framework works on a copy of the database, within walls; production is not touched.
        reason: Why, in your own words, for the auditor.
        beforehand: Rehearsals only: the answer to each gate.
    """
    walk = await drills.begin(environment, kind, await active(environment), reason, unattended=beforehand is not None)
    if walk.kind == "bubble":
        await found_done_or_done(not drills.went_out(walk), work_in_bubble, environment, reason, beforehand)
        return await drills.conclude(walk)
    out = not drills.went_out(walk)
    await found_done_or_done(out, fail_over, environment, walk.away, "planned", reason, beforehand)
    await found_done_or_done(walk.ended is None, go_back, environment, walk.home, reason, beforehand)
    return await drills.conclude(walk)
