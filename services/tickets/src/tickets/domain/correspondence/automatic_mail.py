"""A mail that the desk sends by itself, as rows: the message in its ticket and the event that asks for sending."""

from collections.abc import Mapping
from typing import Any

from tickets.domain.correspondence.notices import Desk, Notice, own_id
from tickets.domain.correspondence.replies import message_row
from tickets.domain.correspondence.ways import NO_WAY, said_in, way_to
from tickets.domain.rows import HistoryRow, MessageRow, OutboxRow, Settlement
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.timers.due import Moment


def automatic_mail(
    notice: Notice, desk: Desk, traceparent: str | None = None, automation: str = "auto-generated"
) -> tuple[MessageRow, OutboxRow]:
    """The message and the event of a notice with its words. The same notice always makes the same ones.

    Args:
        automation: `auto-replied` for an answer to a message, else `auto-generated` (RFC 3834).
    """
    ticket, words = notice.ticket, notice.words
    id_ = effect_id(notice.id)
    payload = notice.as_event(desk, id_.hex[:16])
    event = OutboxRow(
        type="notification.requested.v1",
        source=notice.source,
        payload=payload,
        traceparent=traceparent,
        medium=payload["medium"],
        notification_id=notice.id,
        expires_at=payload["expires_at"],
    )
    message = message_row(
        ticket,
        id_,
        notice.id,
        "automatic",
        ticket.channel,
        words.text,
        notice.requested_at,
        author_address=ticket.account,
        author_name="",
        subject=words.subject,
        automation=automation,
        rfc_message_id=own_id(payload),
        notification_id=notice.id,
        delivery_state="queued",
    )
    return message, event


def mail_customer(
    ticket: TicketRow, purpose: str, key: str, template: str, more: Mapping[str, Any], moment: Moment, rows: Settlement
) -> MessageRow | None:
    """A mail to the customer because its time has come; None: it is withheld, and the history says why.

    Args:
        purpose: what the mail is, as history and source name it.
        key: which of them; the same purpose and key of a ticket always ask for the same mail.
        more: values for the template, besides `number` and `link` (empty where others read it too).
        rows: get message and event, or the line `PURPOSE.withheld`.
    """
    if why := _why_silent(ticket, moment):
        rows.history.append(HistoryRow(ticket.number, moment.now, "desk", f"{purpose}.withheld", {}, why))
        return None
    there = said_in(ticket, moment.talked_in.get(ticket.number))
    values = {"number": ticket.number, "link": moment.desk.link_told(there), **more}
    words = moment.render(template, ticket.language, values)
    notice = Notice(f"{purpose}/{ticket.number}/{key}", there, words, automatic=True, requested_at=moment.now)
    message, event = automatic_mail(notice, moment.desk)
    rows.messages.append(message)
    rows.outbox.append(event)
    return message


def _why_silent(ticket: TicketRow, moment: Moment) -> str | None:
    if ticket.merged_into is not None:
        return f"it goes on in {ticket.merged_into}"
    if way_to(ticket) is None or ticket.requester_address in moment.stopped:
        return NO_WAY
    return None
