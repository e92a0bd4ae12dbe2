"""Read accepted events: what customers say becomes the desk's event, whatever else they do is passed on or let go.

Every event comes here at least once. What is made of it has an id of its own that does not depend on how often.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from intake_chat import metrics
from intake_chat.domain.slack.entry.happenings import HandedIn, Heard, Requested, what_happened
from intake_chat.domain.slack.events import Happening, Reacted, Revised, Said
from intake_chat.domain.slack.mrkdwn import people_in
from intake_chat.domain.slack.normalise import CHANNEL, Fetched, Profile, received, received_id, revision
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.ports.customers import FetchesFiles, FindsPlaces, HearsNotes, KnowsPeople, Publishes, TellsOfMissing
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import MessageReceived, MessageRevised, Threading
from ventanilla_contracts.ids import redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

_DIRECT: Final = "D"
"""Slack's ids of direct messages begin with it."""
_MOST_NAMED: Final = 50
"""Mentions in one message that are shown by name."""
PATIENCE: Final = 12
"""So often an event waits for what Slack does not tell: a person's name, a file. That is about eight minutes."""
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5.0, 60.0
_MOST_WAITING: Final = 10_000
"""Conversations of which it is kept in mind that their first message waits."""
Told = Happening | Requested | HandedIn
Event = MessageReceived | MessageRevised
_STREAMS: Final = {MessageReceived.type: "INTAKE", MessageRevised.type: "REVISIONS"}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where customers are heard: direct messages to the app, and these channels.

    Attributes:
        channels: ids of channels in which customers ask.
    """

    channels: frozenset[str]

    async def hears(self, happening: Said | Revised) -> bool:
        """Whether what is said there is said to the desk."""
        return happening.where.channel.startswith(_DIRECT) or happening.where.channel in self.channels

    async def heard(self, happening: Said | Reacted | Requested | HandedIn) -> Heard | None:
        """A message, where it stands; by itself this room knows no other way in."""
        return Heard(happening) if isinstance(happening, Said) else None


class Reader:
    """Handler of the CHAT stream."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        people: KnowsPeople,
        files: FetchesFiles,
        doors: FindsPlaces,
        prefix: str,
        notes: HearsNotes | None = None,
        missing: TellsOfMissing | None = None,
    ) -> None:
        self._publisher = publisher
        self._people = people
        self._files = files
        self._doors = doors
        self._prefix = prefix
        self._notes = notes
        self._missing = missing
        self._waiting: OrderedDict[str, float] = OrderedDict()

    async def handle(self, batch: Batch) -> None:
        """Publish what the batch's events amount to, each kind in its order; what Slack does not tell now comes later.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        happenings: list[tuple[Delivery, Told | None]] = []
        for delivery in batch.deliveries:
            try:
                happenings.append((delivery, what_happened(orjson.loads(delivery.body))))
            except orjson.JSONDecodeError as error:
                batch.reject(delivery, MalformedEvent(f"not JSON: {error}"))
        events = await asyncio.gather(*self._begun(happenings, batch))
        messages: dict[str, list[Outgoing]] = {}
        for (delivery, _), event in zip(happenings, events, strict=True):
            metrics.READ.labels(event.type if event else "unheard").inc()
            if event is not None:
                outgoing = self._outgoing(event, delivery)
                messages.setdefault(outgoing.stream, []).append(outgoing)
        for outgoings in messages.values():
            await self._publisher.publish_all(outgoings)
        if self._missing is not None:
            for (_, happening), event in zip(happenings, events, strict=True):
                if isinstance(happening, Said) and isinstance(event, MessageReceived):
                    await self._missing.tell(happening, event)

    def _begun(
        self, happenings: Sequence[tuple[Delivery, Told | None]], batch: Batch
    ) -> list[asyncio.Task[Event | None]]:
        """All of them under way at once; but what is said in a channel waits for what is handed in there before it.

        An answer waits for the message that it answers, too.
        """
        tasks: list[asyncio.Task[Event | None]] = []
        earlier: dict[str, asyncio.Task[Event | None]] = {}
        for delivery, happening in happenings:
            places: tuple[str, ...] = ()
            if isinstance(happening, (Said, Revised)):
                places = (happening.where.channel, str(happening.where))
            before = {earlier[place] for place in places if place in earlier}
            task = asyncio.create_task(self._after(before, happening, delivery, batch))
            tasks.append(task)
            if isinstance(happening, (Reacted, HandedIn)):
                earlier[happening.channel] = task
            elif isinstance(happening, Said) and not happening.reply:
                earlier[str(happening.where)] = task
        return tasks

    async def _after(
        self, earlier: set[asyncio.Task[Event | None]], happening: Told | None, delivery: Delivery, batch: Batch
    ) -> Event | None:
        if earlier:
            await asyncio.wait(earlier)
        return await self._event(happening, delivery, batch)

    async def _event(self, happening: Told | None, delivery: Delivery, batch: Batch) -> Event | None:
        if happening is None:
            return None
        if isinstance(happening, (Said, Revised)) and not await self._doors.hears(happening):
            if self._notes is not None:  # what agents write among themselves is no customer's word
                await self._notes.hear(happening, delivery, batch)
            return None
        if isinstance(happening, Revised):
            return revision(happening, await self._names(happening.text or ""), delivery.stored_at)
        if isinstance(happening, Said) and happening.machine:
            return None
        if isinstance(happening, Said) and happening.reply and self._begins_later(happening.where):
            self._later(delivery, batch)
            return None
        heard = await self._heard(happening, delivery, batch)
        return None if heard is None else await self._received(heard, delivery, batch)

    async def _heard(
        self, happening: Said | Reacted | Requested | HandedIn, delivery: Delivery, batch: Batch
    ) -> Heard | None:
        """What was heard, in its place; None: nothing, or not yet."""
        try:
            return await self._doors.heard(happening)
        except (SlackAway, SlackBusy, TooMuchWaits, DeskAway) as error:
            # A reaction that nobody could look after for so long is let go; what people asked for never is.
            if isinstance(happening, Reacted) and delivery.deliveries > PATIENCE:
                log.warning("reaction.let_go", reason=str(error))
            else:
                self._later(delivery, batch)
        except (SlackRefused, DeskRefused) as error:
            log.warning("event.refused", kind=type(happening).__name__, reason=error.slug, code=error.code)
        return None

    async def _received(self, heard: Heard, delivery: Delivery, batch: Batch) -> MessageReceived | None:
        said = heard.said
        try:
            profile = await self._people.profile(said.author.user)
            if said.author.team != said.where.team:
                profile = replace(profile, organisation=await self._people.organisation(said.author.team))
            names = await self._names(said.text)
            owner = heard.id or received_id(said)
            event = _as_heard(received(said, profile, names, await self._files.fetch(said.files, owner)), heard)
        except (SlackAway, SlackBusy, TooMuchWaits) as error:
            if delivery.deliveries <= PATIENCE:
                self._later(delivery, batch)
                if not said.reply:
                    self._begin_later(said.where)
                return None
            # What somebody said is worth more than who Slack says they are.
            log.warning("event.bare", files=len(said.files), reason=str(error))
            missing = Fetched(missing=("attachments_cut",) if said.files else ())
            event = _as_heard(received(said, Profile(), {}, missing), heard)
        if not said.reply:
            self._waiting.pop(str(said.where), None)
        return event

    def _begin_later(self, where: Conversation) -> None:
        """Keep in mind that the first message of a conversation waits.

        Whoever answers it is read after it: read before, an agent would be the one who asks. Another replica does not
        know of it; there the answer may come first, as it may whenever Slack itself gives it first.
        """
        self._waiting[str(where)] = time.monotonic() + 2 * _LONGEST_WAIT_SECONDS
        self._waiting.move_to_end(str(where))
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)

    def _begins_later(self, where: Conversation) -> bool:
        # A first message that has not come back in time was read by another replica.
        return self._waiting.get(str(where), 0.0) > time.monotonic()

    def _later(self, delivery: Delivery, batch: Batch) -> None:
        batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))

    async def _names(self, words: str) -> Mapping[str, str]:
        """Names of whom the words mention; who is not known soon is shown as Slack's label, or by the id."""
        return await self._people.names(sorted(people_in(words))[:_MOST_NAMED])

    def _outgoing(self, event: MessageReceived | MessageRevised, delivery: Delivery) -> Outgoing:
        headers: dict[str, Any] = {
            MSG_ID: redrive_id(event.id, delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": f"/intake-chat/{event.account}",
            "ce-time": datetime.now(UTC).isoformat(),
            tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: CHANNEL,
        }
        subject = f"{self._prefix}.{event.type}.{CHANNEL}"
        return Outgoing(_STREAMS[event.type], subject, event.model_dump_json().encode(), headers)


def _as_heard(event: MessageReceived, heard: Heard) -> MessageReceived:
    """The event, on the way by which it came."""
    more: dict[str, Any] = {}
    if heard.id is not None:
        more["id"] = heard.id
    if heard.by is not None:
        more["brought_by"] = str(heard.by)
    if heard.placeless:
        more["threading"] = Threading(message_id=event.threading.message_id)
    return event.model_copy(update=more) if more else event
