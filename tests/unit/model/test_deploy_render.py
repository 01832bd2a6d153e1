"""What deploy renders: a pair that is equal but for what must differ, application hosts, and who may log in."""

import json

import pytest

from model.deployment import database
from model.deployment.render import PASSWORD, host_json, part_files
from model.inventory import Part as Installed
from model.inventory import differences, facts
from tests.unit.model.logbook import BESIDE, logs
from tests.unit.model.steady import lab


def rendered(host: str, kind: str) -> dict[str, str]:
    known = lab().host(host)
    part_ = known.component(kind)
    assert part_ is not None
    return part_files(lab(), known, part_)


def sections(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            current = found.setdefault(line.strip("[]"), {})
        else:
            option, _, value = line.partition("=")
            current[option] = value
    return found


@pytest.mark.parametrize("kind", ["confserv", "scs"])
def test_options_and_ports_of_a_pair_are_equal_but_for_what_must_differ(kind: str) -> None:
    one, two = (
        facts(
            Installed(config=sections(next(text for path, text in rendered(host, kind).items() if "conf" in path[-5:])))
        )
        for host in ("r1-fw-p", "r1-fw-b")
    )
    assert one
    assert [found.fact for found in differences(one, two, "pair") if not found.why] == []


def test_the_backup_is_started_with_its_own_section_and_the_guard_before_it() -> None:
    script = rendered("r1-fw-b", "confserv")["/opt/genesys/confserv/run.sh"]
    assert script.splitlines()[1] == "/opt/genesys-dr/bin/gdr-guard check || exit"
    assert "-s confserv_b -c /opt/genesys/confserv.conf" in script
    assert "-s confserv -c" in rendered("r1-fw-p", "confserv")["/opt/genesys/confserv/run.sh"]


def test_both_have_addp_their_own_dbms_and_no_password() -> None:
    found = sections(rendered("r1-fw-b", "confserv")["/opt/genesys/confserv.conf"])
    assert found["confserv_b"]["protocol"] == "addp"
    assert (found["confserv_b"]["addp-timeout"], found["confserv_b"]["addp-remote-timeout"]) == ("1", "2")
    assert found["confserv_b"]["ha-port"] == "2021"
    assert found["dbserver"]["dbserver"] == lab().alias("region1") == "cfgdb-1.gen.test"
    assert found["dbserver"]["password"] == PASSWORD


def test_the_scs_names_the_masters_and_is_main() -> None:
    files = rendered("r1-fw-p", "scs")
    found = sections(files["/opt/genesys/scs/scs.conf"])
    assert found["general"]["distributed_rights"] == "MAIN"
    assert found["primary_configserver"] == {"host": "cfgmaster-p.gen.test", "port": "2020"}
    assert found["backup_configserver"] == {"host": "cfgmaster-b.gen.test", "port": "2020"}
    assert "-f /opt/genesys/scs/scs.conf" in files["/opt/genesys/scs/run.sh"]


def test_what_the_management_layer_starts_is_not_enabled_and_needs_no_file() -> None:
    files = rendered("r1-fw-p", "message_server")
    assert set(files) == {"/opt/genesys/message-server/run.sh", "/etc/systemd/system/message-server.service"}
    assert "[Install]" not in files["/etc/systemd/system/message-server.service"]
    assert "[Install]" in rendered("r1-fw-p", "lca")["/etc/systemd/system/lca.service"]


def test_a_configuration_file_that_nobody_named_lies_in_the_components_folder() -> None:
    known = lab("config: /opt/genesys/scs/scs.conf}\n          - {kind: message", "}\n          - {kind: message")
    host = known.host("r1-fw-p")
    scs = host.component("scs")
    assert scs is not None
    assert "/opt/genesys/scs/scs.conf" in part_files(known, host, scs)


def test_host_json_has_the_dbms_only_where_it_is() -> None:
    there, elsewhere = (json.loads(host_json(lab(), lab().host(name))) for name in ("r1-db", "r1-fw-p"))
    assert there["database"]["config_file"] == "/etc/postgresql/15/main/postgresql.conf"
    assert elsewhere["database"] is None
    assert elsewhere["components"][0]["install"] == ["/opt/lab/installer", "lca"]
    assert there["components"][0]["install"] is None


def test_a_dbms_lets_in_whom_the_firewall_will_choose_from_and_nobody_else() -> None:
    files = database.files(lab(), "the guard")
    access = files["/etc/postgresql/15/main/pg_hba.conf"]
    assert [line for line in access.splitlines() if "/0 " in line or "trust" in line] == []
    for address in ("198.18.1.11", "198.18.1.12", "198.18.2.11", "198.18.2.12", "198.18.0.10"):
        assert f"host config {{username}} {address}/32 scram-sha-256" in access
    assert files["/etc/systemd/system/postgresql@15-main.service.d/guard.conf"] == "the guard"
    assert "wal_log_hints = on" in files["/etc/postgresql/15/main/conf.d/genesys-dr.conf"]


def test_an_application_host_is_rendered_without_guard_and_with_default_rights() -> None:
    files = rendered("r1-app-b", "scs")
    assert sections(files["/opt/genesys/scs/scs.conf"])["general"]["distributed_rights"] == "DEFAULT"
    assert sections(files["/opt/genesys/scs/scs.conf"])["general"]["rank"] == "backup"
    assert sections(rendered("r1-app-p", "scs")["/opt/genesys/scs/scs.conf"])["general"]["rank"] == "primary"
    assert "gdr-guard" not in files["/opt/genesys/scs/run.sh"]
    proxy = sections(rendered("r1-app-p", "proxy")["/opt/genesys/csproxy/csproxy.conf"])
    assert {found["host"] for found in proxy.values()} == {"cfgmaster-p.gen.test", "cfgmaster-b.gen.test"}
    silent = lab('  resolver_flush: [unbound-control, flush_zone, "{zone}"]\n', "")
    assert json.loads(host_json(silent, silent.host("r1-app-p")))["resolver"] is None
    told = json.loads(host_json(lab(), lab().host("r1-app-p")))
    assert told["resolver"] == {"flush": ["unbound-control", "flush_zone", "{zone}"]}
    assert len(told["paths"]) == 12


def test_each_framework_finds_its_own_dbms_by_its_alias_and_by_its_address_where_there_is_none() -> None:
    assert lab().alias_addresses() == {"cfgdb-1.gen.test": "198.18.1.31", "cfgdb-2.gen.test": "198.18.2.31"}
    told = {host: json.loads(host_json(lab(), lab().host(host)))["aliases"] for host in ("r1-fw-b", "r1-app-p")}
    assert told == {"r1-fw-b": ["cfgdb-1.gen.test"], "r1-app-p": []}
    logging = logs(*BESIDE)
    kept = {host: json.loads(host_json(logging, logging.host(host))) for host in ("r2-fw-b", "r1-app-p", "r1-db")}
    assert (kept["r2-fw-b"]["aliases"], kept["r2-fw-b"]["log_port"]) == (["cfgdb-2.gen.test", "logdb.gen.test"], 5432)
    assert (kept["r1-app-p"]["aliases"], kept["r1-app-p"]["log_port"]) == (["logdb.gen.test"], 5432)
    assert "log_port" not in kept["r1-db"]
    bare = lab("  aliases: {region1: cfgdb-1.gen.test, region2: cfgdb-2.gen.test}\n", "")
    part = bare.host("r1-fw-p").component("confserv")
    assert part is not None
    assert "dbserver=198.18.1.31\n" in "".join(part_files(bare, bare.host("r1-fw-p"), part).values())
    assert json.loads(host_json(bare, bare.host("r1-fw-p")))["aliases"] == []
