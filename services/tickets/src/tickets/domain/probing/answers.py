"""The answer to a probe: its acknowledgement alone really leaves, to the one address that the operator has named.

It is what any customer would have got, so it names a ticket that there is not; only its id tells what it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tickets.domain.rows import OutboxRow
from ventanilla_contracts.ids import event_id

_TYPE: Final = "notification.requested.v1"
_SOURCE: Final = "probe/"
_LIFE: Final = timedelta(minutes=10)
"""An answer that is later than that proves nothing."""


def answer_id(probe_id: str) -> str:
    """The notification that answers a probe."""
    return event_id(_TYPE, f"{_SOURCE}{probe_id}")


def is_answer(notification_id: str) -> bool:
    """Whether a notification answers a probe."""
    return notification_id.startswith(f"{_TYPE}:{_SOURCE}")


def probe_of(notification_id: str) -> str:
    """Which probe a notification answers."""
    return notification_id.removeprefix(answer_id(""))


def answer_among(rows: Sequence[OutboxRow], probe_id: str, now: datetime) -> OutboxRow | None:
    """Of all that a probe's ticket would have sent its acknowledgement, as the answer; None: there is none."""
    for row in rows:
        if row.type == _TYPE and row.medium == "email":
            id_, expires_at = answer_id(probe_id), now + _LIFE
            payload = {**row.payload, "id": id_, "expires_at": expires_at}
            return replace(
                row, source=f"{_SOURCE}{probe_id}", payload=payload, notification_id=id_, expires_at=expires_at
            )
    return None
