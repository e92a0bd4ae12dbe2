"""`python -m tests.bench.replay`: `router replay` over 100,000 routed messages with fifty rules, on two cores.

    --messages 100000   how many messages the stream holds
    --json              the figures as JSON

Targets: 5,000 messages a second, the start of the command included; all its processes together below 400 MB, which is
two thirds of what the messages weigh; the set in force changes nothing. Exits with 1 if one is missed.
"""

import argparse
import sys

from tests.bench.replay.speed import MESSAGES, speed
from tests.bench.report import run


def ask(parser: argparse.ArgumentParser) -> None:
    """What this bench alone can be told."""
    parser.add_argument("--messages", type=int, default=MESSAGES)


if __name__ == "__main__":
    sys.exit(run({"replay": speed}, __doc__, ask))
