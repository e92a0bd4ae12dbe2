"""Read events of tickets: write down whose card may look different now. Nothing else: a thousand events are one wish.

One key is written for each ticket of a batch, and a second one where its thread has something to say. Whoever keeps the
cards reads the keys in the order in which they were last written (`handlers.cards.keeper`).
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import orjson
import structlog

from intake_chat import metrics
from intake_chat.handlers.cards.record import menu_key
from ventanilla_contracts.errors import MalformedEvent, Temporary
from ventanilla_contracts.ticket_events import TicketMessageChanged
from ventanilla_runtime.delivery import Batch

log = structlog.get_logger()

Event = dict[str, Any]
WANTED: Final = "wanted"
LINES: Final = "lines"
_VALUE: Final = b"1"
_HIGHEST: Final = 2**63
_CHANGED: Final = "ticket.changed.v1"
_TOLD_FIELDS: Final = frozenset(
    {
        "assignee", "team", "tier", "status", "merged_into", "merged", "links", "sender", "team_retired", "callback",
        "requester_grade", "verification",
    }
)  # fmt: skip
"""A change of one of these is a line in the thread; of the others the card alone tells."""


class WritesKeys(Protocol):
    """Keys of a bucket; `ventanilla_runtime.state.StateBucket` has them."""

    async def put_all(self, keys: list[str], value: bytes) -> None:
        """Overwrite keys."""


def wanted_key(number: int) -> str:
    """The key that says that a ticket's card may look different."""
    return f"{WANTED}.{number}"


def lines_key(number: int) -> str:
    """The key that says that there may be more to tell in a ticket's thread."""
    return f"{WANTED}.{number}.{LINES}"


async def renew_menu(state: WritesKeys, value: str) -> None:
    """Let a card have a fresh menu, because somebody has used it; not done, the card stays good for all else.

    Args:
        value: what stands behind the action in the entry that was chosen: a ticket's number.
    """
    if not (value.isascii() and value.isdigit()) or not 0 < int(value) < _HIGHEST:
        return
    number = int(value)
    try:
        await state.put_all([menu_key(number), wanted_key(number)], f".{secrets.token_hex(4)}".encode())
    except Temporary as error:
        log.info("menu.kept", ticket=number, reason=str(error))


class CardWishes:
    """Handler of the TICKETS stream, as far as cards go by it."""

    def __init__(
        self,
        state: WritesKeys,
        revised: Callable[[Event], Awaitable[None]] | None = None,
        sent: Callable[[Event], Awaitable[None]] | None = None,
    ) -> None:
        """Nothing is wished for yet.

        Args:
            revised: is told of messages of which something was made since.
            sent: is told of replies that waited, and went or could not go.
        """
        self._state = state
        self._revised = revised
        self._sent = sent

    async def handle(self, batch: Batch) -> None:
        """Write a key for each ticket of the batch; the same batch again writes the same keys.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        keys: dict[str, None] = {}
        revised: list[Event] = []
        sent: list[Event] = []
        for delivery in batch.deliveries:
            try:
                event = orjson.loads(delivery.body)
                number = event["ticket"]["number"]
                if not isinstance(number, int) or not 0 < number < _HIGHEST:
                    raise ValueError("ticket.number is no number of a ticket")  # noqa: TRY301  # as any other defect
                tells = _tells(delivery.headers.get("ce-type", ""), event)
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
                batch.reject(delivery, MalformedEvent(f"no event of a ticket: {error}"))
                continue
            keys[wanted_key(number)] = None
            if tells:
                keys[lines_key(number)] = None
            if delivery.headers.get("ce-type") == TicketMessageChanged.type:
                revised.append(event)
            if event.get("held"):
                sent.append(event)
        if keys:
            await self._state.put_all(list(keys), _VALUE)
            metrics.CARD_WISHES.inc(len(keys))
        if self._revised is not None:
            for event in revised:
                await self._revised(event)
        if self._sent is not None:
            for event in sent:
                await self._sent(event)


def _tells(type_: str, event: dict[str, Any]) -> bool:
    """Whether a thread has something to say of an event; what is not known for sure is looked at."""
    if type_ != _CHANGED:
        return True
    return any(change.get("field") in _TOLD_FIELDS for change in event.get("changes") or ())
