"""A new server as a site hands it over: sshd, sudo, packages, the vendor's media; nothing of the product."""

import pathlib
import shutil

from lab import disk as disks
from lab.services import genesys, postgresql
from lab.topology import Host, Topology

MEDIA = "opt/lab/media"
INSTALLER = "opt/lab/installer"
_STANDINS = pathlib.Path(__file__).parents[1] / "standins"
_RIGHT = "Defaults:gdr !requiretty\ngdr ALL=(root) NOPASSWD: ALL\n"
_PROGRAM = """\
#!/bin/sh
# The vendor's installer, played: it lays one component down, and refuses what it does not know.
set -eu
case "${1:-}" in
  lca|confserv|scs|message-server|log-message-server|csproxy) ;;
  *) echo "installer: ${1:-nothing}: not of lca, confserv, scs, csproxy, [log-]message-server" >&2; exit 2 ;;
esac
home=/opt/genesys
mkdir -p "$home/$1" "$home/lab" "$home/bin"
cp -a /opt/lab/media/standins "$home/lab/"
install -m 755 /opt/lab/media/standins/appstatus "$home/bin/appstatus"
install -m 755 /opt/lab/media/standin "$home/bin/standin"
install -m 644 /opt/lab/media/start.py "$home/start.py"
echo "stand-in of $1" >"$home/$1/ip_description.txt"
"""
_CLUSTER = """\
listen_addresses = 'localhost'
port = {port}
unix_socket_directories = '/run/postgresql'
shared_buffers = 32MB
dynamic_shared_memory_type = posix
min_wal_size = 32MB
include_dir = 'conf.d'
"""
_ACCESS = "local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n"


def install(disk: pathlib.Path, topology: Topology, host: Host) -> None:
    """Put on a disk what a site's own base image has."""
    disks.write(disk, "etc/sudoers.d/genesys-dr", _RIGHT, mode=0o440)
    shutil.copytree(_STANDINS, disks.folder(disk, MEDIA) / "standins", ignore=shutil.ignore_patterns("__pycache__"))
    disks.write(disk, f"{MEDIA}/standin", genesys.STANDIN, mode=0o755)
    disks.write(disk, f"{MEDIA}/start.py", (_STANDINS / "__main__.py").read_text())
    disks.write(disk, INSTALLER, _PROGRAM, mode=0o755)
    disks.write(disk, "etc/hosts", disks.hosts_file(topology))
    if host.role == "dbms":
        disks.write(disk, f"{MEDIA}/config_database.sql", postgresql.init_script(topology))
        if topology.log:
            disks.write(disk, f"{MEDIA}/log_database.sql", postgresql.log_script(topology.log))
        postgresql.put_stock_cluster(disk, _CLUSTER.format(port=topology.database_port), _ACCESS)
