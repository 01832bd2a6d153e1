"""Bare hosts in a laboratory of their own: what these tests need, no restored moment of the other has."""

import pytest

from lab.api import Lab
from lab.identity import Identity
from tests.lab.preloaded import preloaded
from tests.lab.replayed import require_conformant


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
    require_conformant(bare)
