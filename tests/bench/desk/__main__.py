"""`python -m tests.bench.desk`: CPU a mail with a full desk, beside the same services with an empty one.

    --turns 6      measured turns of each, one after the other: empty, full, empty, full, …
    --mails 2000   mails a turn
    --json         the figures as JSON

The full desk has people, policies with all clocks, a ladder and fifty rules, the empty one only the shipped rules.
Both stand side by side, each on servers of its own, and take the same mails in turn; the ratio is the median of the
pairs' ratios. What happens once a mail is settled (the router is told of its customer, what waits is handed out)
belongs to its cost: a turn ends when its side has come to rest.

Target: the full desk costs at most a tenth more. Exits with 1 if it is missed.
"""

import argparse
import sys

from tests.bench.desk.overhead import MAILS, TURNS, overhead
from tests.bench.report import run


def ask(parser: argparse.ArgumentParser) -> None:
    """What this bench alone can be told."""
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--mails", type=int, default=MAILS)


if __name__ == "__main__":
    sys.exit(run({"desk": overhead}, __doc__, ask))
