"""An answer is handed to the desk once, also where nobody heard that it was taken, and a line about it is asked for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.events import File
from intake_chat.domain.slack.interactions import Json, Submitted
from intake_chat.domain.slack.people import Presser
from intake_chat.domain.slack.replies.composer import Composed, Composer, after_another
from intake_chat.domain.slack.replies.line import HELD, LONGEST_EXTRACT, RECALLED, SENT, ReplyLine
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.cards.record import reply_key
from intake_chat.ports.desk import ActsAtDesk
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_RECALL_SECONDS: Final = 2.0
_MOST_TRIES: Final = 5
_FIND_OUT_SECONDS: Final = (0.5, 1.0, 1.5, 2.0, 2.0, 3.0, 5.0, 15.0, 30.0)
"""Pauses before the desk is asked again what became of a reply: what waits for a lock is stored soon, or never."""
_KEEP_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, *(5.0,) * 120)
"""Pauses between tries to ask for a line: ten minutes and more, for so long a broker is away while it is mended."""


class KeepsLines(Protocol):
    """Keys of the bucket that `handlers.agents.reply_lines` reads; `ventanilla_runtime.state.StateBucket` has them."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        """Create keys that do not exist yet; says for each whether this call made it."""


class Sending:
    """Hands answers to the ticket service, where they wait a little before they go."""

    def __init__(
        self,
        *,
        desk: ActsAtDesk,
        state: KeepsLines,
        background: Background,
        hold_seconds: int,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is sent yet.

        Args:
            hold_seconds: how long an answer waits at the desk, where it can be called back.
        """
        self.hold_seconds = hold_seconds
        self._desk = desk
        self._state = state
        self._background = background
        self._now = now
        self._pause = pause

    def key(self, written: Composed, submitted: Submitted) -> str:
        """Under which the desk would have it, if it takes it at the first try; "" for a dialog without an id."""
        return _key(submitted.view_id, written.composer.tries) or ""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now()

    async def send(
        self, written: Composed, submitted: Submitted, attachments: Sequence[str], seconds: float
    ) -> Composer | None:
        """None once it waits at the desk; a composer to ask again with where an earlier one of this dialog has left.

        Whoever did not hear that it was stored may have written it anew: what was stored is called back first.

        Raises:
            DeskRefused: it was not taken.
            DeskAway: it is not known whether it was; if it was, its line will show.
        """
        actor, path = submitted.presser.actor, f"/tickets/{written.composer.ticket}/replies"
        body = written.body(self.hold_seconds, attachments)
        first = written.composer.tries
        for tries in range(first, first + _MOST_TRIES):
            key = _key(submitted.view_id, tries)
            try:
                held = await self._desk.act("POST", path, actor, body, key=key, seconds=seconds)
            except (DeskAway, asyncio.CancelledError):
                if key is not None:
                    self._background.start(self._find_out(submitted.presser, written, key))
                raise
            except DeskRefused as error:
                if error.code != "key_reused":
                    raise
                earlier = await self._desk.act("GET", path, actor, key=key, seconds=seconds)
                self._show_line(earlier, submitted.presser, written.composer.ticket)
                if not await self._called_back(earlier, submitted.presser, path):
                    return after_another(written, tries + 1, submitted.presser.language)
            else:
                if held["state"] == RECALLED:  # in its line, since: this is another
                    continue
                metrics.REPLIES.labels("held").inc()
                shown = {**held, "text": written.text}
                self._show_line(shown, submitted.presser, written.composer.ticket, written.files)
                return None
        return after_another(written, first + _MOST_TRIES, submitted.presser.language)

    async def _called_back(self, earlier: Json, presser: Presser, path: str) -> bool:
        """Whether a reply will not be sent."""
        if earlier["state"] != HELD:
            return bool(earlier["state"] != SENT)
        try:
            await self._desk.act("DELETE", f"{path}/{earlier['id']}", presser.actor, seconds=_RECALL_SECONDS)
        except DeskRefused:
            return False
        metrics.REPLIES.labels("undone").inc()
        return True

    async def _find_out(self, presser: Presser, written: Composed, key: str) -> None:
        """Show the line about a reply of which nobody heard whether it was stored, as soon as it is."""
        number = written.composer.ticket
        for pause in _FIND_OUT_SECONDS:
            await self._pause(pause)
            try:
                held = await self._desk.act("GET", f"/tickets/{number}/replies", presser.actor, key=key)
            except (DeskAway, DeskRefused) as error:
                log.info("reply.unknown", ticket=number, reason=type(error).__name__)
                continue
            self._show_line({**held, "text": written.text}, presser, number, written.files)
            return

    def _show_line(self, held: Json, presser: Presser, number: int, files: Sequence[File] = ()) -> None:
        line = ReplyLine(
            id=str(held["id"]),
            number=number,
            user=presser.user_id,
            name=presser.actor.name,
            text=str(held.get("text") or "")[:LONGEST_EXTRACT],
            language=presser.language,
            since=self._now(),
            files=tuple(one.name or one.id for one in files),
        )
        # Slack must not wait for it, and the reply goes whether or not there is a line about it.
        self._background.start(self._keep(line))

    async def _keep(self, line: ReplyLine) -> None:
        """Ask for a line, while the broker is away too. Given up, the ticket's history asks for it (`LostLines`)."""
        for pause in _KEEP_SECONDS:
            try:
                # Submitted once more because nobody heard that it went, a reply has its line already.
                await self._state.create_all([reply_key(line.id)], line.written())
                return
            except Temporary as error:
                log.warning("reply_line.delayed", ticket=line.number, error=error)
                await self._pause(pause)
        log.warning("reply_line.lost", ticket=line.number)


def _key(view_id: str, tries: int) -> str | None:
    """The key of a reply: the dialog's id, with a number where replies were taken from it before."""
    return (f"{view_id}/{tries}" if tries else view_id) or None
