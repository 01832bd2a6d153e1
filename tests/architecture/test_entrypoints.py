"""A deployment names its flow by module with dots: a path would put flows/ first on sys.path for good."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from ruamel.yaml import YAML

from tests.architecture.repository import ROOT, plant

DEPLOYMENTS = ROOT / "deployments" / "prefect.yaml"


def entrypoints(path: Path) -> list[str]:
    if not path.exists():
        return []
    document: dict[str, Any] = YAML(typ="safe").load(path)
    return [deployment["entrypoint"] for deployment in document["deployments"]]


def fault(entrypoint: str) -> str:
    """Say what is wrong with an entrypoint; empty if nothing is."""
    module, dot, name = entrypoint.rpartition(".")
    if not dot or ":" in entrypoint or "/" in entrypoint:
        return f"{entrypoint}: not dotted"
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        return f"{entrypoint}: {error}"
    return "" if isinstance(found, Flow) else f"{entrypoint}: not a flow"


def test_the_deployments_exist_once_a_runbook_does() -> None:
    assert DEPLOYMENTS.exists() or not (ROOT / "flows" / "full_failover.py").exists()


@pytest.mark.parametrize("entrypoint", sorted(set(entrypoints(DEPLOYMENTS))))
def test_an_entrypoint_is_a_flow(entrypoint: str) -> None:
    assert not fault(entrypoint)


@pytest.mark.parametrize(
    "entrypoint",
    [
        "flows/readiness.py:readiness",
        "flows.readiness:readiness",
        "flows.no_such.flow",
        "flows.__name__",
        "readiness",
    ],
)
def test_a_bad_entrypoint_is_noticed(tmp_path: Path, entrypoint: str) -> None:
    path = plant(tmp_path, "prefect.yaml", f"deployments:\n  - name: x\n    entrypoint: {entrypoint}\n")
    assert [bool(fault(found)) for found in entrypoints(path)] == [True]


def test_a_flow_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(tmp_path, "planted_runbook.py", "from prefect import flow\n\n@flow\ndef run() -> None: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert not fault("planted_runbook.run")
