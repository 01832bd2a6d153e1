"""Trace conformance: what any test of the lab left in a journal is replayed through the model."""

import pytest

from model.environment.load import parse
from model.evidence import read
from model.explore.conformance import violations
from tests.lab.console import ENVIRONMENT


@pytest.fixture(autouse=True)
def conforms(request):
    """Fail the test whose journals show what the model does not allow."""
    yield
    if "lab" in request.fixturenames:
        environment = parse(ENVIRONMENT.read_text(), ENVIRONMENT.name)
        found = {path.name: violations(environment, read(path.read_text(), path.name)) for path in journals(request)}
        assert not {name: said for name, said in found.items() if said}


def journals(request):
    folder = request.getfixturevalue("lab").identity.disk("ctl") / "var/lib/genesys-dr/cases"
    return sorted(folder.glob("*.jsonl"))
