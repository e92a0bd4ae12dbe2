"""Runs a service's command under a sampling profiler of its own: where does its CPU go, step by step?

    python -m tests.bench.sampled OUT.json tickets serve

Every millisecond of CPU that the process uses, the step it is in counts once: the innermost frame that belongs to one
of the steps below. When the process ends, the counts are written as JSON. Costs a few per cent, so figures of
throughput are taken without it.
"""

import json
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

INTERVAL_SECONDS = 0.001
STEPS = (
    ("intake_email/adapters/smtp", "SMTP dialogue"),
    ("aiosmtpd/", "SMTP dialogue"),
    ("intake_email/handlers/accept", "accept"),
    ("ventanilla_contracts/ids", "mail id"),
    ("intake_email/domain/compose", "compose mail"),
    ("intake_email/adapters/", "hand over mail"),
    ("intake_email/handlers/send", "send"),
    ("intake_email/domain/", "parse mail"),
    ("intake_email/handlers/parse", "build event"),
    ("router/domain/", "decide"),
    ("router/adapters/", "decide"),
    ("router/", "build event"),
    ("tickets/domain/settling/reading", "read event"),
    ("tickets/domain/settling/search_terms", "search terms"),
    ("tickets/adapters/languages", "language"),
    ("tickets/adapters/words", "render words"),
    ("tickets/domain/outgoing", "encode events"),
    ("tickets/domain/", "decide and build rows"),
    ("tickets/adapters/outbox", "outbox"),
    ("tickets/adapters/postgres/ledger", "audit and sweep"),
    ("tickets/handlers/ledger/audit", "audit and sweep"),
    ("tickets/handlers/ledger/sweep", "audit and sweep"),
    ("tickets/adapters/postgres", "Postgres client"),
    ("asyncpg/", "Postgres client"),
    ("structlog/", "logs"),
    ("ventanilla_runtime/logs", "logs"),
    ("ventanilla_runtime/publish", "publish"),
    ("ventanilla_runtime/", "consume"),
    ("nats/", "NATS client"),
)
_names: dict[str, str | None] = {}


def step_of(frame: FrameType | None) -> str:
    """The step that a stack is in."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path not in _names:
            _names[path] = next((name for part, name in STEPS if part in path), None)
        if found := _names[path]:
            return found
        frame = frame.f_back
    return "event loop"


def main() -> None:
    """Sample the command given after the output file."""
    out, command = Path(sys.argv[1]), sys.argv[2]
    counts: Counter[str] = Counter()

    def sample(_: int, frame: FrameType | None) -> None:
        counts[step_of(frame)] += 1

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)
    package = command.replace("-", "_")
    sys.argv = [command, *sys.argv[3:]]
    try:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        out.write_text(json.dumps(counts))


if __name__ == "__main__":
    main()
