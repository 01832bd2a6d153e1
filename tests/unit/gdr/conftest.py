from pathlib import Path

import pytest

from tests.unit.gdr import shell


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep every test's state to itself."""
    monkeypatch.setenv("GDR_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GDR_BLOCKS", str(tmp_path / "blocks.yaml"))
    monkeypatch.delenv("GDR_BLOCKS_FROM", raising=False)
    return tmp_path / "state"


@pytest.fixture
def gdr(capsys: pytest.CaptureFixture[str]) -> shell.Gdr:
    return shell.gdr(capsys)
