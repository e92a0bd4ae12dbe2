"""Delete what the telephone provider keeps of somebody who is erased: their texts, calls and recordings.

The provider's own lists are asked, by number: what the desk never made anything of is there too. Deleting again what is
gone changes nothing, so a wish that was carried out by half is carried out again whole.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog
from pydantic import ValidationError

from intake_phone import metrics
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.operations_events import PersonForgotten
from ventanilla_runtime.delivery import Batch

log = structlog.get_logger()

_PHONE: Final = "phone"
_GONE: Final = 404
_NOT_OVER: Final = 20009
"""Twilio deletes no text or call that is not over yet."""
_AGAIN_SECONDS: Final = 5.0
_KINDS: Final = ("recording", "text", "call")
"""In this order: what belongs to a call is found by the call."""


class ForgetsNumbers(Protocol):
    """What the provider is asked for; `Twilio` does it."""

    async def kept_of(self, number: str, before: datetime) -> Sequence[tuple[str, str]]:
        """(kind, SID) of everything to and from a number until a time."""

    async def delete(self, kind: str, sid: str) -> None:
        """Delete one of them for good."""


class Forgetter:
    """Handler of `intake-phone-forgetting`."""

    def __init__(self, provider: ForgetsNumbers) -> None:
        self._provider = provider

    async def handle(self, batch: Batch) -> None:
        """Carry out each wish; one that cannot be yet comes again."""
        for delivery in batch.deliveries:
            try:
                event = PersonForgotten.model_validate_json(delivery.body)
            except ValidationError as error:
                batch.reject(delivery, MalformedEvent(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"))
                continue
            if not await self._forget(event):
                batch.later(delivery, _AGAIN_SECONDS)

    async def _forget(self, event: PersonForgotten) -> bool:
        numbers = [one.address for one in event.identities if one.kind == _PHONE]
        try:
            for number in numbers:
                kept = await self._provider.kept_of(number, event.before)
                for kind, sid in sorted(kept, key=lambda one: _KINDS.index(one[0])):
                    await self._delete(kind, sid)
        except (TwilioAway, TwilioBusy) as error:
            log.info("forgetting.later", error=error)
            return False
        except TwilioRefused as error:
            level = log.info if error.code == _NOT_OVER else log.warning
            level("forgetting.refused", code=error.code, error=error)
            return False
        return True

    async def _delete(self, kind: str, sid: str) -> None:
        try:
            await self._provider.delete(kind, sid)
        except TwilioRefused as error:
            if error.status != _GONE:
                raise
            return
        metrics.FORGOTTEN.labels(kind).inc()
