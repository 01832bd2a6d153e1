"""unbound: one forwarder for all application hosts, and one cache of its own on each of them."""

import pathlib

from lab import disk as disks
from lab.topology import Host, Topology

_UNIT = """\
[Unit]
Description=unbound
After=network.target
[Service]
ExecStart=/usr/sbin/unbound -d -c /etc/unbound/unbound.conf
Restart=on-failure
RestartSec=200ms
[Install]
WantedBy=multi-user.target
"""
# It shuffles all ports that it may ask from before it answers: with every port that is most of its start.
# Debian's own rules answer .test names with NXDOMAIN before any upstream is asked.
_COMMON = """\
server:
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "/etc/unbound"
  pidfile: ""
  logfile: ""
  num-threads: 1
  outgoing-port-avoid: "0-65535"
  outgoing-port-permit: "40000-40999"
  do-ip6: no
  module-config: "iterator"
  msg-cache-size: 1m
  rrset-cache-size: 1m
  do-not-query-localhost: no
  local-zone: "." static
  local-zone: "test." nodefault
  local-zone: "{zone}." transparent
remote-control:
  control-enable: yes
  control-interface: /run/unbound.ctl
  control-use-cert: no
"""
_FORWARDER = """\
server:
  interface: {address}
  interface: 127.0.0.1
  access-control: 0.0.0.0/0 allow
  cache-min-ttl: 5
  cache-max-negative-ttl: 30
stub-zone:
  name: "{zone}"
"""
_OWN = """\
server:
  interface: 127.0.0.1
  access-control: 127.0.0.0/8 allow
forward-zone:
  name: "{zone}"
"""


def _geo_dns(topology: Topology, host: Host) -> str:
    """Stand for a site's GEO DNS: each region is answered its own log server."""
    if topology.log is None or host.region not in topology.log_servers:
        return ""
    address = topology.log_servers[host.region]
    return f'server:\n  local-data: "{topology.log["name"]}. {topology.ttl_s} IN A {address}"\n'


def install(disk: pathlib.Path, topology: Topology, host: Host) -> None:
    """Put unbound on a disk: the shared forwarder, or an application host's own."""
    text = _COMMON.format(zone=topology.zone)
    if host.role == "resolver":
        text += _FORWARDER.format(zone=topology.zone, address=host.address)
        text += "".join(f"  stub-addr: {server.address}\n" for server in topology.with_role("name_server"))
    else:
        text += _OWN.format(zone=topology.zone)
        text += "".join(f"  forward-addr: {resolver.address}\n" for resolver in topology.with_role("resolver"))
        text += _geo_dns(topology, host)
    disks.write(disk, "etc/unbound/unbound.conf", text)
    disks.unit(disk, "unbound.service", _UNIT)
