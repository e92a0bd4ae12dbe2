"""Write the wrap-up note of a call: the button opens the dialog, and what is submitted becomes a note of the ticket."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.calls.words import call_word
from intake_chat.domain.slack.calls.wrap_up import RESOLUTION, TEXT, WRAP_UP, WrapUp, note_view, title_of, wrap_up_in
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.dialog_answers import loading, notice_to_ask_again, plain, refusal, said_above
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Json, Pressed, Submitted
from intake_chat.domain.slack.people import Presser
from intake_chat.domain.slack.replies.line import reply_named
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskAway, DeskRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.handlers.calls.records import call_key
from intake_chat.ports.cards import KeepsCards
from intake_chat.ports.desk import Desk
from ventanilla_contracts.errors import Temporary

log = structlog.get_logger()

_SECONDS: Final = 2.0
"""Slack gives up on a submission after three, and part of that is gone by then."""
_LOOK_SECONDS: Final = 0.7
"""For asking, while Slack waits, in which ticket a refused note may go on."""
_MOST_MERGINGS: Final = 8
"""Tickets that are followed, each merged into the next one."""
_MOST_TRIES: Final = 5
_KEEP_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, *(5.0,) * 40)
"""Pauses between tries to write down that the note is written: given up, the message goes on asking for it."""


class WrapUpNotes:
    """Writes notes as whoever wrote them."""

    def __init__(
        self,
        *,
        desk: Desk,
        views: Views,
        state: KeepsCards,
        background: Background,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._views = views
        self._state = state
        self._background = background
        self._pause = pause

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.actions[WRAP_UP] = self.pressed
        registry.submissions[WRAP_UP] = self.submitted

    async def pressed(self, pressed: Pressed) -> None:
        """Open the dialog; what it needs to know is asked while a dialog that says so stands open.

        Raises:
            SlackRefused: nobody sees it any more.
        """
        number, tag = reply_named(pressed.value)
        language = pressed.presser.language
        title = title_of(number, language)
        view_id = await self._views.open(pressed.trigger_id, loading(language, title))
        try:
            view = note_view(await self._goes_on(number), tag, language, asked=number)
        except (DeskAway, DeskRefused) as error:
            why = said("desk_slow", language)
            if isinstance(error, DeskRefused):
                why = in_words(error.code, error.detail, language)
            view = notice_to_ask_again(why, language, WRAP_UP, pressed.value) | {"title": plain(title)}
        await self._views.update(view_id, view)

    async def submitted(self, submitted: Submitted) -> Json | None:
        """Keep what was written as a note; where it is not known to be kept the dialog stays with all of it.

        Raises:
            NotOurs: it is no dialog of ours.
        """
        written, language = wrap_up_in(submitted.view), submitted.presser.language
        if not written.text:
            return refusal(submitted.view, call_word("text.missing", language), TEXT)
        if written.lacks_resolution:
            return refusal(submitted.view, phrase("resolution.missing", language), RESOLUTION)
        try:
            await self._write(written, submitted)
        except DeskAway as error:
            log.warning("dialog.kept", dialog=WRAP_UP, reason=str(error))
            return refusal(submitted.view, said("text_kept", language), TEXT)
        except DeskRefused as error:
            log.info("dialog.refused", dialog=WRAP_UP, reason=error.code)
            if shown := await self._shown_merged(written, language):
                return shown
            return refusal(
                submitted.view, in_words(error.code, error.detail, language), error.pointer.strip("/") or TEXT
            )
        metrics.WRAP_UPS.labels("written").inc()
        log.info("wrap_up.written", ticket=written.ticket, call=written.call)
        if written.call:
            # Slack must not wait for it, and the note is kept whether or not the message stops asking for it.
            self._background.start(self._noted(written, submitted.presser))
        return {"response_action": "clear"}

    async def _goes_on(self, number: int) -> Mapping[str, Any]:
        """A ticket, or the one in which it goes on since it was merged.

        Raises:
            DeskAway, DeskRefused: as the desk says.
        """
        ticket: Mapping[str, Any] = await self._desk.get(f"/tickets/{number}")
        for _ in range(_MOST_MERGINGS):
            if (into := ticket.get("merged_into")) is None:
                break
            ticket = await self._desk.get(f"/tickets/{into}")
        return ticket

    async def _shown_merged(self, written: WrapUp, language: str) -> Json | None:
        """The dialog for the ticket in which that of a refused note goes on by now; None: it goes on in no other.

        Its status is another one, so whoever wrote the note looks at it before it is kept there.
        """
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                ticket = await self._goes_on(written.ticket)
        except (DeskAway, DeskRefused, TimeoutError) as error:
            log.info("wrap_up.ticket_unknown", ticket=written.ticket, reason=type(error).__name__)
            return None
        number = int(ticket["number"])
        if number == written.ticket:
            return None
        why = call_word("merged.meanwhile", language, number=str(written.ticket), into=str(number))
        return said_above(note_view(ticket, written.call, language, asked=number), why)

    async def _write(self, written: WrapUp, submitted: Submitted) -> None:
        """Keep it once, however often it is submitted; other words of the same dialog correct those before.

        Raises:
            DeskRefused: it was not kept.
            DeskAway: it is not known whether it was.
        """
        presser, path = submitted.presser, f"/tickets/{written.ticket}/replies"
        for tries in range(_MOST_TRIES):
            corrected = f"\n\n{card_word('note.edited', presser.language)}" if tries else ""
            key = f"{submitted.view_id}/{tries}" if tries else submitted.view_id
            body = written.body(f"{written.text}{corrected}")
            try:
                await self._desk.act("POST", path, presser.actor, body, key=key or None, seconds=_SECONDS)
                return
            except DeskRefused as error:
                # Nobody heard that the first words were kept, and whoever wrote them has changed them since.
                if error.code != "key_reused" or tries == _MOST_TRIES - 1:
                    raise

    async def _noted(self, written: WrapUp, presser: Presser) -> None:
        """Let the message that asks for the note know that it is written."""
        tag = written.call
        for seconds in _KEEP_SECONDS:
            try:
                entry = await self._state.read(call_key(tag))
                call = Call.parse(entry.value)
                if call is not None and not call.noted_by:
                    noted = replace(call, noted_by=presser.actor.handle, noted_in=written.ticket)
                    await self._state.replace(call_key(tag), noted.written(), entry.revision)
                return
            except Temporary as error:
                log.info("wrap_up.delayed", call=tag, error=error)
                await self._pause(seconds)
        log.warning("wrap_up.asked_on", call=tag)
