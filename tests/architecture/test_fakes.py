"""A fake is trusted only where the same assertions ran against it and against the real system."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.repository import ROOT, parsed, plant, sources


def untested_fakes(root: Path) -> list[str]:
    """List fakes without a contract test of their name."""
    fakes = [path.stem for path in sources(root, "tests/fakes") if path.stem != "__init__"]
    return [name for name in fakes if not (root / "tests/contract" / f"test_{name}.py").exists()]


def protocol_methods(root: Path) -> Iterator[tuple[str, str]]:
    reach = root / "blocks" / "reach.py"
    for node in parsed(reach).body if reach.exists() else ():
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("Protocol") for base in node.bases):
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_"):
                    yield node.name, method.name


def uncalled_methods(root: Path) -> list[str]:
    """List methods of the Protocols that no contract test calls."""
    called = {
        node.func.attr
        for path in sources(root, "tests/contract")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return [f"{protocol}.{method}" for protocol, method in protocol_methods(root) if method not in called]


def test_every_fake_has_a_contract() -> None:
    assert untested_fakes(ROOT) == []


def test_every_protocol_method_is_called_by_a_contract() -> None:
    assert uncalled_methods(ROOT) == []


def test_an_untested_fake_is_noticed(tmp_path: Path) -> None:
    plant(tmp_path, "tests/fakes/__init__.py", "")
    plant(tmp_path, "tests/fakes/firewall.py", "")
    assert untested_fakes(tmp_path) == ["firewall"]
    plant(tmp_path, "tests/contract/test_firewall.py", "")
    assert untested_fakes(tmp_path) == []


def test_an_uncalled_method_is_noticed(tmp_path: Path) -> None:
    protocol = "class Shell(Protocol):\n    async def read(self) -> str: ...\n    async def act(self) -> str: ...\n"
    plant(tmp_path, "blocks/reach.py", protocol + "class Plain:\n    def other(self): ...\n")
    plant(
        tmp_path,
        "tests/contract/test_shell.py",
        "async def test(shell):\n    await shell.read()\n    shell.act\n",
    )
    assert uncalled_methods(tmp_path) == ["Shell.act"]
