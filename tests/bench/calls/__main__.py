"""`python -m tests.bench.calls`: 500 calls at once, each through a menu to the tone, heard out, for half a minute.

    --calls 500        that go on at the same time; who hangs up calls again
    --seconds 30       for so long
    --json             the figures as JSON

Targets: 99 of 100 webhooks are answered within 500 ms, and every call that ended is a ticket. Exits with 1 if one is
missed. CPU is of all processes of the desk, from the first webhook to the last ticket.
"""

import argparse
import sys

from tests.bench.calls.calling import CALLS, SECONDS, calling
from tests.bench.report import run


def ask(parser: argparse.ArgumentParser) -> None:
    """What this bench alone can be told."""
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seconds", type=float, default=SECONDS)


if __name__ == "__main__":
    sys.exit(run({"calls": calling}, __doc__, ask))
