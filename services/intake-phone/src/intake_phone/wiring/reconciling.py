"""Wiring of the reconciler: Twilio's lists under a lease, at one replica of all."""

import asyncio
import secrets
import socket
from datetime import timedelta
from functools import partial
from typing import Final

from intake_phone import metrics
from intake_phone.adapters.twilio.lists import TwilioLists
from intake_phone.domain.calls.made import made_key
from intake_phone.handlers.accept import STREAM
from intake_phone.handlers.reconciling.reconcile import Reconciler
from intake_phone.handlers.texts.owning import owned_key, owner_in
from intake_phone.handlers.texts.take import TextTaker
from intake_phone.ports.lists import Listed
from intake_phone.wiring.ground import Ground
from ventanilla_runtime.leases import Job, LeaseKeeper
from ventanilla_runtime.metrics import UNKNOWN

LEASE: Final = "reconciler"
DOOR: Final = "reconciler"


def reconcile(ground: Ground, taker: TextTaker) -> None:
    """Look for what nobody told us of, whenever this replica has the lease, until the service stops."""
    service, settings, state = ground.service, ground.settings, ground.state

    async def whose(sid: str) -> tuple[str, str] | None:
        return owner_in(await ground.outbound.get(owned_key(sid)))

    async def made_under(sid: str) -> str:
        return (await state.get(made_key(sid)) or b"").decode("utf-8", "replace")

    async def accept(listed: Listed) -> None:
        if listed.kind == "text":
            await taker.take(listed.told, DOOR, listed.at.timestamp())
        else:
            await ground.acceptor.accept(listed.kind, listed.sid, listed.told, DOOR, settings.accept_seconds)

    def job() -> Job:
        reconciler = Reconciler(
            lists=TwilioLists(ground.twilio, whose, made_under),
            accepted=partial(ground.many.ids_since, STREAM),
            accept=accept,
            state=state,
            every_seconds=settings.reconcile_minutes * 60,
            horizon=timedelta(days=settings.reconcile_days),
            broken=lambda: ground.acceptor.refused + taker.refused,
        )
        return Job(reconciler.run, reconciler.stop)

    leases = LeaseKeeper(
        state,
        {LEASE: job},
        holder=f"{socket.gethostname()}:{settings.http_port or secrets.token_hex(8)}",
        clock=asyncio.get_running_loop().time,
        held=lambda _, mine: _show(mine=mine),
    )
    task = service.tasks.create_task(leases.run())

    async def leave() -> None:
        leases.stop()
        await asyncio.wait([task], timeout=service.budget.drain_left())

    service.stack.push_async_callback(leave)


def _show(*, mine: bool) -> None:
    """Let metrics say whether it is this replica that reads the lists; how far another one is, that one says."""
    metrics.RECONCILES.set(mine)
    if not mine:
        metrics.RECONCILED_AT.set(UNKNOWN)
        metrics.RECONCILED_UP_TO.set(UNKNOWN)
