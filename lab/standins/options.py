"""The command line of a daemon: `-name value`, as the vendor's programs take theirs.

Twenty of them start with a laboratory, and argparse is a tenth of such a start.
"""

import sys
from collections.abc import Mapping, Sequence


def options(usage: str, argv: Sequence[str], known: Mapping[str, str | None]) -> dict[str, str]:
    """Return what each known option is; one that is None there has to be given. Exits 2, with the usage, on others."""
    given = dict(zip(argv[::2], argv[1::2], strict=False))
    asked = {name: given.get(name, default) for name, default in known.items()}
    if len(argv) % 2 or not given.keys() <= known.keys() or None in asked.values():
        sys.stderr.write(f"usage: {usage}\n")
        sys.exit(2)
    return {name: value for name, value in asked.items() if value is not None}
