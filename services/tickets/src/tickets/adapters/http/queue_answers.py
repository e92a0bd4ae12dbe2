"""What clients get of queues, as plain data."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from tickets.adapters.http.answers import ticket_answer
from tickets.adapters.postgres.queue_reads import OnCall
from tickets.domain.correspondence.notices import Desk
from tickets.domain.service_levels.next_due import next_due, state_of
from tickets.domain.service_levels.stored_state import read_state

_SHOWN_CHARACTERS: Final = 160


def queued_answer(row: Mapping[str, Any], desk: Desk, now: datetime, *, may_write: bool) -> dict[str, Any]:
    """A ticket with what decides when to work on it."""
    said = None
    if row["said_at"] is not None:
        author = row["said_by"] or row["said_from"]
        said = {"kind": row["said_kind"], "author": author, "at": row["said_at"], "text": beginning(row["said_words"])}
    return {
        **ticket_answer(row, desk, may_write=may_write),
        "next_due": _next_due(row, now),
        "waiting_since": row["waiting_since"],
        "last_message": said,
        "mention": None,
        "page": None,
    }


def mention_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A note that names somebody."""
    return {
        "id": row["id"],
        "message": str(row["message_id"]),
        "by": row["actor"],
        "at": row["at"],
        "text": beginning(row["words"]),
    }


def page_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A call that waits for somebody."""
    return {"id": str(row["id"]), **{name: row[name] for name in ("ladder", "attempt", "paged_at", "answer_by")}}


def duties_answer(duties: Iterable[OnCall]) -> list[dict[str, Any]]:
    """What somebody is on call for."""
    return [{"rota": one.rota, "until": one.until} for one in duties]


def beginning(text: str) -> str:
    """The first characters of a text on one line, with an ellipsis where there is more."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1].rstrip() + "…"


def _next_due(row: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    if not row["level"]:
        return None
    state = read_state(orjson.loads(row["level"]))
    first = next_due(state)
    if first is None:
        return None
    return {"clock": first.clock, "at": first.at, "state": state_of(state.clocks[first.clock], now)}
