"""A mail that the desk sends by itself, as rows: the message in its ticket and the event that asks for sending."""

from tickets.domain.incoming import effect_id
from tickets.domain.notices import Desk, Notice
from tickets.domain.rows import MessageRow, OutboxRow


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
        medium="email",
        notification_id=notice.id,
        expires_at=payload["expires_at"],
    )
    message = MessageRow(
        id=id_,
        ticket_number=ticket.number,
        kind="automatic",
        event_id=notice.id,
        channel=ticket.channel,
        account=ticket.account,
        author_address=ticket.account,
        author_name="",
        subject=words.subject,
        body=words.text,
        body_html=None,
        body_cut=False,
        language=ticket.language,
        automation=automation,
        rfc_message_id=payload["mail"]["message_id"],
        addressed="{}",
        attachments="[]",
        raw=None,
        sent_at=None,
        accepted_at=notice.requested_at,
        intake_epoch=None,
        intake_sequence=None,
        notification_id=notice.id,
        delivery_state="queued",
    )
    return message, event
