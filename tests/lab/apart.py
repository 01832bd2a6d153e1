"""What is asked of a DBMS that a framework of either region may use."""

from tests.lab.way_back import sql


def holders(lab, host):
    """Return whose Configuration Server has a session there, asked of the server itself."""
    return sql(lab, host, "select client_addr from pg_stat_activity where application_name = 'confserv'").split()


def require_closed_to_all_but(lab, host, allowed):
    """Require the host's own rules to shut out every framework host but these."""
    rules = lab.exec(host, ["iptables", "-S"], check=True).stdout
    framework = [member for region in lab.topology.regions for member in lab.topology.framework(region)]
    shut = {member.name for member in framework if f"-s {member.address}/32" in rules}
    assert shut == {member.name for member in framework} - set(allowed)
