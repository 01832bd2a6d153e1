"""The control host with more of what it has: a second worker; two API servers, background services and Redis."""

from lab import disk as disks
from lab import host as hosts
from lab import redis
from lab.command import wait_until
from lab.errors import LabError
from lab.identity import Identity
from lab.services import prefect
from lab.topology import Host

SERVER, WORKER, SERVICES = "prefect-server", "prefect-worker", "prefect-services"
SECOND_SERVER, SECOND_WORKER = f"{SERVER}-2", f"{WORKER}-2"
SECOND_API = "http://127.0.0.1:4201/api"
_ETC = "etc/genesys-dr"
_UP_S = 120
_INSIDE = ("chroot", redis.PLACE)
_OPENS = "laboratory"  # no secret: nobody else is here
# In memory alone: a laboratory has nothing to keep.
_REDIS = f"""\
[Unit]
Description=Redis, between the Prefect servers
[Service]
ExecStart=/usr/sbin/{_INSIDE[0]} --userspec=65534:65534 {_INSIDE[1]} \
/usr/bin/redis-server --bind 127.0.0.1 --requirepass {_OPENS} --dir /tmp --save "" --appendonly no
"""
_SECOND = "[Service]\nEnvironmentFile=/{file}\n"


def require_program() -> None:
    """Refuse to begin where Redis was not unpacked; a host sees it only if it was there at its boot."""
    if not redis.tree().is_dir():
        raise LabError(f"{redis.tree()}: no Redis for the laboratory: python -m lab install --scale")


def start_second_worker(lab: Identity, control: Host) -> None:
    """Start one more worker of the same pool, by the same API server."""
    _add_second(lab, control, WORKER, "")
    hosts.execute(lab, control, ["systemctl", "start", SECOND_WORKER])


def start(lab: Identity, control: Host) -> None:
    """Go from one server with all in it to two API servers, services and Redis; each worker has a server of its own."""
    disk = lab.disk(control.name)
    hosts.execute(lab, control, ["systemctl", "stop", WORKER, SERVER])
    shared = prefect.shipped_file("scale.environment").replace(":PASSWORD@", f":{_OPENS}@")
    disks.write(disk, f"{_ETC}/scale.environment", shared)
    disks.write(disk, f"{prefect.UNITS}/redis.service", _REDIS)
    disks.write(disk, f"{prefect.UNITS}/{SERVER}.service.d/scale.conf", prefect.shipped_file("scale.conf"))
    _add_second(lab, control, SERVER, f"PREFECT_SERVER_API_PORT=4201\nPREFECT_API_URL={SECOND_API}\n")
    disks.write(disk, f"{prefect.UNITS}/{SECOND_SERVER}.service.d/scale.conf", prefect.shipped_file("scale.conf"))
    _add_second(lab, control, WORKER, f"PREFECT_API_URL={SECOND_API}\n")
    hosts.execute(lab, control, ["systemctl", "start", "redis"])
    answers = [*_INSIDE, "/usr/bin/redis-cli", "-a", _OPENS, "ping"]
    wait_until("Redis", lambda: "PONG" in hosts.execute(lab, control, answers, check=False).stdout, _UP_S)
    hosts.execute(lab, control, ["systemctl", "start", SERVICES, SERVER, SECOND_SERVER])


def start_workers(lab: Identity, control: Host) -> None:
    """Start a worker at each API server, once what the first one registers is there."""
    hosts.execute(lab, control, ["systemctl", "start", prefect.REGISTER])
    hosts.execute(lab, control, ["systemctl", "start", WORKER, SECOND_WORKER])


def _add_second(lab: Identity, control: Host, unit: str, settings: str) -> None:
    """Write a unit's twin, with settings that go before all others, and stop the one there was."""
    disk, twin = lab.disk(control.name), f"{unit}-2.service"
    file = f"{_ETC}/{unit}-2.environment"
    disks.write(disk, file, settings)
    disks.write(disk, f"{prefect.UNITS}/{twin}", prefect.shipped_file(f"{unit}.service"))
    disks.write(disk, f"{prefect.UNITS}/{twin}.d/lab.conf", prefect.DROP_IN)
    disks.write(disk, f"{prefect.UNITS}/{twin}.d/second.conf", _SECOND.format(file=file))
    hosts.execute(lab, control, ["systemctl", "daemon-reload"])
    hosts.execute(lab, control, ["systemctl", "stop", twin])
