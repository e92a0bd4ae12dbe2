"""W3C trace context, carried from the door to the answer in the `traceparent` header, and the spans of that way.

The ids are always there: they let a log line, an event and a mail be found together. Spans are recorded only while a
recorder is set (`otel.py`, where an operator has named a collector); without one nothing is kept and nothing imported.
What a span holds is chosen by whoever begins it: ids and numbers, never words, addresses, telephone numbers or names.
"""

import re
import time
from collections.abc import Awaitable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import Enum
from random import getrandbits
from types import TracebackType
from typing import Final, Protocol, TypeVar

import structlog

log = structlog.get_logger()

HEADER = "traceparent"
PARENT_HEADER: Final = "vnt-traceparent-parent"
"""Beside an event that waits in a table: the span that caused it. It is taken off before the event is published."""
_SHAPE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\Z")
_SAMPLED: Final = 1
_MOST_OPEN: Final = 20_000
"""More than all consumers hold together; what nobody ends makes room."""

Value = str | int | float | bool
T = TypeVar("T")


class Kind(Enum):
    """What a span is to the one above it, in OpenTelemetry's words."""

    INTERNAL = 0
    SERVER = 1
    CLIENT = 2
    PRODUCER = 3
    CONSUMER = 4


class Traceparent(str):
    """A traceparent that knows the span above it, for as long as it stays in this process."""

    __slots__ = ("parent",)
    parent: str | None


@dataclass(slots=True)
class Span:
    """One piece of work: begun, or ended and on its way to the recorder. Times are nanoseconds since 1970 UTC."""

    name: str
    kind: Kind
    traceparent: str
    parent: str | None
    start_ns: int
    attributes: dict[str, Value] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    error: str | None = None
    end_ns: int = 0


class Recorder(Protocol):
    """Takes ended spans; must return at once. A span of which it raises is lost, and nothing else."""

    def sample(self, trace_id: int) -> bool:
        """Whether a trace that begins here is recorded."""

    def record(self, span: Span) -> None:
        """Take a span that has ended."""


_recorder: Recorder | None = None
_failed = False
_open: dict[str, Span] = {}
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def record_with(recorder: Recorder | None) -> None:
    """Hand spans to this recorder from now on; None: record none."""
    global _recorder, _failed  # one for the process, as with logs: asked for with each message
    _recorder, _failed = recorder, False
    _open.clear()


def recording() -> bool:
    """Whether anybody takes spans."""
    return _recorder is not None


def new_traceparent() -> str:
    """Start a trace: version 00, random ids, sampled as the recorder wishes."""
    # Not secret, only distinct: the system's own source of chance would be asked several times for each message.
    trace = getrandbits(128) or 1
    flags = "01" if _recorder is None or _recorder.sample(trace) else "00"
    return f"00-{trace:032x}-{getrandbits(64) or 1:016x}-{flags}"


def child_of(parent: str | None) -> str:
    """Continue a trace with a new span id; a missing or malformed parent starts a new trace."""
    if not (parent and (match := _SHAPE.match(parent))):
        return new_traceparent()
    child = f"00-{match[1]}-{getrandbits(64) or 1:016x}-{match[3]}"
    return child if _recorder is None else under(child, parent)


def under(child: str, parent: str | None) -> str:
    """A traceparent with the span above it, as `child_of` makes them."""
    known = Traceparent(child)
    known.parent = parent
    return known


def headers_under(cause: str | None) -> dict[str, str]:
    """The headers of an event for a table: they survive this process.

    Args:
        cause: what brought it about; None: what is being worked on, or a trace of its own.
    """
    child = child_of(_current.get() if cause is None else cause)
    parent = getattr(child, "parent", None)
    return {HEADER: child, PARENT_HEADER: parent} if parent else {HEADER: child}


def headers_from(stored: Mapping[str, str]) -> dict[str, str]:
    """The headers to publish, from those that lay in a table."""
    headers = dict(stored)
    if parent := headers.pop(PARENT_HEADER, None):
        headers[HEADER] = under(headers.get(HEADER, ""), parent)
    return headers


def trace_id(traceparent: str | None) -> str | None:
    """The trace's id for log lines, or None."""
    match = _SHAPE.match(traceparent or "")
    return match[1] if match else None


def is_sampled(traceparent: str | None) -> bool:
    """Whether the trace is recorded; False for what is no traceparent."""
    match = _SHAPE.match(traceparent or "")
    return bool(match and int(match[3], 16) & _SAMPLED)


def current() -> str | None:
    """What is being worked on in this task, or None: for log lines, and for calls to other services."""
    return _current.get()


def note(traceparent: str | None, **attributes: Value | None) -> None:
    """Add to a span that is under way, by the traceparent that it gave; nothing where there is none.

    An underscore in a name is a dot in the attribute: `ticket_number` becomes `ventanilla.ticket.number`.
    """
    if traceparent is not None and (span := _open.get(traceparent)) is not None:
        for name, value in attributes.items():
            if value is not None:
                span.attributes[f"ventanilla.{name.replace('_', '.')}"] = value


def begin(name: str, kind: Kind, traceparent: str, parent: str | None) -> Span:
    """A span that has just begun; `end` ends it. Called only while something records."""
    span = Span(name, kind, traceparent, parent, time.time_ns())
    if len(_open) >= _MOST_OPEN:
        del _open[next(iter(_open))]
    _open[traceparent] = span
    return span


def end(traceparent: str, error: str | None = None) -> None:
    """The end of a span, by the traceparent that it gave; ending it again changes nothing."""
    span = _open.pop(traceparent, None)
    if span is None or _recorder is None:
        return
    span.end_ns = time.time_ns()
    span.error = error or span.error
    record(span)


def began(traceparent: str) -> Span | None:
    """The span that gave a traceparent, while it is under way."""
    return _open.get(traceparent)


def record(span: Span) -> None:
    """Hand over a span that is known only when it is over.

    A recorder that fails loses the span, and nothing else: whoever calls this is about to answer, publish or settle.
    """
    global _failed  # noqa: PLW0603  # said once: it would be a line for each message
    if _recorder is None:
        return
    try:
        _recorder.record(span)
    except Exception:
        if not _failed:
            log.exception("span.lost", detail="this one and those like it; said once")
        _failed = True


class working_on:  # noqa: N801  # read as a word: `with working_on(delivery.traceparent):`
    """Everything inside belongs to this trace: its log lines, and its calls to others."""

    __slots__ = ("_token", "_traceparent")

    def __init__(self, traceparent: str | None) -> None:
        self._traceparent = traceparent

    def __enter__(self) -> None:
        self._token: Token[str | None] = _current.set(self._traceparent)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


async def within(traceparent: str | None, work: Awaitable[T]) -> T:
    """The result of a piece of work that belongs to a trace: for tasks of their own."""
    with working_on(traceparent):
        return await work


class span:  # noqa: N801  # as above
    """A piece of work under `parent`, or under what is being worked on; its traceparent is what `as` gives.

    Only doors (`Kind.SERVER`) begin traces. Other work that belongs to none is no span: `as` gives "".

    Args:
        name: of few different values, as metrics have them.
        parent: a traceparent; None: the current one; "": none.
        attributes: as `note` takes them.
    """

    __slots__ = ("_attributes", "_kind", "_name", "_parent", "_token", "traceparent")
    _token: Token[str | None] | None

    def __init__(self, name: str, kind: Kind = Kind.INTERNAL, parent: str | None = None, **attributes: Value) -> None:
        self._name = name
        self._kind = kind
        self._parent = _current.get() if parent is None else parent
        self._attributes = attributes

    def __enter__(self) -> str:
        parent = self._parent
        if self._kind is not Kind.SERVER and (_recorder is None or not parent):
            # Nobody will see it: only doors give whatever comes in a trace of its own, for the log too.
            self._token = None
            self.traceparent = parent or ""
            return self.traceparent
        self.traceparent = child_of(parent)
        self._token = _current.set(self.traceparent)
        if _recorder is not None and is_sampled(self.traceparent):
            begin(self._name, self._kind, self.traceparent, getattr(self.traceparent, "parent", None))
            note(self.traceparent, **self._attributes)
        return self.traceparent

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is None:
            return
        _current.reset(self._token)
        if _recorder is not None:
            end(self.traceparent, kind.__name__ if kind else None)
