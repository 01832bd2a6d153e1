"""Two regions that a deploy has made of bare hosts, and what they say of themselves."""

from lab.api import Lab
from lab.command import wait_until
from lab.services import bind
from tests.lab.operator import Operator
from tests.lab.way_back import require_protected


def deploying(lab: Lab) -> Operator:
    """Start the deploy."""
    return Operator.of(lab, "deploy", "--target", "region1")


def database(lab: Lab, text: str, name: str = "postgres") -> str:
    """Run SQL on region 1's DBMS."""
    return lab.exec("r1-db", ["psql", "-XqAt", "-d", name, "-c", text], "postgres", check=True).stdout.strip()


def record(lab: Lab, server: str = "ns1") -> str:
    """Return the activation record as its writer, or another server, has it; empty where there is none."""
    return lab.exec(server, ["dig", "@127.0.0.1", "+short", "TXT", bind.record(lab.topology)]).stdout.strip()


def wait_for_secondary(lab: Lab) -> None:
    """Wait until the secondary has the newest record: it is told of a change, and fetches it in its own time."""
    wait_until("the secondary has the record", lambda: record(lab) == record(lab, "ns2") != "", 30)


def status(lab: Lab, host: str, unit: str = "confserv") -> str:
    """Return what a component says of itself."""
    return lab.exec(host, ["/opt/genesys/bin/appstatus", unit]).stdout


def require_deployed(lab: Lab) -> None:
    """Require that region 1 works, region 2 follows, everything was made once, and that the wide right is gone."""
    assert "Runmode: Primary" in status(lab, "r1-fw-p")
    assert "Runmode: Backup" in status(lab, "r1-fw-b")
    assert "state=steady active=region1 target=region1 case=-" in record(lab)
    assert database(lab, "select count(*) from gdr_canary", "config") == "1"
    require_protected(lab, "region1", "region2")
    for host in (host.name for host in lab.topology.hosts if host.region):
        rights = lab.exec(host, ["sudo", "-n", "-l", "-U", "gdr"], check=True).stdout.splitlines()
        assert [line.strip() for line in rights if line.startswith("    (")] == [
            "(root) NOPASSWD: /opt/genesys-dr/bin/gdr-host"
        ]
