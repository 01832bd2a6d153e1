import pytest

from lab import checkpoint, state, topology, up
from lab.errors import LabError
from lab.identity import Identity
from lab.state import State

LAB = Identity("x1")


def test_a_moment_in_which_the_other_region_is_active_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts would be switched off for it, and their standby waited for where there is none."""
    built = topology.load(topology.DEFAULT)
    monkeypatch.setattr(state, "load", lambda _: State(topology=built, port=1))
    monkeypatch.setattr(up, "psql", lambda _lab, host, _sql: "t" if host.name == "r1-db" else "f")
    monkeypatch.setattr(up, "power_off", lambda *_: pytest.fail("switched off"))
    with pytest.raises(LabError, match="laboratory x1: region1 is not active: go back to it first"):
        checkpoint.save(LAB)
