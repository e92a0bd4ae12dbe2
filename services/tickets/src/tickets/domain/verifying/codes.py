"""One-time codes: how many go where, what a try is worth, and what is said with them. Pure.

A code lives ten minutes and bears five tries, so who guesses finds one in two hundred thousand; how many are sent is
capped, for each costs money, and who owns a range of numbers earns it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.correspondence.notices import TYPE, Desk, Words
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.verifying.factors import (
    COUNTRY,
    LANDLINE,
    MAIL,
    NEW,
    NO_MAILBOX,
    NO_NUMBER,
    OPTED_OUT,
    OURS,
    RETURNED,
    SMS,
    Factor,
    OnFile,
)
from ventanilla_contracts.ids import event_id

DIGITS: Final = 6
MOST_TRIES: Final = 5
LIFE: Final = timedelta(minutes=10)
AGAIN_AFTER: Final = timedelta(seconds=30)
"""So long after a code no other is sent in the same ticket."""
DAY: Final = timedelta(hours=24)
VERIFIED: Final = "verified"
SPENT: Final = "spent"
"""The outcome of one whose last try was wrong."""
OPEN, EXPIRED, WITHDRAWN = "open", "expired", "withdrawn"
"""States of a code that are no outcomes: `state_of` tells them."""
SENT, PROVEN, FAILED = "verification.sent", "requester.verified", "verification.failed"
"""Lines of the history."""
_SOURCE: Final = "one-time-code/"


@dataclass(frozen=True, slots=True)
class CodeRules:
    """To where codes go, and how many in 24 hours.

    Attributes:
        countries: regions (ISO 3166) to whose numbers they are texted.
        number: from which they are texted where the ticket has no number of the desk, in E.164; empty: from none.
        per_ticket, per_address: codes by whichever medium.
        per_prefix: texts to one range of ten thousand numbers.
        per_day: codes of the whole desk by one medium.
    """

    countries: frozenset[str] = frozenset()
    number: str = ""
    per_ticket: int = 5
    per_address: int = 5
    per_prefix: int = 20
    per_day: int = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """Codes that were sent in the last 24 hours, as `CodeRules` counts them, and when the ticket's last one was."""

    ticket: int = 0
    address: int = 0
    prefix: int = 0
    day: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent.

    Attributes:
        requester_id: who asked in the ticket then.
        address: to where it went.
        hash: as `Signer.code_hash` made it.
        tries: wrong ones so far.
        outcome: `verified`, `spent` (the last try was wrong) or `replaced` by a newer one; None: it is open.
        delivery: `queued`, or what its channel said became of it.
    """

    id: str
    ticket_number: int
    requester_id: int
    medium: str
    shown: str
    sent_at: datetime
    expires_at: datetime
    tries: int = 0
    outcome: str | None = None
    ended_at: datetime | None = None
    actor: str = ""
    delivery: str = "queued"
    delivery_detail: str = ""
    address: str = field(default="", repr=False)
    hash: bytes = field(default=b"", repr=False)


def cannot_go(factor: Factor) -> str | None:
    """Why no code goes to a way on file, in words; None: it may."""
    words = {
        NEW: "it came on file after this conversation had begun, so it proves nothing; choose one from before",
        COUNTRY: "the desk texts no codes to numbers of that country; choose another way",
        LANDLINE: "no text arrives at that number; choose another way",
        NO_NUMBER: "the desk has no number to text from; choose a mail address",
        NO_MAILBOX: "the desk has no mailbox to write from; choose a number",
        RETURNED: "mail to that address comes back; choose another way",
        OURS: "that is the desk itself; choose another way",
        OPTED_OUT: "they want no texts from the desk's number; choose another way",
    }
    return words[factor.why_not] if factor.why_not else None


def too_many(counted: Counted, medium: str, rules: CodeRules, now: datetime) -> str | None:
    """Why no further code is sent now, in words; None: it may be."""
    if counted.last is not None and now < counted.last + AGAIN_AFTER:
        seconds = max(1, int((counted.last + AGAIN_AFTER - now).total_seconds()))
        return f"a code was sent a moment ago; wait {seconds} seconds before the next"
    if counted.ticket >= rules.per_ticket:
        return f"{rules.per_ticket} codes in a day are the most for one ticket; verify them in another way"
    if counted.address >= rules.per_address:
        return f"{rules.per_address} codes in a day are the most for one address; choose another way"
    if medium == SMS and counted.prefix >= rules.per_prefix:
        return f"{rules.per_prefix} codes in a day are the most for numbers like that one; choose another way"
    if counted.day >= rules.per_day:
        return f"the desk has sent its {rules.per_day} codes of a day by this medium; choose another way"
    return None


def state_of(code: Code, ticket: TicketRow, ways: Iterable[OnFile], now: datetime) -> str:
    """How it stands with a code: `open`, its outcome, `expired`, or `withdrawn`.

    Withdrawn is one that nobody can give any more who proves something with it: somebody else asks, or it went to a way
    that is not on file any more, as that of a stolen telephone.

    Args:
        ways: what is on file to whoever asks now.
    """
    if code.outcome is not None:
        return code.outcome
    if now >= code.expires_at:
        return EXPIRED
    return OPEN if code.requester_id == ticket.requester_id and _still_on_file(code, ways) else WITHDRAWN


def _still_on_file(code: Code, ways: Iterable[OnFile]) -> bool:
    """Whether a code went to one of these ways; what was taken off file and put back since is another."""
    return any((way.medium, way.address) == (code.medium, code.address) and way.since < code.sent_at for way in ways)


def why_no_try(code: Code | None, ticket: TicketRow, ways: Iterable[OnFile], now: datetime) -> str | None:
    """Why a code cannot be tried, in words; None: it can. Nothing is counted.

    Args:
        ways: as of `state_of`.
    """
    if code is None or code.outcome == VERIFIED:
        return "no code is open in this ticket; send one first"
    state = state_of(code, ticket, ways, now)
    if state == SPENT:
        return f"{MOST_TRIES} wrong codes were given, so this one holds no more; send a new one"
    if state == EXPIRED:
        return "the code has expired, it was good for ten minutes; send a new one"
    if state == WITHDRAWN and code.requester_id != ticket.requester_id:
        return "somebody else asks in this ticket since the code was sent; send a new one"
    if state == WITHDRAWN:
        return "the address that the code went to is not on file any more; choose another way"
    return None


def wrong_words(tries_left: int) -> str:
    """That a code was wrong, and what is left."""
    if tries_left <= 0:
        return f"the code is wrong, for the {MOST_TRIES}th time, so it holds no more; send a new one"
    return f"the code is wrong; {tries_left} more {'try' if tries_left == 1 else 'tries'}"


def notification_id(code_id: str) -> str:
    """Id of the notification that takes a code there."""
    return event_id(TYPE, f"{_SOURCE}{code_id}")


def is_code(notification: str) -> bool:
    """Whether a notification takes a code."""
    return notification.startswith(event_id(TYPE, _SOURCE))


def source_of(code_id: str) -> str:
    """What causes the notification."""
    return f"{_SOURCE}{code_id}"


def as_event(
    code_id: str, ticket: TicketRow, way: OnFile, words: Words, sender: str, desk: Desk, now: datetime
) -> Mapping[str, Any]:
    """The event `NotificationRequested` that takes a code to a way on file, as plain data.

    It expires with the code. It names no ticket: what stands in it belongs in none.

    Args:
        sender: number or mailbox of the desk.
    """
    mail, chat = None, None
    if way.medium == MAIL:
        domain = sender.partition("@")[2]
        mail = {
            "from_address": desk.senders.get(sender, sender),
            "from_name": desk.names.get(sender, ""),
            "return_path": "",
            "message_id": desk.signer.message_id(ticket.number, code_id.replace("-", "")[:16], domain),
        }
    else:
        chat = {"account": sender, "conversation": f"{SMS}/{sender}/{way.address}"}
    return {
        "id": notification_id(code_id),
        "medium": way.medium,
        "to": {"address": way.address, "name": ""},
        "subject": words.subject,
        "text": " ".join(words.text.split()) if way.medium == SMS else words.text,
        "language": ticket.language,
        "automatic": True,
        "mail": mail,
        "chat": chat,
        "requested_at": now,
        "expires_at": now + LIFE,
    }
