"""An agent edits an answer that stands in its customer's thread, or takes it back, from the line about it."""

from typing import Final

import structlog

from intake_chat.domain.slack.dialog_answers import loading, notice, notice_to_ask_again, refusal
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Json, Pressed, Submitted
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.replies.correcting import (
    CALLBACK,
    TEXT,
    corrected,
    correcting_title,
    correcting_view,
    why_not_to_correct,
)
from intake_chat.domain.slack.replies.line import EDIT, TAKE_BACK, message_named
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.handlers.agents.revised_lines import WishesLines
from intake_chat.ports.desk import Desk

log = structlog.get_logger()

_SECONDS: Final = 2.3
"""Slack gives up on a submission after three, and part of that is gone by then."""


class Corrections:
    """What the buttons of a line about a delivered answer do; they are for whoever wrote it."""

    def __init__(self, *, desk: Desk, views: Views, lines: WishesLines) -> None:
        self._desk = desk
        self._views = views
        self._lines = lines

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.actions |= {EDIT: self.edit_pressed, TAKE_BACK: self.take_back_pressed}
        registry.quiet.add(TAKE_BACK)
        registry.submissions[CALLBACK] = self.submitted

    async def edit_pressed(self, pressed: Pressed) -> None:
        """Open the dialog with the words; they are asked for while one that says so stands open.

        Raises:
            SlackRefused: nobody sees it any more.
        """
        number, message_id, user = message_named(pressed.value)
        language = pressed.presser.language
        if user != pressed.presser.user_id:
            await self._tell(pressed, phrase("not_yours.correct", language))
            return
        title = correcting_title(number, language)
        view_id = await self._views.open(pressed.trigger_id, loading(language, title))
        try:
            message = await self._desk.get(f"/tickets/{number}/messages/{message_id}")
        except DeskAway:
            shown = notice_to_ask_again(said("desk_slow", language), language, pressed.action, pressed.value)
        except DeskRefused as error:
            shown = notice(in_words(error.code, error.detail, language), language, title)
        else:
            why = why_not_to_correct(message, pressed.presser.actor.handle)
            shown = (
                notice(phrase(why, language), language, title) if why else correcting_view(number, message, language)
            )
        try:
            await self._views.update(view_id, shown)
        except SlackRefused as error:
            if error.code == "not_found":  # whoever asked did not wait for it
                raise
            log.warning("dialog.not_taken", dialog=CALLBACK, reason=str(error))
            await self._views.update(view_id, notice(said("failed", language), language, title))

    async def submitted(self, submitted: Submitted) -> Json | None:
        """Change the answer; where it is not changed the dialog stays, with what was written, and says why."""
        wanted, presser = corrected(submitted.view), submitted.presser
        language = presser.language
        if not wanted.text:
            return refusal(submitted.view, phrase("correct.write", language), TEXT)
        path = f"/tickets/{wanted.ticket}/messages/{wanted.message}"
        try:
            await self._desk.act("PATCH", path, presser.actor, {"text": wanted.text}, seconds=_SECONDS)
        except DeskAway as error:
            log.warning("dialog.kept", dialog=CALLBACK, reason=str(error))
            return refusal(submitted.view, phrase("correct.doubt", language), TEXT)
        except DeskRefused as error:
            log.info("dialog.refused", dialog=CALLBACK, reason=error.code)
            return refusal(submitted.view, in_words(error.code, error.detail, language), TEXT)
        self._lines.soon(wanted.ticket, wanted.message)
        return {"response_action": "clear"}

    async def take_back_pressed(self, pressed: Pressed) -> None:
        """Take an answer back; whoever pressed was asked by Slack whether they mean it. To press again does no harm."""
        number, message_id, user = message_named(pressed.value)
        presser = pressed.presser
        if user != presser.user_id:
            await self._tell(pressed, phrase("not_yours.correct", presser.language))
            return
        try:
            await self._desk.act("DELETE", f"/tickets/{number}/messages/{message_id}", presser.actor)
        except DeskAway as error:
            log.warning("press.failed", action=pressed.action, reason=str(error))
            await self._tell(pressed, phrase("take_back.doubt", presser.language))
            return
        except DeskRefused as error:
            await self._tell(pressed, escaped(in_words(error.code, error.detail, presser.language)))
            return
        self._lines.soon(number, message_id)

    async def _tell(self, pressed: Pressed, text: str) -> None:
        thread = pressed.thread_ts or pressed.message_ts
        await self._views.tell(pressed.channel, pressed.presser.user_id, text, thread)
