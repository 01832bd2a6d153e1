"""Who has written what into which region's log database, asked of the database and of the log message servers."""

import json

from lab.command import wait_until


def acknowledged(lab, host):
    """Return how many rows the database has acknowledged to a host's log message server, by its own note."""
    note = lab.identity.disk(host) / "var/log/genesys/log-message-server.acknowledged"
    return int(note.read_text() or 0) if note.exists() else 0


def rows(lab, database):
    """Count the rows of each host in a region's log database."""
    sql = "select json_object_agg(hostname, count) from (select hostname, count(*) from g_log_messages group by 1) as c"
    return json.loads(_psql(lab, database, sql) or "null") or {}


def writers(lab, database, hosts):
    """Return who is connected to a region's log database, asked of the server itself."""
    sql = "select distinct client_addr from pg_stat_activity where application_name = 'log_message_server'"
    found = _psql(lab, database, sql).split()
    return {host for host in hosts if lab.address(host) in found}


def _psql(lab, database, sql):
    argv = ["psql", "-XqAt", "-p", str(lab.topology.log_port), "-d", "logs", "-c", sql]
    return lab.exec(database, argv, "postgres", check=True).stdout.strip()


def wait_for_log_server(lab, database):
    """Wait until whatever has the log database answers: after a boot it comes later than SSH."""
    ready = ["pg_isready", "-q", "-h", "/run/postgresql", "-p", str(lab.topology.log_port)]
    wait_until(f"{database}: log server", lambda: lab.exec(database, ready).returncode == 0, 60)


def wait_for_more(lab, database, hosts):
    """Wait until each of these hosts has a new row there."""
    before = rows(lab, database)
    grown = lambda: all(rows(lab, database).get(host, 0) > before.get(host, 0) for host in hosts)  # noqa: E731  (a condition)
    wait_until(f"{database}: new rows of {', '.join(hosts)}", grown, 60)


def lost(lab, database, hosts):
    """Return how many acknowledged rows of these hosts the database does not have."""
    claimed = {host: acknowledged(lab, host) for host in hosts}  # first: what comes meanwhile is no loss
    found = rows(lab, database)
    return sum(max(0, claimed[host] - found.get(host, 0)) for host in hosts)


def readiness(lab):
    """Return what readiness says of logs: the line's subject and verdict, by name."""
    done = lab.control(["gdr", "readiness", "lab", "--json"])
    assert done.stdout, done.stderr
    lines = json.loads(done.stdout)["lines"]
    return {(line["name"], line["subject"]): line["verdict"] for line in lines if "log " in line["name"]}


def records(lab, known=frozenset()):
    """Return the records of all cases but the known ones."""
    folder = lab.identity.disk("ctl") / "var/lib/genesys-dr/cases"
    paths = [path for path in folder.glob("*.jsonl") if path.name not in known]
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def geo_dns_answers(lab, database, hosts):
    """Play the site's own GEO DNS: let these hosts' resolvers answer a region's log database for the name."""
    name = lab.topology.log["name"]
    for host in hosts:
        lab.exec(host, ["unbound-control", "local_data_remove", name], check=True)
        lab.exec(host, ["unbound-control", "local_data", f"{name} 5 IN A {lab.address(database)}"], check=True)


def debts(some):
    return [record["data"] for record in some if record["kind"] == "debt"]


def steps(some):
    return {record["data"].get("step") for record in some}
