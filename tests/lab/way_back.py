"""A failover whose region had writes of its own, and what the targets themselves say of the way back."""

import json

from lab import up
from lab.api import Lab
from lab.drill.proof import require_target
from tests.lab import effects
from tests.lab.operator import Operator

EVERY_PROXY = effects.LIVING["planned"]
STRANDED = 3  # rows committed in region 1 that region 2 never receives


def fail_over_with_stranded_writes(lab: Lab) -> None:
    """Let region 1 commit what region 2 never receives, lose it, fail over, and give it its power back."""
    lab.restore()
    sql(lab, "r1-db", "create table stranded (what text)")
    lab.break_("wan-cut", "region1", "region2")
    for number in range(STRANDED):
        sql(lab, "r1-db", f"insert into stranded values ('row {number}')")  # noqa: S608  (a number)
    lab.break_("power-off", "region1")
    lab.mend("wan-cut", "region1", "region2")
    Operator(lab, "unplanned").require_reached()
    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))


def sql(lab: Lab, host: str, text: str) -> str:
    """Run SQL in the Configuration Database."""
    done = lab.exec(host, ["psql", "-XqAt", "-d", "config", "-c", text], "postgres", check=True)
    return done.stdout.strip()


def exported(lab: Lab) -> list[str]:
    """Return the rows that were exported, as a person reads them."""
    folder = lab.identity.disk("r1-db") / "var/lib/genesys-dr/stranded"
    lines = [line for path in folder.glob("*/rows.jsonl") for line in path.read_text().splitlines()]
    return [row["row"]["what"] for row in map(json.loads, lines) if row["table"].endswith("stranded")]


def require_protected(lab: Lab, active: str, standby: str, *, database: str = "") -> None:
    """Require that a region works and that the other DBMS follows its own, closed to every framework host."""
    require_target(lab, active, EVERY_PROXY, database=database)
    host = lab.topology.database(standby).name
    assert sql(lab, host, "select pg_is_in_recovery(), status from pg_stat_wal_receiver") == "t|streaming"
    rules = lab.exec(host, ["iptables", "-S"], check=True).stdout
    framework = [member.address for region in lab.topology.regions for member in lab.topology.framework(region)]
    assert [address for address in framework if f"-s {address}/32" not in rules] == []
