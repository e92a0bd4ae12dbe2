"""Accept what Twilio told: the first durable write. A text is answered after it and not before."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import orjson

from intake_phone import metrics
from intake_phone.errors import NotAccepted
from intake_phone.ports.lists import Kind
from intake_phone.ports.phone import Publishes
from ventanilla_contracts.acceptance import PHONE_ACCEPTED
from ventanilla_contracts.ids import event_id, twilio_source_id
from ventanilla_runtime import tracing
from ventanilla_runtime.accepting import publish_within
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM: Final = "PHONE"
LIMIT_BYTES: Final = 64 * 1024
"""Twilio's forms have some kilobytes."""


class Acceptor:
    """Makes durable what was told, once however often it comes and by which door."""

    def __init__(self, publisher: Publishes, prefix: str) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self.refused = 0
        """So often something was not made durable: whoever reconciles looks again then."""

    async def accept(self, kind: Kind, sid: str, told: Mapping[str, str], door: str, seconds: float) -> None:
        """Keep what was told.

        Args:
            sid: of the text or call; with the kind it names what was told.
            told: the form as it came, or as Twilio's lists give it.
            door: for the metric: `webhook` or `reconciler`.
            seconds: how long to try while the broker is away.

        Raises:
            NotAccepted: it is not durable.
        """
        body = orjson.dumps(dict(told))
        if len(body) > LIMIT_BYTES:
            raise NotAccepted(f"a form of {len(body)} bytes is larger than Twilio's are")
        message = self._message(kind, sid, body)
        try:
            await publish_within(self._publisher, message, seconds)
        except TimeoutError as error:
            self.refused += 1
            raise NotAccepted(f"the broker did not store it within {seconds:g} s") from error
        metrics.ACCEPTED.labels(kind, door).inc()

    def _message(self, kind: Kind, sid: str, body: bytes) -> Outgoing:
        identity = accepted_id(kind, sid)
        headers = {
            MSG_ID: identity,
            "ce-specversion": "1.0",
            "ce-id": identity,
            "ce-type": PHONE_ACCEPTED,
            "ce-source": "/intake-phone",
            "ce-time": datetime.now(UTC).isoformat(),
            tracing.HEADER: tracing.child_of(tracing.current()),
        }
        return Outgoing(STREAM, f"{self._prefix}.{PHONE_ACCEPTED}.{kind}", body, headers)


def accepted_id(kind: Kind, sid: str) -> str:
    """Id under which what Twilio told is kept, whoever told it and however often."""
    return event_id(PHONE_ACCEPTED, f"{kind}/{twilio_source_id(sid)}")
