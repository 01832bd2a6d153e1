"""A rehearsal keeps the user's names and numbers, and says what the laboratory plays otherwise."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lab import rehearsal, topology
from lab.errors import LabError
from model.environment.load import parse

FOREIGN = (
    ("zone: gen.test", "zone: corp.example"),
    ("cfgmaster-p.gen.test, cfgmaster-b.gen.test", "cfg-p.corp.example, cfg-b.corp.example"),
    ("cfgdb-1.gen.test", "db-1.corp.example"),
    ("cfgdb-2.gen.test", "db-2.corp.example"),
    ("rto_s: 300", "rto_s: 900"),
    ("[alice, bob]", "[carol]"),
    ("four_eyes: false", "four_eyes: true"),
    ("198.18.", "10.7."),
    ("r1-", "muc-"),
    ("r2-", "ber-"),
    ("name: ns1", "name: dns-a"),
    ("lock_server: ns1", "lock_server: dns-a"),
    ("kind: postgresql", "kind: sqlserver"),
    ("firewall: iptables", "firewall: windows"),
    ("{kind: command, power: power}", "{kind: vsphere}"),
    ("dormant: stopped", "dormant: powered_off"),
    ("lab-ssh", "prod-ssh"),
    ("site: third", "site: zurich"),
)


def own(tmp_path: Path, *more: tuple[str, str]) -> Path:
    text = topology.DEFAULT.read_text()
    for mine, theirs in (*FOREIGN, *more):
        assert mine in text, mine
        text = text.replace(mine, theirs)
    file = tmp_path / "production.yaml"
    file.write_text(text)
    return file


def test_names_objectives_and_approvers_are_the_users_and_machines_the_laboratorys(tmp_path: Path) -> None:
    file, otherwise = rehearsal.prepare(own(tmp_path), tmp_path / "environments")
    built = topology.load(file)
    known = parse(file.read_text(), str(file))
    assert (built.zone, built.framework_names) == ("corp.example", ("cfg-p.corp.example", "cfg-b.corp.example"))
    assert built.aliases == {"region1": "db-1.corp.example", "region2": "db-2.corp.example"}
    assert (known.objectives.rto_s, built.approvers) == (900, ("carol",))
    assert [host.name for host in built.asleep] == ["ber-fw-p", "ber-fw-b"]
    shipped = {host.name.replace("r1-", "muc-").replace("r2-", "ber-") for host in topology.load().hosts}
    assert {host.name for host in built.hosts} == shipped - {"ns1"} | {"dns-a"}
    assert {host.address.rpartition(".")[0] for host in built.hosts} == {"198.18.0", "198.18.1", "198.18.2"}
    assert len({host.address for host in built.hosts}) == len(built.hosts)
    assert otherwise[0].startswith("your file as it is: ")
    assert "no more than are on the list, 1" in otherwise[0]
    assert otherwise[1:] == (
        "addresses, blocks, programs, units and ports are the laboratory's",
        "dbms: sqlserver is played by postgresql",
        "four eyes: True is played by False",
        "firewall: windows is played by iptables",
        "hypervisor: vsphere is played by command",
    )


def test_every_application_host_of_the_user_is_there(tmp_path: Path) -> None:
    file = own(tmp_path)
    document: dict[str, Any] = YAML(typ="safe").load(file)
    hosts = document["regions"]["region2"]["hosts"]
    hosts.append(hosts[2] | {"name": "ber-app-c"})
    YAML(typ="safe").dump(document, file)
    prepared, _ = rehearsal.prepare(file, tmp_path / "environments")
    found = [host for host in topology.load(prepared).in_region("region2") if host.role == "application"]
    assert [(host.name, host.address) for host in found] == [
        ("ber-app-p", "198.18.2.21"), ("ber-app-b", "198.18.2.22"), ("ber-app-c", "198.18.2.23"),
    ]  # fmt: skip


def test_the_shipped_file_is_rehearsed_as_it_is(tmp_path: Path) -> None:
    file, otherwise = rehearsal.prepare(topology.DEFAULT, tmp_path / "environments")
    assert {host.name for host in topology.load(file).hosts} == {host.name for host in topology.load().hosts}
    assert otherwise == ("addresses, blocks, programs, units and ports are the laboratory's",)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((("muc-db", "ctl"),), "ctl: the laboratory has a machine of this name: rehearse with another name"),
        ((("objectives:", "objective:"),), "production.yaml: KeyError('objectives'): not there, or of another shape"),
        ((("rto_s: 900", "rto_s: -1"),), "production.yaml: cannot be rehearsed: "),
        ((("regions:", "regions: ["),), "production.yaml: cannot be read: "),
    ],
    ids=("a name that is taken", "a part that is missing", "a wrong value", "no YAML"),
)
def test_a_file_that_cannot_be_rehearsed_says_what_is_wrong_and_leaves_nothing(
    tmp_path: Path, more: tuple[tuple[str, str], ...], words: str
) -> None:
    with pytest.raises(LabError) as found:
        rehearsal.prepare(own(tmp_path, *more), tmp_path / "environments")
    assert words in str(found.value)
    assert not (tmp_path / "environments").exists()
