"""Ask for the line about a delivered answer to be shown anew, because something was made of that answer since.

Where the line stands was written down when it said that the answer is delivered (`told.<message>`). Whoever edits or
takes back an answer, here or by the API, the ticket's event tells of it: this is what lasts. An agent who does it here
does not wait for the event.
"""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, Protocol

import structlog

from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.cards.record import reply_key, told_key
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_MESSAGE: Final = re.compile(r"[0-9a-f-]{32,36}\Z")
_TAG: Final = 12


class KeepsTold(Protocol):
    """Keys of the bucket that `handlers.agents.reply_lines` reads; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys that do not exist yet; says for each whether this call made it."""


class WishesLines(Protocol):
    """Asks for lines; `RevisedLines` does."""

    def soon(self, number: int, message: str) -> None:
        """Ask for the line about a message; returns at once."""


class RevisedLines:
    """Asks for lines."""

    def __init__(
        self, state: KeepsTold, background: Background | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._state = state
        self._background = background
        self._now = now

    async def of_event(self, event: dict[str, Any]) -> None:
        """Ask for the line about the message of an event `TicketMessageChanged`; the same event asks once.

        Raises:
            Temporary: the broker is away.
        """
        message, number = str(event.get("message_id") or ""), event["ticket"]["number"]
        if _MESSAGE.match(message):
            await self.ask(number, message, sha256(str(event.get("id")).encode()).hexdigest()[:_TAG])

    async def ask(self, number: int, message: str, tag: str) -> None:
        """Ask for the line about a message, if there is one; with the same tag once.

        Raises:
            Temporary: the broker is away.
        """
        told = ReplyLine.parse(await self._state.get(told_key(message)) or b"")
        if told is None:
            return
        line = replace(
            told, id=f"{message}-{tag}", number=number, message=message, shown="", posting_at=0.0, since=self._now()
        )
        await self._state.create_all([reply_key(line.id)], line.written())

    def soon(self, number: int, message: str) -> None:
        """Ask for the line about a message; whoever cannot leaves it to the event."""
        if self._background is not None:
            self._background.start(self._try(number, message))

    async def _try(self, number: int, message: str) -> None:
        try:
            await self.ask(number, message, secrets.token_hex(_TAG // 2))
        except Temporary as error:
            log.info("reply_line.delayed", ticket=number, error=error)
