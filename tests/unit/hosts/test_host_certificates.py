"""gdr-host inventory, the real script: when certificates end. The certificates are real ones."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    SSHCertificateBuilder,
    SSHCertificateType,
)

from tests.unit.host_fakes.stage import Stage

END = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
FAR = datetime(2061, 2, 3, 4, 5, 6, tzinfo=UTC)
OLD = datetime(1999, 2, 3, 4, 5, 6, tzinfo=UTC)
HOLLOW = "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----"
KEYS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
}


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def pem(end: datetime) -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=90), end)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def ssh(kind: str, before: int) -> str:
    key: Any = KEYS[kind]()
    made = SSHCertificateBuilder().public_key(key.public_key()).serial(7).type(SSHCertificateType.HOST)
    made = made.key_id(b"r1-fw-p").valid_principals([b"r1-fw-p", b"198.18.1.11"]).valid_after(0).valid_before(before)
    return made.sign(ed25519.Ed25519PrivateKey.generate()).public_bytes().decode() + " a comment\n"


def put(host: Stage, path: str, text: str) -> None:
    file = host.root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def told(host: Stage) -> list[dict[str, Any]]:
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout)["certificates"])


@pytest.mark.parametrize("end", [END, FAR, OLD], ids=["this half century", "the next", "the last"])
def test_the_end_of_a_certificate_in_pem(host: Stage, end: datetime):
    host.describe(certificates=["/etc/ssl/a.crt"])
    put(host, "/etc/ssl/a.crt", "Bag Attributes\n" + pem(end))
    assert told(host) == [{"path": "/etc/ssl/a.crt", "ends": end.timestamp(), "fault": ""}]


def test_a_chain_ends_with_its_first_certificate(host: Stage):
    host.describe(certificates=["/etc/ssl/a.crt"])
    put(host, "/etc/ssl/a.crt", pem(FAR) + pem(END))
    assert told(host)[0]["ends"] == END.timestamp()


@pytest.mark.parametrize("kind", KEYS)
def test_the_end_of_sshds_certificate_is_found_unnamed(host: Stage, kind: str):
    put(host, "/etc/ssh/ssh_host_key-cert.pub", ssh(kind, int(END.timestamp())))
    assert told(host) == [{"path": "/etc/ssh/ssh_host_key-cert.pub", "ends": END.timestamp(), "fault": ""}]


def test_a_certificate_without_an_end_ends_with_the_year_9999(host: Stage):
    put(host, "/etc/ssh/ssh_host_key-cert.pub", ssh("ed25519", 2**64 - 1))
    assert told(host)[0]["ends"] == 253402300799


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519 AAAA",
        "ssh-ed25519-cert-v01@openssh.com AAAAC",
        "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_certificate_is_unknown(host: Stage, text: str):
    host.describe(certificates=["/etc/ssl/a.crt"])
    put(host, "/etc/ssl/a.crt", text)
    (found,) = told(host)
    assert (found["ends"], found["fault"]) == (None, "is no certificate that can be read (PEM, or OpenSSH's)")


def test_a_certificate_that_is_not_there_is_named(host: Stage):
    host.describe(certificates=["/etc/ssl/a.crt"])
    (found,) = told(host)
    assert found["fault"] == "No such file or directory: correct host.json, or put it there"


@pytest.mark.parametrize(
    ("served", "path"),
    [("server.crt", "/var/lib/postgresql/data/server.crt"), ("/etc/ssl/db.crt", "/etc/ssl/db.crt"), ("", None)],
)
def test_a_dbms_that_serves_tls_names_its_own(host: Stage, served: str, path: str | None):
    host.with_database()
    host.put("server.json", {"ssl_cert_file": served})
    if path:
        put(host, path, pem(END))
    assert [(one["path"], one["ends"]) for one in told(host)] == ([(path, END.timestamp())] if path else [])


def test_a_dbms_that_does_not_answer_names_none(host: Stage):
    host.with_database()
    host.put("server.json", {"running": False})
    assert told(host) == []
