"""Which conversation a line in a direct message belongs to: lines that follow each other soon are one.

People write to the desk as they write to friends: three lines, one matter, no threads. What is known of a direct
message is a list of spans, each with the conversation that its lines make. A line that lies in a span belongs to it, so
whoever reads an event again comes to the same conversation. Pure: whether the ticket is still open is passed in.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from intake_chat.domain.slack.places import time_of

MOST_SPANS: Final = 40
"""Of one direct message are remembered; lines older than all of them stand for themselves."""
_TS: Final = re.compile(r"\d{1,12}\.\d{6}")


@dataclass(frozen=True, slots=True)
class Span:
    """Lines that are one conversation, by the time stamps of its first message, its first line and its last one."""

    root: str
    first: str
    last: str


def span_of(ts: str, spans: Sequence[Span]) -> Span | None:
    """The span in which a line lies; None: it is in none yet."""
    at = time_of(ts)
    return next((span for span in spans if time_of(span.first) <= at <= time_of(span.last)), None)


def follows(ts: str, spans: Sequence[Span], gap: timedelta) -> Span | None:
    """The span that a line may go on with: the nearest one, if no more than `gap` lies between them."""
    at = time_of(ts)
    near = [
        (min(abs(at - time_of(span.first)), abs(at - time_of(span.last))), position)
        for position, span in enumerate(spans)
    ]
    found = min(near, default=None)
    return spans[found[1]] if found is not None and found[0] <= gap else None


def placed(ts: str, spans: Sequence[Span], into: Span | None) -> tuple[str, list[Span]]:
    """The conversation of a line (its first message), and the spans with it.

    Args:
        into: what it goes on with; None: it begins a conversation of its own.
    """
    if into is None:
        return ts, _bounded([*spans, Span(ts, ts, ts)])
    earlier, later = time_of(ts) < time_of(into.first), time_of(ts) > time_of(into.last)
    wider = replace(into, first=ts if earlier else into.first, last=ts if later else into.last)
    return into.root, _bounded([wider if span == into else span for span in spans])


def joined(ts: str, root: str, spans: Sequence[Span]) -> list[Span]:
    """The spans with a message of ours with which lines that follow it soon go on, in a conversation of before.

    What lies between the two may be other conversations, so it begins a span of its own.
    """
    return list(spans) if span_of(ts, spans) is not None else _bounded([*spans, Span(root, ts, ts)])


def key(channel: str) -> str:
    """Under which the spans of a direct message are kept."""
    return f"direct.{channel}"


def goes_on_key(channel: str, root: str) -> str:
    """Under which it is kept below which message a conversation goes on whose first line is gone."""
    return f"goes_on.{channel}.{root}"


def root_key(channel: str, thread: str) -> str:
    """Under which the conversation is kept that goes on in a thread."""
    return f"goes_on_from.{channel}.{thread}"


def is_ts(text: str) -> bool:
    """Whether a text is a time stamp of Slack."""
    return _TS.fullmatch(text) is not None


def read_ts(value: bytes | None) -> str:
    """A time stamp as it was kept; "" where none was."""
    found = (value or b"").decode("utf-8", "replace")
    return found if is_ts(found) else ""


def written(spans: Sequence[Span]) -> bytes:
    """The spans, to be kept."""
    return json.dumps([[span.root, span.first, span.last] for span in spans], separators=(",", ":")).encode()


def read(value: bytes | None) -> list[Span]:
    """The spans as they were kept; none where nothing was, or another release wrote something else."""
    try:
        found = json.loads(value) if value else []
        return [Span(*map(_ts, one)) for one in found][-MOST_SPANS:]
    except (ValueError, TypeError):
        return []


def _bounded(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: time_of(span.first))[-MOST_SPANS:]


def _ts(value: object) -> str:
    if not isinstance(value, str) or not _TS.fullmatch(value):
        raise ValueError(f"{value!r} is no time stamp of Slack")
    return value
