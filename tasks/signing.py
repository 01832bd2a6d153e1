"""The key that signs evidence: a 0600 file on the control host, never a block, for who has the API has all blocks."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from blocks.place import second_source
from model.bundle import public_text
from model.errors import Refused


def path() -> Path:
    """Return where the key lies: `GDR_SIGNING_KEY`, or beside the block file."""
    return Path(os.environ.get("GDR_SIGNING_KEY") or second_source().with_name("signing.key"))


def key() -> Ed25519PrivateKey:
    """Read the key.

    Raises:
        Refused: It is missing, readable by others, or no Ed25519 key. Its content is never repeated.
    """
    file = path()
    try:
        if file.stat().st_mode & 0o077:
            raise Refused(
                f"{file}: readable by others: chmod 0600 it, and make another: anyone may have signed with it"
            )
        found = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}: make the signing key with `gdr evidence key`") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise Refused(f"{file}: no Ed25519 key in PEM: put it back from a copy, or make another")
    return found


def public() -> str:
    """Return the public part.

    Raises:
        Refused: There is no key that can be used.
    """
    return public_text(key().public_key())


def make() -> bool:
    """Make the key unless there is one; return whether it was made. It belongs to whom the block file belongs.

    Raises:
        Refused: The folder cannot be written to.
    """
    file = path()
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}: make it as root; it will belong to whom the blocks belong") from None
    with os.fdopen(opened, "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    if os.geteuid() == 0 and second_source().exists():
        owner = second_source().stat()
        os.chown(file, owner.st_uid, owner.st_gid)
    return True
