"""What a server keeps of a password: statements carry this alone, for a server may log every statement.

Sources: PostgreSQL, libpq's PQencryptPasswordConn and pg_authid; RFC 5802 and RFC 7677 (SCRAM-SHA-256); RFC 4013
(SASLprep), which PostgreSQL leaves out where it does not let a password pass.
"""

import hashlib
import hmac
import os
import stringprep
import unicodedata
from base64 import b64encode

ITERATIONS, SALT_BYTES = 4096, 16
PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def verifier(password: str, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return what `alter role ... password` takes in the place of a password."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password).encode(), salt, iterations)
    client, server = (hmac.digest(salted, name, "sha256") for name in (b"Client Key", b"Server Key"))
    stored = hashlib.sha256(client).digest()
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()


def prepared(password: str) -> str:
    """Let different ways to write one password be one; what SASLprep forbids stays as it is."""
    if password.isascii():
        return password  # of these, it changes none
    mapped = "".join(
        " " if stringprep.in_table_c12(letter) else letter for letter in password if not stringprep.in_table_b1(letter)
    )
    found = unicodedata.normalize("NFKC", mapped)
    return found if _allowed(found) else password


def _allowed(text: str) -> bool:
    """Whether nothing in it is prohibited or unassigned, and it does not mix directions."""
    if not text or any(forbids(letter) for letter in text for forbids in PROHIBITED):
        return False
    if not any(map(stringprep.in_table_d1, text)):
        return True
    mixed = any(map(stringprep.in_table_d2, text))
    return not mixed and stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
