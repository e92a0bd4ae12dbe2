"""What the ticket service tells the router, read from the broker's key-value bucket.

One request for a whole batch of messages. It may fail or be late: then nothing is known for that batch, which rules can
tell from "no", and routing goes on.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

import structlog
from pydantic import ValidationError

from router.domain.surroundings import NOTHING_KNOWN, Surroundings, domain_of, open_now, surroundings
from router.metrics import DESK_FACTS, FACTS_LOOKUPS
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.parts import Part
from ventanilla_contracts.routing import (
    DESK_KEY,
    FACTS_BUCKET,
    CustomerFacts,
    DeskFacts,
    OrganisationFacts,
    customer_key,
    domain_key,
)
from ventanilla_contracts.words import identity_kind
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import Many

STREAM: Final = f"KV_{FACTS_BUCKET}"
LOOKUP_SECONDS: Final = 0.25
HOURS_KNOWN: Final = timedelta(days=14)
"""So long after they were written hours are taken to hold where their writer does not say until when."""

_OK = FACTS_LOOKUPS.labels("answered")
_FAILED = FACTS_LOOKUPS.labels("failed")
_UNREADABLE = FACTS_LOOKUPS.labels("unreadable")

log = structlog.get_logger()

P = TypeVar("P", bound=Part)


class KnownDesk(NamedTuple):
    """What the desk has, until when its hours are known, and which revision that is."""

    facts: DeskFacts
    hours_until: datetime
    revision: int


class DeskWatch:
    """Holds what the desk tells of itself; `refresh` reads it again."""

    def __init__(self, read: Callable[[], Awaitable[KnownDesk | None]]) -> None:
        self._read = read
        self._current: KnownDesk | None = None
        self._failing = False

    @property
    def current(self) -> KnownDesk | None:
        """None: nothing is known of the desk."""
        return self._current

    def open_now(self, now: datetime) -> dict[str, bool]:
        """Calendar → whether it is open, as far as that is known."""
        desk = self._current
        return open_now(desk.facts.hours, desk.hours_until, now) if desk else {}

    async def refresh(self) -> None:
        """Read it again. What was known stays where the broker does not answer."""
        try:
            self._current = await self._read()
        except Temporary as error:
            if not self._failing:
                log.warning("desk.unread", error=str(error))
            self._failing = True
            return
        self._failing = False
        DESK_FACTS.set(self._current.revision if self._current else 0)


class FactsLookup:
    """Finds out for a batch of messages what is known of their senders."""

    def __init__(self, many: Many, desk: DeskWatch, *, within_seconds: float = LOOKUP_SECONDS) -> None:
        self._many = many
        self._desk = desk
        self._within_seconds = within_seconds
        self._failing = False

    async def look_up(self, received: Sequence[MessageReceived], now: datetime) -> list[Surroundings]:
        """What is known for each message, in their order. Nothing is raised: what cannot be read is not known."""
        hours = self._desk.open_now(now)
        keys = [_keys(message) for message in received]
        subjects = list(dict.fromkeys(subject for pair in keys for subject in pair if subject))
        try:
            found = await self._many.latest(STREAM, subjects, within_seconds=self._within_seconds)
        except Temporary as error:
            _FAILED.inc()
            if not self._failing:
                log.warning("facts.unknown", error=str(error), messages=len(received))
            self._failing = True
            return [surroundings(None, None, hours)] * len(received)
        _OK.inc()
        self._failing = False
        if not found and not hours:
            return [NOTHING_KNOWN] * len(received)
        known: dict[str, Part | None] = {}
        return [
            surroundings(
                _value(found, by_customer, CustomerFacts, known),
                _value(found, by_domain, OrganisationFacts, known),
                hours,
                found[by_customer].sequence if by_customer in found else 0,
            )
            for by_customer, by_domain in keys
        ]


async def read_desk_facts(broker: Broker) -> KnownDesk | None:
    """What the desk tells of itself; None: nothing, or nothing that can be read.

    Raises:
        Temporary: the broker does not answer.
    """
    stored = await broker.last_message(STREAM, f"$KV.{FACTS_BUCKET}.{DESK_KEY}")
    if stored is None:
        return None
    facts = _read(stored, DeskFacts)
    if facts is None:
        return None
    if not _aware(facts):
        _unreadable(stored, DeskFacts, "a time without its zone")
        return None
    until = facts.hours_until or datetime.fromisoformat(stored.stored_at) + HOURS_KNOWN
    return KnownDesk(facts, until, stored.sequence)


def _aware(facts: DeskFacts) -> bool:
    """Whether every time says its zone: one that does not cannot be compared with now."""
    times = [time for spans in facts.hours.values() for span in spans for time in (span.opens_at, span.closes_at)]
    return all(time.tzinfo is not None for time in (*times, facts.hours_until) if time is not None)


def _keys(message: MessageReceived) -> tuple[str, str]:
    """The subjects of what is known of a sender, and of their domain; empty without one."""
    address = message.sender.address
    domain = domain_of(address)
    by_domain = f"$KV.{FACTS_BUCKET}.{domain_key(domain)}" if domain else ""
    return f"$KV.{FACTS_BUCKET}.{customer_key(identity_kind(message.channel), address)}", by_domain


def _value(found: dict[str, StoredMessage], subject: str, model: type[P], known: dict[str, Part | None]) -> P | None:
    """The facts under a key; None if there are none. Each is read once for a batch."""
    stored = found.get(subject)
    if stored is None:
        return None
    if subject not in known:
        known[subject] = _read(stored, model)
    value = known[subject]
    return value if isinstance(value, model) else None


def _read(stored: StoredMessage, model: type[P]) -> P | None:
    if "KV-Operation" in stored.headers:
        return None
    try:
        return model.model_validate_json(stored.body)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        _unreadable(stored, model, problem["msg"])
        return None


def _unreadable(stored: StoredMessage, model: type[Part], reason: str) -> None:
    _UNREADABLE.inc()
    log.warning("facts.unreadable", kind=model.__name__, revision=stored.sequence, error=reason)
