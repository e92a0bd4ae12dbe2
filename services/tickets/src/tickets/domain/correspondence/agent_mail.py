"""Mails to the desk's own people: no message of the ticket, and an answer to one is none of the customer's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tickets.domain.correspondence.notices import TYPE, Desk, Notice, Render
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.recipients import Recipients
from tickets.domain.rows import OutboxRow
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.staffing.escalating import language_of_agent
from tickets.domain.staffing.people import Agent


def agent_mail(
    agent: Agent,
    ticket: TicketRow,
    source: str,
    template: str,
    values: Mapping[str, Any],
    desk: Desk,
    render: Render,
    at: datetime,
    *,
    expires_at: datetime | None = None,
) -> OutboxRow | None:
    """The event that asks for a mail to one of ours, in their language; None where the desk has no mailbox.

    Args:
        source: what caused it; the same source never causes a second mail.
        values: for the template.
        expires_at: when it is worthless; None: as other mails.
    """
    account = ticket.account if "@" in ticket.account else next((box for box in desk.names if "@" in box), None)
    if account is None:
        return None
    language = language_of_agent(agent, desk.languages, desk.default_language)
    notice = Notice(
        source=source,
        ticket=replace(ticket, account=account, conversation=None),
        words=render(template, language, values),
        automatic=True,
        requested_at=at,
        recipients=Recipients([Person(agent.email, agent.name)], [], [], [], None, aside=True),
    )
    mail: dict[str, Any] = notice.as_event(desk, effect_id(notice.id).hex[:16])
    mail["language"] = language
    mail["mail"]["reply_to"] = None
    if expires_at is not None:
        mail["expires_at"] = expires_at
    return OutboxRow(
        TYPE, notice.source, mail, None, medium="email", notification_id=notice.id, expires_at=mail["expires_at"]
    )
