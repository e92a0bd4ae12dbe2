"""Acknowledgements: who gets one, how many, and what it looks like as rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from tickets.domain.correspondence.automatic_mail import automatic_mail, told_elsewhere
from tickets.domain.correspondence.fallback import Way, way_from_call
from tickets.domain.correspondence.notices import NO_WORDS, Desk, Notice, Render
from tickets.domain.correspondence.ways import CHATS, TEXTS, VOICE, way_to
from tickets.domain.rows import HistoryRow, MessageRow, OutboxRow, Settlement
from tickets.domain.settling.incoming import Contact, Incoming, TicketRow


@dataclass(frozen=True, slots=True)
class AcknowledgementCaps:
    """How many acknowledgements one sender may get in a while.

    Attributes:
        per_person: of a chat that says who they are: no machine answers there, so this stops no loop of mails.
    """

    per_sender: int = 5
    window: timedelta = timedelta(hours=24)
    per_person: int = 200

    def reached(self, ticket: TicketRow, count: int) -> bool:
        """Whether whoever asks in a ticket has had enough, after so many in the window."""
        person = ticket.channel in CHATS and ticket.requester_grade == "verified"
        return count >= (max(self.per_person, self.per_sender) if person else self.per_sender)


def request_acknowledgement(
    rows: Settlement, message: Incoming, ticket: TicketRow, contact: Contact, caps: AcknowledgementCaps, now: datetime
) -> Contact | None:
    """Ask for an acknowledgement, unless a machine wrote, a rule says no, they cannot be written to, or it is enough.

    Returns:
        The contact with one acknowledgement more; None if there is none.
    """
    if message.automatic or message.automation == "list" or not message.decision.acknowledge:
        return None
    if way_to(ticket) is None and way_from_call(ticket) is None:  # nobody was promised one
        return None
    if contact.reach.stopped:
        rows.history.append(_withheld(ticket, now, "mail to this address comes back"))
        return None
    fresh = contact.acknowledged_since > now - caps.window
    count = contact.acknowledged_count if fresh else 0
    if caps.reached(ticket, count):
        rows.history.append(_withheld(ticket, now, "this sender has had enough of them"))
        return None
    notice = replace(
        acknowledgement_of(message.id, ticket, now),
        answers=message.claim.message_id,
        references=tuple(reversed(message.claim.replies_to)),
    )
    rows.notices.append((notice, message))
    since = contact.acknowledged_since if fresh else now
    return replace(contact, acknowledged_since=since, acknowledged_count=count + 1)


def acknowledgement_of(message_id: UUID, ticket: TicketRow, at: datetime) -> Notice:
    """The acknowledgement of a ticket's first message, without its words."""
    return Notice(f"acknowledgement/{message_id}", ticket, NO_WORDS, automatic=True, requested_at=at)


def acknowledgement(
    notice: Notice, desk: Desk, render: Render, traceparent: str | None = None
) -> tuple[MessageRow, OutboxRow]:
    """The message and the event of an acknowledgement, with its words."""
    number, language = notice.ticket.number, notice.ticket.language
    link = desk.link_told(notice.there)
    if notice.medium in TEXTS:  # each sign of a text costs, and nobody reads a letter on a telephone
        values = {"number": number, "link": link, "called": notice.ticket.channel == VOICE}
        words = render("text_acknowledgement", language, values)
    else:
        words = render("acknowledgement", language, {"number": number, "link": link, "texted": False})
    return automatic_mail(replace(notice, words=words), desk, traceparent, "auto-replied")


def divert_acknowledgements(rows: Settlement, silent: Collection[int], detours: Mapping[int, Way]) -> None:
    """Let those to callers at whose numbers no text arrives go another way.

    Of whom there is none, and of those who want none, nothing is asked after all, as if nobody had: nobody was promised
    one, a call from a landline is nothing out of the ordinary, and none counts.
    """
    notices = [(replace(notice, way=detours.get(notice.ticket.number)), message) for notice, message in rows.notices]
    rows.notices = []
    for notice, message in notices:
        if notice.ticket.number not in silent and way_to(notice.there) is not None:
            rows.notices.append((notice, message))
            continue
        contact = rows.contacts[notice.ticket.requester_id]
        rows.contacts[contact.id] = replace(contact, acknowledged_count=contact.acknowledged_count - 1)


def add_acknowledgements(rows: Settlement, granted: int, desk: Desk, render: Render, now: datetime) -> None:
    """Turn acknowledgements into mails and messages, as many as the desk's budget grants; note the rest as withheld."""
    for index, (notice, message) in enumerate(rows.notices):
        ticket = notice.ticket
        if index >= granted:
            rows.history.append(_withheld(ticket, now, "the desk has sent too many this minute"))
            continue
        made, event = acknowledgement(notice, desk, render, message.traceparent)
        rows.outbox.append(event)
        rows.messages.append(made)
        rows.history += told_elsewhere(notice.ticket, notice.way, made)


def _withheld(ticket: TicketRow, now: datetime, why: str) -> HistoryRow:
    return HistoryRow(ticket.number, now, "desk", "acknowledgement.withheld", {}, why)
