"""Secrets of one laboratory: made at random when it comes up, gone with it.

What makes them is loaded where they are made: a restore, which only reads them, waits for its own start.
"""

import base64
import dataclasses
import json
import secrets

from lab.identity import Identity
from lab.topology import Topology


@dataclasses.dataclass(frozen=True, slots=True)
class KeyPair:
    """An SSH key pair in OpenSSH's own format."""

    private: str
    public: str


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Everything secret that two parties of the laboratory share.

    Attributes:
        api_password: Of the Prefect server, as USER:PASSWORD.
        api_key: Under which that server keeps its blocks.
    """

    ssh: KeyPair
    host_keys: dict[str, KeyPair]
    tsig: str
    account_password: str
    observer_password: str
    replica_password: str
    api_password: str
    api_key: str


def key_pair(comment: str) -> KeyPair:
    """Make an Ed25519 key pair."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return KeyPair(private.decode(), f"{public.decode()} {comment}\n")


def make(lab: Identity, topology: Topology) -> Credentials:
    """Make and keep a laboratory's secrets."""
    from cryptography.fernet import Fernet  # noqa: PLC0415

    made = Credentials(
        ssh=key_pair("ctl"),
        host_keys={host.name: key_pair(host.name) for host in topology.hosts},
        tsig=base64.b64encode(secrets.token_bytes(32)).decode(),
        account_password=secrets.token_urlsafe(18),
        observer_password=secrets.token_urlsafe(18),
        replica_password=secrets.token_urlsafe(18),
        api_password=f"admin:{secrets.token_urlsafe(18)}",
        api_key=Fernet.generate_key().decode(),
    )
    file = lab.state / "credentials.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(dataclasses.asdict(made)))
    return made


def load(lab: Identity) -> Credentials:
    """Read a laboratory's secrets again."""
    written = json.loads((lab.state / "credentials.json").read_text())
    host_keys = {name: KeyPair(**pair) for name, pair in written["host_keys"].items()}
    return Credentials(**{**written, "ssh": KeyPair(**written["ssh"]), "host_keys": host_keys})
