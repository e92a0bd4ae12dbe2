"""Watches over published notifications: what vanished on the way is published again, what expired is failed."""

import asyncio

import structlog

from tickets.adapters.postgres.outbound import OutboundStore, Report, Unreported
from tickets.handlers.sending.deliveries import note_reports
from tickets.handlers.working.work import DeskDeps
from tickets.metrics import EXPIRED
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.ids import redrive_id
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import MSG_ID

log = structlog.get_logger()

ROUND_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 120.0
_EXPIRY_GRACE_SECONDS = 60.0
"""A report may be on its way when a notification expires."""
_LOOKS_A_ROUND = 200
_SENDERS = {
    subject.rpartition(".")[2]: consumer.durable
    for consumer in CONSUMERS
    if consumer.stream == "OUTBOUND"
    for subject in consumer.subjects
}
"""Medium → the durable of the channel that owns it."""


async def watch_outbound(broker: Broker, outbound: OutboundStore, desk: DeskDeps) -> None:
    """Look after notifications until cancelled."""
    while True:
        try:
            await look_once(broker, outbound, desk)
        except Temporary as error:
            log.warning("outbound.unwatched", error=error)
        await asyncio.sleep(ROUND_SECONDS)


async def look_once(broker: Broker, outbound: OutboundStore, desk: DeskDeps) -> None:
    """One round.

    Raises:
        Temporary: broker or database are away; nothing is concluded from that.
    """
    expired = await outbound.expire(_EXPIRY_GRACE_SECONDS)
    reports = [Report(id_, "failed", "expired: nobody could deliver it in time") for id_ in expired]
    await note_reports(reports, outbound, desk)
    EXPIRED.inc(len(expired))
    waiting: list[int] = []
    gone: list[int] = []
    if unreported := await outbound.unreported(_LOOKS_A_ROUND):
        floors = {medium: await _floor(broker, medium) for medium in {one.medium for one in unreported}}
        for notification in unreported:
            there = await _still_waits(broker, notification, floors[notification.medium])
            (waiting if there else gone).append(notification.id)
    if waiting:
        await outbound.look_later(waiting, LOOK_AGAIN_SECONDS)
    if gone:
        log.warning("outbound.vanished", notifications=len(gone))
        await outbound.publish_again(gone)


async def _floor(broker: Broker, medium: str) -> int:
    """Up to where the channel that owns a medium has settled its notifications."""
    return (await broker.consumer_state("OUTBOUND", _SENDERS[medium])).ack_floor if medium in _SENDERS else 0


async def _still_waits(broker: Broker, notification: Unreported, ack_floor: int) -> bool:
    """Whether it is still before the sender. The stream keeps what was sent: only places beyond the floor are waiting.

    A sequence alone proves nothing, since the stream may have been made anew.
    """
    if notification.sequence is None or notification.sequence <= ack_floor:
        return False
    stored = await broker.stored_message("OUTBOUND", notification.sequence)
    return stored is not None and stored.headers.get(MSG_ID) == redrive_id(notification.key, notification.attempt)
