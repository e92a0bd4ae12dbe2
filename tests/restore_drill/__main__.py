"""`make restore-drill`: destroy a desk of one's own under traffic, restore it from its backups, compare the two lives.

    python -m tests.restore_drill                 40 customers, about a minute and a half
    python -m tests.restore_drill --customers 400
    python -m tests.restore_drill --streams-first the other way round: what that costs
    python -m tests.restore_drill --kill-sender   the relay may have what nobody knows of: it is listed before it goes
    python -m tests.restore_drill --json          the figures as JSON on standard output

The database is backed up first, the desk works on, the streams are backed up later: so the restored database is older
than the streams. Everything is on 127.0.0.1 and in a folder that is removed. Exits with 1 if anything is not right.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.restore_drill.drill import Drill
from tests.restore_drill.report import as_data, compared, screen


def main() -> int:
    """Run the drill; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=40, help="how many write (at least 8)")
    parser.add_argument("--streams-first", action="store_true", help="the wrong order: the streams are older")
    parser.add_argument("--kill-sender", action="store_true", help="kill the sender of mails in the middle of it too")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-drill-"))
    folder.chmod(0o755)  # Postgres is another user where we are root
    try:
        drill = Drill(
            folder,
            max(given.customers, 8),
            lambda text: print(text, file=sys.stderr, flush=True),
            streams_first=given.streams_first,
            kill_sender=given.kill_sender,
        )
        outcome = asyncio.run(drill.run())
        lines = compared(outcome)
        print(json.dumps(as_data(outcome, lines), indent=1) if given.json else screen(outcome, lines))
        return 0 if all(line.right for line in lines) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
