"""A text that will not arrive goes out again by another way of the same contact: once, and the history says so.

One transaction makes another notification of the message, so that the same report again finds nothing that failed. What
went another way before stays failed if that fails too.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.fallback_store import FailedMessage
from tickets.adapters.postgres.outbound import Report
from tickets.domain.correspondence.fallback import FALLBACK, Way, told_of
from tickets.domain.correspondence.notices import Notice, Words, own_id
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.recipients import Recipients
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, answer_subject, message_changed
from tickets.domain.correspondence.sent_messages import where_said
from tickets.domain.correspondence.ways import MAIL, TEXTS, way_to
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid
from tickets.handlers.replying.replies import Reply, reply_words
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, until_settled
from ventanilla_contracts.dropped import DROPPED

log = structlog.get_logger()

_AGENT: Final = "agent"
_LONGEST_WHY: Final = 1_000


async def fall_back(report: Report, deps: DeskDeps) -> None:
    """Let a text that failed go out by another way, if it is one and there is another; the same again does nothing.

    Comes before the report itself is noted: whoever dies in between does both again.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known.
    """
    if report.detail.partition(":")[0] == DROPPED:  # it is not to be sent at all
        return
    await until_settled(lambda: _fall_back(report, deps))


async def _fall_back(report: Report, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        found = await transaction.notified(report.notification_id)
        if found is None:
            return
        ticket = await transaction.lock_ticket(found[0])
        message = await transaction.fallbacks.failed(report.notification_id, ticket.number)
        if message is None or not _is_for(message, ticket):
            return
        failed = await _way_of(message.id, ticket, transaction)
        reason = report.detail.partition(":")[0]
        way = await transaction.fallbacks.other(failed, reason, ticket, deps.desk) if failed else None
        if failed is None or way is None:
            return
        try:
            notice = await _notice(message, way, report, ticket, transaction, deps)
        except Invalid:  # too long for a mail: the agents are told that it failed, and shorten it
            return
        event = leaving.add_mail(notice, message.id)
        mail_id = own_id(event)
        await transaction.fallbacks.goes_again(message.id, notice.id, report.notification_id, mail_id, way.address)
        told = told_of(message.id, message.kind, failed, way)
        line = HistoryRow(ticket.number, notice.requested_at, "desk", FALLBACK, told)
        await transaction.save(history=[replace(line, why=report.detail[:_LONGEST_WHY])])
        source, changed = message_changed(ticket, message.id, "fallback", "undelivered", notice.requested_at)
        leaving.add(MESSAGE_CHANGED, source, changed)
        await leaving.store(transaction)
    leaving.send()
    log.warning("notification.fallback", ticket=ticket.number, failed=failed.medium, medium=way.medium)


def _is_for(message: FailedMessage, ticket: TicketRow) -> bool:
    """Whether a message was for whoever asks now: what was said to somebody else is not theirs to read."""
    since = ticket.requester_since
    return message.to in ("", ticket.requester_address) and (since is None or since <= message.accepted_at)


async def _way_of(id_: UUID, ticket: TicketRow, transaction: DeskTransaction) -> Way | None:
    """On which way a message went; None: it was no text."""
    sent = await transaction.revisions.sent(id_)
    if sent is None or sent.rfc_message_id is not None:
        return None
    there = where_said(sent, ticket)
    medium = way_to(there)
    return Way(medium, ticket.requester_address, there.account, there.conversation) if medium in TEXTS else None


async def _notice(
    message: FailedMessage, way: Way, report: Report, ticket: TicketRow, transaction: DeskTransaction, deps: DeskDeps
) -> Notice:
    there = way.of(ticket)
    # Nothing of the conversation is quoted: the same words, and no others.
    recipients = Recipients([Person(way.address, ticket.requester_name)], [], [], [], None, aside=False)
    automatic = message.kind != _AGENT
    if way.medium == MAIL and not automatic:
        reply = Reply(message.body, message.body_html, quote=False)
        asked = Asked(token_id=0, name=message.author_name, actor=_AGENT)
        words = await reply_words(there, reply, recipients, asked, transaction, deps)
    else:
        subject = message.subject or f"{answer_subject(ticket.subject, ticket.number)} [#{ticket.number}]"
        words = Words(subject, message.body, None)
    return Notice(
        source=f"fallback/{report.notification_id}",
        ticket=there,
        words=words,
        automatic=automatic,
        requested_at=await transaction.now(),
        attachments=message.attachments,
        recipients=recipients,
        author=message.author_name,
    )
