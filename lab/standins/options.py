"""The command line of a daemon: `-name value`, as the vendor's programs take theirs.

Twenty of them start with a laboratory, and argparse is a tenth of such a start.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn


def options(usage: str, argv: Sequence[str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Return what each known option is; one that is None there has to be given. Exits 2, with the usage, on others."""
    names, given = argv[::2], dict(zip(argv[::2], argv[1::2], strict=False))
    asked = {name: given.get(name, default) for name, default in known.items()}
    if len(argv) % 2 or len({*names}) < len(names) or not given.keys() <= known.keys() or None in asked.values():
        _refuse(usage)
    return {name: value for name, value in asked.items() if value is not None}


def port(usage: str, *given: str) -> int:
    """Return the one port number that is given. Exits 2, with the usage, on anything else."""
    if len(given) != 1 or not given[0].isdecimal():
        _refuse(usage)
    return int(given[0])


def _refuse(usage: str) -> NoReturn:
    """End with the usage, as what was asked is not understood."""
    sys.stderr.write(f"usage: {usage}\n")
    sys.exit(2)
