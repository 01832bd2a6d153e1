"""Partial failover: a region's framework is lost, its DBMS works and is moved in order, so that nothing is lost."""

from typing import Literal

from prefect import flow

from flows.ending import ends_in_words
from flows.forms import EnvironmentName, Reason
from flows.full_failover import switch
from flows.gate import Beforehand, gate
from model.environment.document import RegionKey
from model.errors import Refused
from model.runbooks import PARTIAL_FAILOVER
from tasks.cases import opening
from tasks.run import attempt


@flow(name="partial-failover", flow_run_name="partial failover of {environment} to {target}", retries=0)
@ends_in_words
async def partial_failover(  # noqa: PLR0913, PLR0917  (the form of an operator)
    environment: EnvironmentName,
    target: RegionKey,
    reason: Reason,
    lost: Literal["framework", "dbms"] = "framework",
    database: Literal["move", "stay"] = "move",
    beforehand: Beforehand | None = None,
) -> str:
    """Start the framework in the other region because this region's is lost, and move its working DBMS there first.

    Run it again after any failure: it observes first, then does only what is left. A DBMS that dies meanwhile makes it
    a full failover, mode unplanned: start that; it goes on with this case.

    Source: Genesys, "Disaster Recovery / Business Continuity" (DrBc), Framework VMs failover. Deviates from it: the
    database moves along, as a framework that writes into the region it left has its next disaster in two places.

    Args:
        environment: Name of the environment file that lies beside the code.
        target: The region that takes over.
        reason: Why, in your own words, for the auditor.
        lost: What is lost.
        database: move: it is stopped in order and the other region's is promoted. stay: it is used across regions.
        beforehand: Laboratories only: the answer to the gate.
    """
    if (lost, database) != ("framework", "move"):
        way = "full_failover, mode unplanned" if lost == "dbms" else "database=move"
        raise Refused(f"lost={lost} database={database}: not yet supported (no movable database alias): use {way}")
    run, seen = await opening(environment, "partial_failover", target, "unplanned", reason, attempt())
    return await switch(*await gate(PARTIAL_FAILOVER, run, seen, beforehand))
