"""Show what becomes of replies: one line for each in the thread of its ticket's card, with a way back while there is.

One replica does this, under a lease, and it alone posts and changes the lines. What is to be shown was written down
when the reply was stored; before a line is posted that is written down too, so that after a crash the thread is read
back by the line's metadata instead of posting it twice. A ticket without a card has its line in a direct message to
the author; one with a card tells its author directly besides, once, where the reply did not reach its customer.

Where a line says that an answer is delivered that can still be changed at its customer's, it is remembered where that
line stands: `handlers.agents.revised_lines` asks for it again when somebody has changed the answer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.cards.kept import Kept
from intake_chat.domain.slack.cards.lines import file_names
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.outgoing_files import is_cut, is_unread, names_left_out
from intake_chat.domain.slack.replies.line import (
    DELIVERED,
    FAILED,
    HELD,
    LONGEST_EXTRACT,
    METADATA,
    TAKEN,
    UNSENT,
    ReplyLine,
    Stands,
    is_done,
    reply_line,
    revised_state,
    state_of,
)
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.agents.revised_lines import KeepsTold, RevisedLines
from intake_chat.handlers.cards.record import card_key, reply_key, told_key
from intake_chat.handlers.keeping.keeper import KeyKeeper, ReadsKeys
from intake_chat.ports.cards import Post, ShowsCards
from intake_chat.ports.desk import AsksDesk
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.undelivered_text import why_undelivered
from ventanilla_contracts.words import AS_TEMPLATE
from ventanilla_runtime.state import Entry

log = structlog.get_logger()

_MOST_LINES: Final = 2_000
_AT_ONCE: Final = 20
"""Lines for which the desk or Slack is asked; the others wait for their time, or their turn."""
_DOUBT_SECONDS: Final = 20.0
"""A post that nobody saw the end of may still be done at Slack for so long."""
_HELD_SECONDS: Final = 1.0
_SENT_SECONDS: Final = (0.5, 0.5, 1.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_AWAY_SECONDS: Final = 3.0
_GIVEN_UP_SECONDS: Final = 86_400.0
"""What has not arrived by then is left as it stands; the ticket's history goes on."""
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found",
                          "is_archived", "not_in_channel", "thread_not_found"})  # fmt: skip


class KeepsLines(KeepsTold, Protocol):
    """Keys of the bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """Overwrite keys."""

    async def read(self, key: str) -> Entry:
        """A key with its revision."""

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        """Write over exactly this revision of a key; returns the new one."""


@dataclass(slots=True)
class _Shown:
    """A line while it is looked after.

    Attributes:
        superseded: a later wish for the same line is enough. over: another keeper has shown its end.
    """

    line: ReplyLine
    looks: int = 0
    superseded: bool = False
    over: bool = False


class ReplyLines:
    """The work of `handlers.keeping.keeper`: all lines whose end is not shown yet, by what follows in their keys."""

    def __init__(
        self,
        *,
        state: KeepsLines,
        desk: AsksDesk,
        slack: ShowsCards,
        direct: Callable[[str], Awaitable[str]],
        speaks: Callable[[str], Awaitable[str]],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is looked after yet.

        Args:
            direct: the direct conversation with a user.
            speaks: their language; "" where Slack does not say.
        """
        self._state = state
        self._desk = desk
        self._slack = slack
        self._direct = direct
        self._speaks = speaks
        self._now = now
        self._lines: dict[str, _Shown] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._places: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def keys_of(self, rest: str, value: bytes) -> Iterable[str]:
        """The line that was asked for; of one that is looked after already we alone write."""
        line = ReplyLine.parse(value)
        if line is None or rest in self._lines:
            return ()
        # Of several wishes for one line the last is enough: each shows how its answer stands now.
        for other in self._lines.values():
            other.superseded = other.superseded or bool(line.message and other.line.message == line.message)
        self._lines[rest] = _Shown(line)
        return (rest,)

    async def tend(self, key: str) -> float | None:
        """Let a line show how its reply stands; seconds until that is asked again, None: its end is shown."""
        shown = self._lines.get(key)
        if shown is None:
            return None
        # Two lines can stand in one place: of an answer, and of what was made of it since.
        alone = self._places.setdefault(shown.line.ts or key, asyncio.Lock())
        try:
            async with self._turns, alone:
                return await self._tend(shown)
        except Temporary as error:
            log.info("reply_line.delayed", ticket=shown.line.number, error=error)
            return _AWAY_SECONDS
        except (SlackRefused, DeskRefused) as error:
            log.warning("reply_line.given_up", ticket=shown.line.number, reason=str(error))
            await self._drop(shown)
            return None

    async def put_behind(self, _key: str) -> bool:
        """What is kept of a line is never written anew for its place in the bucket."""
        return False

    async def done(self, key: str, _sequence: int, _still: Collection[str]) -> None:
        """Nothing is to be shown of it any more, or a bug lets it show nothing."""
        self._lines.pop(key, None)

    async def _tend(self, shown: _Shown) -> float | None:
        if shown.superseded:
            await self._drop(shown)
            return None
        return await self._show(shown)

    async def _show(self, shown: _Shown) -> float | None:
        stands = await self._stands(shown.line)
        if not (shown.line.text or shown.line.ts or shown.line.message):
            shown.line = await self._with_words(shown.line)
        if not shown.line.ts:
            await self._post(shown, stands)
            if shown.over:
                return None
        elif shown.line.shown != stands.shown:
            await self._change(shown, stands)
        if is_done(shown.line.shown) or self._now() - shown.line.since > _GIVEN_UP_SECONDS:
            if not shown.line.to_author:
                metrics.REPLIES.labels(shown.line.shown.partition(".")[0] or "unknown").inc()
            await self._remember(shown.line, stands)
            if (told := shown.line.told_to_author()) is not None:
                await self._state.create_all([reply_key(told.key)], told.written())
            await self._drop(shown)
            return None
        if shown.line.shown == HELD:
            return _HELD_SECONDS
        shown.looks += 1
        return _SENT_SECONDS[min(shown.looks, len(_SENT_SECONDS)) - 1]

    async def _stands(self, line: ReplyLine) -> Stands:
        """How a reply stands, or what was made since of the message that it became."""
        if not line.message:
            answer = await self._desk.get(f"/tickets/{line.number}/replies/{line.id}")
            state = state_of(answer)
            can_change = answer.get("changeable_until") or answer.get("revised")
            changeable = str(answer["message_id"]) if can_change else ""
            return Stands(state, _told(answer, state, line.language), changeable)
        message = await self._desk.get(f"/tickets/{line.number}/messages/{line.message}")
        state, revision, detail = revised_state(message)
        why = why_undelivered(detail, line.language) if detail else ""
        changeable = line.message if message.get("changeable_until") else ""
        return Stands(state, why, changeable, revision, None if message.get("deleted_at") else str(message["text"]))

    async def _with_words(self, line: ReplyLine) -> ReplyLine:
        """The line with what its reply says, where only the ticket's event asked for it."""
        answer = await self._desk.get(f"/tickets/{line.number}/replies/{line.id}")
        text, files = str(answer.get("text") or ""), line.files
        if not text and answer.get("message_id"):
            message = await self._desk.get(f"/tickets/{line.number}/messages/{answer['message_id']}")
            text, files = str(message["text"]), file_names(message)
        return replace(line, text=text[:LONGEST_EXTRACT], files=files)

    async def _remember(self, line: ReplyLine, stands: Stands) -> None:
        """Where the line stands, for whoever asks for it again; what was revised before that is not missed."""
        message = line.message or stands.message
        if not message or not line.ts:
            return
        text = "" if stands.state == TAKEN else line.text if stands.text is None else stands.text[:LONGEST_EXTRACT]
        await self._state.put_all([told_key(message)], replace(line, text=text).written())
        if not line.message:
            found = await self._desk.get(f"/tickets/{line.number}/messages/{message}")
            if found.get("revision"):
                await RevisedLines(self._state, now=self._now).ask(line.number, message, "first")

    async def _post(self, shown: _Shown, stands: Stands) -> None:
        line = shown.line
        if line.posting_at and 0 < line.posting_at + _DOUBT_SECONDS - self._now() <= _DOUBT_SECONDS:
            return
        entry = await self._state.read(reply_key(line.key))
        begun = ReplyLine.parse(entry.value or b"")
        # A keeper before us may go on for a moment: what it has begun is waited for, what it has ended is over.
        if begun is None:
            shown.over = True
            return
        if begun.ts or begun.posting_at > line.posting_at:
            shown.line = begun
            return
        if line.posting_at:
            ts = await self._found(line)
            if ts is not None:  # what it shows is not known
                await self._keep(shown, replace(line, ts=ts, posting_at=0.0, shown=""))
                return
        else:
            channel, root = await self._place(line, stands)
            line = replace(line, channel=channel, root=root)
            if not root and stands.state in (UNSENT, FAILED):
                line = replace(line, language=await self._language(line))
        line, revision = replace(line, posting_at=self._now()), entry.revision

        async def make() -> Post | None:
            nonlocal revision
            # Over what was read: of two keepers that post one line, one of them in its last moment, one does.
            revision = await self._state.replace(reply_key(line.key), line.written(), revision)
            shown.line = line
            text, blocks = reply_line(line, stands)
            return Post(text, blocks, METADATA, {"reply": line.key, "ticket": str(line.number)})

        try:
            ts = await (
                self._slack.say(line.channel, line.root, make) if line.root else self._slack.post(line.channel, make)
            )
        except SlackRefused as error:
            if error.code not in _GONE or not line.root:
                raise
            # The card has gone: its author still learns what becomes of the reply.
            direct = await self._direct(line.user)
            await self._keep(shown, replace(line, channel=direct, root="", posting_at=0.0))
            return
        await self._keep(shown, replace(line, ts=ts or "", posting_at=0.0, shown=stands.shown))

    async def _found(self, line: ReplyLine) -> str | None:
        if line.root:
            return await self._slack.find_line(line.channel, line.root, METADATA, "reply", line.key)
        return await self._slack.find(line.channel, METADATA, "reply", line.key, line.posting_at)

    async def _place(self, line: ReplyLine, stands: Stands) -> tuple[str, str]:
        """The thread of the ticket's card; without a card a direct message to whoever wrote the reply.

        Of a reply that was not sent before anybody saw that it waits its author is told directly: the thread has a line
        of its own about it (`LostLines`), and may be another team's by now.
        """
        if line.channel:
            return line.channel, line.root
        if line.to_author or stands.state == UNSENT:
            return await self._direct(line.user), ""
        kept = Kept.parse(await self._state.get(card_key(line.number)))
        return (kept.channel, kept.ts) if kept.stands else (await self._direct(line.user), "")

    async def _language(self, line: ReplyLine) -> str:
        """The language of whoever wrote the reply: what the history brought back has that of the cards."""
        try:
            return await self._speaks(line.user) or line.language
        except (Temporary, SlackRefused) as error:
            log.info("reply_line.language_unknown", reason=type(error).__name__)
            return line.language

    async def _change(self, shown: _Shown, stands: Stands) -> None:
        line = shown.line
        if stands.message and not line.message:  # who presses a button at once finds that its line is known
            await self._state.put_all([told_key(stands.message)], line.written())

        async def make() -> Post | None:
            text, blocks = reply_line(line, stands)
            return Post(text, blocks)

        await self._slack.update(line.channel, line.ts, make)
        await self._keep(shown, replace(line, shown=stands.shown))

    async def _keep(self, shown: _Shown, line: ReplyLine) -> None:
        await self._state.put_all([reply_key(line.key)], line.written())
        shown.line = line

    async def _drop(self, shown: _Shown) -> None:
        """Nothing is to be shown of it any more: first in the bucket, or what is read of it would be a wish."""
        try:
            await self._state.put_all([reply_key(shown.line.key)], b"")
        except Temporary as error:  # the next keeper looks at it once more, and drops it again
            log.info("reply_line.kept", error=error)
        self._lines.pop(shown.line.key, None)


def line_keeper(work: ReplyLines, state: KeepsLines, keys: ReadsKeys, bucket: str) -> KeyKeeper[str]:
    """What is done under the lease: `run` until `stop`.

    Args:
        bucket: its name.
    """
    return KeyKeeper(
        name="replies",
        state=state,
        keys=keys,
        work=work,
        bucket=bucket,
        beginning=reply_key(""),
        position=None,
        most_known=_MOST_LINES,
    )


def _told(answer: Mapping[str, Any], state: str, language: str) -> str:
    """What the line says besides its state, for a person."""
    why = str(answer.get("why") or answer.get("delivery_detail") or "")
    if state == DELIVERED:
        names = names_left_out(why)
        said = [phrase("line.left_out", language, names=names)] if names else []
        said += [phrase("line.cut", language)] if is_cut(why) else []
        said += [phrase("line.unread", language)] if is_unread(why) else []
        said += [phrase("line.template", language)] if why.startswith(AS_TEMPLATE) else []
        return " ".join(said)
    if state == FAILED:
        return why_undelivered(why, language) if why else ""
    return in_words("", why, language) if why else ""
