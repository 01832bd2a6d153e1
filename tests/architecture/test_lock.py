"""The lock keeps the pins without which Prefect does not start or not schedule; hashes, and no address."""

import re
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.architecture.repository import ROOT

PINS = [Requirement(text) for text in ("prefect==3.8.8", "fastapi<0.151", "sqlalchemy<2.1")]
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def faults(lock: str) -> Iterator[str]:
    entries = list(ENTRY.finditer(lock))
    versions = {entry[1].lower(): Version(entry[2]) for entry in entries}
    for pin in PINS:
        if pin.name not in versions:
            yield f"{pin.name}: missing"
        elif versions[pin.name] not in pin.specifier:
            yield f"{pin.name}: {versions[pin.name]} is not {pin.specifier}"
    ends = [entry.start() for entry in entries[1:]] + [len(lock)]
    for entry, end in zip(entries, ends, strict=True):
        if "--hash=sha256:" not in lock[entry.start() : end]:
            yield f"{entry[1]}: no hash"
    if found := re.search(r"\w+://\S*", lock):
        yield f"{found[0]}: an address"


def test_the_lock_is_sound() -> None:
    assert list(faults((ROOT / "requirements.lock").read_text())) == []


def test_the_installer_takes_nothing_without_its_hash_but_ourselves() -> None:
    assert re.search(r"^uv==\d", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    takes = re.findall(r"pip (?:install|sync) .*", (ROOT / ".ci" / "install").read_text())
    ours = [line for line in takes if "--require-hashes" not in line]
    assert len(takes) == 3
    assert [line.split()[-1] for line in ours] == ["."]
    assert "--no-deps" in ours[0]


SOUND = "".join(
    f"{name}=={version} \\\n    --hash=sha256:00\n"
    for name, version in (("fastapi", "0.150.0"), ("prefect", "3.8.8"), ("sqlalchemy", "2.0.58"))
)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("", "", 0),
        ("0.150.0", "0.151.0", 1),
        ("3.8.8", "3.9.1", 1),
        ("2.0.58", "2.1.9", 1),
        ("prefect==", "prefects==", 1),
        ("0.150.0 \\\n    --hash=sha256:00", "0.150.0", 1),
        ("fastapi==", "--index https://packages.example.com\nfastapi==", 1),
    ],
)
def test_a_fault_is_noticed(old: str, new: str, count: int) -> None:
    assert len(list(faults(SOUND.replace(old, new) if old else SOUND))) == count
