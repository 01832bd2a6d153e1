"""Where `gdr` begins."""

import importlib
import pkgutil

from gdr import cli
from gdr.cli.app import app


def main() -> None:
    """Load every verb, one file each, and run the one that was asked for."""
    for module in pkgutil.iter_modules(cli.__path__):
        if module.name not in ("main", "app"):
            importlib.import_module(f"gdr.cli.{module.name}")
    app()
