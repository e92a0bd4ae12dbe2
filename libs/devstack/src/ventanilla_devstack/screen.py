"""What the operator sees: progress with the time since the start, and the services' logs in short lines.

Services write JSON, one object a line. All of it goes to `DATA_DIR/logs/NAME.log`, which is rotated; the terminal gets
time, event and a few values, cut to its width. Neither a load of thousands of mails a second nor a stopped terminal
holds a service up: lines beyond a hundred a second, and those that nobody takes, are counted and left out.
"""

import json
import os
import queue
import shutil
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Any

_NAME_WIDTH = 12
_NARROWEST = 80
_WAITING_LINES = 2000
_LINES_A_SECOND = 100
_LOG_LIMIT_BYTES = 10_000_000
_QUIET_KEYS = frozenset({"event", "exception", "level", "service", "span_id", "timestamp", "trace_id", "traceparent"})
_TOLD_WHOLE = frozenset({"detail", "error", "reason", "message", "problem"})
_VALUE_LIMIT = 16
_LOUD_LEVELS = frozenset({"warning", "error", "critical"})


class Screen:
    """Writes whole lines to the terminal from a thread of its own."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._started = time.monotonic()
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING_LINES)
        self._left_out = 0
        self._broken = False
        self._second = self._this_second = 0
        self._writer = threading.Thread(target=self._write, daemon=True, name="screen")
        self._writer.start()

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it; else it is a file or a pipe and gets no colour."""
        return self._out.isatty()

    @property
    def width(self) -> int:
        """Columns; 80 where nobody knows."""
        return max(_NARROWEST, shutil.get_terminal_size((_NARROWEST, 24)).columns) if self.is_terminal else _NARROWEST

    def step(self, text: str) -> None:
        """A line of progress, after the seconds since the start."""
        self.text(f"[{time.monotonic() - self._started:5.1f} s] {text}")

    def text(self, text: str) -> None:
        """Lines that must be seen; waits for a slow terminal, but not for ever."""
        try:
            self._lines.put(text, timeout=2)
        except queue.Full:
            self._left_out += 1

    def log_line(self, name: str, line: str) -> None:
        """A line of a service's log, in short; left out if there are more than anybody reads, or nobody reads."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._this_second = second, 0
        self._this_second += 1
        if self._this_second > _LINES_A_SECOND or self._lines.full():
            self._left_out += 1
            return
        self.text(f"{name:<{_NAME_WIDTH}} | {shorten(line)}"[: self.width])

    def close(self) -> None:
        """Write what waits and stop."""
        try:
            self._lines.put(None, timeout=2)
        except queue.Full:
            return
        self._writer.join(5)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._left_out and self._lines.qsize() < _WAITING_LINES // 2:
                self._print(f"… {self._left_out} lines were not shown; they are in the logs")
                self._left_out = 0
            self._print(line)

    def _print(self, line: str) -> None:
        if self._broken:
            return
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except (OSError, ValueError):
            # The reader is gone (`make run | head`); the desk goes on, and its logs are in files.
            self._broken = True


class ServiceLog:
    """Reads what one process of a service writes, until it closes its end."""

    def __init__(self, name: str, path: Path, screen: Screen) -> None:
        self.last_words = ""
        """The last line on standard error."""
        self._name = name
        self._file = RotatingFile(path)
        self._screen = screen
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def follow(self, out: IO[bytes] | None, err: IO[bytes]) -> None:
        """Start reading both ends; without `out` the errors alone."""
        for pipe, is_error in ((out, False), (err, True)):
            if pipe is None:
                continue
            thread = threading.Thread(target=self._read, args=(pipe, is_error), daemon=True, name=f"log-{self._name}")
            thread.start()
            self._threads.append(thread)

    def finish(self, within_seconds: float = 1.0) -> None:
        """Wait for the last lines of a process that has ended."""
        for thread in self._threads:
            thread.join(within_seconds)
        self._threads.clear()

    def close(self) -> None:
        """Close the log's file; nothing is being followed any more."""
        self._file.close()

    def _read(self, pipe: IO[bytes], is_error: bool) -> None:
        with pipe:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip()
                if not line:
                    continue
                with self._lock:
                    self._file.write(raw)
                if is_error:
                    self.last_words = line.strip()
                self._screen.log_line(self._name, line)


class RotatingFile:
    """An append-only file that is put aside as `NAME.1` when it has grown too large."""

    def __init__(self, path: Path, limit_bytes: int = _LOG_LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._file = path.open("ab", buffering=0)

    def write(self, raw: bytes) -> None:
        """Append a line. A full disk loses the line, not the reader."""
        try:
            self._file.write(raw)
            if self._file.tell() > self._limit_bytes:
                self._file.close()
                self._path.replace(self._path.with_name(self._path.name + ".1"))
                self._file = self._path.open("ab", buffering=0)
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """Close it; what is written afterwards is lost."""
        self._file.close()


def shorten(line: str) -> str:
    """A JSON log line as `12:30:01 mail.accepted bytes=812 account=…`; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or "event" not in entry:
        return line
    level = str(entry.get("level", "")).lower()
    parts = [_clock(entry.get("timestamp")), level.upper() if level in _LOUD_LEVELS else "", str(entry["event"])]
    parts += [f"{key}={_value(key, value)}" for key, value in entry.items() if key not in _QUIET_KEYS]
    if trace := str(entry.get("exception") or "").strip():
        parts.append(f"({trace.splitlines()[-1]})")
    return " ".join(part for part in parts if part)


def _clock(stamp: Any) -> str:
    """Local wall-clock time of an ISO stamp; empty if it is none."""
    try:
        return datetime.fromisoformat(str(stamp)).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return ""


def _value(key: str, value: Any) -> str:
    """A value in a word or two; explanations whole, ids only as far as they help to tell two apart."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace(os.linesep, " ")
    if key in _TOLD_WHOLE or len(text) <= _VALUE_LIMIT:
        return text
    return f"{text[: _VALUE_LIMIT // 2]}…{text[-_VALUE_LIMIT // 2 + 1 :]}"
