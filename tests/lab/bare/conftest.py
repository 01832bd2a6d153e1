"""Bare hosts in a laboratory of their own: what these tests need, no restored moment of the other has."""

import pytest

from lab.api import Lab
from lab.identity import Identity
from model.environment.load import parse
from model.evidence import read
from model.explore.conformance import violations
from tests.lab.console import ENVIRONMENT
from tests.lab.preloaded import preloaded


@pytest.fixture(scope="module")
def bare(identity):
    """Two regions of hosts with sshd, sudo, packages and the vendor's media."""
    lab = Lab.up(Identity(f"{identity.id[:5]}b"), bare=True)
    with preloaded(lab):
        yield lab
    lab.down()


@pytest.fixture(autouse=True)
def acts_conform(bare):
    """Replay every journal: each act had its needs before it and its proofs after it, and nothing else was laid."""
    yield
    folder = bare.identity.disk("ctl") / "var/lib/genesys-dr/cases"
    known = parse(ENVIRONMENT.read_text(), ENVIRONMENT.name)
    found = {path.name: violations(known, read(path.read_text(), path.name)) for path in folder.glob("*.jsonl")}
    assert not {name: said for name, said in found.items() if said}
