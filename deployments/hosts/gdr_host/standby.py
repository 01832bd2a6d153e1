"""What makes a cluster a standby of a server: two files in its folder."""

import re
from pathlib import Path

from gdr_host.cluster import Cluster, read, write

AUTO = "postgresql.auto.conf"
OURS = re.compile(r"\s*(primary_conninfo|primary_slot_name|synchronous_standby_names)\b", re.IGNORECASE)
FOLLOWED = re.compile(r"(?im)^\s*primary_conninfo\s*=\s*'(?:.*\s)?host(?:addr)?\s*=\s*'*([^'\s]+)")


def configure(cluster: Cluster, folder: Path, files: dict[str, str], address: str, slot: str) -> None:
    """Make a folder a standby with its own settings; the signal comes last, for with it the guard lets it start."""
    for name, text in ({AUTO: ""} | files).items():
        write(folder / name, settings(cluster, text, address, slot) if name == AUTO else text)
    write(folder / "standby.signal", "")


def settings(cluster: Cluster, text: str, address: str, slot: str) -> str:
    """Replace what a standby of this server has of its own; it waits for no standby, should it ever be promoted."""
    kept = [line for line in text.splitlines() if not OURS.match(line)]
    conninfo = f"host={address} port={cluster.port} user={cluster.user} application_name={slot}"
    own = {"primary_conninfo": conninfo, "primary_slot_name": slot, "synchronous_standby_names": ""}
    return "\n".join([*kept, *(f"{name} = '{value}'" for name, value in own.items())]) + "\n"


def configured(cluster: Cluster, address: str, slot: str) -> bool:
    """Whether the cluster is a standby of this server through this slot."""
    text = read(cluster.data / AUTO)
    return cluster.standby and text == settings(cluster, text, address, slot)


def follows(data: Path) -> str | None:
    """Return the host that a standby follows."""
    if not (data / "standby.signal").exists():
        return None
    found = FOLLOWED.findall(read(data / AUTO))
    return found[-1] if found else None
