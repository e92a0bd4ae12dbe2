"""Outgoing events as they lie in the outbox: encoded once, when the transaction that causes them is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.domain.rows import OutboxRow
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.topology import stream_of


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event ready to be published.

    Attributes:
        subject: full subject with the desk's prefix.
        key: its `Nats-Msg-Id` without an attempt.
    """

    stream: str
    subject: str
    key: str
    headers: Mapping[str, str]
    body: bytes
    notification_id: str | None
    expires_at: datetime | None


def encode(
    rows: Sequence[OutboxRow], prefix: str, traced: Callable[[str | None], Mapping[str, str]]
) -> list[EncodedEvent]:
    """Encode events as CloudEvents in NATS binary mode.

    Args:
        traced: traceparent of the cause → headers by which the event belongs to its trace.
    """
    return [_encode(row, prefix, traced(row.traceparent)) for row in rows]


def _encode(row: OutboxRow, prefix: str, trace: Mapping[str, str]) -> EncodedEvent:
    subject = f"{row.type}.{row.medium}" if row.medium else row.type
    key = event_id(row.type, row.source)
    headers: dict[str, Any] = {
        "ce-specversion": "1.0",
        "ce-id": key,
        "ce-type": row.type,
        "ce-source": "/tickets",
        **trace,
    }
    return EncodedEvent(
        stream_of(subject),
        f"{prefix}.{subject}",
        key,
        headers,
        orjson.dumps(row.payload),
        row.notification_id,
        row.expires_at,
    )
