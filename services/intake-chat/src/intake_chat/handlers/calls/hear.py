"""Read events of calls: write down how each call stands. Whoever shows calls reads that (`handlers.calls.keeper`)."""

from collections.abc import Sequence
from typing import Final

import structlog
from pydantic import ValidationError

from intake_chat.domain.slack.calls.heard import Call, heard, tag_of
from intake_chat.handlers.calls.records import call_key
from intake_chat.ports.cards import KeepsCards
from ventanilla_contracts.call_events import CallChanged
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_runtime.delivery import Batch

log = structlog.get_logger()

_LONGEST_CALL: Final = 1_000


class CallsHeard:
    """Handler of the PHONE stream, as far as agents see calls."""

    def __init__(self, state: KeepsCards) -> None:
        self._state = state

    async def handle(self, batch: Batch) -> None:
        """Write down how each call of the batch stands; what says nothing new writes nothing.

        Raises:
            Temporary: the broker is away, or another replica was quicker; the same batch comes again.
        """
        events: dict[str, list[CallChanged]] = {}
        for delivery in batch.deliveries:
            try:
                event = CallChanged.model_validate_json(delivery.body)
            except ValidationError as error:
                found = error.errors(include_input=False, include_url=False)[0]
                batch.reject(delivery, MalformedEvent(f"{'.'.join(map(str, found['loc']))}: {found['msg']}"))
                continue
            if not 0 < len(event.call) <= _LONGEST_CALL:
                batch.reject(delivery, MalformedEvent("call: names no call"))
                continue
            events.setdefault(tag_of(event.call), []).append(event)
        for tag, ones in events.items():
            await self._hear(tag, ones)

    async def _hear(self, tag: str, events: Sequence[CallChanged]) -> None:
        entry = await self._state.read(call_key(tag))
        call = before = Call.parse(entry.value)
        for event in events:
            call = heard(call, event) or call
        if call is not None and call is not before:
            await self._state.replace(call_key(tag), call.written(), entry.revision)
            log.info("call.heard", call=tag, state=call.state, team=call.team)
