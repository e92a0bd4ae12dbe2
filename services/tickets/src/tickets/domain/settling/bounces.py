"""What bounces, delivery reports and refusals say about a mail of ours, and what follows from it.

A report counts only about the very mail that it proves to be about: by the return path that we signed, or by our own
Message-ID with its signature. What it says of an address counts only if that mail went to this address, so that whoever
holds one of our mails can say nothing about anybody else. A report without such proof is a message like any other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.domain.lifecycle import REOPENED_BY_CUSTOMER
from tickets.domain.settling.incoming import Incoming, TicketRow
from tickets.domain.settling.reach import REACHED, Reach, after_bounce
from tickets.domain.settling.threads import bounced_mail
from tickets.domain.tokens import OwnMail, Signer
from ventanilla_contracts.events import Undelivered

TAG: Final = "undeliverable"
"""Of a ticket whose customer an answer did not reach."""

STATE_OF_ACTION: Final = {"failed": "bounced", "refused": "bounced", "delayed": "delayed", "delivered": "delivered"}
_ACTION_OF_STATE: Final = {"bounced": "mail.bounced", "delayed": "mail.delayed", "delivered": "mail.arrived"}
# What one recipient's state may become: a bounce is the end, and a report of delay that comes late says nothing.
_MAY_FOLLOW: Final[Mapping[str | None, frozenset[str]]] = {
    None: frozenset({"bounced", "delayed", "delivered"}),
    "delayed": frozenset({"bounced", "delivered"}),
    "delivered": frozenset({"bounced"}),
    "bounced": frozenset(),
}
_GRAVITY: Final = ("bounced", "delayed", "delivered")
_MOST_REPORTS: Final = 20
_LONGEST_DIAGNOSTIC: Final = 300
_UNTOLD: Final = Undelivered(recipient="", reason="other")
"""A bounce of which nobody can tell more than that it is one."""


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours, as it is stored.

    Attributes:
        recipients: whom it went to, in lower case.
        states: recipient → `state` and what was said about it.
        again: it went to the customer by another way than the ticket's own, on which it had failed.
    """

    id: UUID
    ticket_number: int
    kind: str
    recipients: Sequence[str]
    state: str | None
    states: Mapping[str, Mapping[str, Any]]
    requested_at: datetime
    again: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """(ticket, nonce): what its signatures name."""
        return self.ticket_number, self.id.hex[:16]


@dataclass(frozen=True, slots=True)
class Line:
    """What a report adds to the history of the ticket."""

    action: str
    detail: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a message of reports makes of our mail and of the ways to its recipients.

    Attributes:
        mail: as it is afterwards; None: it is not known which it was.
        detail: what is said about the mail's state.
        reaches: address → the way to it, where that has changed.
        lines: for the history.
        missed: recipients whom the mail, as is known now, did not reach.
    """

    mail: SentMail | None
    detail: str
    reaches: Mapping[str, Reach]
    lines: Sequence[Line]
    missed: frozenset[str]


def own_mail_of(message: Incoming, signer: Signer) -> tuple[int, str] | None:
    """(ticket, nonce) of the mail that a report proves to be about; None for anything else."""
    if not message.claim.is_report:
        return None
    mail: OwnMail | None = bounced_mail(message.claim, signer)
    return (mail.ticket_number, mail.nonce) if mail and mail.nonce else None


def judge(reports: Sequence[Undelivered], mail: SentMail | None, reaches: Mapping[str, Reach], now: datetime) -> Judged:
    """What follows from reports. The same ones again change nothing.

    Args:
        mail: the one that they are proven to be about; None: the ticket alone is known.
        reaches: the ways to the mail's recipients; an address that is not named is reached.
    """
    if mail is None:
        lines = [_line(report, report.recipient, None) for report in reports if report.action in STATE_OF_ACTION]
        return Judged(None, "", {}, lines, frozenset())
    states: dict[str, Mapping[str, Any]] = dict(mail.states)
    changed: dict[str, Reach] = {}
    lines, missed, told = [], set(), ""
    for report in reports:
        state = STATE_OF_ACTION.get(report.action)
        whom = _whom(report, mail)
        recipient = whom or report.recipient.lower()
        before = states.get(recipient, {}).get("state")
        if state is None or state not in _MAY_FOLLOW.get(before, frozenset()):
            continue
        states[recipient] = {"state": state, **_said(report)}
        lines.append(_line(report, recipient, mail))
        if not told or state == "bounced":
            told = _in_short(report, recipient)
        if whom is None:
            continue
        if state == "bounced":
            missed.add(whom)
        known = changed.get(whom, reaches.get(whom, REACHED))
        after = Reach(lifted_at=now) if state == "delivered" and (known.stopped or known.soft) else known
        after = after_bounce(after, report, mail.id, mail.requested_at, now)
        if after is not known:
            changed[whom] = after
    return Judged(
        replace(mail, states=states, state=_worst(states, mail.state)), told, changed, lines, frozenset(missed)
    )


def reports_of(message: Incoming) -> Sequence[Undelivered]:
    """What a bounce or delivery report says, recipient by recipient."""
    if message.undelivered:
        return message.undelivered[:_MOST_REPORTS]
    return (_UNTOLD,) if message.automation == "bounce" else ()


def _whom(report: Undelivered, mail: SentMail) -> str | None:
    """Which of the mail's recipients a report is about.

    A mail to one address was forwarded if another one bounced: whoever is there did not get it.
    """
    named = report.recipient.lower()
    if named in mail.recipients:
        return named
    return mail.recipients[0] if len(mail.recipients) == 1 else None


def _worst(states: Mapping[str, Mapping[str, Any]], before: str | None) -> str | None:
    found = {state.get("state") for state in states.values()}
    return next((state for state in _GRAVITY if state in found), before)


def _said(report: Undelivered) -> dict[str, Any]:
    return {
        "reason": _why(report) or None,
        "status": report.status,
        "diagnostic": report.diagnostic[:_LONGEST_DIAGNOSTIC],
    }


def _line(report: Undelivered, recipient: str, mail: SentMail | None) -> Line:
    detail = {"recipient": recipient, **_said(report)}
    if mail is not None:
        detail["message"] = str(mail.id)
    return Line(_ACTION_OF_STATE[STATE_OF_ACTION[report.action]], detail, _why(report))


def _why(report: Undelivered) -> str:
    return report.reason if STATE_OF_ACTION[report.action] == "bounced" else ""


def _in_short(report: Undelivered, recipient: str) -> str:
    words = (
        f"{recipient}:" if recipient else "",
        _why(report),
        f"({report.status})" if report.status else "",
        report.diagnostic[:_LONGEST_DIAGNOSTIC],
    )
    return " ".join(word for word in words if word)


def wanted_of(ticket: TicketRow, mail: SentMail, judged: Judged) -> dict[str, Any]:
    """What a ticket should be like: marked when its customer was not reached, awake if an answer did not arrive."""
    wanted: dict[str, Any] = {}
    missed = ticket.requester_address in judged.missed or (mail.again and bool(judged.missed))
    answer_missed = mail.kind == "agent" and missed
    if answer_missed or any(reach.stopped for reach in judged.reaches.values()):
        wanted["tags"] = tuple(dict.fromkeys((*ticket.tags, TAG)))
    if answer_missed and ticket.status in REOPENED_BY_CUSTOMER:
        wanted["status"] = "open"
    return wanted


def reach_line(address: str, before: Reach | None, after: Reach) -> Line | None:
    """What the history says when mail is no longer sent to an address, or is again."""
    if after.stopped == (before is not None and before.stopped):
        return None
    action = "address.stopped" if after.stopped else "address.reached"
    return Line(action, {"address": address, "reason": after.reason}, "")


def recipients_of(mails: Iterable[SentMail]) -> frozenset[str]:
    """Everybody whom these mails went to."""
    return frozenset(address for mail in mails for address in mail.recipients)
