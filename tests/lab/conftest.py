"""Trace conformance: what any test of the lab left in a journal is replayed through the model."""

import json

import pytest
from jsonschema import Draft202012Validator

from model.environment.load import parse
from model.evidence import read
from model.explore.conformance import violations
from tasks.bundles import SCHEMAS
from tests.lab.console import ENVIRONMENT


@pytest.fixture(autouse=True)
def conforms(request):
    """Fail the test whose journals show what the model does not allow."""
    yield
    if "lab" in request.fixturenames:
        environment = parse(ENVIRONMENT.read_text(), ENVIRONMENT.name)
        found = {path.name: violations(environment, read(path.read_text(), path.name)) for path in journals(request)}
        assert not {name: said for name, said in found.items() if said}
        assert not [fault for path in journals(request) for fault in strange(path.read_text())]


def strange(journal):
    """List what the journal's JSON schema, which is handed out with it, does not allow."""
    valid = Draft202012Validator(json.loads((SCHEMAS / "journal.json").read_text()))
    return [error.message for line in journal.splitlines() for error in valid.iter_errors(json.loads(line))]


def journals(request):
    folder = request.getfixturevalue("lab").identity.disk("ctl") / "var/lib/genesys-dr/cases"
    return sorted(folder.glob("*.jsonl"))
