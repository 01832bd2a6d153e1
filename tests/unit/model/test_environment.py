"""An environment file is judged whole: each fault with its line, what was found and what is allowed."""

import re

import pytest
from ruamel.yaml import YAML

from model.environment.environment import Environment, other
from model.environment.faults import Fault, InvalidEnvironment, field_of, line_of
from model.environment.load import parse
from model.errors import Refused
from tests.unit.model.builders import LAB, edited, environment

R1_FW_P = "      - name: r1-fw-p\n        role: framework_primary\n        address: 198.18.1.11\n"
R2_APPS = LAB.read_text().partition("      - name: r2-app-p")[2].partition("      - name: r2-db")[0]

# (what is wrong, text, replaced by, field, words of the message); the line is that of the replaced text
PLANTED = [
    ("a typing error in a key", "  rpo_s: 60", "  rpo_sec: 60", "objectives.rpo_sec", "did you mean rpo_s?"),
    ("a key nobody knows", "  ttl_s: 30", "  ttl_s: 30\n  zzqq: 1", "dns.zzqq", "has no such key"),
    ("an objective of nothing", "  rto_s: 300", "  rto_s: 0", "objectives.rto_s", "greater than 0"),
    ("nobody may approve", "  approvers: [alice, bob]", "  approvers: []", "approval.approvers", "at least 1"),
    ("a quorum of nobody", "  four_eyes: false", "  quorum: 0", "approval.quorum", "greater than or equal to 1"),
    ("a quorum that is no number", "  four_eyes: false", "  quorum: true", "approval.quorum", "integer"),
    ("two people of one", "  approvers: [alice, bob]\n  four_eyes: false",
     "  approvers: [alice]\n  quorum: 1\n  four_eyes: true", "approval.four_eyes", "on the list, 1"),
    ("more people than there are", "  four_eyes: false", "  quorum: 3", "approval.quorum", "on the list, 2"),
    ("a Slack member who is no approver", "  four_eyes: false",
     "  four_eyes: false\n  slack: {access: s, channel: C0DR, people: {carol: U0C}}",
     "approval.slack.people.carol", "one of the approvers: alice, bob"),
    ("two approvers, one Slack member", "  four_eyes: false",
     "  four_eyes: false\n  slack: {access: s, channel: C0DR, people: {alice: U0A, bob: U0A}}",
     "approval.slack.people.alice", "a member id of their own"),
    ("whatever differs, expected", "name: lab\n",
     "name: lab\nexpected_differences: [{fact: '*/*', between: [pair], why: so}]\n",
     "expected_differences[0].fact", "match"),
    ("a difference that is expected nowhere", "name: lab\n",
     "name: lab\nexpected_differences: [{fact: version, between: [], why: so}]\n",
     "expected_differences[0].between", "at least 1"),
    ("a difference without a reason", "name: lab\n",
     "name: lab\nexpected_differences: [{fact: version, between: [pair], why: ''}]\n",
     "expected_differences[0].why", "match"),
    ("no deadline", "  deadline_s: 6", "  deadline_s: 600", "probes.deadline_s", "less than or equal to 60"),
    ("an address that is none", "  address: 198.18.0.10\n", "  address: 198.18.0.300\n", "control.address", "IPv4"),
    ("a TTL of nothing", "  ttl_s: 30", "  ttl_s: 0", "dns.ttl_s", "greater than or equal to 1"),
    ("one name for both", "cfgmaster-p.gen.test, cfgmaster-b", "cfgmaster-b.gen.test, cfgmaster-b",
     "dns.framework_names", "exactly two different names"),
    ("a name outside the zone", "[cfgmaster-p.gen.test", "[cfgmaster-p.other.org", "dns.framework_names[0]",
     "in the zone"),
    ("an alias outside the zone", "region1: cfgdb-1.gen.test", "region1: cfgdb-1.other.org",
     "database.aliases.region1", "in the zone"),
    ("one alias for both", "region2: cfgdb-2.gen.test", "region2: cfgdb-1.gen.test",
     "database.aliases.region2", "a name of its own"),
    ("WSFC, not yet", "  redirection: dns", "  redirection: wsfc", "dns.redirection", "not yet supported"),
    ("a lock server that is none", "  lock_server: ns1", "  lock_server: ns9", "dns.lock_server",
     "one of the servers"),
    ("a lock server that only copies", "  lock_server: ns1", "  lock_server: ns2", "dns.lock_server",
     "writes: primary"),
    ("a lock server inside a region", "{name: ns1, address: 198.18.0.53, site: third",
     "{name: ns1, address: 198.18.0.53, site: region2",
     "dns.lock_server", "outside both regions"),
    ("a writer without its key", ", writes: primary, access: lab-dns}", ", writes: primary}",
     "dns.servers[0].access", "update key"),
    ("many masters, not yet", "writes: never", "writes: multi-master", "dns.servers[1].writes", "not yet supported"),
    ("Oracle, not yet", "  kind: postgresql", "  kind: oracle", "database.kind", "not yet supported"),
    ("SQL Server, not yet", "  kind: postgresql", "  kind: sqlserver", "database.kind", "not yet supported"),
    ("GSS-TSIG, not yet", ", writes: primary", ", kind: gss-tsig, writes: primary", "dns.servers[0].kind",
     "not yet supported"),
    ("DNS by command, not yet", ", writes: primary", ", kind: command, writes: primary", "dns.servers[0].kind",
     "not yet supported"),
    ("a port that is none", "  port: 5432", "  port: 70000", "database.port", "less than or equal to 65535"),
    ("two machines, one name", "name: r1-fw-b", "name: r1-fw-p", "regions.region1.hosts[0].name", "its own"),
    ("two machines, one address", "address: 198.18.1.12", "address: 198.18.1.11",
     "regions.region1.hosts[0].address", "its own"),
    ("a power source that is none", "power: power}", "power: pdu}",
     "regions.region1.hosts[0].hypervisor.power", "one of the power"),
    ("a power source in its own region", "{name: power, address: 198.18.0.20, site: third",
     "{name: power, address: 198.18.0.20, site: region1",
     "regions.region1.hosts[0].hypervisor.power", "outside the region"),
    ("a power source nobody may use", "{kind: command, power: power}", "{kind: none, power: power}",
     "regions.region1.hosts[0].hypervisor.power", "none is a person"),
    ("a server on another port", "{name: ns1, address: 198.18.0.53,", "{name: ns1, port: 5353, address: 198.18.0.53,",
     "dns.servers[0].port", "guards ask port 53"),
    ("a second server to write to", "writes: never", "writes: primary, access: lab-dns", "dns.servers[1].writes",
     "only ns1 is written to"),
    ("a pair without a Backup", "role: framework_backup", "role: application", "regions.region1.hosts",
     "exactly one"),
    ("no Configuration Server", "- {kind: confserv, unit: confserv", "- {kind: proxy, unit: confserv",
     "regions.region1.hosts[0].components",
     "needs it"),
    ("DB Server, not yet", "- {kind: confserv, unit: confserv", "- {kind: db_server, unit: confserv",
     "regions.region1.hosts[0].components[1].kind", "not yet supported: no runbook starts it: let the"),
    ("an order that is wrong", "- {kind: scs, unit: scs, port: 7380, ", "- {kind: lca, unit: scs, port: 7380, ",
     "regions.region1.hosts[0].components",
     "start order"),
    ("a unit of several words", "- {kind: scs, unit: scs, port", "- {kind: scs, unit: scs --now, port",
     "regions.region1.hosts[0].components[2].unit", "should match"),
    ("a unit that is an option", "- {kind: scs, unit: scs, port", "- {kind: scs, unit: -scs, port",
     "regions.region1.hosts[0].components[2].unit", "should match"),
    ("two on one port", "unit: scs, port: 7380", "unit: scs, port: 2020",
     "regions.region1.hosts[0].components", "its own"),
    ("Windows, not yet", "        firewall: iptables", "        firewall: windows",
     "regions.region1.hosts[0].firewall", "not yet supported"),
    ("nftables, not yet", "        firewall: iptables", "        firewall: nftables",
     "regions.region1.hosts[0].firewall", "not yet supported"),
    ("firewalld, not yet", "        firewall: iptables", "        firewall: firewalld",
     "regions.region1.hosts[0].firewall", "not yet supported"),
    ("Windows hosts, not yet", "        firewall: iptables", "        os: windows\n        firewall: iptables",
     "regions.region1.hosts[0].os", "not yet supported"),
    ("libvirt, not yet", "hypervisor: {kind: command", "hypervisor: {kind: libvirt",
     "regions.region1.hosts[0].hypervisor.kind", "not yet"),
    ("vSphere, not yet", "hypervisor: {kind: command", "hypervisor: {kind: vsphere",
     "regions.region1.hosts[0].hypervisor.kind", "not yet"),
    ("a dormant region that is neither", "    dormant: stopped", "    dormant: asleep",
     "regions.region1.dormant", "powered_off"),
    ("a stage nobody knows", "needed_by: [fence]", "needed_by: [fencing]", "dependencies[2].needed_by[0]", "fence"),
    ("an approver known by his face", "[alice, bob]", "[{name: alice, identity: face}]",
     "approval.approvers[0].identity", "'declared' or 'code'"),
    ("a mirror in two places", "name: lab\n", "name: lab\nevidence: {mirror: {folder: /far, block: far}}\n",
     "evidence.mirror", "one of the two"),
    ("a host nobody can reach", "name: lab\n", "name: lab\nevidence: {mirror: {folder: /far, address: 198.18.0.9}}\n",
     "evidence.mirror", "needs address and access"),
    ("a block on a host", "name: lab\n",
     "name: lab\nevidence: {mirror: {block: far, address: 198.18.0.9, access: ssh}}\n",
     "evidence.mirror", "a folder of"),
    ("a mirror in no place", "name: lab\n", "name: lab\nevidence: {mirror: {}}\n", "evidence.mirror", "one of the two"),
    ("a folder that moves with who looks", "name: lab\n", "name: lab\nevidence: {mirror: {folder: far}}\n",
     "evidence.mirror.folder", "should match"),
    ("a step of the site, not yet", "name: lab\n", "name: lab\nsite_steps: [reboot]\n", "site_steps", "leave it out"),
]  # fmt: skip


def judged(text: str) -> tuple[Fault, ...]:
    with pytest.raises(InvalidEnvironment) as found:
        parse(text, "mine.yaml")
    return found.value.faults


@pytest.mark.parametrize(("what", "old", "new", "field", "words"), PLANTED, ids=[planted[0] for planted in PLANTED])
def test_a_planted_fault_is_named_with_its_line(what: str, old: str, new: str, field: str, words: str) -> None:
    text = edited((old, new))
    mine = [fault for fault in judged(text) if fault.field == field and words in fault.allowed]
    assert mine, f"{what}: {judged(text)}"
    shown = text.splitlines()[mine[0].line - 1]
    last = field.rpartition(".")[2].partition("[")[0]
    assert last in shown or shown.strip().startswith("-"), f"{what}: line {mine[0].line} is {shown!r}"
    assert str(mine[0]).startswith(f"mine.yaml:{mine[0].line}: {field}: found ")


def test_every_fault_is_named_at_once_in_the_order_of_the_lines() -> None:
    faults = judged(
        edited(
            ("  rpo_s: 60", "  rpo_s: -1"), ("kind: postgresql", "kind: oracle"), ("lock_server: ns1", "lock_server: x")
        )
    )
    assert [fault.field for fault in faults] == ["objectives.rpo_s", "dns.lock_server", "database.kind"]
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


def test_two_database_hosts_or_none_are_refused() -> None:
    assert any("2 hosts of role dbms" in fault.found for fault in judged(edited(("role: application", "role: dbms"))))
    assert any("0 hosts of role dbms" in fault.found for fault in judged(edited(("role: dbms", "role: application"))))


def test_a_region_without_applications_is_refused() -> None:
    text = edited(("      - name: r2-app-p" + R2_APPS, ""))
    assert any(fault.found == "no application host" for fault in judged(text))


def test_a_missing_section_is_named_where_it_should_stand() -> None:
    text = "\n".join(line for line in LAB.read_text().splitlines() if "log_policy" not in line)
    assert [(fault.field, fault.found) for fault in judged(text)] == [("database.log_policy", "nothing")]


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2\n", "", "a: 1\n--- \nb: 2\n", "\x00"])
def test_what_is_no_mapping_in_yaml_is_one_fault(text: str) -> None:
    assert len(judged(text)) == 1


@pytest.mark.parametrize(
    "text", ["regions: 3\ndns: [1]\npower: x\n", "regions: {region1: {hosts: [1, {role: 3}]}}\ndns: {servers: [1]}\n"]
)
def test_a_file_of_the_wrong_shape_is_judged_all_the_same(text: str) -> None:
    assert len(judged(text)) > 3


def test_no_power_source_at_all_is_said_so() -> None:
    text = edited(("power:\n  - {name: power, address: 198.18.0.20, site: third, access: lab-ssh}\n", ""))
    assert any("none given" in fault.allowed for fault in judged(text))


def test_a_host_nobody_can_switch_off_needs_no_power_source() -> None:
    known = environment(("hypervisor: {kind: command, power: power}", "hypervisor: {kind: none}"))
    assert known.power_source(known.host("r1-fw-p")) is None
    assert known.power_source(known.host("r1-fw-b")) == known.power[0]


def test_the_line_of_a_path_is_that_of_its_deepest_known_part() -> None:
    root = YAML(typ="safe").compose("a: 1\nb:\n  - c: 2\n    d: 3\n")
    assert [line_of(root, path) for path in (("b",), ("b", 0), ("b", 0, "d"))] == [2, 3, 4]
    assert [line_of(root, path) for path in ((), ("x",), ("a", "b"), ("b", 7), ("b", 0, "x"))] == [1, 1, 1, 2, 3]
    assert line_of(None, ("a",)) == 1


def test_a_field_is_written_as_people_do() -> None:
    assert field_of(()) == "file"
    assert field_of(("a", 0, "b")) == "a[0].b"


def test_a_long_value_is_cut_short() -> None:
    fault = judged(edited(("title: Region 1 (lab)", "title: [" + "x" * 200 + "]")))[0]
    assert len(fault.found) == 80
    assert fault.found.endswith("...")


KEPT = "evidence: {mirror: {folder: /a, address: 198.18.0.9, access: ssh}, "
KEPT += "second_disk: {folder: /b, address: 198.19.0.9, access: ssh}}\n"
EVERYWHERE = edited(("name: lab\n", f"name: lab\n{KEPT}"))


def test_the_laboratory_is_one() -> None:
    assert parse(EVERYWHERE, "lab.yaml").is_laboratory


@pytest.mark.parametrize(
    "place", [*re.finditer(r"address: 198\.1[89]", EVERYWHERE)], ids=lambda place: str(place.start())
)
def test_one_address_outside_makes_it_none(place: re.Match[str]) -> None:
    text = EVERYWHERE[: place.start()] + "address: 10.9" + EVERYWHERE[place.end() :]
    assert not parse(text, "lab.yaml").is_laboratory


def test_the_environment_answers_questions_about_its_hosts() -> None:
    known = environment()
    assert [host.name for host in known.writers("region1")] == ["r1-db", "r1-fw-p", "r1-fw-b"]
    assert [host.name for host in known.hosts("region2", "application")] == ["r2-app-p", "r2-app-b"]
    assert len(known.hosts("region2")) == len(
        known.hosts("region2", "application", "dbms", "framework_primary", "framework_backup")
    )
    assert known.hosts("region2", "nothing") == ()
    assert known.region_of("r2-db") == "region2"
    assert known.addresses("region2") == {"cfgmaster-p.gen.test": "198.18.2.11", "cfgmaster-b.gen.test": "198.18.2.12"}
    assert len(known.framework_addresses()) == 4
    assert known.record_name == "_genesys-dr.gen.test"
    assert known.writer.name == "ns1"
    assert known.host("r1-app-p").component("proxy") is not None
    assert known.host("r1-app-p").component("confserv") is None
    with pytest.raises(Refused, match="no such host"):
        known.host("r3-db")


def test_regions_are_each_others_other() -> None:
    assert (other("region1"), other("region2")) == ("region2", "region1")


def test_a_judged_environment_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(environment(), "name", "x")  # noqa: B010  (the type checker knows it cannot be)


def test_one_shape_serves_every_environment() -> None:
    assert isinstance(environment(), Environment)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvers: [alice, bob]", "approvers: [alice.smith, Bob@example.com]"),
        ("config_database: config", "config_database: CFG_DB"),
        ("unit: confserv", "unit: genesys_confserv@1"),
    ],
)
def test_what_sites_call_their_people_databases_and_units_is_taken(old: str, new: str) -> None:
    assert parse(edited((old, new)), "lab.yaml").name == "lab"


def test_a_wrong_entry_is_not_also_a_list_that_is_too_short() -> None:
    found = judged(edited(("unit: confserv", "unit: /bin/confserv")))
    assert {fault.field.rpartition(".")[2] for fault in found} == {"unit"}


def test_an_approver_of_several_words_is_named_where_he_stands() -> None:
    (fault,) = judged(edited(("[alice, bob]", "[alice, bob smith]")))
    assert (fault.field, fault.line) == ("approval.approvers[1].name", 10)


def test_a_mirror_in_one_place_is_read() -> None:
    mirrors = "evidence: {mirror: {folder: /far}, second_disk: {block: near}}"
    known = parse(edited(("name: lab\n", f"name: lab\n{mirrors}\n")), "mine.yaml").evidence
    assert known.mirror is not None
    assert known.second_disk is not None
    assert (known.mirror.folder, known.second_disk.block) == ("/far", "near")
