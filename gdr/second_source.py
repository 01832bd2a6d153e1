"""Blocks from the file on the control host, for whatever must work without the Prefect server."""

import os
from pathlib import Path

from blocks import reach
from gdr.answer import BadInput
from model.environment.environment import Environment


def use_second_source(known: Environment) -> None:
    """Load blocks from the file from now on, and refuse one that lacks what the environment names.

    Raises:
        BadInput: A block is missing.
        Refused: The file is missing, readable by others, or no block file, or a block is wrong.
    """
    os.environ["GDR_BLOCKS_FROM"] = "file"
    file = reach.second_source()
    for name in require(known, file):
        reach.from_file(name, file)


def require(known: Environment, file: Path) -> set[str]:
    """Return the names of all blocks an environment names, all of which are in the file.

    Raises:
        BadInput: A block is missing.
    """
    needed = blocks_of(known)
    if missing := sorted(needed - set(reach.documents(file))):
        raise BadInput(f"{file}: {', '.join(missing)}: no such block, and {known.name}.yaml names it: add it")
    return needed


def blocks_of(known: Environment) -> set[str]:
    """Return the names of all blocks an environment file uses."""
    dns = known.dns
    machines = [*known.power, *dns.resolvers, *dns.servers, *(host for _, host in known.all_hosts())]
    holders = [*machines, known.database, known.approval.slack]
    mirrors = (known.evidence.mirror, known.evidence.second_disk)
    stores = {name for mirror in mirrors if mirror is not None and (name := mirror.block or mirror.access)}
    return stores | {name for holder in holders if (name := getattr(holder, "access", None))}
