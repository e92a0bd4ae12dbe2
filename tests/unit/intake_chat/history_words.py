"""Messages of a history for tests: so many minutes ago."""

from datetime import UTC, datetime, timedelta
from typing import Any

from intake_chat.domain.slack.catching_up import Hole, events_of, stamp_of
from intake_chat.domain.slack.events import happening_of

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
DAYS, WEEKS = timedelta(days=3), timedelta(days=14)
FORTNIGHT = 14 * 24 * 60
Json = dict[str, Any]


def ts(minutes_ago: float) -> str:
    return stamp_of(NOW - timedelta(minutes=minutes_ago))


HOLE = Hole(ts(60), ts(0), ts(0), ts(9000))


def said(minutes_ago: float, text: str = "hola", user: str = "U1", **more: Any) -> Json:
    return {"type": "message", "user": user, "text": text, "ts": ts(minutes_ago), "team": "T1", **more}


def told(message: Json, hole: Hole = HOLE) -> list[Any]:
    """What a message of the hole is to the desk."""
    return [happening_of(one) for one in events_of("T1", "C1", "channel", message, hole)]
