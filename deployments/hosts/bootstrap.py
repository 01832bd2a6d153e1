"""Run the host side's own package on a host that has none: `python3 -I -c THIS survey | lay EPOCH`, bundle on stdin."""

import importlib
import json
import sys
import tempfile
from pathlib import Path

bundle = json.load(sys.stdin)
sys.dont_write_bytecode = True
with tempfile.TemporaryDirectory() as folder:
    package = Path(folder, "gdr_host")
    package.mkdir()
    for path, text in bundle["files"].items():
        if "/gdr_host/" in path:
            (package / path.rpartition("/")[2]).write_text(text)
    sys.path.insert(0, folder)
    status = importlib.import_module("gdr_host.laying").main(sys.argv[1:], bundle)
sys.exit(status)
