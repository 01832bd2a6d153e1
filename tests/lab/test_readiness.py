"""Readiness before the real laboratory: the steady one is ready, and whatever is spoilt is found where it lies."""

import json

import pytest

from model.readiness.blocked import ALL

# The laboratory may just have been put back in time: of that day, the sampler has seen little.
DAYS = {"highest lag of a day", "lag measured throughout a day"}
CONFSERV = "/opt/genesys/confserv.conf"


def judged(lab):
    said = lab.control(["gdr", "readiness", "lab", "--json"])
    told = json.loads(said.stdout)
    return told["runbooks"], [line for line in told["lines"] if line["name"] not in DAYS]


def wrong(lab):
    return {(line["name"], line["subject"]) for line in judged(lab)[1] if line["verdict"] in ("red", "unknown")}


def config_sql(lab, statement):
    lab.exec("r1-db", ["psql", "-Xqc", statement, "config"], "postgres", check=True)


def test_nothing_is_in_the_way_of_any_runbook_in_the_steady_laboratory(lab):
    runbooks, lines = judged(lab)
    assert [line for line in lines if line["verdict"] in ("red", "unknown")] == []
    undeployed = {"clone_and_isolate", "deploy"}  # it was made by its own means, and no case is open
    assert {name for name, free in runbooks.items() if not free} == {*undeployed, "abort"}
    assert set(runbooks) == set(ALL)


def test_a_drift_of_a_configuration_file_is_found_and_no_password_of_it_is_told(lab):
    lab.exec("r2-fw-p", ["sed", "-i", "s/^addp-timeout=1$/addp-timeout=7/", CONFSERV], check=True)
    try:
        assert wrong(lab) == {
            ("regions alike", "r1-fw-p and r2-fw-p confserv"),
            ("pair alike", "r2-fw-p and r2-fw-b confserv"),
        }
    finally:
        lab.exec("r2-fw-p", ["sed", "-i", "s/^addp-timeout=7$/addp-timeout=1/", CONFSERV], check=True)
    installed = lab.exec("r2-fw-p", ["/opt/genesys-dr/bin/gdr-host", "inventory"], check=True).stdout
    assert '"password": "(set)"' in installed


@pytest.mark.parametrize("answer", ["REJECT", "DROP"])
def test_a_firewall_that_was_forgotten_on_the_way_to_the_dormant_framework_is_found(lab, answer):
    rule = ["INPUT", "-s", lab.address("r1-app-b"), "-p", "tcp", "--dport", "2020", "-j", answer]
    lab.exec("r2-fw-b", ["iptables", "-A", *rule], check=True)
    try:
        assert ("path to the dormant framework", "r1-app-b to r2-fw-b") in wrong(lab)
    finally:
        lab.exec("r2-fw-b", ["iptables", "-D", *rule], check=True)


def test_an_address_in_the_configuration_database_is_found_in_both_copies(lab):
    address = lab.address("r1-fw-p")
    config_sql(lab, f"update cfg_host set ip_address = '{address}' where name = 'r1-fw-p'")  # noqa: S608  (the lab's)
    try:
        found = {("Configuration Database names no address", name) for name in ("r1-db", "r2-db")}
        assert wrong(lab) == found
    finally:
        config_sql(lab, "update cfg_host set ip_address = name where name = 'r1-fw-p'")


PAIR = ("pair's Application objects", "r1-db")


@pytest.mark.parametrize(
    ("change", "back", "found"),
    [
        (
            "update cfg_app_option set val = '7' where dbid = 5",
            "update cfg_app_option set val = '0' where dbid = 5",
            "confserv and confserv_b differ; system/proxy-load-max: 0 and 7",
        ),
        (
            "insert into cfg_app_option values (6, 100, 'security', 'password', 'abc'), (7, 100, 'log', 'all', 'x')",
            "delete from cfg_app_option where dbid in (6, 7)",
            "confserv and confserv_b differ; security/password (not shown)",
        ),
        (
            "update cfg_server set backup_app_dbid = null where dbid = 99",
            "update cfg_server set backup_app_dbid = 100 where dbid = 99",
            "confserv_b: no Application names it as its backup",
        ),
    ],
    ids=["an option", "a password", "no backup"],
)
def test_a_pair_whose_objects_are_not_as_the_vendor_wants_them_is_found(lab, change, back, found):
    config_sql(lab, change)
    try:
        lines = [line for line in judged(lab)[1] if line["verdict"] in ("red", "unknown")]
        assert [(line["name"], line["subject"], line["found"]) for line in lines] == [(*PAIR, found)]
    finally:
        config_sql(lab, back)


def keep(lab, least_s):
    """Let the shared resolver keep nothing for less, and every cache forget what it has."""
    lab.exec("fwd", ["unbound-control", "set_option", "cache-min-ttl:", str(least_s)], check=True)
    for name in ("fwd", "r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b"):
        lab.exec(name, ["unbound-control", "flush_zone", "gen.test"], check=True)


def test_a_resolver_that_keeps_names_for_longer_than_their_ttl_is_found_with_all_that_ask_it(lab):
    keep(lab, 3600)
    try:
        caches = {("TTL that the resolver keeps", name) for name in ("fwd", "r1-app-p", "r2-app-b")}
        assert caches | {("TTL against RTO", "gen.test")} <= wrong(lab)
    finally:
        keep(lab, 5)
    assert wrong(lab) == set()


def test_a_slot_that_nobody_reads_is_red_only_where_it_could_fill_the_disk(lab):
    config_sql(lab, "select pg_create_physical_replication_slot('nobody', true)")
    config_sql(lab, "alter system set max_slot_wal_keep_size = -1")
    config_sql(lab, "select pg_reload_conf()")
    try:
        assert {("slots leave room", "r1-db"), ("kept WAL bounded", "r1-db")} <= wrong(lab)
    finally:
        config_sql(lab, "alter system reset max_slot_wal_keep_size")
        config_sql(lab, "select pg_reload_conf()")
        assert wrong(lab) == set()
        config_sql(lab, "select pg_drop_replication_slot('nobody')")
