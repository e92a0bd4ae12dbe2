"""A mail that the desk sends by itself, as rows: the message in its ticket and the event that asks for sending."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tickets.domain.correspondence.fallback import FALLBACK, Way, told_of, way_from_call
from tickets.domain.correspondence.notices import Desk, Notice, Words, own_id
from tickets.domain.correspondence.replies import answer_subject, message_row
from tickets.domain.correspondence.ways import MAIL, NO_TEXTS, NO_WAY, UNWANTED, said_in, texted_between, way_to
from tickets.domain.rows import HistoryRow, MessageRow, OutboxRow, Settlement
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.timers.due import Moment

_NO_TEXTS: Final = f"no_texts: {NO_TEXTS}"
"""As a channel would say why it did not take something."""


def automatic_mail(
    notice: Notice, desk: Desk, traceparent: str | None = None, automation: str = "auto-generated"
) -> tuple[MessageRow, OutboxRow]:
    """The message and the event of a notice with its words. The same notice always makes the same ones.

    Args:
        automation: `auto-replied` for an answer to a message, else `auto-generated` (RFC 3834).
    """
    ticket = notice.ticket
    notice = replace(notice, words=titled(notice))
    words = notice.words
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
        fallback_to=notice.way.address if notice.way else None,
    )
    return message, event


def titled(notice: Notice) -> Words:
    """Its words with a subject: what is said in a conversation needs none, where it goes by mail instead it does."""
    words, ticket = notice.words, notice.ticket
    if words.subject or notice.way is None or notice.medium != MAIL:
        return words
    return replace(words, subject=f"{answer_subject(ticket.subject, ticket.number)} [#{ticket.number}]")


def told_elsewhere(ticket: TicketRow, way: Way | None, message: MessageRow) -> list[HistoryRow]:
    """The line of the history that says on which other way words go and why; none where they go on the usual one."""
    called = way_from_call(ticket)
    if way is None or called is None:
        return []
    detail = told_of(message.id, message.kind, called, way)
    return [HistoryRow(ticket.number, message.accepted_at, "desk", FALLBACK, detail, _NO_TEXTS)]


def mail_customer(
    ticket: TicketRow, purpose: str, key: str, template: str, more: Mapping[str, Any], moment: Moment, rows: Settlement
) -> MessageRow | None:
    """A mail to the customer because its time has come; None: it is withheld, and the history says why.

    Args:
        purpose: what the mail is, as history and source name it.
        key: which of them; the same purpose and key of a ticket always ask for the same mail.
        more: values for the template, besides `number`, `link` (empty where others read it too) and `texted`.
        rows: get message and event, or the line `PURPOSE.withheld`.
    """
    if why := _why_silent(ticket, moment):
        rows.history.append(HistoryRow(ticket.number, moment.now, "desk", f"{purpose}.withheld", {}, why))
        return None
    there = said_in(ticket, moment.talked_in.get(ticket.number))
    way = moment.detours.get(ticket.number)
    texted = texted_between(way.of(there) if way else there) is not None
    values = {"number": ticket.number, "link": moment.desk.link_told(there), "texted": texted, **more}
    words = moment.render(template, ticket.language, values)
    notice = Notice(f"{purpose}/{ticket.number}/{key}", there, words, automatic=True, requested_at=moment.now, way=way)
    message, event = automatic_mail(notice, moment.desk)
    rows.messages.append(message)
    rows.history += told_elsewhere(notice.ticket, notice.way, message)
    rows.outbox.append(event)
    return message


def _why_silent(ticket: TicketRow, moment: Moment) -> str | None:
    if ticket.merged_into is not None:
        return f"it goes on in {ticket.merged_into}"
    unreached = way_to(ticket) is None and ticket.number not in moment.detours
    if unreached or ticket.requester_address in moment.stopped:
        return NO_WAY
    return UNWANTED if ticket.number in moment.silent else None
