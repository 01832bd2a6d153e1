"""BIND: the zone's only writer, and a secondary that copies it."""

import pathlib

from lab import disk as disks
from lab.topology import Host, Topology

KEY_NAME = "gdr."
STEADY = "v=1 epoch=1 state=steady active={region} target={region} case=- head=-"

_UNIT = """\
[Unit]
Description=BIND
After=network.target
[Service]
ExecStart=/usr/sbin/named -f -n 1 -c /etc/bind/named.conf
User=bind
AmbientCapabilities=CAP_NET_BIND_SERVICE
RuntimeDirectory=named
Restart=on-failure
RestartSec=200ms
[Install]
WantedBy=multi-user.target
"""
_OPTIONS = """\
options {{
  directory "/var/cache/bind"; listen-on {{ any; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no;
  pid-file none; session-keyfile none; lock-file none; notify explicit; allow-transfer {{ none; }};
}};
logging {{
  channel updates {{
    file "/var/log/named/update.log"; print-time iso8601; print-category yes; print-severity yes; severity info;
  }};
  category update {{ updates; }};
  category update-security {{ updates; }};
}};
controls {{ }};
"""
_PRIMARY = """\
key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "{zone}" {{
  type primary; file "/var/lib/bind/{zone}.zone";
  also-notify {{ {secondaries} }}; allow-transfer {{ {secondaries} }};
  update-policy {{ {policy} }};
}};
"""
_SECONDARY = """\
zone "{zone}" {{
  type secondary; file "/var/lib/bind/{zone}.zone"; masterfile-format text; primaries {{ {primary}; }};
}};
"""


def record(topology: Topology) -> str:
    """Name the activation record."""
    return f"_genesys-dr.{topology.zone}"


def install(disk: pathlib.Path, topology: Topology, host: Host, secret: str, *, bare: bool = False) -> None:
    """Put BIND on a disk: the first name server of the environment is primary, any other a secondary."""
    bind = disks.uid(disk, "bind")
    for folder in ("var/lib/bind", "var/cache/bind", "var/log/named", "etc/bind"):
        disks.folder(disk, folder, owner=bind)
    servers = topology.with_role("name_server")
    if host == servers[0]:
        text, text_of = _primary(topology, servers[1:], secret), bare_zone if bare else zone
        disks.write(disk, f"var/lib/bind/{topology.zone}.zone", text_of(topology), owner=bind)
    else:
        text = _SECONDARY.format(zone=topology.zone, primary=servers[0].address)
    disks.write(disk, "etc/bind/named.conf", _OPTIONS.format() + text, mode=0o600, owner=bind)
    disks.unit(disk, "named.service", _UNIT)


def _primary(topology: Topology, secondaries: tuple[Host, ...], secret: str) -> str:
    names = (*topology.framework_names, *topology.aliases.values(), *_log_names(topology))
    grants = [(record(topology), "TXT"), *((name, "A") for name in names)]
    return _PRIMARY.format(
        key=KEY_NAME,
        secret=secret,
        zone=topology.zone,
        secondaries=" ".join(f"{host.address};" for host in secondaries),
        policy=" ".join(f"grant {KEY_NAME} name {name}. {kind};" for name, kind in grants),
    )


def _log_names(topology: Topology) -> list[str]:
    return [topology.log["name"]] if topology.log and not topology.log_servers else []


def bare_zone(topology: Topology) -> str:
    """Render the zone before anything is deployed: neither names nor record."""
    return "\n".join(_head(topology)) + "\n"


def zone(topology: Topology) -> str:
    """Render the zone as it stands in the steady state: the first region is active."""
    active = topology.regions[0]
    lines = [
        *_head(topology),
        *(f"{name}. {topology.ttl_s} IN A {host.address}"
          for name, host in zip(topology.framework_names, topology.framework(active), strict=True)),
        *(f"{alias}. {topology.ttl_s} IN A {topology.database(region).address}"
          for region, alias in topology.aliases.items()),
        *(f"{name}. {topology.ttl_s} IN A {topology.database(active).address}" for name in _log_names(topology)),
        f'{record(topology)}. 0 IN TXT "{STEADY.format(region=active)}"',
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _head(topology: Topology) -> list[str]:
    servers = topology.with_role("name_server")
    return [
        f"$ORIGIN {topology.zone}.",
        f"$TTL {topology.ttl_s}",
        f"@ IN SOA {servers[0].name} hostmaster 1 60 30 86400 5",
        *(f"@ IN NS {server.name}" for server in servers),
        *(f"{server.name} IN A {server.address}" for server in servers),
    ]
