"""gdr-host and deploy: marks, installers, what may be written where, and what a survey tells of a host."""

import hashlib
import json
import os
import pwd
from pathlib import Path

import pytest
from gdr_host.host import Fault
from gdr_host.passfile import Passfile, lines

from tests.unit.host_fakes.stage import FRAMEWORK, Stage

DEPLOYMENT = {"name": "lab", "home": "/opt/genesys", "account": "genesys"}
SUDO = '#!/bin/sh\necho "User gdr may run the following commands:"\necho "    (root) NOPASSWD: $RIGHT"\n'
NARROW = "/opt/genesys-dr/bin/gdr-host"


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    installer = stage.programs / "installer"
    installer.write_text(f"#!/bin/sh\n[ -e {tmp_path}/broken ] && exit 3\necho x >>{tmp_path}/installed\n")
    installer.chmod(0o755)
    (stage.programs / "sudo").write_text(SUDO.replace("$RIGHT", NARROW))
    (stage.programs / "sudo").chmod(0o755)
    parts = [part | {"install": [str(installer)], "started_by": "service"} for part in FRAMEWORK]
    stage.describe(components=parts, deployment=DEPLOYMENT)
    return stage


def folder(host: Stage) -> Path:
    return host.root / "opt/genesys/confserv"


def install(host: Stage):
    return host.run("gdr-host", 1, "component-install", "confserv")


def installed(tmp_path: Path) -> int:
    path = tmp_path / "installed"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_an_installer_runs_once_in_a_folder_that_is_marked(host: Stage, tmp_path: Path):
    assert install(host).returncode == 0
    assert json.loads((folder(host) / ".genesys-dr.json").read_text()) == {"name": "lab", "installed": True}
    assert "installed before" in install(host).stdout
    assert installed(tmp_path) == 1


def test_an_installer_that_failed_is_run_again(host: Stage, tmp_path: Path):
    (tmp_path / "broken").touch()
    failed = install(host)
    assert failed.returncode == 1
    assert "exit 3" in failed.stderr
    assert json.loads((folder(host) / ".genesys-dr.json").read_text())["installed"] is False
    (tmp_path / "broken").unlink()
    assert install(host).returncode == 0
    assert installed(tmp_path) == 1


def test_an_installer_that_was_cut_off_is_not_run_again_over_what_it_left(host: Stage, tmp_path: Path):
    folder(host).mkdir(parents=True)
    (folder(host) / ".genesys-dr.json").write_text(json.dumps({"name": "lab", "installed": False}))
    (folder(host) / "half").touch()
    refused = install(host)
    assert (refused.returncode, installed(tmp_path)) == (1, 0)
    assert "nobody knows how it ended: see what it has done, empty the folder, then deploy again" in refused.stderr
    assert survey(host)["parts"]["confserv"]["unknown"] is True
    (folder(host) / "half").unlink()
    assert survey(host)["parts"]["confserv"]["unknown"] is False
    assert (install(host).returncode, installed(tmp_path)) == (0, 1)


def test_an_installer_that_is_killed_leaves_its_end_unknown(host: Stage):
    (host.programs / "installer").write_text(f"#!/bin/sh\ntouch {folder(host)}/half\nkill -9 $$\n")
    assert "exit -9" in install(host).stderr
    assert survey(host)["parts"]["confserv"]["unknown"] is True
    assert "nobody knows how it ended" in install(host).stderr


def test_an_installer_that_is_under_way_is_not_called_unknown(host: Stage, tmp_path: Path):
    (host.programs / "installer").write_text(
        f"#!/bin/sh\ntouch {folder(host)}/half {tmp_path}/begun\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.05; done\n"
    )
    with host.start("gdr-host", 1, "component-install", "confserv") as running:
        while not (tmp_path / "begun").exists():
            assert running.poll() is None
        assert survey(host)["parts"]["confserv"]["unknown"] is False
        (tmp_path / "go").touch()
    assert running.returncode == 0
    assert survey(host)["parts"]["confserv"] == {
        "mark": "lab", "installed": True, "unknown": False, "entries": 1, "account": None,
    }  # fmt: skip


@pytest.mark.parametrize("mark", [None, {"name": "another", "installed": True}])
def test_a_folder_that_is_not_ours_is_left_alone(host: Stage, tmp_path: Path, mark: object):
    folder(host).mkdir(parents=True)
    (folder(host) / "their.cfg").write_text("theirs")
    if mark:
        (folder(host) / ".genesys-dr.json").write_text(json.dumps(mark))
    refused = install(host)
    assert refused.returncode == 1
    assert "is not of this deployment: move it away" in refused.stderr
    assert installed(tmp_path) == 0


def test_a_component_without_an_installer_says_where_to_name_it(host: Stage):
    host.describe(components=FRAMEWORK, deployment=DEPLOYMENT)
    assert "names no installer: name it in the environment file" in install(host).stderr


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/opt/genesys/../../etc/shadow",
        "/etc/systemd/system/ssh.service",
        "/etc/systemd/system/confserv.service.evil",
    ],
)
def test_a_file_that_is_not_the_components_is_not_understood(host: Stage, path: str):
    refused = host.run("gdr-host", 1, "component-configure", "confserv", given=json.dumps({path: "sesame"}))
    assert refused.returncode == 2
    assert "not a file of confserv" in refused.stderr
    assert "sesame" not in refused.stderr
    assert host.epoch() is None


@pytest.mark.parametrize("given", ["sesame", "[]", '{"/opt/genesys/x": 1}'])
def test_input_that_is_no_object_of_texts_is_refused_and_never_repeated(host: Stage, given: str):
    refused = host.run("gdr-host", 1, "component-configure", "confserv", given=given)
    assert refused.returncode == 2
    assert "sesame" not in refused.stderr


def test_a_component_is_configured_only_once_it_is_installed(host: Stage):
    refused = host.run("gdr-host", 1, "component-configure", "confserv", given="{}")
    assert refused.returncode == 1
    assert "has no mark of this deployment: component-install first" in refused.stderr


def test_the_frameworks_names_are_pinned_and_other_lines_stay(host: Stage):
    for _ in range(2):
        assert host.run("gdr-host", 1, "names-pin", "198.18.1.11", "198.18.1.12").returncode == 0
    assert (host.root / "etc/hosts").read_text().splitlines() == [
        "127.0.0.1 localhost",
        "198.18.1.11 cfgmaster-p.gen.test",
        "198.18.1.12 cfgmaster-b.gen.test",
    ]


def test_a_line_of_the_hosts_file_keeps_its_other_names_and_its_comment(host: Stage):
    path = host.root / "etc/hosts"
    path.write_text("198.18.1.11 r1-fw-p CfgMaster-P.gen.test ldap # rack 4\n# cfgmaster-b.gen.test\n\n10.0.0.9 sbc\n")
    for _ in range(2):
        assert host.run("gdr-host", 1, "names-pin", "198.18.1.11", "198.18.1.12").returncode == 0
    assert path.read_text().splitlines() == [
        "198.18.1.11 r1-fw-p ldap # rack 4",
        "# cfgmaster-b.gen.test",
        "",
        "10.0.0.9 sbc",
        "198.18.1.11 cfgmaster-p.gen.test",
        "198.18.1.12 cfgmaster-b.gen.test",
    ]


@pytest.mark.parametrize("words", [(), ("198.18.1.11",), ("198.18.1.11", "198.18.1.11"), ("198.18.1.0/24", "::1")])
def test_names_are_pinned_to_one_address_each(host: Stage, words: tuple[str, ...]):
    assert host.run("gdr-host", 1, "names-pin", *words).returncode == 2


def survey(host: Stage, *paths: str):
    done = host.run("gdr-host", "survey", given=json.dumps({"paths": paths}))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_survey_tells_sums_marks_and_the_right_and_no_secret(host: Stage):
    install(host)
    path = folder(host) / "confserv.conf"
    path.write_text("[dbserver]\npassword=sesame\n")
    told = survey(host, "/opt/genesys/confserv/confserv.conf", "/opt/genesys/absent", "/etc/passwd")
    masked = hashlib.sha256(b"[dbserver]\npassword={password}\n").hexdigest()
    assert told["files"] == {"/opt/genesys/confserv/confserv.conf": masked, "/opt/genesys/absent": None}
    assert told["parts"]["confserv"] == {
        "mark": "lab",
        "installed": True,
        "unknown": False,
        "entries": 1,
        "account": None,
    }
    assert told["parts"]["lca"] == {"mark": None, "installed": False, "unknown": False, "entries": 0, "account": None}
    assert (told["narrow"], told["database"], told["pair"]) == (True, None, None)


def test_what_listens_has_an_account_even_if_nobody_knows_whose(host: Stage):
    host.put("listeners.json", [[4999, os.getpid()], [2020, None]])
    told = survey(host)["parts"]
    assert told["lca"]["account"] == pwd.getpwuid(os.getuid()).pw_name
    assert told["confserv"]["account"] == "nobody known"


def test_a_wider_right_is_seen(host: Stage):
    (host.programs / "sudo").write_text(SUDO.replace("$RIGHT", "ALL"))
    assert survey(host)["narrow"] is False


def test_a_pair_is_noted_with_its_deployment(host: Stage):
    assert host.run("gdr-host", 4, "pair-note").returncode == 0
    assert survey(host)["pair"] == "lab"


@pytest.mark.parametrize("given", ["", "{}", '{"paths": [1]}'])
def test_a_survey_without_paths_is_not_understood(host: Stage, given: str):
    assert host.run("gdr-host", "survey", given=given).returncode == 2


def test_a_host_that_deploy_did_not_make_says_so(host: Stage):
    host.describe(components=FRAMEWORK)
    done = host.run("gdr-host", "survey", given='{"paths": []}')
    assert done.returncode == 2
    assert "names no deployment: this host was not made by deploy" in done.stderr


# The DBMS


CONF = "/etc/postgresql/conf.d/genesys-dr.conf"
LOGINS = {
    "account": "genesys",
    "observer": "gdr_observer",
    "account_password": "sesame",
    "observer_password": "sesame",
    "replica_password": "ses:ame",
}


@pytest.fixture
def server(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.with_database()
    (stage.programs / "sudo").write_text(SUDO.replace("$RIGHT", NARROW))
    (stage.programs / "sudo").chmod(0o755)
    stage.describe(**(stage.facts | {"deployment": DEPLOYMENT}))
    config = stage.root / "etc/postgresql/postgresql.conf"
    config.parent.mkdir(parents=True)
    config.write_text("port = 5432\n")
    return stage


def test_settings_beside_a_file_that_does_not_include_them_are_refused(server: Stage):
    refused = server.run("gdr-host", 1, "pg-configure", given=json.dumps({CONF: "port = 5432\n"}))
    assert refused.returncode == 1
    assert "does not say include_dir = 'conf.d': add that line at its end" in refused.stderr
    assert not (server.root / CONF.lstrip("/")).exists()


@pytest.mark.parametrize("path", ["/etc/postgresql/postgresql.conf", "/etc/passwd", "/etc/postgresql/conf.d/../x"])
def test_only_the_servers_own_three_files_are_written(server: Stage, path: str):
    refused = server.run("gdr-host", 1, "pg-configure", given=json.dumps({path: "x"}))
    assert refused.returncode == 2
    assert "not a file of this server" in refused.stderr


@pytest.mark.parametrize("change", [{"account": "robert'; drop"}, {"observer": ""}, {"replica_password": None}])
def test_a_login_that_is_no_plain_name_is_refused_and_never_repeated(server: Stage, change: dict[str, str | None]):
    given = json.dumps({key: value for key, value in (LOGINS | change).items() if value is not None})
    refused = server.run("gdr-host", 1, "pg-create", given=given)
    assert refused.returncode == 2
    assert "sesame" not in refused.stderr
    assert "drop" not in refused.stderr


def test_tables_are_made_on_no_standby(server: Stage):
    server.put("server.json", {"in_recovery": True})
    refused = server.run("gdr-host", 1, "pg-create", given=json.dumps(LOGINS))
    assert refused.returncode == 1
    assert "this server is a standby: its tables come from its primary" in refused.stderr


def test_no_password_is_in_any_statement(server: Stage):
    server.put("server.json", {"in_recovery": False})
    done = server.run("gdr-host", 1, "pg-create", given=json.dumps(LOGINS))
    assert (done.returncode, done.stdout) == (0, "config: made before\n"), done.stderr
    statements = " ".join(server.get("statements.json"))
    assert statements.count("login password 'scram-sha-256$4096:") == 3
    assert "sesame" not in statements
    assert "ses:ame" not in statements


def test_a_survey_tells_what_else_is_on_the_server(server: Stage):
    told = {"primary": True, "pending": False, "there": False, "others": ["crm"]}
    server.put("server.json", {"survey": told})
    assert survey(server)["database"] == {
        "primary": True, "pending": False, "others": ["crm"], "tables": 0, "mark": None, "made": False, "objects": [],
    }  # fmt: skip


def test_a_cluster_that_somebody_has_used_is_not_copied_over(server: Stage):
    server.put("units.json", {"postgresql": {"state": "inactive"}})
    data = server.root / "var/lib/postgresql/data"
    (data / "pg_tblspc").mkdir(parents=True)
    for name in ("1", "5", "16384"):
        (data / "base" / name).mkdir(parents=True)
    refused = server.run("gdr-host", 1, "pg-seed", "198.18.2.31", "r1_db")
    assert refused.returncode == 1
    assert "holds databases 16384: only an empty cluster is replaced" in refused.stderr
    assert (data / "base/16384").exists()
    assert survey(server)["used"] is True


def test_a_database_in_a_tablespace_is_somebodys_as_well(server: Stage):
    server.put("units.json", {"postgresql": {"state": "inactive"}})
    data = server.root / "var/lib/postgresql/data"
    (data / "pg_tblspc/16385").mkdir(parents=True)
    (data / "base/1").mkdir(parents=True)
    refused = server.run("gdr-host", 1, "pg-seed", "198.18.2.31", "r1_db")
    assert "holds databases tablespace 16385: only an empty cluster is replaced" in refused.stderr
    assert survey(server)["used"] is True


def test_a_cluster_that_is_not_there_is_not_taken_for_an_empty_one(server: Stage):
    server.put("units.json", {"postgresql": {"state": "inactive"}})
    refused = server.run("gdr-host", 1, "pg-seed", "198.18.2.31", "r1_db")
    assert (refused.returncode, "holds no cluster: mount it" in refused.stderr) == (1, True)
    assert survey(server)["used"] is None


def test_a_survey_tells_whom_a_cluster_follows(server: Stage):
    assert [survey(server)[part] for part in ("follows", "reseeding")] == [None, False]
    data = server.root / "var/lib/postgresql/data"
    data.mkdir(parents=True, exist_ok=True)
    (data / "standby.signal").touch()
    (data / "postgresql.auto.conf").write_text("primary_conninfo = 'host=198.18.2.31'\n")
    assert survey(server)["follows"] == "198.18.2.31"


def test_a_cluster_that_runs_is_not_copied_over(server: Stage):
    refused = server.run("gdr-host", 1, "pg-seed", "198.18.2.31", "r1_db")
    assert refused.returncode == 1
    assert "its files are left alone while it may run" in refused.stderr


def password_file(server: Stage) -> Path:
    path = server.root / pwd.getpwuid(os.getuid()).pw_dir.lstrip("/") / ".pgpass"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_the_password_of_the_peer_is_added_and_other_lines_stay(server: Stage):
    path = password_file(server)
    path.write_text("elsewhere:5432:*:report:secret\n*:5432:*:replica:old\n")
    assert survey(server)["passfile"] is True
    assert server.run("gdr-host", 1, "pg-passfile", given=json.dumps(LOGINS)).returncode == 0
    assert path.read_text() == "elsewhere:5432:*:report:secret\n*:5432:*:replica:ses\\:ame\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", ["link", "fifo"])
def test_a_password_file_that_is_a_link_or_no_file_is_not_read(server: Stage, tmp_path: Path, what: str):
    path, theirs = password_file(server), tmp_path / "shadow"
    theirs.write_text("*:5432:*:replica:of somebody\n")
    path.symlink_to(theirs) if what == "link" else os.mkfifo(path)
    assert survey(server)["passfile"] is False
    refused = server.run("gdr-host", 1, "pg-passfile", given=json.dumps(LOGINS))
    assert (refused.returncode, "see who made it what it is, then remove it" in refused.stderr) == (1, True)
    assert theirs.read_text() == "*:5432:*:replica:of somebody\n"
    assert path.is_symlink() or path.is_fifo()


def test_a_password_file_of_another_account_is_not_read(tmp_path: Path):
    (tmp_path / ".pgpass").write_text("*:5432:*:replica:of somebody\n")
    other = next(one for one in pwd.getpwall() if one.pw_uid != os.getuid())
    with pytest.raises(Fault, match=f"no regular file of {other.pw_name}"):
        lines(Passfile(tmp_path / ".pgpass", other))
