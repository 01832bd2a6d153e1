"""Measure the product against its budgets: `python -m bench [switchover|resume|check|lab ...]`. Nothing fails here."""

import argparse

from bench import check, resume, switchover
from bench.laboratory import laboratory
from bench.table import Row, machine, table
from lab import preflight

IN_LAB = {"switchover": switchover.rows, "resume": resume.rows}
NAMES = (*IN_LAB, "check", "lab")


def main() -> None:
    """Run the comparisons that are named, all unless told otherwise, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all by default")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: no such comparison: one of {', '.join(NAMES)}")
    names, rows = options.names or NAMES, list[Row]()
    print(machine())
    if "check" in names:
        rows += check.rows(options.rounds)
    if {"lab", *IN_LAB} & {*names}:
        preflight.require_root()
        with laboratory(rows) as lab:
            for name, measured in IN_LAB.items():
                rows += measured(lab, options.rounds) if name in names else ()
    print(f"{machine()}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
