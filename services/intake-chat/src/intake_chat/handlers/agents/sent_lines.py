"""Ask for the line about a reply from the composer, once the ticket's event tells what became of it.

The composer asks for that line when the reply is stored. Where that was lost (the broker away for too long, the process
dead), the event is what lasts: by it the line is asked for again, whether or not the ticket has a card.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.handlers.cards.record import reply_key

log = structlog.get_logger()

_FROM_SLACK: Final = "slack:"
_RECENT_SECONDS: Final = 86_400.0
"""What is older has ended long ago, and its line was seen or is not missed any more."""
_LONGEST_ID: Final = 40


class CreatesKeys(Protocol):
    """Keys of the bucket that `handlers.agents.reply_lines` reads; `ventanilla_runtime.state.StateBucket` has them."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys that do not exist yet; says for each whether this call made it."""


class SentLines:
    """Asks for lines that nobody has asked for."""

    def __init__(self, state: CreatesKeys, language: str, now: Callable[[], float] = time.time) -> None:
        """Nothing is asked for yet.

        Args:
            language: of the lines, where nobody knows that of whoever wrote the reply.
        """
        self._state = state
        self._language = language
        self._now = now

    async def of_event(self, event: Mapping[str, Any]) -> None:
        """Ask for the line about the reply that an event tells of, unless there is or was one; again changes nothing.

        Of what was not written in Slack, and of what is older than a day, there is none.

        Raises:
            Temporary: the broker is away.
        """
        held = event.get("held")
        if not isinstance(held, Mapping) or not self._is_recent(event):
            return
        id_, via = str(held.get("id") or ""), str(held.get("via") or "")
        if not via.startswith(_FROM_SLACK) or len(id_) > _LONGEST_ID or not id_.replace("-", "").isalnum():
            return
        line = ReplyLine(
            id=id_,
            number=event["ticket"]["number"],
            user=via.rpartition("/")[2],
            name=str(held.get("name") or ""),
            text="",  # the desk has it
            language=self._language,
            since=self._now(),
        )
        if (await self._state.create_all([reply_key(id_)], line.written()))[0]:
            log.info("reply_line.found_again", ticket=line.number)

    def _is_recent(self, event: Mapping[str, Any]) -> bool:
        try:
            at = datetime.fromisoformat(str(event.get("occurred_at")))
        except ValueError:
            return True
        return self._now() - at.timestamp() < _RECENT_SECONDS
