"""Whoever asks for help without writing to the desk: `/ticket`, its dialog, and the shortcut of a message.

Slack gives an interaction once. So it is durable first, as an event of our own, and acknowledged then; what becomes of
it is read from there. Nobody is asked who they are for it: a customer is heard while the ticket service is away.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from hashlib import sha256
from typing import Any, Final

import orjson
import structlog

from intake_chat.domain.slack.entry.asking import ASK, TEXT, ask_dialog, asked_text
from intake_chat.domain.slack.entry.command_answers import answer
from intake_chat.domain.slack.entry.happenings import LONGEST_REQUEST, hand_in, is_somebodys, request
from intake_chat.domain.slack.entry.typed import typed
from intake_chat.domain.slack.events import Author
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.people import Somebody
from intake_chat.errors import NotAccepted, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.ports.customers import Accept
from intake_chat.ports.entry import KnowsProfiles

log = structlog.get_logger()

COMMAND: Final = "/ticket"
MESSAGE_SHORTCUT: Final = "create_ticket"
GLOBAL_SHORTCUT: Final = "new_ticket"
_DOOR: Final = "interaction"
_LANGUAGE_SECONDS: Final = 0.3
_FAILURES: Final = (SlackAway, SlackBusy, SlackRefused, TooMuchWaits)
Json = dict[str, Any]


class Asking:
    """Takes in what people ask for by an interaction."""

    def __init__(self, *, accept: Accept, views: Views, people: KnowsProfiles, background: Background) -> None:
        self._accept = accept
        self._views = views
        self._people = people
        self._background = background

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.by_anybody |= {
            ("command", COMMAND): self.commanded,
            ("submission", ASK): self.submitted,
            ("action", ASK): self.pressed,
            ("shortcut", MESSAGE_SHORTCUT): self.handed_in,
            ("shortcut", GLOBAL_SHORTCUT): self.pressed,
        }

    async def commanded(self, somebody: Somebody, body: Mapping[str, Any]) -> Json | None:
        """`/ticket TEXT` is a request at once, without words a dialog opens."""
        language, text = await self._language(somebody), typed(str(body.get("text") or ""))
        if not text or len(text) > LONGEST_REQUEST:
            self._later(self._views.open(str(body.get("trigger_id") or ""), ask_dialog(language, text)))
            return None
        try:
            await self._store(somebody, f"command/{body.get('trigger_id')}", text)
        except NotAccepted:
            return answer(home_word("ask.not_taken", language, text=escaped(text)))
        return answer(home_word("ask.taken", language))

    async def pressed(self, somebody: Somebody, body: Mapping[str, Any]) -> Json | None:
        """Open the dialog."""
        language = await self._language(somebody)
        self._later(self._views.open(str(body.get("trigger_id") or ""), ask_dialog(language)))
        return None

    async def submitted(self, somebody: Somebody, body: Mapping[str, Any]) -> Json | None:
        """Take in what was written in the dialog; it stays open with the words until they are durable."""
        language, view = await self._language(somebody), body["view"]
        text = asked_text(view)
        if not text:
            return _error(home_word("ask.empty", language))
        try:
            await self._store(somebody, f"dialog/{view['id']}", text)
        except NotAccepted:
            return _error(home_word("ask.kept", language))
        return None

    async def handed_in(self, somebody: Somebody, body: Mapping[str, Any]) -> Json | None:
        """Take in a message that somebody makes a ticket of, and tell them; or that nothing can be made of it."""
        envelope = hand_in(Author(somebody.team_id, somebody.user_id), body)
        if envelope is None:
            return None
        key = "hand_in.taken" if is_somebodys(envelope) else "hand_in.nobodys"
        if key == "hand_in.taken":
            try:
                await self._accept(orjson.dumps(envelope), envelope, _DOOR)
            except NotAccepted:
                key = "hand_in.not_taken"
        self._later(self._tell(somebody, key, str(body.get("response_url") or "")))
        return None

    async def _store(self, somebody: Somebody, source: str, text: str) -> None:
        author = Author(somebody.team_id, somebody.user_id)
        id_ = sha256(source.encode()).hexdigest()[:32]
        envelope = request(id_, author, text, f"{time.time():.6f}")
        await self._accept(orjson.dumps(envelope), envelope, _DOOR)

    async def _tell(self, somebody: Somebody, key: str, response_url: str) -> None:
        language = await self._language(somebody)
        # A channel that the app is not in is answered in all the same, where Slack says.
        await self._views.respond(response_url, answer(home_word(key, language)))

    def _later(self, work: Awaitable[Any]) -> None:
        self._background.start(_quietly(work))

    async def _language(self, somebody: Somebody) -> str:
        """Their language, if Slack tells it at once."""
        try:
            async with asyncio.timeout(_LANGUAGE_SECONDS):
                return (await self._people.profile(somebody.user_id)).language or somebody.language
        except (TimeoutError, *_FAILURES):
            return somebody.language


def _error(text: str) -> Json:
    return {"response_action": "errors", "errors": {TEXT: text}}


async def _quietly(work: Awaitable[Any]) -> None:
    """What nobody waits for; whoever does not see it tries again."""
    try:
        await work
    except _FAILURES as error:
        log.warning("word.unsaid", reason=str(error))
