"""When certificates of this host end: X.509 in PEM and OpenSSH's own, read without any program.

Sources: RFC 5280, section 4.1 (the fields before `validity`); OpenSSH, PROTOCOL.certkeys (the fields before `valid
before`, behind as many of the key's own as its kind has).
"""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gdr_host.host import ROOT, Facts, Fault, under_root
from gdr_host.postgresql import sql

FOREVER = 253402300799  # the last second of the year 9999, which both formats use for "no end"
PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
KEY_FIELDS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
}
SERVED = "select case when current_setting('ssl') = 'on' then current_setting('ssl_cert_file') else '' end;"
VERSION, UTC_TIME = 0xA0, 0x17


def certificates(facts: Facts) -> list[Facts]:
    """Tell the end of every certificate that host.json names, of sshd's, and of the DBMS's own."""
    return [_told(path) for path in _paths(facts)]


def _paths(facts: Facts) -> Iterator[Path]:
    yield from map(under_root, facts.get("certificates") or [])
    yield from sorted((ROOT / "etc/ssh").glob("*-cert.pub"))
    if facts["database"]:
        yield from _of_server(facts)


def _of_server(facts: Facts) -> Iterator[Path]:
    """Name the server's certificate where it serves TLS. One that does not answer names none: that, others see."""
    try:
        served = sql(facts, SERVED, within=2)
    except Fault:
        return
    if served:
        yield under_root(served if served[0] == "/" else f"{facts['database']['data_directory']}/{served}")


def _told(path: Path) -> Facts:
    shown = f"/{path.relative_to(ROOT)}"
    try:
        return {"path": shown, "ends": ends(path.read_text()), "fault": ""}
    except OSError as error:
        return {"path": shown, "ends": None, "fault": f"{error.strerror}: correct host.json, or put it there"}
    except (ValueError, IndexError, KeyError):
        return {"path": shown, "ends": None, "fault": "is no certificate that can be read (PEM, or OpenSSH's)"}


def ends(text: str) -> float:
    """Return when the first of a file's certificates ends: a chain is worth no more."""
    found = PEM.findall(text)
    if found:
        return min(_x509(base64.b64decode(block)) for block in found)
    return _ssh(base64.b64decode(text.split()[1], validate=True))


def _x509(der: bytes) -> float:
    _, certificate = _der(der)[0]
    _, signed = _der(certificate)[0]
    fields = _der(signed)
    validity = fields[4 if fields[0][0] == VERSION else 3]
    _, (kind, end) = _der(validity[1])
    return _time(end.decode("ascii"), two_digits=kind == UTC_TIME)


def _der(content: bytes) -> list[tuple[int, bytes]]:
    """Return the elements that stand in a row: tag and content of each."""
    found = []
    while content:
        size, at = content[1], 2
        if size & 0x80:
            at += size & 0x7F
            size = int.from_bytes(content[2:at], "big")
        found.append((content[0], content[at : at + size]))
        content = content[at + size :]
    return found


def _time(text: str, *, two_digits: bool) -> float:
    """Read a time; of a year in two digits, 50 and more lie in the last century."""
    century = ("19" if text[:2] >= "50" else "20") if two_digits else ""
    return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _ssh(blob: bytes) -> float:
    kind, rest = _string(blob)
    for _ in range(1 + KEY_FIELDS[kind.decode("ascii").partition("-cert-v01@")[0]]):  # the nonce comes first
        _, rest = _string(rest)
    rest = rest[12:]  # serial and type
    for _ in ("key id", "principals"):
        _, rest = _string(rest)
    return min(int.from_bytes(rest[8:16], "big"), FOREVER)


def _string(blob: bytes) -> tuple[bytes, bytes]:
    size = 4 + int.from_bytes(blob[:4], "big")
    if len(blob) < size:
        raise ValueError("cut short")
    return blob[4:size], blob[size:]
