"""What a server keeps of a password, held against RFC 7677 and RFC 4013."""

import hashlib
import hmac
from base64 import b64decode

import pytest
from gdr_host.scram import prepared, verifier

NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
SAID = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={NONCE},s={SALT},i=4096,c=biws,r={NONCE}".encode()
PROOF = b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
SIGNATURE = b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_the_exchange_of_rfc_7677_is_proven_by_it():
    kind, with_salt, keys = verifier("pencil", b64decode(SALT)).split("$")
    stored, server = map(b64decode, keys.split(":"))
    assert (kind, with_salt) == ("SCRAM-SHA-256", f"4096:{SALT}")
    assert hmac.digest(server, SAID, "sha256") == SIGNATURE
    signed = hmac.digest(stored, SAID, "sha256")
    client = bytes(one ^ other for one, other in zip(PROOF, signed, strict=True))
    assert hashlib.sha256(client).digest() == stored


def test_the_same_password_is_kept_otherwise_each_time():
    first, second = verifier("pencil"), verifier("pencil")
    assert first != second
    assert len(b64decode(first.split("$")[1].partition(":")[2])) == 16


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0\u00e9", "a \u00e9"),
        ("\u0627\u0628", "\u0627\u0628"),
    ],
)
def test_a_password_is_prepared_as_rfc_4013_says(given: str, kept: str):
    assert prepared(given) == kept


@pytest.mark.parametrize("given", ["\u0007", "\u0627\u0031", "\u0627a\u0628", "\u00ad", "\u00e9\u0221"])
def test_a_password_that_may_not_be_prepared_is_taken_as_it_is(given: str):
    """Control characters, mixed directions, nothing at all, and what Unicode 3.2 did not know."""
    assert prepared(given) == given
