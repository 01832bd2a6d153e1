"""gdr-host inventory, the real script: what the site's backup job has noted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host_fakes.stage import Stage


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def told(host: Stage, note: str | None) -> Any:
    if note is not None:
        file = host.root / "var/lib/genesys-dr/backup.json"
        file.parent.mkdir(parents=True)
        file.write_text(note)
    ran = host.run("gdr-host", "inventory")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["backup"]


def test_a_host_without_a_note_knows_of_no_backup(host: Stage):
    assert told(host, None) is None


@pytest.mark.parametrize("time", ["2026-11-21T14:00:00+00:00", "2026-11-21T15:00:00+01:00", "2026-11-21T14:00:00Z"])
def test_a_time_is_read_in_its_zone_and_what_is_left_out_is_not_known(host: Stage, time: str):
    assert told(host, json.dumps({"taken_at": time})) == {"taken_at": 1795269600.0, "restored_at": None, "fault": ""}


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("{", "Expecting property name"),
        ("[]", "has no attribute"),
        ('{"taken_at": "yesterday"}', "Invalid isoformat"),
        ('{"taken_at": 7}', "has no attribute"),
        ('{"restored_at": "2026-11-21T14:00:00"}', "2026-11-21T14:00:00 names no zone"),
    ],
)
def test_a_note_that_cannot_be_read_is_unknown_with_its_remedy(host: Stage, note: str, words: str):
    found = told(host, note)
    assert (found["taken_at"], found["restored_at"]) == (None, None)
    assert words in found["fault"]
    assert found["fault"].endswith(": let the backup job write it again")
