"""`make bench`: what mails and calls cost, what a desk adds, replaying rules, clocks due together, cards.

    python -m tests.bench                 everything, about a quarter of an hour
    python -m tests.bench replay clocks   only these parts; `make bench BENCH="replay clocks"`
    python -m tests.bench --quick         everything in small, to see that it works
    python -m tests.bench --json OUT      the figures as JSON too

mail      CPU, latency and memory beside the bare minimum for the same work (mail_cost.py)
desk      CPU with teams, assignment and service levels, beside a desk without them (desk/)
replay    `router replay` over 100,000 messages with fifty rules (replay/)
clocks    how late clocks fire when 5,000 of 100,000 are due in the same second (clocks/)
cards     10,000 changes of cards in Slack within a minute, and how long replies to customers take meanwhile (cards/)
calls     500 calls at once: how soon Twilio's webhooks are answered, and CPU a call (calls/)

Each part but mail also runs alone, with options of its own: `python -m tests.bench.replay --help`. Exits with 1 if a
target is missed.
"""

import sys

from tests.bench.calls.calling import calling
from tests.bench.cards.storm import storm
from tests.bench.clocks.lateness import lateness
from tests.bench.desk.overhead import overhead
from tests.bench.mail_cost import mail_cost
from tests.bench.replay.speed import speed
from tests.bench.report import run

PARTS = {"mail": mail_cost, "desk": overhead, "replay": speed, "clocks": lateness, "cards": storm, "calls": calling}

if __name__ == "__main__":
    sys.exit(run(PARTS, __doc__))
