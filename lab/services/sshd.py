"""sshd on every host: keys only, one account, and a host key that ctl knows beforehand."""

import pathlib

from lab import disk as disks
from lab.credentials import Credentials
from lab.topology import Host, Topology

_CONFIG = """\
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
AllowUsers gdr
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
UsePAM no
PermitRootLogin no
UseDNS no
MaxStartups 200
Subsystem sftp internal-sftp
PidFile none
"""
_UNIT = """\
[Unit]
Description=OpenSSH server
After=network.target
[Service]
Type=notify
ExecStart=/usr/sbin/sshd -D -e
RuntimeDirectory=sshd
KillMode=process
Restart=on-failure
RestartSec=200ms
[Install]
WantedBy=multi-user.target
"""


def install(disk: pathlib.Path, host: Host, secrets: Credentials) -> None:
    """Put sshd on a disk."""
    own = secrets.host_keys[host.name]
    disks.write(disk, "etc/ssh/ssh_host_ed25519_key", own.private, mode=0o600)
    disks.write(disk, "etc/ssh/ssh_host_ed25519_key.pub", own.public)
    disks.write(disk, "etc/ssh/sshd_config", _CONFIG)
    disks.folder(disk, "home/gdr/.ssh", mode=0o700, owner=disks.GDR_UID)
    disks.write(disk, "home/gdr/.ssh/authorized_keys", secrets.ssh.public, mode=0o600, owner=disks.GDR_UID)
    disks.unit(disk, "ssh.service", _UNIT)


def known_hosts(topology: Topology, secrets: Credentials) -> str:
    """Render the public keys of all hosts as the control host knows them."""
    return "".join(f"{host.name},{host.address} {secrets.host_keys[host.name].public}" for host in topology.hosts)
