"""A laboratory of its own with a log database, and a log message server on each application host."""

import pytest

from lab.api import Lab
from lab.identity import Identity
from tests.lab.replayed import require_conformant
from tests.unit.model.builders import edited
from tests.unit.model.logbook import EDITS


@pytest.fixture(scope="module")
def logging_lab(request, identity, tmp_path_factory):
    """Two regions as always, and who writes logs."""
    file = tmp_path_factory.mktemp("environment") / "lab.yaml"
    file.write_text(edited(*EDITS, *getattr(request.module, "POLICY", ())))
    lab = Lab.up(Identity(f"{identity.id[:5]}l"), environment=file, bare=getattr(request.module, "BARE", False))
    yield lab
    lab.down()


@pytest.fixture(autouse=True)
def conforms_with_logs(logging_lab):
    """Replay every journal through the model; here each command starts its private API itself, and stops it."""
    yield
    assert not (logging_lab.identity.disk("ctl") / "var/lib/genesys-dr/private/server.json").exists()
    require_conformant(logging_lab)
