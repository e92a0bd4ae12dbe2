"""Watches over published notifications: what vanished on the way is published again, what expired is failed.

What an operator dropped vanishes too, and is reported before: nothing is published again until all that was reported
when it was missed has been read.
"""

import asyncio
from collections.abc import Sequence

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
_REPORTS = "tickets-delivery"
"""Our own durable, which reads what channels and operators report."""
_SENDERS = {
    subject.rpartition(".")[2]: consumer.durable
    for consumer in CONSUMERS
    if consumer.stream == "OUTBOUND"
    for subject in consumer.subjects
}
"""Medium → the durable of the channel that owns it."""


async def watch_outbound(broker: Broker, outbound: OutboundStore, desk: DeskDeps) -> None:
    """Look after notifications until cancelled."""
    missed: dict[int, int] = {}
    while True:
        try:
            await look_once(broker, outbound, desk, missed)
        except Temporary as error:
            log.warning("outbound.unwatched", error=error)
        await asyncio.sleep(ROUND_SECONDS)


async def look_once(broker: Broker, outbound: OutboundStore, desk: DeskDeps, missed: dict[int, int]) -> None:
    """One round.

    Args:
        missed: notification that is gone → the last report that there was when that was noticed; kept between rounds.

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
    if unheard := await _unheard(broker, gone, missed):
        log.warning("outbound.vanished", notifications=len(unheard))
        await outbound.publish_again(unheard)


async def _unheard(broker: Broker, gone: Sequence[int], missed: dict[int, int]) -> Sequence[int]:
    """Which notifications that are gone nobody has reported on: the others come into a later round, if at all."""
    for id_ in missed.keys() - set(gone):
        del missed[id_]
    if not gone:
        return ()
    reports = await broker.consumer_state("DELIVERY", _REPORTS)
    if not reports.pending and not reports.ack_pending:
        return gone
    last = (await broker.stream_state("DELIVERY")).last_sequence
    return [id_ for id_ in gone if reports.ack_floor >= missed.setdefault(id_, last)]


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
