"""Log lines on their way to standard output: those of one turn of the event loop leave with one write.

A line for each message costs more in its write than in its making. Lines written outside a loop leave at once.
"""

import asyncio
import atexit
import sys
import threading


class Lines:
    """What structlog logs to: takes finished lines. Safe for use from other threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._turn: asyncio.AbstractEventLoop | None = None
        """The loop that will write what waits."""
        atexit.register(self.flush)

    def msg(self, line: bytes) -> None:
        """Write a line with the others of this turn of the event loop; at once where there is none."""
        with self._lock:
            self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._turn is not loop:
            self._turn = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what waits. A closed output loses lines and stops nobody."""
        with self._lock:
            self._turn = None
            waiting, self._waiting = self._waiting, []
        if waiting:
            try:
                sys.stdout.buffer.write(b"\n".join(waiting) + b"\n")
                sys.stdout.buffer.flush()
            except (OSError, ValueError):
                return

    debug = info = warning = error = critical = exception = fatal = msg
