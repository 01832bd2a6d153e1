import pytest

from lab.api import Lab
from lab.identity import Identity, current


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Which laboratory these tests may build and destroy."""
    return current()


@pytest.fixture(scope="session")
def lab(identity):
    """One laboratory for all tests; it also goes down when pytest is killed."""
    lab = Lab.up(identity)
    lab.checkpoint()
    yield lab
    lab.down()
