import pytest

from tests.lab.preloaded import preloaded
from tests.lab.replayed import require_conformant


@pytest.fixture(scope="session")
def lab(lab):
    """The laboratory with what most of a `gdr run` costs done once: its private API, and its imports."""
    with preloaded(lab):
        yield lab


@pytest.fixture(autouse=True)
def conforms(request):
    """Replay what any test of the laboratory has left; who takes journals away replays them before."""
    yield
    if "lab" in request.fixturenames:
        require_conformant(request.getfixturevalue("lab"))
