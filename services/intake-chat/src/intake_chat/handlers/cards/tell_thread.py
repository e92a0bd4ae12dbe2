"""Tell the thread of a card what happens to its ticket: each step once, in order, a customer's words as theirs.

The ticket's history is what there is to tell. Which entry was told last is remembered; before a line is posted it is
written down, and where nobody knows what became of it, the thread is read back by the line's metadata.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.cards.card import Card, is_cut
from intake_chat.domain.slack.cards.company import TEAM_RETIRED, Company, agents_in, teams_in
from intake_chat.domain.slack.cards.lines import (
    FAILED,
    FALLBACK,
    FILES_MISSING,
    METADATA,
    NOT_REVISED,
    REVISED,
    SPOKEN,
    TEMPLATE,
    UNREAD,
    Line,
    earlier_line,
    line_of,
    message_of,
    revised_line,
    talked_with,
    with_before,
)
from intake_chat.domain.slack.cards.steps import handed_on, with_spam
from intake_chat.errors import SlackRefused
from intake_chat.handlers.cards.lost_lines import UNSENT, LostLines
from intake_chat.handlers.cards.record import Doubts, Record
from intake_chat.ports.cards import Json, KnowsTickets, Post, ShowsCards

log = structlog.get_logger()

MOST_LINES: Final = 25
"""So many at once: a thread that had to wait for long is told the last of it, and where the rest is."""
_CREATED: Final = "ticket.created"
_BAD_NEWS: Final = (FAILED, FALLBACK, NOT_REVISED, UNSENT, UNREAD, TEMPLATE, TEAM_RETIRED)
_UNSENDABLE: Final = frozenset({"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "invalid_blocks_format"})


class ThreadTeller:
    """Posts what is new in a ticket's history into the thread of its card."""

    def __init__(
        self, *, desk: KnowsTickets, slack: ShowsCards, doubts: Doubts, language: str, desk_url: str | None = None
    ) -> None:
        self._desk = desk
        self._slack = slack
        self._doubts = doubts
        self._language = language
        self._desk_url = desk_url
        self._lost = LostLines(desk, language, doubts.now)

    async def tell(self, record: Record, ticket: Json) -> None:
        """Post every line that the thread has not been told yet. Again posts nothing.

        Raises:
            InDoubt: it is not known yet what became of a line.
            SlackRefused: the card is gone, or its channel.
            Temporary: come again.
        """
        await self._find_out(record)
        entries, cursor = await self._desk.history(record.number, record.kept.told, record.kept.cursor)
        if not entries:
            return
        messages = await self._desk.messages(record.number, set(filter(None, map(message_of, entries))))
        company, talked = await self._company(entries, ticket, record), talked_with(entries)
        # Whoever has just talked with the customer knows what the log says.
        uncalled = {message for message, handle in talked.items() if handle == ticket["assignee"]}
        quiet = replace(company, mention="")
        lines = [
            (
                entry,
                await self._lost.line(entry, record, company)
                or self._line(entry, messages, quiet if message_of(entry) in uncalled else company, record),
            )
            for entry in with_spam(entries)
            if not await self._lost.has_its_own(entry, record, messages, company)
        ]
        spoken = [(one, line) for one, line in lines if line is not None]
        if record.kept.told == 0:  # what led to a new card, the card shows; what was said and what failed, it does not
            spoken = [(one, line) for one, line in spoken if line.message or one["action"] in _BAD_NEWS]
        if (left_out := len(spoken) - MOST_LINES) > 0:
            earlier = earlier_line(left_out + 1, company, self._language)
            spoken = [(spoken[left_out][0], earlier), *spoken[left_out + 1 :]]
        for entry, line in spoken:
            if entry["action"] in REVISED:
                await self._revise(record, line)
            else:
                before = record.kept.before
                shown = with_before(line, before, company, self._language) if before else line
                await self._say(record, entry["id"], shown)
        await record.write(replace(record.kept, told=entries[-1]["id"], cursor=cursor, telling=None))

    async def handed_on(self, record: Record, ticket: Json) -> list[Json]:
        """Blocks that say who has just handed a ticket to another team, and with which note; none: nobody has.

        Raises:
            Temporary: come again.
        """
        entries, _ = await self._desk.history(record.number, record.kept.told, record.kept.cursor)
        steps = handed_on(entries)
        messages = await self._desk.messages(record.number, set(filter(None, map(message_of, steps))))
        company = await self._company(steps, ticket, record)
        lines = [line for one in steps if (line := self._line(one, messages, company, record)) is not None]
        return [block for line in lines for block in line.blocks]

    async def leave(self, record: Record, left: tuple[str, str], card: Card) -> None:
        """Say once in the thread of a card that its ticket has left what that card says now: a card that changes
        calls nobody who took part in its thread.

        Args:
            left: channel and time stamp of that card.

        Raises:
            InDoubt: it is not known yet what became of the line.
            SlackRefused: that card is gone, or its channel.
            Temporary: come again.
        """
        (channel, root), number = left, str(record.number)
        id_ = f"{channel}.{root}"
        if (attempt := record.kept.leaving) is not None and attempt.id == id_:
            self._doubts.must_be_over(attempt)
            if await self._slack.find_line(channel, root, METADATA, "left", number) is not None:
                return

        async def make() -> Post | None:
            await record.write(replace(record.kept, leaving=self._doubts.attempt(id_, channel)))
            return Post(card.text, card.blocks, METADATA, {"ticket": number, "left": number})

        await self._slack.say(channel, root, make)

    async def _find_out(self, record: Record) -> None:
        attempt = record.kept.telling
        if attempt is None:
            return
        self._doubts.must_be_over(attempt)
        kept = record.kept
        ts = await self._slack.find_line(kept.channel, kept.ts, METADATA, "line", attempt.id)
        told = max(kept.told, int(attempt.id)) if ts is not None else kept.told
        before = kept.before if ts is None else ""
        await record.write(replace(kept, told=told, telling=None, before=before))

    async def _say(self, record: Record, entry: int, line: Line) -> None:
        async def make() -> Post | None:
            await record.write(replace(record.kept, telling=self._doubts.attempt(str(entry))))
            payload = {"ticket": str(record.number), "line": str(entry), "message": line.message}
            return Post(line.text, line.blocks, METADATA, payload)

        try:
            await self._slack.say(record.kept.channel, record.kept.ts, make)
        except SlackRefused as error:
            if error.code not in _UNSENDABLE:
                raise
            # One line that Slack will not take must not keep those behind it from being told.
            log.warning("line.refused", ticket=record.number, entry=entry, reason=error.code)
        metrics.LINES.inc()
        await record.write(replace(record.kept, told=entry, telling=None, before=""))

    async def _revise(self, record: Record, line: Line) -> None:
        """Somebody has edited or deleted a message: what the thread shows of it says so, where it shows it."""
        kept = record.kept
        ts = await self._slack.find_line(kept.channel, kept.ts, METADATA, "message", line.message)
        if ts is None:
            return

        async def make() -> Post | None:
            return Post(line.text, line.blocks)

        await self._slack.update(kept.channel, ts, make)

    def _line(self, entry: Json, messages: Mapping[str, Json], company: Company, record: Record) -> Line | None:
        message = messages.get(message_of(entry))
        if entry["action"] in REVISED:
            return None if message is None else revised_line(entry, message, company, self._language)
        if message is not None and _is_on_the_card(entry, message, record) and not _is_more_than_the_card(message):
            return None
        return line_of(entry, message, company, self._language)

    async def _company(self, entries: Sequence[Mapping[str, Any]], ticket: Json, record: Record) -> Company:
        names = {handle: (await self._desk.agent(handle)).name for handle in sorted(agents_in(entries))}
        user = (await self._desk.agent(ticket["assignee"])).user if ticket["assignee"] else ""
        page = f"{self._desk_url}/{ticket['number']}" if self._desk_url else ""
        teams = {name: await self._desk.team(name, self._language) for name in sorted(teams_in(entries))}
        thread = f"{record.kept.channel}/{record.kept.ts}" if record.kept.stands else ""
        return Company(names, f"<@{user}>" if user else "", page, teams, thread)


def _is_on_the_card(entry: Json, message: Json, record: Record) -> bool:
    """Whether an entry says what the card shows: the message with which the ticket begins.

    That is not always the one that opened it: an answer may be read before what it answers.
    """
    if entry["action"] not in SPOKEN:
        return False
    shown = record.kept.opening
    return bool(message["id"] == shown if shown else entry["action"] == _CREATED)


def _is_more_than_the_card(message: Json) -> bool:
    """Whether the message that opened the ticket has more in it than the card shows."""
    if message.get("attachments") or FILES_MISSING in (message.get("notes") or ()):
        return True
    return is_cut(str(message.get("reply_text") or message.get("text") or ""))
