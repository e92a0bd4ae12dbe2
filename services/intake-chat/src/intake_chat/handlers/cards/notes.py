"""What agents write in the thread of a card is a note of its ticket: written as them, once, and answered if refused.

A note of the desk does not change any more: who edits a message adds a note that says the new thing, unless a later
edit has said it already, and who deletes one is told that the note stays. Whoever is no agent is told so, and nothing
of what they wrote is kept.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.events import Author, Revised, Said
from intake_chat.domain.slack.mrkdwn import escaped, people_in, plain_text
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.cards.note_files import KeptFiles, NoteFiles
from intake_chat.handlers.cards.record import thread_key
from intake_chat.ports.cards import FindsAgents, TellsOne
from intake_chat.ports.customers import KnowsPeople
from intake_chat.ports.desk import ActsAtDesk
from ventanilla_runtime.delivery import Batch, Delivery

log = structlog.get_logger()

PATIENCE: Final = 1_500
"""So often a note waits for the desk: about a day."""
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 2.0, 60.0
UNKNOWN_PATIENCE: Final = 20
"""So often it is looked whether a thread is that of a card: about seven minutes."""
_WHO_SECONDS: Final = 5.0
_LONGEST_NOTE: Final = 60_000
_MOST_NAMED: Final = 20
_TAG: Final = 32
_LATER: Final = (DeskAway, SlackAway, SlackBusy, TooMuchWaits)


class KeepsKeys(Protocol):
    """Keys of the cards' bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""

    async def put_all(self, keys: list[str], value: bytes) -> None:
        """Overwrite keys."""


class Notes:
    """Takes what is said in threads of cards."""

    def __init__(
        self,
        *,
        state: KeepsKeys,
        agents: FindsAgents,
        people: KnowsPeople,
        desk: ActsAtDesk,
        slack: TellsOne,
        files: NoteFiles,
        language: str,
        channels: frozenset[str] = frozenset(),
    ) -> None:
        """Nothing is asked yet.

        Args:
            channels: those in which cards stand.
        """
        self._state = state
        self._agents = agents
        self._people = people
        self._desk = desk
        self._slack = slack
        self._files = files
        self._language = language
        self._channels = channels

    async def hear(self, happening: Said | Revised, delivery: Delivery, batch: Batch) -> bool:
        """Take in what was said or changed, if it was in the thread of a card; whether it was.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        where = happening.where
        if happening.ts == where.root or (isinstance(happening, Said) and (happening.machine or not happening.reply)):
            return False
        try:
            Conversation.parse(str(where))
        except ValueError:
            return False  # no key may be looked for by what is not shaped like one
        value = await self._state.get(thread_key(where.channel, where.root))
        if not value or not value.isdigit():
            return self._waits_for_card(where, delivery, batch)
        number = int(value)
        try:
            await self._take(number, happening, delivery.deliveries)
        except _LATER as error:
            await self._postpone(number, happening, delivery, batch, error)
        return True

    def _waits_for_card(self, where: Conversation, delivery: Delivery, batch: Batch) -> bool:
        """Look again later in a thread that nobody knows.

        A card can be read before it is remembered where it stands: whoever posted it may have died in between.
        """
        if where.channel not in self._channels or delivery.deliveries > UNKNOWN_PATIENCE:
            return False
        batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))
        return True

    async def _take(self, number: int, happening: Said | Revised, tries: int) -> None:
        presser = await self._agent(happening.author)
        if presser is None:
            metrics.NOTES.labels("no_agent").inc()
            log.info("note.refused", ticket=number, reason="no_agent")
            if isinstance(happening, Said):
                await self._tell(happening, card_word("note.not_an_agent", self._language_of(happening.author)))
            return
        if isinstance(happening, Revised) and happening.text is None:
            metrics.NOTES.labels("stays").inc()
            await self._tell(happening, card_word("note.stays", presser.language, number=str(number)))
            return
        if await self._is_late(happening):
            metrics.NOTES.labels("late").inc()
            log.info("note.overtaken", ticket=number)
            return
        kept = await self._files.keep(happening.files, tries) if isinstance(happening, Said) else KeptFiles()
        text = await self._words(happening, presser, kept)
        if not text:
            return
        where = f"{happening.where.channel}/{happening.where.root}"
        body = {
            "text": text,
            "internal": True,
            "thread": where,
            **({"attachments": list(kept.ids)} if kept.ids else {}),
        }
        try:
            await self._desk.act(
                "POST", f"/tickets/{number}/replies", presser.actor, body, key=f"slack/{happening.source_id}"
            )
        except DeskRefused as error:
            if error.code == "key_reused":  # it was written, with the same files under other ids
                return
            metrics.NOTES.labels("refused").inc()
            log.info("note.refused", ticket=number, reason=error.code)
            why = escaped(in_words(error.code, error.detail or error.code, presser.language))
            await self._tell(happening, card_word("note.refused", presser.language, number=str(number), why=why))
            return
        if isinstance(happening, Revised) and happening.at is not None:
            await self._state.put_all([_edited_key(happening)], happening.at.isoformat().encode())
        metrics.NOTES.labels("written").inc()
        log.info("note.written", ticket=number)

    async def _is_late(self, happening: Said | Revised) -> bool:
        """Whether a note says already what was made of a message after this: the last note is to say the last thing.

        A message may be read after its edit: its own event was lost, and the history tells of it as it is by now. Only
        its files nobody has had then.
        """
        kept = await self._state.get(_edited_key(happening))
        if isinstance(happening, Said):
            return bool(kept) and not happening.files
        return bool(kept and happening.at and happening.at < datetime.fromisoformat(kept.decode()))

    async def _words(self, happening: Said | Revised, presser: Presser, kept: KeptFiles) -> str:
        """The note: agents who are mentioned by their handles, so that the desk calls them too."""
        written = happening.text or ""
        parts = [plain_text(written, await self._names(written, happening.author.team)).strip()]
        if isinstance(happening, Revised):
            parts.append(card_word("note.edited", presser.language))
        elif names := kept.only_named if any(parts) else [file.name for file in happening.files]:
            names = names[:_MOST_NAMED]
            parts.append(card_word("note.files", presser.language, names=", ".join(names)))
        return "\n\n".join(filter(None, parts)).replace("\x00", "")[:_LONGEST_NOTE]

    async def _names(self, written: str, team: str) -> Mapping[str, str]:
        users = sorted(people_in(written))[:_MOST_NAMED]
        names = dict(await self._people.names(users))
        for user in users:
            agent = await self._agent(Author(team, user))
            if agent is not None:
                names[user] = agent.actor.handle
        return names

    async def _agent(self, author: Author) -> Presser | None:
        try:
            async with asyncio.timeout(_WHO_SECONDS):
                return await self._agents.presser(Somebody(author.team, author.user))
        except TimeoutError as error:  # it is still being found out, and a note waits for that; customers do not
            raise SlackAway(f"nobody has said within {_WHO_SECONDS:g} s who wrote") from error
        except SlackRefused:
            return None  # Slack does not tell of them: then nobody vouches for them

    async def _postpone(
        self, number: int, happening: Said | Revised, delivery: Delivery, batch: Batch, error: Exception
    ) -> None:
        if delivery.deliveries <= PATIENCE:
            batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))
            return
        metrics.NOTES.labels("lost").inc()
        log.error("note.given_up", ticket=number, error=error)
        await self._tell(happening, card_word("note.late", self._language_of(happening.author), number=str(number)))

    def _language_of(self, author: Author) -> str:
        """Theirs, as far as it is known; else that of the desk."""
        return self._agents.language(Somebody(author.team, author.user, self._language))

    async def _tell(self, happening: Said | Revised, text: str) -> None:
        """Say it to whoever wrote, in the thread; if they cannot be told, that changes nothing."""
        try:
            await self._slack.tell(happening.where.channel, happening.author.user, text, happening.where.root)
        except (SlackRefused, *_LATER) as error:
            log.info("author.untold", reason=str(error))


def _edited_key(happening: Said | Revised) -> str:
    return f"edited.{happening.where.channel}.{sha256(happening.ts.encode()).hexdigest()[:_TAG]}"
