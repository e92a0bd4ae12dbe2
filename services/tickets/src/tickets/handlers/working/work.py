"""What every change by a person needs, and how its events leave: shared by the handlers of the desk."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.desk_writes import DeskTransaction, DeskWrites
from tickets.domain.callbacks.wishes import CallbackPlan
from tickets.domain.correspondence.notices import Desk, Notice, Render
from tickets.domain.outgoing import encode
from tickets.domain.rows import OutboxRow
from tickets.domain.settling.incoming import effect_id
from tickets.domain.settling.settlement import LanguageOf
from tickets.domain.verifying.codes import CodeRules
from tickets.errors import Overtaken
from ventanilla_contracts.ids import event_id
from ventanilla_runtime.tracing import headers_under

_MOST_LOOKS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeskDeps:
    """What the handlers of the desk need."""

    writes: DeskWrites
    relay: OutboxRelay
    desk: Desk
    language_of: LanguageOf
    render: Render
    prefix: str
    callbacks: CallbackPlan = field(default_factory=CallbackPlan)
    """How customers are called back."""
    solving_needs_resolution: bool = True
    """Whoever solves a ticket says what solved it, and what caused it where its category asks for that."""
    codes: CodeRules = field(default_factory=CodeRules)
    """To where one-time codes go, and how many."""
    committed: Callable[[Sequence[OutboxRow]], None] | None = None
    """Told of the events of each change that has committed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for something, and how the question is told from another.

    Attributes:
        actor: as the history names them.
        idempotency_key: with it, asking again changes nothing.
        via: on which way the agent came, where a service asks for them.
        request: what was asked, to notice when a key comes with something else.
    """

    token_id: int
    name: str
    actor: str
    traceparent: str | None = None
    idempotency_key: str | None = None
    agent: str | None = None
    """Handle of the agent who acts; None: a program does."""
    bot: bool = False
    """A program that writes by itself, and not for a person."""
    admin: bool = False
    via: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)

    @property
    def request_hash(self) -> bytes:
        """SHA-256 of what was asked."""
        return sha256(json.dumps(self.request, sort_keys=True, default=str).encode()).digest()

    def told(self, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        """The detail of a line about what they did, with the way on which they came."""
        return {**detail, "via": self.via} if self.via else detail


DESK: Final = Asked(token_id=0, name="", actor="desk", admin=True)
"""The desk itself, when it does something unasked."""


def new_message(type_: str) -> tuple[UUID, str]:
    """Id of a message that a person makes, and of the event behind it. Keys keep it from being made twice."""
    event = event_id(type_, str(uuid4()))
    return effect_id(event), event


async def until_settled(work: Callable[[], Awaitable[T]]) -> T:
    """The result of a transaction, which is done again when another replica was faster.

    Raises:
        Overtaken: others were faster every time.
    """
    for _ in range(_MOST_LOOKS - 1):
        try:
            return await work()
        except Overtaken:
            continue
    return await work()


async def earlier_result(asked: Asked, transaction: DeskTransaction) -> dict[str, Any] | None:
    """What was done before under the caller's key; None: nothing, or there is no key.

    Raises:
        KeyReused: the key came with another request.
    """
    if not asked.idempotency_key:
        return None
    return await transaction.earlier_result(asked.token_id, asked.idempotency_key, asked.request_hash)


async def finish_key(asked: Asked, result: dict[str, Any], transaction: DeskTransaction) -> None:
    """Remember under the caller's key, if there is one, what was done."""
    if asked.idempotency_key:
        await transaction.finish_key(asked.token_id, asked.idempotency_key, result)


@dataclass(slots=True)
class Leaving:
    """Events that leave with a transaction: `store` inside it, `send` after it."""

    deps: DeskDeps
    traceparent: str | None
    _rows: list[OutboxRow] = field(default_factory=list)
    _stored: tuple[Sequence[Any], Sequence[int]] = ((), ())

    def add(self, type_: str, source: str, payload: Mapping[str, Any], **more: Any) -> None:
        """One more event."""
        self._rows.append(OutboxRow(type_, source, payload, self.traceparent, **more))

    def add_mail(self, notice: Notice, message_id: UUID) -> dict[str, Any]:
        """The mail that a notice asks for, on its way; returns the event.

        Args:
            message_id: of the message that the mail is, for its Message-ID.
        """
        mail = notice.as_event(self.deps.desk, message_id.hex[:16])
        self.add(
            "notification.requested.v1",
            notice.source,
            mail,
            medium=mail["medium"],
            notification_id=notice.id,
            expires_at=mail["expires_at"],
        )
        return mail

    def payload_of(self, type_: str) -> Mapping[str, Any] | None:
        """The first event of a type that would leave; None: none would."""
        return next((row.payload for row in self._rows if row.type == type_), None)

    def extend(self, rows: Sequence[OutboxRow]) -> None:
        """Events that were built elsewhere, with the traceparent of this work."""
        self._rows.extend(replace(row, traceparent=self.traceparent) for row in rows)

    async def store(self, transaction: DeskTransaction) -> int:
        """Write the events into the outbox; returns how many."""
        events = encode(self._rows, self.deps.prefix, headers_under)
        self._stored = events, await transaction.save_outbox(events, self.deps.relay.lease_seconds)
        return len(events)

    def send(self) -> None:
        """Let the relay publish them, now that the transaction has committed."""
        self.deps.relay.send_soon(*self._stored)
        if self.deps.committed:
            self.deps.committed(self._rows)
