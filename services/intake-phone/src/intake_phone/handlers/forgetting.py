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
_AWAY_AT_MOST_SECONDS: Final = 60.0
_REFUSED_AT_MOST_SECONDS: Final = 900.0
"""What somebody has to mend (a token that is not taken any more) is not mended within seconds."""
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
        self._refused: set[int] = set()
        """Codes that were told of loudly; until something is forgotten again they are told of no more."""

    async def handle(self, batch: Batch) -> None:
        """Carry out each wish; one that cannot be yet comes again."""
        for delivery in batch.deliveries:
            try:
                event = PersonForgotten.model_validate_json(delivery.body)
            except ValidationError as error:
                batch.reject(delivery, MalformedEvent(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"))
                continue
            if at_most := await self._forget(event):
                batch.later(delivery, min(_AGAIN_SECONDS * 2.0 ** min(delivery.deliveries - 1, 16), at_most))

    async def _forget(self, event: PersonForgotten) -> float:
        """0 once it is done; else after how many seconds, at most, it is to be tried again."""
        numbers = [one.address for one in event.identities if one.kind == _PHONE]
        try:
            for number in numbers:
                kept = await self._provider.kept_of(number, event.before)
                for kind, sid in sorted(kept, key=lambda one: _KINDS.index(one[0])):
                    await self._delete(kind, sid)
        except (TwilioAway, TwilioBusy) as error:
            log.info("forgetting.later", error=error)
            return _AWAY_AT_MOST_SECONDS
        except TwilioRefused as error:
            if error.code == _NOT_OVER:
                log.info("forgetting.later", error=error)
                return _AWAY_AT_MOST_SECONDS
            level = log.info if error.code in self._refused else log.error
            level("forgetting.refused", code=error.code, error=error)
            self._refused.add(error.code)
            return _REFUSED_AT_MOST_SECONDS
        self._refused.clear()
        return 0.0

    async def _delete(self, kind: str, sid: str) -> None:
        try:
            await self._provider.delete(kind, sid)
        except TwilioRefused as error:
            if error.status != _GONE:
                raise
            return
        metrics.FORGOTTEN.labels(kind).inc()
