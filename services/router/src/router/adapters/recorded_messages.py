"""Routed messages as the stream holds them, read back: only what deciding again needs, the trace is passed over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from pydantic import Field, ValidationError

from router.adapters.routed_event import STREAM
from router.domain.replaying import Recorded
from ventanilla_contracts.decisions import Decision, RuleSetRef
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.parts import Part
from ventanilla_contracts.routing import RoutingContext
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import PAGE_MESSAGES, Many, Page

PAGE_SECONDS: Final = 20.0

Range = tuple[int, int]
"""First sequence, and the one behind the last."""


class _Routed(Part):
    """What of a `MessageRouted` is needed."""

    received: MessageReceived
    decision: Decision
    set_by: dict[str, str] = Field(default_factory=dict)
    rule_set: RuleSetRef
    context: RoutingContext | None = None
    decided_at: datetime


def read_recorded(stored: StoredMessage) -> Recorded | None:
    """The routed message in a stored one; None: it is none."""
    try:
        routed = _Routed.model_validate_json(stored.body)
    except ValidationError:
        return None
    return Recorded(
        stored.sequence,
        routed.received,
        routed.decision,
        routed.set_by,
        routed.rule_set.hash,
        routed.context,
        routed.decided_at,
    )


async def find_range(broker: Broker, since: datetime, until: datetime | None) -> Range:
    """Where the messages lie that were routed in a time; empty if there are none.

    Raises:
        Temporary: the broker does not answer.
    """
    many = Many(broker)
    behind = (await broker.stream_state(STREAM)).last_sequence + 1
    first = await _first_at(many, since, behind)
    last = behind if until is None else await _first_at(many, until, behind)
    await many.close()
    return first, max(first, last)


async def reaches_back_to(broker: Broker) -> datetime | None:
    """When the oldest routed message was stored that is still kept; None: there is none.

    Raises:
        Temporary: the broker does not answer.
    """
    many = Many(broker)
    page = await many.page(STREAM, 1, messages=1)
    await many.close()
    return datetime.fromisoformat(page.messages[0].stored_at) if page.messages else None


async def _first_at(many: Many, when: datetime, behind: int) -> int:
    page = await many.page(STREAM, 1, since=when, messages=1)
    return min(page.messages[0].sequence, behind) if page.messages else behind


def routed_subject(prefix: str, channel: str) -> str:
    """The subject of a channel's routed messages."""
    return f"{prefix}.{MessageRouted.type}.{channel}"


async def read_range(many: Many, range_: Range, subject: str | None) -> AsyncIterator[tuple[list[StoredMessage], int]]:
    """The messages of a range page by page, each with how much of the range that makes.

    The next page is on its way while one is looked at.

    Raises:
        Temporary: the broker does not answer.
    """
    first, behind = range_

    def ask(sequence: int) -> asyncio.Task[Page]:
        count = min(PAGE_MESSAGES, behind - sequence) if subject is None else PAGE_MESSAGES
        return asyncio.create_task(
            many.page(STREAM, sequence, subject=subject, messages=count, within_seconds=PAGE_SECONDS)
        )

    coming = ask(first) if first < behind else None
    try:
        while coming is not None:
            page = await coming
            messages = [message for message in page.messages if message.sequence < behind]
            following = page.messages[-1].sequence + 1 if page.messages and page.more else behind
            coming = ask(following) if following < behind else None
            # Gives the request its turn before the page is worked on, which does not wait for anything.
            await asyncio.sleep(0)
            yield messages, min(following, behind) - first
            first = following
    finally:
        if coming is not None:
            coming.cancel()
