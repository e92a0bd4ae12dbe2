"""Read accepted events: what customers say becomes the desk's event, whatever else they do is passed on or let go.

Every event comes here at least once. What is made of it has an id of its own that does not depend on how often.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from intake_chat import metrics
from intake_chat.domain.slack.events import Happening, Reacted, Revised, happening_of
from intake_chat.domain.slack.mrkdwn import people_in
from intake_chat.domain.slack.normalise import CHANNEL, Fetched, Profile, received, received_id, revision
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import SlackAway, SlackBusy, TooMuchWaits
from intake_chat.ports import FetchesFiles, KnowsPeople, Publishes
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import MessageReceived, MessageRevised
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
_STREAMS: Final = {MessageReceived.type: "INTAKE", MessageRevised.type: "REVISIONS"}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where customers are heard: direct messages to the app, and these channels.

    Attributes:
        channels: ids of channels in which customers ask.
    """

    channels: frozenset[str]

    def hears(self, where: Conversation) -> bool:
        """Whether what is said there is said to the desk."""
        return where.channel.startswith(_DIRECT) or where.channel in self.channels


class Reader:
    """Handler of the CHAT stream."""

    def __init__(
        self, *, publisher: Publishes, people: KnowsPeople, files: FetchesFiles, doors: Doors, prefix: str
    ) -> None:
        self._publisher = publisher
        self._people = people
        self._files = files
        self._doors = doors
        self._prefix = prefix

    async def handle(self, batch: Batch) -> None:
        """Publish what the batch's events amount to, each kind in its order; what Slack does not tell now comes later.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        happenings: list[tuple[Delivery, Happening | None]] = []
        for delivery in batch.deliveries:
            try:
                happenings.append((delivery, happening_of(orjson.loads(delivery.body))))
            except orjson.JSONDecodeError as error:
                batch.reject(delivery, MalformedEvent(f"not JSON: {error}"))
        events = await asyncio.gather(*(self._event(happening, one, batch) for one, happening in happenings))
        messages: dict[str, list[Outgoing]] = {}
        for (delivery, _), event in zip(happenings, events, strict=True):
            metrics.READ.labels(event.type if event else "unheard").inc()
            if event is not None:
                outgoing = self._outgoing(event, delivery)
                messages.setdefault(outgoing.stream, []).append(outgoing)
        for outgoings in messages.values():
            await self._publisher.publish_all(outgoings)

    async def _event(
        self, happening: Happening | None, delivery: Delivery, batch: Batch
    ) -> MessageReceived | MessageRevised | None:
        if isinstance(happening, Reacted) or happening is None or not self._doors.hears(happening.where):
            return None
        if isinstance(happening, Revised):
            return revision(happening, await self._known_names(happening.text or ""), delivery.stored_at)
        if happening.machine:
            return None
        try:
            profile = await self._people.profile(happening.author.user)
            names = await self._names(happening.text)
            owner = received_id(happening)
            return received(happening, profile, names, await self._files.fetch(happening.files, owner))
        except (SlackAway, SlackBusy, TooMuchWaits) as error:
            if delivery.deliveries <= PATIENCE:
                batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))
                return None
            # What somebody said is worth more than who Slack says they are.
            log.warning("event.bare", files=len(happening.files), reason=str(error))
            return received(happening, Profile(), {}, Fetched(missing=("attachments_cut",) if happening.files else ()))

    async def _known_names(self, words: str) -> Mapping[str, str]:
        """Names for an edit, which is not worth waiting for them."""
        try:
            return await self._names(words)
        except (SlackAway, SlackBusy, TooMuchWaits):
            return {}

    async def _names(self, words: str) -> Mapping[str, str]:
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
