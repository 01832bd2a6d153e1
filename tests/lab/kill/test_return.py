import pytest

from lab import up
from lab.command import wait_until
from lab.drill.proof import require_target
from lab.errors import LabError
from tests.lab.kill.relay import relay
from tests.lab.operator import Journal, Operator

pytestmark = pytest.mark.timeout(600)
WATCHDOG = "gdr-watchdog@lab"
EVERY_CLIENT = ("r2-app-p", "r2-app-b", "r1-app-p", "r1-app-b")


def test_a_lost_region_powered_on_again_unprepared_does_not_split_the_brain(lab):
    """Its boot guards ask the record before anything starts; the watchdog fences what answers, and brings clients over.

    Then the agents are started by hand past their guards, and the return guard stops them.
    """
    lose(lab)
    watch(lab)
    come_back(lab)
    require_guarded(lab)
    wait_until("region1's clients: settled", lambda: settled(lab), 120)
    lab.exec("ctl", ["systemctl", "stop", WATCHDOG], check=True)
    assert "firewall-block 5432" in lab.exec("r1-db", ["cat", "/var/log/genesys-dr/acts.log"], check=True).stdout
    require_target(lab, "region2", EVERY_CLIENT)
    require_fenced_again(lab)


@pytest.mark.campaign
def test_a_region_that_is_cut_off_is_given_up_by_name_and_fenced_as_soon_as_it_speaks_again(lab):
    """Nobody can prove its fence, and it works on: the gate and the report say so, and the return guard ends it."""
    lab.restore()
    others = [site for site in lab.topology.sites if site != "region1"]
    for other in others:
        lab.break_("wan-cut", "region1", other)
    lab.break_("power-off", "power")
    Operator(lab, "unplanned").require_reached()
    require_waived(lab)
    both = r"writable databases: .'region1', 'region2'.; Primaries: .'region1', 'region2'."
    with pytest.raises(LabError, match=both):
        require_target(lab, "region2", EVERY_CLIENT[:2])
    watch(lab)
    for other in others:
        lab.mend("wan-cut", "region1", other)
    wait_until("region1: settled", lambda: settled(lab), 180)
    lab.exec("ctl", ["systemctl", "stop", WATCHDOG], check=True)
    require_target(lab, "region2", EVERY_CLIENT)


def require_waived(lab):
    """Require that what nobody proved is said where it is approved, in what is owed, and in the report."""
    writers = {"r1-fw-p", "r1-fw-b", "r1-db"}
    asked = records(lab, "gate.asked")[-1]
    assert set(asked["data"]["bounds"]["waived"]) == writers
    assert "by saying go you waive that proof" in asked["data"]["text"]
    assert {record["data"]["target"] for record in records(lab, "debt")} >= writers
    page = lab.control(["gdr", "report", asked["case"]]).stdout
    assert [host for host in writers if f"{host}: its fence was waived: it may still be accepting" not in page] == []


@pytest.mark.campaign
def test_a_return_guard_killed_at_every_record_keeps_the_region_out_and_brings_its_clients_over(lab):
    lose(lab)
    come_back(lab)
    start_past_its_guard(lab)
    killed = relay(lab, lambda: guarding(lab))
    assert len(killed) > 10, killed
    assert not runs(lab)
    require_target(lab, "region2", EVERY_CLIENT)


def lose(lab):
    """Lose region 1 and fail over; its clients are owed the way to region 2."""
    lab.restore()
    lab.break_("power-off", "region1")
    Operator(lab, "unplanned").require_reached()
    owed = {record["data"]["target"] for record in records(lab, "debt")}
    assert {"r1-app-p", "r1-app-b"} <= owed


def come_back(lab):
    lab.mend("power-off", "region1")
    up.wait_for_hosts(lab.identity, lab.topology, lab.topology.in_region("region1"))


def watch(lab):
    lab.exec("ctl", ["systemctl", "start", WATCHDOG], check=True)


def records(lab, kind):
    return [record for record in Journal(lab).records() if record["kind"] == kind]


def settled(lab):
    """Tell whether the newest case is a return guard's, has reached its end and leaves nothing to settle."""
    found = Journal(lab).records()
    guard = found and found[0]["data"]["intent"]["runbook"] == "return_guard"
    closed = guard and found[-1]["kind"] == "case.closed" and found[-1]["data"]["outcome"] == "reached"
    return bool(closed) and not records(lab, "debt")


def require_guarded(lab):
    for host in lab.topology.in_region("region1"):
        lab.exec(host.name, ["systemctl", "is-system-running", "--wait"])
    for host in ("r1-fw-p", "r1-fw-b"):
        assert lab.exec(host, ["/opt/genesys/bin/appstatus", "confserv"]).returncode == 1
        assert "this is region1, nothing is started" in guard_words(lab, host)
    assert lab.exec("r1-db", ["pgrep", "-x", "postgres"]).returncode == 1


def require_fenced_again(lab):
    """Start an agent past its guard, and see the return guard stop it; a second look finds nothing to do."""
    start_past_its_guard(lab)
    guarding(lab).require_reached()
    assert not runs(lab)
    status, text = guarding(lab).output()
    assert (status, "Not needed" in text) == (0, True), text


def start_past_its_guard(lab):
    start = ["systemd-run", "--unit=lca-by-hand", "/opt/genesys/bin/standin", "lca", "4999"]
    lab.exec("r1-fw-p", start, check=True)
    wait_until("r1-fw-p: agent", lambda: runs(lab), 30)


def runs(lab):
    return lab.exec("r1-fw-p", ["/opt/genesys/bin/appstatus", "lca"]).returncode == 0


def guarding(lab):
    return Operator(lab, "planned", argv=["gdr", "run", "return-guard", "lab", "--reason", "a test"])


def guard_words(lab, host):
    return lab.exec(host, ["journalctl", "--no-pager", "-o", "cat", "-u", "lca"]).stdout
