"""A host for one test: files under a root of its own, and fake programs first in PATH."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.unit.host_fakes.writer import ADDRESS, Writer

FAKES = Path(__file__).resolve().parent
SCRIPTS = FAKES.parents[2] / "deployments/hosts"
RECORD = "_genesys-dr.gen.test."
FRAMEWORK = [
    {"kind": "lca", "unit": "lca", "port": 4999, "started_by": "service", "status_command": None},
    {"kind": "confserv", "unit": "confserv", "port": 2020, "started_by": "service", "status_command": None},
]


def answer(
    text: str | None = None, *, status: str = "NOERROR", flags: str = "qr aa", extra: tuple[str, ...] = ()
) -> list[str]:
    """Return what a fake name server shall say: one record with this text, if any, and what else is given."""
    lines = [f'{RECORD}\t5\tIN\tTXT\t"{text}"'] if text is not None else []
    return [status, flags, *lines, *extra]


def record(*, epoch: int = 1, state: str = "steady", active: str = "region1", target: str = "region1") -> str:
    """Return the text of an activation record."""
    return f"v=1 epoch={epoch} state={state} active={active} target={target} case=- head=-"


class Stage:
    """One host under test."""

    def __init__(self, folder: Path, **facts: object) -> None:
        self.patience = 1.0
        self.root = folder / "root"
        self.state = folder / "fakes"
        self.programs = folder / "programs"
        self.path = f"{self.programs}:/usr/sbin:/usr/bin:/sbin:/bin"
        for path in ("etc/genesys-dr", "proc/net", "proc/sys/kernel/random", "var/lib/postgresql/data"):
            (self.root / path).mkdir(parents=True)
        for own in (self.state, self.programs):
            own.mkdir()
        for fake in FAKES.iterdir():
            if os.access(fake, os.X_OK) and fake.is_file():
                (self.programs / fake.name).symlink_to(fake)
        (self.root / "proc/net/if_inet6").write_text("00000000000000000000000000000001 01 80 10 80 lo\n")
        (self.root / "proc/sys/kernel/random/boot_id").write_text("11111111-2222\n")
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n198.18.1.11 cfgmaster-p.gen.test # here\n")
        self.writer = Writer(self.state)
        self.describe(**facts)
        self.put("units.json", {one["unit"]: {"state": "active"} for one in self.facts["components"]})

    def describe(self, **facts: object) -> None:
        """Write host.json: a framework host of region1, but for what is given."""
        self.facts: dict[str, Any] = {
            "host": "r1-fw-p",
            "region": "region1",
            "role": "framework_primary",
            "zone": "gen.test",
            "record": RECORD.rstrip("."),
            "writer": ADDRESS,
            "names": ["cfgmaster-p.gen.test", "cfgmaster-b.gen.test"],
            "framework_ports": [2020],
            "components": FRAMEWORK,
            "database": None,
            "resolver": None,
            "power": None,
        } | facts
        (self.root / "etc/genesys-dr/host.json").write_text(json.dumps(self.facts))

    def with_database(self) -> None:
        """Make it a DBMS host."""
        self.describe(
            host="r1-db",
            role="dbms",
            components=[{"kind": "dbms", "unit": "postgresql", "port": 5432, "status_command": None}],
            database={
                "port": 5432,
                "config_database": "config",
                "data_directory": "/var/lib/postgresql/data",
                "config_file": "/etc/postgresql/postgresql.conf",
                "bin": str(self.programs),
                "replication_user": "replica",
            },
        )
        self.put("units.json", {"postgresql": {"state": "active"}})
        (self.state / "cluster_state").write_text("in production\n")

    def put(self, name: str, value: object) -> None:
        """Set a piece of the fakes' state."""
        (self.state / name).write_text(json.dumps(value))

    def get(self, name: str):
        """Return a piece of the fakes' state."""
        return json.loads((self.state / name).read_text())

    def says(self, *answers: object) -> None:
        """Script the writing DNS server; its last answer stays."""
        self.writer.says(list(answers))

    @property
    def environment(self) -> dict[str, str]:
        """What the scripts are started with."""
        return {
            "PATH": self.path,
            "GDR_ROOT": str(self.root),
            "GDR_FAKES": str(self.state),
            "GDR_PATIENCE": str(self.patience),
            "GDR_WRITER_PORT": str(self.writer.port),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def start(self, script: str, *words: object, stdin: int | None = None) -> subprocess.Popen[str]:
        """Start a script and leave it running."""
        argv = [str(SCRIPTS / script), *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(argv, stdin=stdin, stdout=pipe, stderr=pipe, text=True, env=self.environment)

    def run(self, script: str, *words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a script to its end; `given` is its standard input."""
        with self.start(script, *words, stdin=None if given is None else subprocess.PIPE) as process:
            out, err = process.communicate(given, timeout=60)
        return subprocess.CompletedProcess([script, *map(str, words)], process.returncode, out, err)

    def calls(self, program: str | None = None) -> list[list[str]]:
        """Return the recorded calls, of one program or of all."""
        path = self.state / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if program in (None, call[0])]

    def epoch(self) -> str | None:
        """Return what the epoch's file holds."""
        path = self.root / "var/lib/genesys-dr/epoch"
        return path.read_text() if path.exists() else None

    def rules(self, chain: str = "GENESYS-DR", tool: str = "iptables") -> list[str]:
        """Return a chain as the fake kernel has it."""
        path = self.state / f"{tool}.json"
        chains = json.loads(path.read_text()) if path.exists() else {}
        return [" ".join(rule) for rule in chains.get(chain, [])]

    def end_orphan(self) -> None:
        """End the fake systemctl that outlived the script which started it."""
        os.kill(int((self.state / "stopping").read_text()), signal.SIGKILL)
