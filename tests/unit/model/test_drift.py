"""Drift: what two hosts differ in, what of it is expected, and what a configuration file must not name."""

from dataclasses import replace

import pytest

from model.inventory import EXPECTED, Difference, Inventory, Part, differences, facts, server_section
from model.observation import Observation
from model.readiness.blocked import EVERY, FAILBACK, WAKING
from model.readiness.drift import OWN, PAIR, PORTS, REGIONS
from model.readiness.line import Line, not_ready
from model.readiness.page import page
from model.runbooks.readiness import readiness, steady_view
from tests.unit.model.steady import DAY, NOW, confserv, host, installed, lab, part, silent, steady

NAMES = {check.name for check in (OWN, PAIR, PORTS, REGIONS)}
FILE = {"own": {"server": "db", "port": "2020"}, "db": {"dbname": "config"}}
CONFSERV = "/opt/genesys/confserv.conf"


def lines(seen: Observation) -> tuple[Line, ...]:
    return tuple(line for line in readiness(steady_view(lab(), seen), NOW, day=DAY) if line.name in NAMES)


def line(seen: Observation, name: str, subject: str) -> Line:
    (found,) = [line for line in lines(seen) if (line.name, line.subject) == (name, subject)]
    return found


def test_the_laboratory_differs_only_as_expected() -> None:
    assert not_ready(lines(steady())) == ()
    found = line(steady(), "regions alike", "r1-fw-p and r2-fw-p confserv").found
    assert found == "alike, but as expected for dbserver/dbserver, log/all"
    found = line(steady(), "pair alike", "r1-fw-p and r1-fw-b confserv").found
    assert found == "alike, but as expected for log/all, server section, server/peer"
    assert line(steady(), "regions alike", "r1-db and r2-db dbms").found == "alike"


def test_every_expected_difference_is_printed_with_its_reason() -> None:
    text = page("lab", lines(steady()))
    assert all(f"- `{rule.fact}` " in text and rule.why in text for rule in EXPECTED)
    assert "`*/dbserver` between the regions: each region's framework reads its own DBMS" in text


def test_what_a_site_expects_is_printed_beside_it() -> None:
    here = "expected_differences: [{fact: version, between: [regions], why: region 2 is upgraded first}]"
    known = lab("name: lab\n", f"name: lab\n{here}\n")
    text = page("lab", lines(steady()), known.expected)
    assert "- `version` between the regions: region 2 is upgraded first" in text
    assert all(rule.why in text for rule in EXPECTED)


def test_an_option_that_differs_between_the_regions_is_red_and_named_with_both_values() -> None:
    seen = confserv("r2-fw-p", "confserv", addp_timeout="5")
    found = line(seen, "regions alike", "r1-fw-p and r2-fw-p confserv")
    assert (found.verdict, found.found, found.blocks) == ("red", "server/addp-timeout: (none) and 5", WAKING)
    assert line(seen, "pair alike", "r2-fw-p and r2-fw-b confserv").verdict == "red"
    assert line(seen, "pair alike", "r1-fw-p and r1-fw-b confserv").verdict == "green"


def test_what_may_differ_within_a_pair_may_not_differ_between_the_regions() -> None:
    seen = confserv("r2-fw-b", "confserv_b", peer="somebody.gen.test")
    assert line(seen, "regions alike", "r1-fw-b and r2-fw-b confserv").verdict == "red"
    assert line(seen, "pair alike", "r2-fw-p and r2-fw-b confserv").verdict == "green"


def test_a_pair_of_the_active_region_that_differs_blocks_nothing() -> None:
    found = line(confserv("r1-fw-b", "dbserver", dbname="other"), "pair alike", "r1-fw-p and r1-fw-b confserv")
    assert (found.verdict, found.blocks) == ("red", ())


def test_versions_units_and_guards_are_compared_where_they_are_known() -> None:
    seen = installed("r2-fw-p", "lca", None, version="8.4")
    assert "version: stand-in 8.5 and 8.4" in line(seen, "regions alike", "r1-fw-p and r2-fw-p lca").found
    seen = part("r2-fw-p", "lca", guarded=False)
    assert line(seen, "regions alike", "r1-fw-p and r2-fw-p lca").found == "asks the boot guard: True and False"
    assert line(part("r2-db", "dbms", unit="pg"), "regions alike", "r1-db and r2-db dbms").verdict == "red"


def test_a_component_that_one_host_lacks_is_red() -> None:
    fewer = "components: [{kind: lca, unit: lca, port: 4999}, {kind: proxy, unit: csproxy, port: 2121}]"
    known = lab("components: *application", fewer)
    judged = readiness(steady_view(known, steady()), NOW, day=DAY)
    (found,) = [line for line in judged if (line.name, line.subject) == ("pair alike", "r1-app-p and r1-app-b scs")]
    assert found.verdict == "red"
    assert "component: present and (none)" in found.found


def without(name: str, kind: str) -> Observation:
    seen = steady()
    parts = {key: value for key, value in seen.inventories[name].parts.items() if key != kind}
    return replace(seen, inventories={**seen.inventories, name: Inventory(parts=parts)})


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (silent("r2-fw-p"), "r2-fw-p: no answer within 1 s"),
        (host("r2-fw-p", answers=False), "r2-fw-p: does not answer"),
        (replace(steady(), inventories={}), "r1-fw-p: not asked; r2-fw-p: not asked"),
        (installed("r2-fw-p", "confserv", None, "no such file"), "r2-fw-p: no such file"),
        (without("r2-fw-p", "confserv"), f"host.json names no config for confserv: {CONFSERV}"),
    ],
    ids=["silent", "unanswered", "unasked", "unreadable", "unnamed"],
)
def test_what_nobody_knows_is_unknown_and_never_alike(seen: Observation, words: str) -> None:
    found = line(seen, "regions alike", "r1-fw-p and r2-fw-p confserv")
    assert found.verdict == "unknown"
    assert words in found.found
    for name in ("configured for its own region", "configured ports"):
        assert line(seen, name, f"r2-fw-p {CONFSERV}").verdict == "unknown"


@pytest.mark.parametrize("value", ["r1-db", "198.18.1.31", "r1-db.gen.test", "r1-db:5432", "host=r1-db,port=5432"])
def test_a_file_that_names_a_host_of_the_other_region_is_red(value: str) -> None:
    seen = confserv("r2-fw-p", "dbserver", dbserver=value)
    found = line(seen, "configured for its own region", f"r2-fw-p {CONFSERV}")
    assert (found.verdict, found.found, found.blocks) == ("red", f"dbserver/dbserver = {value}", WAKING)


@pytest.mark.parametrize("value", ["r2-db", "r1-dbx", "xr1-db", "198.18.1.311"])
def test_a_name_that_only_resembles_one_is_no_host_of_the_other_region(value: str) -> None:
    seen = confserv("r2-fw-p", "dbserver", dbserver=value)
    assert line(seen, "configured for its own region", f"r2-fw-p {CONFSERV}").verdict == "green"


def test_ports_are_those_of_the_environment_file() -> None:
    subject = f"r1-fw-p {CONFSERV}"
    found = line(confserv("r1-fw-p", "confserv", port="2021"), "configured ports", subject)
    assert (found.verdict, found.found) == ("red", "server/port = 2021, environment file 2020")
    assert line(confserv("r1-fw-p", "confserv", ha_port="9"), "configured ports", subject).verdict == "red"
    assert line(steady(), "configured ports", "r1-app-p /opt/genesys/scs/scs.conf").found == "names none"


def test_a_backup_host_that_could_not_be_started_blocks_no_failover() -> None:
    found = line(confserv("r2-fw-b", "confserv_b", port="1"), "configured ports", f"r2-fw-b {CONFSERV}")
    assert found.blocks == (FAILBACK,)
    assert EVERY[-1] == FAILBACK


def test_the_servers_section_is_the_one_that_names_its_database() -> None:
    assert server_section(FILE) == "own"
    assert server_section({"db": {"server": "elsewhere"}}) is None
    assert facts(Part(config=FILE)) == {
        "server section": "own",
        "server/server": "db",
        "server/port": "2020",
        "db/dbname": "config",
    }


def test_a_missing_fact_is_a_difference() -> None:
    assert list(differences({"a/x": "1"}, {"b/x": "1"}, "pair")) == [
        Difference(fact="a/x", left="1", right="(none)"),
        Difference(fact="b/x", left="(none)", right="1"),
    ]
