"""Replies from the composer as a ticket's history knows them: each has a line of its own, and none is lost.

The composer writes down that a reply has a line (`handlers.agents.reply_lines` shows it). Where that was not done
because the broker was away for too long, or somebody died, it is done here, as soon as the history says what became of
the reply. That one could not be sent is besides a line of the thread, which calls its author: a line that changes calls
nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog

from intake_chat.domain.slack.cards.company import Company
from intake_chat.domain.slack.cards.lines import TEMPLATE, UNREAD, Line, file_names, message_of
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.replies.line import LONGEST_EXTRACT, ReplyLine, Stands, reply_line
from intake_chat.domain.slack.replies.line import UNSENT as STATE
from intake_chat.handlers.cards.record import Record, reply_key
from intake_chat.ports.cards import Json, KnowsTickets
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

UNSENT: Final = "reply.unsent"
_SENT: Final = "reply.sent"
_FROM_SLACK: Final = "slack:"
_RECENT_SECONDS: Final = 86_400.0
"""What is older has ended long ago, and its line was seen or is not missed any more."""


class LostLines:
    """Looks after the lines of replies, where the history tells of one."""

    def __init__(self, desk: KnowsTickets, language: str, now: Callable[[], float]) -> None:
        self._desk = desk
        self._language = language
        self._now = now

    async def has_its_own(self, entry: Json, record: Record, messages: Mapping[str, Json], company: Company) -> bool:
        """Whether a reply that was sent has a line that shows how it stands, and what its customer does not read of it.

        One that was lost is asked for now.

        Raises:
            Temporary: the broker is away.
        """
        held = str((entry.get("detail") or {}).get("held") or "")
        if entry["action"] not in (_SENT, UNREAD, TEMPLATE) or not held:
            return False
        if await record.state.get(reply_key(held)) is not None:
            return True
        if entry["action"] != _SENT:
            return False
        message = messages.get(message_of(entry), {})
        shown = self._shown(held, str(message.get("text") or ""), entry, record, company)
        return await self._ask(replace(shown, files=file_names(message)), entry, record)

    async def line(self, entry: Json, record: Record, company: Company) -> Line | None:
        """What the thread is told of a reply that could not be sent, with its words and a way to write again.

        Raises:
            DeskAway, DeskRefused, Temporary: it could not be found out.
        """
        detail = entry.get("detail") or {}
        id_ = str(detail.get("reply") or "")
        if entry["action"] != UNSENT or not id_:
            return None
        text = str((await self._desk.reply(record.number, id_) or {}).get("text") or "")
        shown = self._shown(id_, text, entry, record, company)
        if await record.state.get(reply_key(id_)) is None:
            await self._ask(shown, entry, record)
        why = in_words("", str(detail.get("why") or ""), self._language)
        made = reply_line(shown, Stands(STATE, why), f"<@{shown.user}>" if shown.user else "")
        return Line(*made)

    async def _ask(self, line: ReplyLine, entry: Json, record: Record) -> bool:
        """Whether there is a line from now on; of what was not written in the composer there is none."""
        if not line.user or not self._is_recent(entry):
            return False
        try:
            await record.state.replace(reply_key(line.id), line.written(), 0)
        except WrongSequence:  # the composer was quicker
            return True
        log.info("reply_line.found_again", ticket=record.number)
        return True

    def _shown(self, id_: str, text: str, entry: Json, record: Record, company: Company) -> ReplyLine:
        handle = str(entry["actor"]).partition(":")[2]
        via = str(entry.get("via") or "")
        return ReplyLine(
            id=id_,
            number=record.number,
            user=via.rpartition("/")[2] if via.startswith(_FROM_SLACK) else "",
            name=company.names.get(handle) or handle,
            text=text[:LONGEST_EXTRACT],
            language=self._language,
            since=self._now(),
        )

    def _is_recent(self, entry: Mapping[str, Any]) -> bool:
        at = entry.get("at")
        return not isinstance(at, str) or self._now() - datetime.fromisoformat(at).timestamp() < _RECENT_SECONDS
