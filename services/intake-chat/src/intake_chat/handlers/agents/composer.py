"""The composer: an agent answers a customer, sees before how it will read, and is told what came meanwhile.

The reply waits in the ticket service for a few seconds (`hold_seconds`), where nothing can lose it; what becomes of it
is shown by whoever keeps the lines (`handlers.agents.reply_lines`), for whom it is written down here.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import quote

import structlog

from intake_chat import metrics
from intake_chat.domain.slack import actions
from intake_chat.domain.slack.dialog_answers import loading, notice, refusal
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.events import File
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.interactions import Asked, Json, Pressed, Submitted
from intake_chat.domain.slack.replies.composer import (
    CALLBACK,
    PREVIEW,
    RESOLUTION,
    TEMPLATE,
    Composed,
    Composer,
    composed,
    composer_for,
    composer_view,
    kept_view,
    preview_view,
    sending_view,
    template_options,
    with_news,
    with_template,
)
from intake_chat.domain.slack.replies.draft import DRAFT, Draft, draft_of
from intake_chat.domain.slack.replies.line import RECALLED, RETRY, UNDO, reply_named
from intake_chat.domain.slack.replies.place import kept_place, moved
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackRefused
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.drafts import SENDING_SECONDS, Drafts
from intake_chat.handlers.agents.news import news_since
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.handlers.agents.sending import Sending
from intake_chat.ports.desk import Desk as AnyDesk

log = structlog.get_logger()

_SEND_SECONDS: Final = 1.9
"""Of Slack's three, what is left once it was looked whether something came meanwhile."""
_LOOK_SECONDS: Final = 0.9
"""How long a reply that was sent waits to know where it would stand now."""
_PATIENCE_SECONDS: Final = 30.0
"""While files are on their way nobody at Slack waits."""
_RECALL_SECONDS: Final = 2.0
_NOWHERE: Final = 409
"""Where the ticket service is asked for the place of an answer, and none can be sent."""


class Desk(AnyDesk, Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` is."""

    async def upload(self, name: str, media_type: str, data: bytes, seconds: float) -> str:
        """The id of a file that a reply may name from now on."""


class ReadsFiles(Protocol):
    """Files of Slack; `adapters.slack.files.Files` reads them."""

    async def content(self, file: File) -> bytes | None:
        """What a file holds; None: it is too large, or Slack does not give it to us."""


class Replies:
    """Everything about answering a customer from Slack."""

    def __init__(
        self,
        *,
        desk: Desk,
        views: Views,
        files: ReadsFiles,
        sending: Sending,
        drafts: Drafts,
        background: Background,
    ) -> None:
        self._desk = desk
        self._views = views
        self._files = files
        self._sending = sending
        self._drafts = drafts
        self._background = background

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.actions |= {
            actions.REPLY: self.pressed,
            TEMPLATE: self.template_chosen,
            PREVIEW: self.preview_pressed,
            UNDO: self.undo_pressed,
            RETRY: self.retry_pressed,
            DRAFT: self.draft_pressed,
        }
        registry.quiet.add(TEMPLATE)
        registry.options[TEMPLATE] = self.templates
        registry.submissions[CALLBACK] = self.submitted

    async def pressed(self, pressed: Pressed) -> None:
        """Open the composer; what it needs to know is asked while a dialog that says so stands open.

        Raises:
            DeskAway, DeskRefused, SlackRefused: the dialog says so, or nobody sees it any more.
        """
        await self._open(pressed, ticket_number(pressed.value), (actions.REPLY, pressed.value))

    async def undo_pressed(self, pressed: Pressed) -> None:
        """Call a reply back, and give its words to whoever wrote it.

        Raises:
            DeskAway: it is not known whether it was called back; the line will say.
        """
        number, id_ = reply_named(pressed.value)
        language = pressed.presser.language
        try:
            held = await self._desk.act(
                "DELETE", f"/tickets/{number}/replies/{id_}", pressed.presser.actor, seconds=_RECALL_SECONDS
            )
        except DeskRefused as error:
            key = "not_yours" if error.status == 403 else "too_late"
            await self._tell(pressed, phrase(key, language))
            return
        metrics.REPLIES.labels("undone").inc()
        await self._open(pressed, number, (RETRY, pressed.value), held, phrase("recalled", language))

    async def retry_pressed(self, pressed: Pressed) -> None:
        """Open the composer with the words of a reply that did not reach its customer.

        Raises:
            DeskAway, DeskRefused: as `pressed`.
        """
        number, id_ = reply_named(pressed.value)
        held = await self._desk.get(f"/tickets/{number}/replies/{id_}")
        text = held.get("text") or await self._text_of(number, str(held.get("message_id") or ""))
        words = phrase("recalled" if held["state"] == RECALLED else "retry", pressed.presser.language)
        await self._open(pressed, number, (RETRY, pressed.value), {**held, "text": text}, words)

    async def draft_pressed(self, pressed: Pressed) -> None:
        """Open the composer with the words of a reply that did not go with its files.

        Raises:
            DeskAway, DeskRefused: as `pressed`.
        """
        number, id_ = reply_named(pressed.value)
        language = pressed.presser.language
        draft = await self._drafts.find(id_)
        if draft is None or draft.user != pressed.presser.user_id:
            await self._tell(pressed, phrase("draft.gone", language))
            return
        await self._open(pressed, number, (DRAFT, pressed.value), dict(draft.reply), phrase("draft.again", language))

    async def templates(self, asked: Asked) -> list[Json]:
        """The templates that fit the ticket, and what was typed."""
        written = composed(asked.view or {})
        found = await self._desk.get(f"/tickets/{written.composer.ticket}/templates", q=asked.text)
        return template_options(found["items"])

    async def template_chosen(self, pressed: Pressed) -> None:
        """Put a template behind what was written.

        Raises:
            DeskAway, DeskRefused: whoever chose it is told.
        """
        view = pressed.view or {}
        written, language = composed(view), pressed.presser.language
        path = f"/tickets/{written.composer.ticket}/templates/{quote(pressed.value, safe='')}"
        filled = await self._desk.act("POST", path, pressed.presser.actor, {})
        await self._views.update(str(view["id"]), composer_view(with_template(written, filled, language), language))

    async def preview_pressed(self, pressed: Pressed) -> None:
        """Show on top of the composer how the reply will read.

        Raises:
            DeskAway, DeskRefused: the dialog on top says so.
        """
        written, language = composed(pressed.view or {}), pressed.presser.language
        title = phrase("preview.title", language)
        if not written.text:
            await self._views.push(pressed.trigger_id, notice(phrase("preview.nothing", language), language, title))
            return
        view_id = await self._views.push(pressed.trigger_id, loading(language, title))
        path, body = f"/tickets/{written.composer.ticket}/replies/preview", {"text": written.text}
        try:
            seen = await self._desk.act("POST", path, pressed.presser.actor, body)
        except DeskAway:
            await self._views.update(view_id, notice(said("desk_slow", language), language, title))
        except DeskRefused as error:
            await self._views.update(view_id, notice(in_words(error.code, error.detail, language), language, title))
        else:
            await self._views.update(view_id, preview_view(seen, language, written.files))

    async def submitted(self, submitted: Submitted) -> Json | None:
        """Send what was written; where something is missing or came meanwhile it stays, and the dialog says why."""
        written, language = composed(submitted.view), submitted.presser.language
        if not written.text:
            return refusal(submitted.view, phrase("write", language), written.text_block)
        if written.status == "solved" and not written.resolution:
            return refusal(submitted.view, phrase("resolution.missing", language), _explained(RESOLUTION, written))
        news, place = await asyncio.gather(
            news_since(written.composer, submitted.presser, self._desk),
            self._place_now(written.composer.ticket),
        )
        if news or moved(written.composer.place, place):
            metrics.REPLIES.labels("warned").inc()
            shown = with_news(written, news, place, language)
            return {"response_action": "update", "view": composer_view(shown, language)}
        if written.files:
            return await self._begin_with_files(written, submitted)
        try:
            again = await self._sending.send(written, submitted, [], _SEND_SECONDS)
        except DeskAway as error:
            log.warning("dialog.kept", dialog=CALLBACK, reason=str(error))
            doubt = phrase("doubt", language, seconds=str(self._sending.hold_seconds))
            return refusal(submitted.view, doubt, written.text_block)
        except DeskRefused as error:
            log.info("dialog.refused", dialog=CALLBACK, reason=error.code)
            text = in_words(error.code, error.detail, language)
            return refusal(submitted.view, text, _block_of(error.pointer, written))
        if again is not None:
            return {"response_action": "update", "view": composer_view(again, language)}
        return {"response_action": "clear"}

    async def _open(
        self, pressed: Pressed, number: int, again: tuple[str, str], reply: Json | None = None, words: str = ""
    ) -> None:
        language, text = pressed.presser.language, str((reply or {}).get("text") or "")
        title = f"{phrase('title', language)} #{number}"
        view_id = await self._views.open(pressed.trigger_id, loading(language, title))
        try:
            ticket, newest, place = await asyncio.gather(
                self._desk.get(f"/tickets/{number}"),
                self._desk.get(f"/tickets/{number}/messages", newest_first="true", limit="1"),
                self._place(number),
            )
        except (DeskAway, DeskRefused) as error:
            why = said("desk_slow", language)
            if isinstance(error, DeskRefused):
                why = in_words(error.code, error.detail, language)
            shown = kept_view(why, text, number, language, again)
        else:
            last = str(newest["items"][0]["id"]) if newest["items"] else ""
            shown = composer_view(replace(composer_for(ticket, last, reply, words), place=place), language)
        try:
            await self._views.update(view_id, shown)
        except SlackRefused as error:
            if error.code == "not_found":  # whoever asked did not wait for it
                raise
            log.warning("dialog.not_taken", dialog=CALLBACK, reason=str(error))
            await self._views.update(view_id, kept_view(said("failed", language), text, number, language, again))

    async def _place(self, number: int) -> Json:
        """Where an answer would stand; empty where that cannot be found out.

        Raises:
            DeskRefused: nowhere: none can be sent, so nobody should write one.
        """
        try:
            return kept_place(await self._desk.get(f"/tickets/{number}/replies/place"))
        except (DeskAway, DeskRefused) as error:
            if isinstance(error, DeskRefused) and error.status == _NOWHERE:
                raise
            log.info("reply_place.unknown", ticket=number, reason=type(error).__name__)
            return {}

    async def _place_now(self, number: int) -> Json:
        """Where an answer that was written would stand; empty where that is not known soon: sending finds it out."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._place(number)
        except (DeskRefused, TimeoutError) as error:
            log.info("reply_place.unknown", ticket=number, reason=type(error).__name__)
            return {}

    async def _begin_with_files(self, written: Composed, submitted: Submitted) -> Json:
        """Let somebody close the window once nothing of what they wrote can get lost any more."""
        language = submitted.presser.language
        draft = draft_of(written, submitted, self._sending.key(written, submitted), self._sending.now())
        if not await self._drafts.keep(draft):
            return refusal(submitted.view, phrase("draft.not_kept", language), written.text_block)
        if not self._background.start(self._send_with_files(written, submitted, draft)):
            return refusal(submitted.view, said("desk_slow", language), written.text_block)
        return {"response_action": "update", "view": sending_view(written, language)}

    async def _send_with_files(self, written: Composed, submitted: Submitted, draft: Draft) -> None:
        """Fetch the files and send them with the reply; its author is told how it ended, with the words if not."""
        language, doubted = submitted.presser.language, False
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                shown = await self._sent_with_files(written, submitted)
        except DeskRefused as error:
            shown = written.again(in_words(error.code, error.detail, language))
        except (DeskAway, SlackAway, SlackRefused, TimeoutError) as error:
            log.warning("dialog.kept", dialog=CALLBACK, reason=str(error))
            doubted = isinstance(error, (DeskAway, TimeoutError))
            shown = written.again(phrase("files.again", language))
        if shown is None:
            await self._drafts.sent(draft)
            done = phrase("on_its_way", language, seconds=str(self._sending.hold_seconds))
            view = notice(done, language, phrase("title", language))
        else:
            view = composer_view(shown, language)
        try:
            await self._views.update(submitted.view_id, view)
        except (SlackRefused, SlackAway) as error:  # they have closed the window, as we said that they may
            log.info("dialog.closed", dialog=CALLBACK, reason=str(error))
            if doubted:
                await self._drafts.find_out(draft)
            elif shown is not None:
                await self._drafts.give_back(draft, shown.words)
        else:
            if shown is not None:
                await self._drafts.sent(draft)

    async def _sent_with_files(self, written: Composed, submitted: Submitted) -> Composer | None:
        """None once it waits at the desk; else the composer that says why not.

        Raises:
            DeskRefused, DeskAway, SlackAway, SlackRefused: it was not taken, or that is not known.
        """
        language = submitted.presser.language
        ids, lost = await self._uploaded(written.files)
        if lost:
            return written.again(phrase("files.lost", language, names=", ".join(lost)[:300]))
        again = await self._sending.send(written, submitted, ids, _PATIENCE_SECONDS)
        return None if again is None else replace(written.again(again.words), tries=again.tries)

    async def _uploaded(self, files: Sequence[File]) -> tuple[list[str], list[str]]:
        """(ids of the files at the desk, names of those that could not be had)."""
        ids: list[str] = []
        lost: list[str] = []
        for file in files:  # one after the other: a file has up to 25 MB
            data = await self._files.content(file)
            if data is None:
                lost.append(file.name)
                continue
            name = file.name or "file"
            ids.append(await self._desk.upload(name, file.media_type, data, _PATIENCE_SECONDS))
        return ids, lost

    async def _text_of(self, number: int, message_id: str) -> str:
        found = (await self._desk.get(f"/tickets/{number}/messages", newest_first="true", limit="50"))["items"]
        return next((str(one.get("text") or "") for one in found if one["id"] == message_id), "")

    async def _tell(self, pressed: Pressed, text: str) -> None:
        thread = pressed.thread_ts or pressed.message_ts
        if not pressed.channel:  # it was asked again, in a dialog
            language = pressed.presser.language
            await self._views.open(pressed.trigger_id, notice(text, language, phrase("title", language)))
            return
        await self._views.tell(pressed.channel, pressed.presser.user_id, text, thread)


def _explained(name: str, written: Composed) -> str:
    return f"{name}.{written.composer.statuses}"


def _block_of(pointer: str, written: Composed) -> str:
    name = pointer.strip("/").partition("/")[0]
    return _explained(name, written) if name in ("resolution", "cause", "status") else written.text_block
