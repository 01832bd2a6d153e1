"""Start one stand-in by name: python -m lab.standins NAME ARG..., on a host /opt/genesys/start.py NAME ARG..."""

import importlib
import sys

VERSION = "stand-in 8.5"
NAMES = ("confserv", "proxy", "scs", "message_server", "log_message_server", "lca", "client")
DATABASE_CLIENTS = ("confserv", "log_message_server", "client")


def main() -> int:
    """Import only the daemon that was asked for: twenty of them share two processors."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name == "-V":
        sys.stdout.write(f"{VERSION}\n")
        return 0
    if name not in NAMES:
        sys.stderr.write(f"standins: unknown {name!r}: one of {', '.join(NAMES)}\n")
        return 2
    if name not in DATABASE_CLIENTS:
        sys.modules["ssl"] = None  # type: ignore[assignment]  # as where Python has none: OpenSSL costs a sixth of a start
    session = importlib.import_module(f"lab.standins.{name}.session")
    return int(session.main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
