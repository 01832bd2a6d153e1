import pytest

from tests.lab.console import private_api
from tests.lab.replayed import require_conformant


@pytest.fixture(scope="session")
def lab(lab):
    """The laboratory with a private API that stays up: a third of what a `gdr run` costs is to start its own."""
    with private_api(lab):
        yield lab


@pytest.fixture(autouse=True)
def conforms(request):
    """Replay what any test of the laboratory has left; who takes journals away replays them before."""
    yield
    if "lab" in request.fixturenames:
        require_conformant(request.getfixturevalue("lab"))
