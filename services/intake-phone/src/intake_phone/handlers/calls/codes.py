"""Asks the desk about one-time codes while a caller waits: briefly, and once for each document.

No code is in a log, and none is kept. Asked twice for one document, the desk sends and counts once.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from intake_phone import metrics
from intake_phone.domain.calls.effects import CheckCode, SendCode
from intake_phone.domain.calls.facts import CodeAnswer
from intake_phone.ports.calls import VerifiesCallers
from ventanilla_contracts.errors import ContractError

log = structlog.get_logger()

_LONGEST_CALL: Final = timedelta(hours=1)
"""Before that a number must have been on file: when a call began is kept nowhere, and none asks for codes longer."""


class Codes:
    """Asks; what cannot be asked in time is no code."""

    def __init__(
        self, desk: VerifiesCallers | None, seconds: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Nothing is asked yet.

        Args:
            desk: None: there is none, so nobody is verified.
            seconds: how long an answer is waited for.
        """
        self._desk = desk
        self._seconds = seconds
        self._now = now

    async def answer(self, question: SendCode | CheckCode, key: str) -> CodeAnswer:
        """What the desk says; `none` too where it does not say anything in time.

        Args:
            key: with the same one again nothing is done twice.
        """
        kind = "code_sent" if isinstance(question, SendCode) else "code_checked"
        if self._desk is None:
            return "none"
        try:
            async with asyncio.timeout(self._seconds):
                if isinstance(question, CheckCode):
                    said = await self._desk.check_code(question.ticket, question.code, key)
                else:
                    sent = await self._desk.send_code(question.ticket, self._now() - _LONGEST_CALL, key)
                    said = "sent" if sent else "none"
        except (TimeoutError, ContractError) as error:
            metrics.EFFECTS.labels(kind, "failed").inc()
            log.warning("code.unknown", kind=kind, error=error)
            return "none"
        metrics.EFFECTS.labels(kind, said).inc()
        return said
