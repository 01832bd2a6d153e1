"""What a laboratory remembers about itself between two commands."""

import dataclasses
import json
import pathlib
import socket

from lab import topology as topologies
from lab.errors import LabError
from lab.identity import Identity
from lab.topology import Topology

_DEFAULT_PORT = 14200


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """The topology it was built from, and where its web interface answers."""

    topology: Topology
    port: int


def create(lab: Identity, environment: pathlib.Path) -> State:
    """Begin a laboratory's state; refuse when there is one, whole or in pieces."""
    file = environment.resolve()
    written = topologies.document(file)
    state = State(topologies.read(file, written), _free_port(lab))
    try:
        lab.state.mkdir(parents=True)
    except FileExistsError as error:
        raise LabError(f"laboratory {lab.id}: is there already: python -m lab status, or python -m lab down") from error
    lab.state.chmod(0o711)
    for folder in ("disks", "log", "power", "relay", "control"):
        (lab.state / folder).mkdir()
    _file(lab).write_text(json.dumps({"environment": str(file), "written": written, "port": state.port}))
    return state


def load(lab: Identity) -> State:
    """Read a laboratory's state."""
    try:
        written = json.loads(_file(lab).read_text())
    except FileNotFoundError as error:
        raise LabError(f"laboratory {lab.id}: is not up: python -m lab up") from error
    return State(topologies.read(pathlib.Path(written["environment"]), written["written"]), written["port"])


def _file(lab: Identity) -> pathlib.Path:
    return lab.state / "lab.json"


def _free_port(lab: Identity) -> int:
    """Keep the documented port for the default laboratory; any other takes what is free."""
    wanted = _DEFAULT_PORT if lab.id == "dr" else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise LabError(
                f"127.0.0.1:{wanted}: {error.strerror}: stop what listens there, or set GENESYS_DR_LAB"
            ) from error
        port: int = probe.getsockname()[1]
        return port
