"""W3C trace context, carried from the door to the answer in the `traceparent` header.

No spans are recorded here: the ids alone let a log line, an event and a mail be found together. An exporter can be
added on top without touching a service.
"""

import re
from random import getrandbits

HEADER = "traceparent"
_SHAPE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\Z")


def new_traceparent() -> str:
    """Start a trace: version 00, random ids, sampled."""
    # Not secret, only distinct: the system's own source of chance would be asked several times for each message.
    return f"00-{getrandbits(128) or 1:032x}-{getrandbits(64) or 1:016x}-01"


def child_of(parent: str | None) -> str:
    """Continue a trace with a new span id; a missing or malformed parent starts a new trace."""
    if parent and (match := _SHAPE.match(parent)):
        return f"00-{match[1]}-{getrandbits(64) or 1:016x}-{match[3]}"
    return new_traceparent()


def trace_id(traceparent: str | None) -> str | None:
    """The trace's id for log lines, or None."""
    match = _SHAPE.match(traceparent or "")
    return match[1] if match else None
