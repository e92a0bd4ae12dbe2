"""What channels report about notifications: delivered, or failed for good."""

from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from pydantic import ValidationError

from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.domain.correspondence.sent_messages import is_revision
from tickets.domain.probing.answers import is_answer
from tickets.handlers.sending.fall_back import fall_back
from tickets.handlers.sending.revised import note_revised_report
from tickets.handlers.sending.undelivered import announce_undelivered, tell_of_undelivered
from tickets.handlers.working.work import DeskDeps
from ventanilla_contracts.errors import MalformedEvent
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.delivery import Batch, Delivery

log = structlog.get_logger()

SENT: Final = "sent"
"""The next system has it, and will say what became of it."""
READ: Final = "read"
"""It was delivered, and whom it is for has opened it."""


async def note_deliveries(batch: Batch, outbound: OutboundStore, desk: DeskDeps) -> None:
    """Note on messages what became of them, and let go of their outbox rows.

    Raises:
        DatabaseAway: note the same batch again.
    """
    reports = []
    for delivery in batch.deliveries:
        try:
            reports.append(read_report(delivery))
        except ValidationError as error:
            batch.reject(delivery, MalformedEvent(f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"))
    await note_reports(reports, outbound, desk)


async def note_reports(reports: Sequence[Report], outbound: OutboundStore, desk: DeskDeps) -> None:
    """Note reports, and tell the agents of what did not arrive; a report that is known already changes nothing.

    Raises:
        DatabaseAway: note the same reports again.
    """
    if not reports:
        return
    for report in reports:
        if is_answer(report.notification_id):
            continue
        if is_revision(report.notification_id):
            await note_revised_report(report, desk)
            continue
        if report.state == "failed":
            await fall_back(report, desk)
        if report.undelivered or report.state == "failed":
            await tell_of_undelivered(report, desk)
    for noted in await outbound.note(list(last_words(reports))):
        if noted.state == "failed":
            log.warning("notification.failed", ticket=noted.ticket_number, detail=noted.detail)
            await announce_undelivered(noted.ticket_number, noted.message_id, desk)
        elif noted.unread:
            log.warning("notification.unread", ticket=noted.ticket_number)
            await announce_undelivered(noted.ticket_number, noted.message_id, desk)
        elif noted.template:
            log.info("notification.template", ticket=noted.ticket_number)
            await announce_undelivered(noted.ticket_number, noted.message_id, desk)
        else:
            log.debug("notification.delivered", ticket=noted.ticket_number)  # the channel that sent it said so


def last_words(reports: Sequence[Report]) -> Iterable[Report]:
    """The last report about each notification; that it was sent is never the last word, whenever it comes, and that it
    was read always is.
    """
    last: dict[str, Report] = {}
    for report in reports:
        known = last.get(report.notification_id)
        if known is None or (report.state != SENT and known.state != READ):
            last[report.notification_id] = report
    return last.values()


def read_report(delivery: Delivery | StoredMessage) -> Report:
    """What a channel reports.

    Raises:
        ValidationError: it is no report.
    """
    if delivery.headers.get("ce-type", "").startswith("notification.failed") or ".failed." in delivery.subject:
        failed = NotificationFailed.model_validate_json(delivery.body)
        detail = f"{failed.reason}: {failed.detail}".rstrip(": ")
        return Report(failed.notification_id, "failed", detail, failed.undelivered)
    delivered = NotificationDelivered.model_validate_json(delivery.body)
    state = SENT if delivered.taken else READ if delivered.read else "delivered"
    return Report(
        delivered.notification_id,
        state,
        delivered.detail,
        delivered.undelivered,
        delivered.unread,
        delivered.template,
    )
