"""Find the ticket of a call: it is there a moment after the call is over, or minutes later, or never."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from intake_chat.domain.slack.calls.heard import Call
from intake_chat.handlers.calls.records import Sheet
from intake_chat.ports.calls import KnowsCompany

log = structlog.get_logger()

_PATIENCE_SECONDS: Final = 900.0
"""Longer than any outage of which a ticket comes by itself soon; what comes later has its card."""
_FIRST_SECONDS: Final = 0.5
_LONGEST_SECONDS: Final = 30.0
_SHARE: Final = 0.2
"""Of the time that was waited already: what takes long is asked less and less often."""


class Becoming:
    """Asks the desk for the tickets of calls."""

    def __init__(self, desk: KnowsCompany, now: Callable[[], float]) -> None:
        self._desk = desk
        self._now = now

    async def look(self, sheet: Sheet, call: Call) -> float | None:
        """None once the sheet has the ticket's number, or will never have it; else seconds until to look again.

        Raises:
            Temporary: the desk or the broker is away.
        """
        if call.called_back:
            await sheet.write(replace(sheet.stand, number=call.ticket))
            return None
        if not sheet.stand.since:
            await sheet.write(replace(sheet.stand, since=self._now()))
        number = await self._desk.ticket_of(call.message)
        if number is not None:
            await sheet.write(replace(sheet.stand, number=number))
            return None
        waited = self._now() - sheet.stand.since
        # A clock that was put back must not make anybody wait for longer than that.
        if not -_PATIENCE_SECONDS <= waited < _PATIENCE_SECONDS:
            log.warning("call.without_ticket", message=call.message)
            return None
        return min(max(waited * _SHARE, _FIRST_SECONDS), _LONGEST_SECONDS)
