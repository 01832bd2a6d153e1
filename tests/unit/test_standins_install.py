"""What is put on the hosts of the laboratory."""

import pytest

from lab import topology
from lab.services import genesys
from lab.standins.__main__ import DATABASE_CLIENTS

LAB = topology.load()


def part(host, kind):
    return next(part for part in LAB.host(host).components if part.kind == kind)


def installed(host, kind):
    return genesys.settings(LAB, LAB.host(host), part(host, kind), "account-password")


@pytest.mark.parametrize("kind", ["lca", "confserv", "scs", "message_server"])
def test_on_a_framework_host_the_shipped_guard_stands_before_the_unit_and_inside_the_start_command(kind):
    host, component = LAB.host("r2-fw-b"), part("r2-fw-b", kind)
    shipped = "".join(genesys.drop_ins(host).values())
    assert f"ExecCondition={genesys.GUARD}\n" in shipped
    lines = genesys.run_script(host, component).splitlines()
    assert lines[1] == f"{genesys.GUARD} || exit"
    assert "exec" in lines[2]


def test_an_application_host_has_no_guard():
    host, component = LAB.host("r1-app-p"), part("r1-app-p", "proxy")
    assert not genesys.drop_ins(host)
    assert "gdr-guard" not in genesys.run_script(host, component)


def test_what_the_agent_started_outlives_the_agent():
    assert "KillMode=process" in genesys.unit(part("r1-fw-p", "lca"))


def test_who_comes_second_is_not_restarted_for_ever():
    assert "RestartPreventExitStatus=98" in genesys.unit(part("r1-fw-p", "confserv"))


@pytest.mark.parametrize(
    ("host", "section", "peer", "dbserver"),
    [
        ("r1-fw-p", "[confserv]", "cfgmaster-b.gen.test", "cfgdb-1.gen.test"),
        ("r1-fw-b", "[confserv_b]", "cfgmaster-p.gen.test", "cfgdb-1.gen.test"),
        ("r2-fw-p", "[confserv]", "cfgmaster-b.gen.test", "cfgdb-2.gen.test"),
    ],
)
def test_a_master_knows_its_peer_by_name_and_its_own_regions_database(host, section, peer, dbserver):
    (text,) = installed(host, "confserv").values()
    lines = text.splitlines()
    assert lines[0] == section
    assert {f"peer={peer}", f"dbserver={dbserver}", "password=account-password"} <= set(lines)


def test_every_scs_is_given_the_masters_names_and_only_the_frameworks_is_main():
    (main,), (site,) = (installed(host, "scs").values() for host in ("r1-fw-b", "r1-app-p"))
    assert "distributed_rights=MAIN" in main
    assert "rank=backup" in main
    assert "distributed_rights=DEFAULT" in site
    assert all(f"host={name}" in text for text in (main, site) for name in LAB.framework_names)


def test_who_speaks_to_a_database_finds_its_driver_and_nobody_else_waits_for_the_site():
    parts = [part(host, kind) for host in ("r1-fw-p", "r1-app-p") for kind in ("lca", "scs")]
    parts += [part("r1-fw-p", "confserv"), part("r1-fw-p", "message_server"), part("r1-app-p", "proxy")]
    sited = {it.kind for it in parts if "python3 -E " in genesys.run_script(LAB.host("r1-fw-p"), it)}
    assert sited == {it.kind for it in parts}.intersection(DATABASE_CLIENTS) == {"confserv"}
