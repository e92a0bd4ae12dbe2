"""Dead letters: what a service could not handle, kept with its reason until a person has looked at it."""

import base64
from datetime import UTC, datetime

from ventanilla_contracts.acceptance import CHANNEL_HEADER, HEADER
from ventanilla_contracts.events import DeadLetter
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

BODY_LIMIT_BYTES = 360 * 1024
"""Larger bodies are only named: in base64, with headers, this stays below half of a usual payload limit."""
_DETAIL_LIMIT_CHARS = 2_000
_HEADERS_LIMIT_BYTES = 32 * 1024


class DeadLetters:
    """Stores dead letters of one service."""

    def __init__(self, publisher: Publisher, prefix: str, service: str) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self._service = service

    async def store(self, delivery: Delivery, reason: Exception) -> None:
        """Keep a message that could not be handled. Storing the same one again changes nothing.

        Raises:
            Temporary: it is not stored; try again before settling the message.
        """
        place = f"{self._service}:{delivery.stream}:{delivery.created_at}:{delivery.sequence}"
        limit = min(BODY_LIMIT_BYTES, self._publisher.max_payload * 3 // 8)
        letter = DeadLetter(
            id=event_id(DeadLetter.type, place),
            service=self._service,
            stream=delivery.stream,
            created_at=delivery.created_at,
            sequence=delivery.sequence,
            reason=getattr(reason, "slug", type(reason).__name__),
            detail=_printable(str(reason))[:_DETAIL_LIMIT_CHARS],
            deliveries=delivery.deliveries,
            channel=delivery.headers.get(CHANNEL_HEADER),
            acceptance=delivery.headers.get(HEADER),
            subject=delivery.subject,
            headers=_kept(delivery.headers),
            body_base64=base64.b64encode(delivery.body).decode() if len(delivery.body) <= limit else None,
            failed_at=datetime.now(UTC),
        )
        await self._publisher.publish(
            Outgoing(
                "DEADLETTER",
                f"{self._prefix}.deadletter.{self._service}",
                letter.model_dump_json().encode(),
                {
                    MSG_ID: redrive_id(letter.id, delivery.attempt),
                    "ce-specversion": "1.0",
                    "ce-id": letter.id,
                    "ce-type": DeadLetter.type,
                    "ce-source": f"/{self._service}",
                    "ce-time": letter.failed_at.isoformat(),
                },
            )
        )


def _printable(text: str) -> str:
    """The text without what JSON or Postgres would refuse: NUL and halves of characters."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _kept(headers: dict[str, str]) -> dict[str, str]:
    """The headers without the broker's own, as far as there is room."""
    kept: dict[str, str] = {}
    room = _HEADERS_LIMIT_BYTES
    for key, value in headers.items():
        room -= len(key.encode()) + len(value.encode())
        if not key.startswith("Nats-") and room >= 0:
            kept[key] = value
    return kept
