"""Who is asked: the product's own command, and what the standard library makes of the same mails.

Both are processes that read a path a line and answer each with a line of JSON, so that neither can hang or end the
score.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRODUCT = (str(Path(sys.executable).with_name("intake-email")), "parse")
STANDARD_LIBRARY = (sys.executable, "-m", "tests.mail_score.standard_library")
FIELDS = frozenset([
    "message_id", "in_reply_to", "references", "from", "reply_to", "to", "cc", "subject", "date", "text", "reply_text",
    "html", "language", "auto_submitted", "bounce", "attachments", "authentication", "defects",
])  # fmt: skip
DEADLINE_SECONDS = 10.0
_REPOSITORY = Path(__file__).parents[2]
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a mail; `fields` is None where it did not answer in time, or died."""

    fields: dict[str, Any] | None
    seconds: float


class Reader:
    """A command that is asked mail by mail; it is started again where it dies or hangs. A context manager."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def ask(self, path: Path) -> Answer:
        """What it says of a mail, with the processor time that took."""
        if self._process is None:
            self._start()
        # Whatever is loaded with the first mail belongs to the start.
        return self._ask(path)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_REPOSITORY), "PYTHONWARNINGS": "ignore"},
        )
        self._ask(Path(os.devnull))

    def _ask(self, path: Path) -> Answer:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return Answer(None, 0.0)
        before = _processor_seconds(process.pid)
        try:
            process.stdin.write(f"{path}\n".encode())
            process.stdin.flush()
        except BrokenPipeError:
            self._stop()
            return Answer(None, 0.0)
        line = _line(process.stdout.fileno(), time.monotonic() + DEADLINE_SECONDS)
        seconds = _processor_seconds(process.pid) - before
        fields = _object(line)
        if fields is None:
            self._stop()
        return Answer(fields, seconds)

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


def _line(descriptor: int, deadline: float) -> bytes:
    """The next line; what came of it where the time is over or the process ended."""
    found: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and selector.select(left):
            piece = os.read(descriptor, _READ_BYTES)
            found.append(piece)
            if not piece or piece.endswith(b"\n"):
                break
    return b"".join(found)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _processor_seconds(pid: int) -> float:
    """Processor time of a process; the clock's where the system does not tell it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
