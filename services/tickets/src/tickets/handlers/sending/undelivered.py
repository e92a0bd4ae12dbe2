"""What follows when a mail of ours cannot be handed over: whom it did not reach, and that the agents are told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from tickets.adapters.postgres.outbound import Report
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, message_changed
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.settling.bounces import Judged, Line, SentMail, judge, reach_line, wanted_of
from tickets.domain.settling.incoming import Contact, TicketRow
from tickets.handlers.working.change import save_change
from tickets.handlers.working.work import DESK, DeskDeps, Leaving, until_settled
from tickets.metrics import count_stopped

log = structlog.get_logger()

_WHY = "what was said to the customer did not arrive"


async def tell_of_undelivered(report: Report, deps: DeskDeps) -> None:
    """Note whom a mail did not reach, as a bounce would; the same report again changes nothing.

    Comes before the report itself is noted: whoever dies in between does both again.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known.
    """
    await until_settled(lambda: _tell(report, deps))


async def announce_undelivered(number: int, message: UUID, deps: DeskDeps) -> None:
    """Let whoever shows the ticket know that a message of it did not arrive, now that its history says so.

    Whoever dies in between leaves it to the ticket's next event: the history is what they read.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known.
    """
    await until_settled(lambda: _announce(number, message, deps))


async def _announce(number: int, message: UUID, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        ticket = await transaction.lock_ticket(number)
        source, event = message_changed(ticket, message, "undelivered", "undelivered", await transaction.now())
        leaving.add(MESSAGE_CHANGED, source, event)
        await leaving.store(transaction)
    leaving.send()


async def _tell(report: Report, deps: DeskDeps) -> None:
    leaving = Leaving(deps, None)
    async with deps.writes.transaction() as transaction:
        key = await transaction.notified(report.notification_id)
        if key is None:
            return
        ticket = await transaction.lock_ticket(key[0])
        mail = (await transaction.settling.sent_mails([key])).get(key)
        if mail is None or mail.state == "failed":
            return
        now = await transaction.now()
        contacts = await transaction.settling.contacts({}, mail.recipients if report.undelivered else ())
        judged = _judge(report, mail, ticket, contacts, now)
        lines = [*judged.lines, *_reach_lines(judged, contacts)]
        history = [HistoryRow(ticket.number, now, "desk", line.action, line.detail, line.why) for line in lines]
        if judged.lines and judged.mail:
            returned = {mail.id: (judged.mail, judged.detail)}
            await transaction.settling.save_returns(Settlement(returned=returned, reaches=dict(judged.reaches)))
        await transaction.save(history=history)
        await save_change(ticket, wanted_of(ticket, mail, judged), _WHY, DESK, transaction, leaving)
        await leaving.store(transaction)
    leaving.send()
    _log(ticket, judged)


def _judge(
    report: Report, mail: SentMail, ticket: TicketRow, contacts: Mapping[tuple[str, str], Contact], now: datetime
) -> Judged:
    judged = judge(report.undelivered, mail, {whom: contact.reach for (_, whom), contact in contacts.items()}, now)
    if report.state != "failed" or judged.mail is None:
        return judged
    # Whatever the reason is: nobody has got it, and what the relay said of single people does not make that a bounce.
    failed = replace(judged.mail, state=mail.state)
    customer = mail.recipients if mail.again else {ticket.requester_address}.intersection(mail.recipients)
    return replace(judged, mail=failed, missed=judged.missed.union(customer))


def _reach_lines(judged: Judged, contacts: Mapping[tuple[str, str], Contact]) -> list[Line]:
    found = [reach_line(address, contacts["email", address].reach, reach) for address, reach in judged.reaches.items()]
    return [line for line in found if line]


def _log(ticket: TicketRow, judged: Judged) -> None:
    """Say what became of it, once it is committed; never whose address it is."""
    if judged.missed:
        log.warning("mail.undelivered", ticket=ticket.number, recipients=len(judged.missed))
    for reach in judged.reaches.values():
        if reach.stopped:
            count_stopped(reach.reason)
            log.warning("address.stopped", reason=reach.reason, message=str(reach.message_id))
