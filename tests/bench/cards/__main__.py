"""`python -m tests.bench.cards`: 10,000 changes of cards within a minute, at Slack's real tiers, and replies meanwhile.

    --tickets 150      with a card each; some were asked for in Slack, and are answered meanwhile
    --changes 10000    of their priority, by the desk's API
    --seconds 60       within which they are offered
    --json             the figures as JSON

Targets: every card shows its last state within three minutes of the storm's end, 99 of 100 answers to customers stand
in Slack within two seconds. Exits with 1 if one is missed. Slack takes 50 updates of messages a minute in a workspace
(`chat.update`, tier 3), whatever anybody does: in three minutes that is 150 cards.
"""

import argparse
import sys

from tests.bench.cards.storm import CHANGES, SECONDS, TICKETS, storm
from tests.bench.report import run


def ask(parser: argparse.ArgumentParser) -> None:
    """What this bench alone can be told."""
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="in which they are offered")


if __name__ == "__main__":
    sys.exit(run({"cards": storm}, __doc__, ask))
