"""Measure the product against its budgets: `python -m bench [NAME ...]`. Nothing fails here."""

import argparse

from bench import check, resume, scale, switchover
from bench.laboratory import laboratory
from bench.table import Row, machine, table
from lab import preflight

IN_LAB = {"switchover": switchover.rows, "resume": resume.rows}
USUAL = (*IN_LAB, "check", "lab")
NAMES = (*USUAL, "scale")


def main() -> None:
    """Run the comparisons that are named, all unless told otherwise, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all but scale by default"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environments", type=int, default=scale.ENVIRONMENTS, help="scale: how many are due at once")
    parser.add_argument("--at-once", type=int, default=scale.AT_ONCE, help="scale: how many may run at once")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: no such comparison: one of {', '.join(NAMES)}")
    names, rows = options.names or USUAL, list[Row]()
    print(machine())
    if "check" in names:
        rows += check.rows(options.rounds)
    if {"lab", *IN_LAB} & {*names}:
        preflight.require_root()
        with laboratory(rows) as lab:
            for name, measured in IN_LAB.items():
                rows += measured(lab, options.rounds) if name in names else ()
    if "scale" in names:
        preflight.require_root()
        rows += scale.rows(options.rounds, options.environments, options.at_once)
    print(f"{machine()}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
