"""The key that signs evidence: a 0600 file on the control host, never a block, for who has the API has all blocks."""

import json
import os
import time
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
from tasks import private


def path() -> Path:
    """Return where the key lies: `GDR_SIGNING_KEY`, or beside the block file."""
    return Path(os.environ.get("GDR_SIGNING_KEY") or second_source().with_name("signing.key"))


def key() -> Ed25519PrivateKey:
    """Read the key.

    Raises:
        Refused: It is missing, readable by others, or no Ed25519 key. Its content is never repeated.
    """
    content = private.read(path(), "make the signing key with `gdr evidence key`")
    try:
        found = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise Refused(f"{path()}: no Ed25519 key in PEM: put it back from a copy, or make another")
    return found


def public() -> str:
    """Return the public part.

    Raises:
        Refused: There is no key that can be used.
    """
    return public_text(key().public_key())


def retired() -> dict[str, str]:
    """Return the public parts that an earlier key of this control host had, each with the moment it was retired.

    Raises:
        Refused: The list cannot be read.
    """
    try:
        return {str(word): str(when) for word, when in json.loads(_retired().read_text()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, OSError) as error:
        raise Refused(f"{_retired()}: not a list of retired keys: {type(error).__name__}: put it back") from None


def _retired() -> Path:
    return path().with_name(f"{path().name}.retired")


def make(*, renew: bool = False) -> bool:
    """Make the key unless there is one; return whether it was made.

    Args:
        renew: Make another in place of the one there is, whose public part is kept for what it has signed.

    Raises:
        Refused: The folder cannot be written to, or the key that is to be retired cannot be read.
    """
    if path().exists():
        if not renew:
            return False
        listed = retired() | {public(): time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        private.write(_retired(), json.dumps(listed, indent=1).encode() + b"\n")
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private.write(path(), content)
    return True
