"""Sends webhooks: at least once, in no promised order, each webhook on lanes of its own."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from tickets.adapters.postgres.webhook_store import TakenCall, WebhookStore
from tickets.domain.webhooks import Answer, Webhook, next_try
from tickets.metrics import WEBHOOKS, WEBHOOKS_WAITING
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.outbound import Gate

log = structlog.get_logger()

AT_ONCE = 4
"""To one webhook: one that hangs keeps only its own calls waiting."""
LOOK_SECONDS = 0.5
AROUND_EVERY_LOOKS = 20
AWAY_SECONDS = 1.0
_LEASE_MARGIN_SECONDS = 45.0
"""A lease ends so long after the longest try: a process that is only slow must not be taken for dead."""
_UNKNOWN_AT_ONCE = 50
UNKNOWN = "TICKETS_WEBHOOKS names no such webhook; it is sent once it does"


class Sends(Protocol):
    """Posts a call."""

    @property
    def longest_seconds(self) -> float:
        """No try takes longer."""

    async def send(self, webhook: Webhook, id_: str, body: bytes) -> Answer:
        """Post it once; whatever goes wrong out there is an answer too."""


class WebhookWorker:
    """Sends calls until cancelled; any number may run. What a killed one had taken is sent again, under the same id."""

    def __init__(
        self,
        store: WebhookStore,
        sender: Sends,
        webhooks: Mapping[str, Webhook],
        lease_margin_seconds: float = _LEASE_MARGIN_SECONDS,
        gate: Gate | None = None,
    ) -> None:
        """Nothing is sent yet; nothing is while `gate` is closed, and what waits is then sent late."""
        self._gate = gate
        self._store = store
        self._sender = sender
        self._webhooks = webhooks
        for name in webhooks:  # so that a rate has a beginning
            for outcome in ("delivered", "failed", "given_up"):
                WEBHOOKS.labels(name, outcome)
        self._lease_seconds = sender.longest_seconds + lease_margin_seconds
        self._running: Counter[str] = Counter()
        self._looks = 0
        self._crowded: set[str] = set()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Send what is to be sent, and look for more."""
        async with asyncio.TaskGroup() as sending:
            while True:
                if self._gate is not None:
                    await self._gate.wait_open()
                try:
                    self._room.clear()
                    await self._look(sending)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await self._room.wait()
                except Temporary as error:
                    log.warning("webhooks.delayed", error=error)
                    await asyncio.sleep(AWAY_SECONDS)

    async def send_once(self) -> int:
        """Send what is to be sent now; returns how many calls that were.

        Raises:
            Temporary: the database is away; what was sent and not noted is sent again, under the same id.
        """
        async with asyncio.TaskGroup() as sending:
            return await self._look(sending)

    async def _look(self, sending: asyncio.TaskGroup) -> int:
        """Take what there is room for, and begin with it."""
        free = {name: room for name in self._webhooks if (room := AT_ONCE - self._running[name]) > 0}
        calls = await self._store.take(free, self._lease_seconds) if free else []
        taken = Counter(call.name for call in calls)
        self._crowded = {name for name, room in free.items() if taken[name] == room} | (self._crowded - free.keys())
        for call in calls:
            self._running[call.name] += 1
            sending.create_task(self._lane(call))
        looked_at = len(calls)
        if self._looks % AROUND_EVERY_LOOKS == 0:
            looked_at += await self._look_around()
        self._looks += 1
        return looked_at

    async def _look_around(self) -> int:
        """What costs more the more is waiting, and is not urgent: calls that lead nowhere, and how many there are."""
        unknown = await self._store.take_unknown(tuple(self._webhooks), _UNKNOWN_AT_ONCE, self._lease_seconds)
        for call in unknown:
            await self._note_unknown(call)
        WEBHOOKS_WAITING.set(await self._store.waiting())
        return len(unknown)

    async def _lane(self, call: TakenCall) -> None:
        try:
            await self._send(call)
        except Temporary as error:  # its lease runs out, and it is sent again
            log.warning("webhook.unnoted", webhook=call.name, id=str(call.id), error=error)
        except Exception:  # a bug of ours must not keep the others waiting; the lease runs out
            WEBHOOKS.labels(call.name, "broken").inc()
            log.exception("webhook.broken", webhook=call.name, id=str(call.id))
        finally:
            self._running[call.name] -= 1
            if call.name in self._crowded:  # there may be more, and now there is room for it
                self._room.set()

    async def _send(self, call: TakenCall) -> None:
        began = time.monotonic()
        answer = await self._sender.send(self._webhooks[call.name], str(call.id), call.body)
        now = call.taken_at + timedelta(seconds=time.monotonic() - began)
        bound = log.bind(webhook=call.name, id=str(call.id), ticket=call.ticket_number, tries=call.tries)
        if answer.delivered:
            await self._store.done(call, answer.words)
            WEBHOOKS.labels(call.name, "delivered").inc()
            bound.info("webhook.delivered", status=answer.status)
            return
        WEBHOOKS.labels(call.name, "failed").inc()
        bound.warning("webhook.failed", status=answer.status, why=answer.words)
        await self._fail(call, answer, now)

    async def _fail(self, call: TakenCall, answer: Answer, now: datetime) -> None:
        at = next_try(call.id, call.tries, call.began_at, now, answer.wait_seconds)
        if at is not None and not answer.unwanted:
            await self._store.again(call, at, answer.words)
            return
        await self._store.give_up(call, answer.words)
        await self._store.forget()
        WEBHOOKS.labels(call.name, "given_up").inc()
        log.error("webhook.given_up", webhook=call.name, id=str(call.id), ticket=call.ticket_number, why=answer.words)

    async def _note_unknown(self, call: TakenCall) -> None:
        """Said once, and tried on: another replica may have newer settings, and somebody may add the name."""
        label = "unknown"  # the name is none of ours: as a label it would be anybody's
        if call.tries == 1:
            await self._store.note_unknown(call, UNKNOWN)
            WEBHOOKS.labels(label, "unknown").inc()
            log.error("webhook.unknown", webhook=call.name, id=str(call.id), ticket=call.ticket_number)
        at = next_try(call.id, call.tries, call.began_at, call.taken_at)
        if at is not None:
            await self._store.again(call, at, UNKNOWN)
            return
        await self._store.give_up(call, "TICKETS_WEBHOOKS named no such webhook for three days")
        WEBHOOKS.labels(label, "given_up").inc()
