"""`python -m tests.bench.clocks`: how late breaches are when 5,000 of 100,000 open clocks fall due in the same second.

    --tickets 100000   open tickets, each with its clocks
    --due 5000         so many of them fall due in one second
    --workers 2        processes that fire
    --json             the figures as JSON

Targets: half of them within a second, the last within five; each exactly once. Exits with 1 if one is missed. Lateness
is from when a breach was due to when its line in the history was committed.
"""

import argparse
import sys

from tests.bench.clocks.lateness import DUE, TICKETS, WORKERS, lateness
from tests.bench.report import run


def ask(parser: argparse.ArgumentParser) -> None:
    """What this bench alone can be told."""
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--due", type=int, default=DUE)
    parser.add_argument("--workers", type=int, default=WORKERS)


if __name__ == "__main__":
    sys.exit(run({"clocks": lateness}, __doc__, ask))
