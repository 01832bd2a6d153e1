"""The laboratory by hand: two regions and a third site on this machine."""

import argparse
import os
import pathlib
import sys
import time

from lab import (
    checkpoint,
    credentials,
    faults,
    host,
    identity,
    install,
    inventory,
    leftovers,
    meter,
    preflight,
    state,
    status,
    teardown,
    topology,
)
from lab import up as ups
from lab.errors import LabError
from lab.identity import Identity
from lab.services import prefect


def main() -> int:
    """Run one command; a fault is one sentence on stderr and exit 1."""
    options = _parser().parse_args()
    try:
        preflight.require_root()
        return int(options.run(identity.current(), options) or 0)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: object, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    command = add("install", _install, "install the programs the laboratory needs on this machine")
    command.add_argument("--tools", action="store_true", help="and what tests use: a browser, ssh-keygen")
    command.add_argument("--scale", action="store_true", help="and Redis, unpacked for the control host alone")
    command.add_argument("--proxy", action="store_true", help="and HAProxy, unpacked for the tests alone")
    command = add("up", _up, "bring the laboratory up")
    command.add_argument("--environment", type=pathlib.Path, help="build the topology of this environment file")
    command.add_argument("--bare", action="store_true", help="with bare hosts in both regions, to deploy onto")
    command.add_argument(
        "--owner", type=int, default=0, metavar="PID", help="take the laboratory down when this process ends"
    )
    add("status", _status, "show every host and service")
    add("down", _down, "remove the laboratory; safe to repeat")
    command = add("exec", _exec, "run a command on a host: exec HOST -- COMMAND")
    command.add_argument("--user", help="as this account instead of root")
    command.add_argument("host")
    command.add_argument("argv", nargs=argparse.REMAINDER)
    add("shell", _shell, "open a shell on the control host, ready for gdr")
    add("password", _password, "print what the web interface asks for")
    for verb, text in (("break", "cause a fault"), ("mend", "undo a fault")):
        command = add(verb, _fault, text)
        command.set_defaults(verb=verb)
        command.add_argument("fault", nargs="*", help="without one: list them")
    add("checkpoint", _checkpoint, "save every disk but the control host's")
    add("restore", _restore, "put the saved disks back and boot them")
    add("inventory", _inventory, "print what of this machine a laboratory could change")
    add("leftovers", _leftovers, "list everything with the laboratory's name; exit 1 if there is any")
    return parser


def _install(_lab: Identity, options: argparse.Namespace) -> None:
    install.install(tools=options.tools, scale=options.scale, proxy=options.proxy)


def _up(lab: Identity, options: argparse.Namespace) -> None:
    begun = time.monotonic()
    keep = bool(os.environ.get("KEEP"))
    file = options.environment or topology.DEFAULT
    ups.up(lab, file, 0 if keep else options.owner, keep_failed=keep, bare=options.bare)
    print(meter.line("laboratory is up", time.monotonic() - begun))


def _down(lab: Identity, _options: argparse.Namespace) -> None:
    begun = time.monotonic()
    teardown.down(lab)
    print(meter.line("laboratory is down", time.monotonic() - begun))


def _status(lab: Identity, _options: argparse.Namespace) -> int:
    return status.show(lab)


def _exec(lab: Identity, options: argparse.Namespace) -> None:
    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise LabError("exec: no command: python -m lab exec HOST -- COMMAND")
    found = state.load(lab).topology.host(options.host)
    command = host.enter(lab, found, argv, options.user)
    os.execvp(command[0], command)  # noqa: S606  # the terminal is the command's from here on


def _shell(lab: Identity, _options: argparse.Namespace) -> None:
    (control,) = state.load(lab).topology.with_role("control")
    prompt = f"PS1=ctl ({lab.id}) \\$ "
    command = host.enter(
        lab,
        control,
        prefect.command(
            ["env", prompt, f"TERM={os.environ.get('TERM', 'dumb')}", "bash", "--norc", "-i"], prefect.environment()
        ),
        "dr",
    )
    os.execvp(command[0], command)  # noqa: S606  # the terminal is the command's from here on


def _password(lab: Identity, _options: argparse.Namespace) -> None:
    print(credentials.load(lab).api_password)


def _fault(lab: Identity, options: argparse.Namespace) -> None:
    if not options.fault:
        print(faults.usage())
        return
    faults.apply(lab, options.verb, *options.fault)


def _checkpoint(lab: Identity, _options: argparse.Namespace) -> None:
    checkpoint.save(lab)


def _restore(lab: Identity, _options: argparse.Namespace) -> None:
    checkpoint.restore(lab)


def _inventory(lab: Identity, _options: argparse.Namespace) -> None:
    print("\n".join(inventory.take(lab)))


def _leftovers(lab: Identity, _options: argparse.Namespace) -> int:
    found = leftovers.scan(lab).lines()
    print("\n".join(found) if found else f"laboratory {lab.id}: nothing left")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
