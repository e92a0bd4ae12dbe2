"""To where a code may go: ways that were on file before the conversation began. Pure.

Whoever talks to an agent may say that they have a new number, and have it put on file; a code that goes there proves
nothing. So what came later is shown, and refused.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from tickets.domain.correspondence.ways import VOICE
from tickets.domain.settling.incoming import TicketRow

SMS: Final = "sms"
MAIL: Final = "email"
PHONE: Final = "phone"
NEW: Final = "new"
COUNTRY: Final = "country"
LANDLINE: Final = "landline"
NO_NUMBER: Final = "no_number"
NO_MAILBOX: Final = "no_mailbox"
RETURNED: Final = "returned"
OURS: Final = "ours"
OPTED_OUT: Final = "opted_out"
WHY_NOT: Final = (NEW, COUNTRY, LANDLINE, NO_NUMBER, NO_MAILBOX, RETURNED, OURS, OPTED_OUT)
_LANDLINES: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
    }
)
SURELY: Final = timedelta(minutes=1)
"""So long before the conversation a way must have been on file: the broker's clock says when a message came, the
database's when an address was first seen; and where an agent opens a ticket both happen at once."""
_RANGE_DIGITS: Final = 4
"""Of a number that differ within one range: who pumps has ten thousand numbers in a row."""


@dataclass(frozen=True, slots=True)
class OnFile:
    """A way to whoever asks in a ticket that the desk knows of.

    Attributes:
        kind: `email` or `phone`.
        address: a mail address, or a number in E.164.
        since: when it came on file (aware).
        own: they write or call from there; else people of the desk put it on file.
    """

    kind: str
    address: str = field(repr=False)
    since: datetime
    own: bool = False

    @property
    def medium(self) -> str:
        """By which a code goes there."""
        return SMS if self.kind == PHONE else MAIL

    @property
    def shown(self) -> str:
        """What people may see of it: enough for whoever knows it."""
        return masked(self.kind, self.address)

    @property
    def prefix(self) -> str:
        """The range of numbers that it is in; empty of mail."""
        return self.address[:-_RANGE_DIGITS] if self.kind == PHONE else ""


@dataclass(frozen=True, slots=True)
class Factor:
    """A way on file, and why no code goes there; None: it may.

    Attributes:
        id: names it towards clients, for this ticket alone; says nothing about where it leads.
    """

    id: str
    way: OnFile
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Began:
    """When the conversation began in which somebody is to be verified (both aware).

    Attributes:
        ticket: the ticket, or the first of those that were merged into it.
        call: a call about it that goes on now; None: there is none, or nobody says so.
    """

    ticket: datetime
    call: datetime | None = None

    def for_(self, way: OnFile) -> datetime:
        """Before which a way must have been on file.

        Whoever calls about a ticket from where they opened it was known there before they called. What people of the
        desk put on file since the ticket was opened may have been asked for in it.
        """
        return self.call if self.call is not None and way.own else self.ticket


@dataclass(frozen=True, slots=True)
class Sending:
    """From where the desk sends codes, and to where.

    Attributes:
        countries: regions (ISO 3166) to whose numbers it texts.
        number: from which a text leaves, in E.164; empty: the desk has none.
        mailbox: from which a mail leaves; empty: the desk has none.
        returned: mail addresses whose mail comes back.
        ours: addresses of the desk itself.
        opted_out: numbers whose people want no texts from `number`.
    """

    countries: Collection[str]
    number: str
    mailbox: str
    returned: Collection[str] = ()
    ours: Collection[str] = ()
    opted_out: Collection[str] = ()


def why_not(way: OnFile, began: Began, sending: Sending) -> str | None:
    """Why no code goes to a way on file, as one of `WHY_NOT`; None: it may."""
    if way.since > began.for_(way) - SURELY:
        return NEW
    if way.kind == PHONE:
        if way.address == sending.number:
            return OURS
        if country_of(way.address) not in sending.countries:
            return COUNTRY
        if is_landline(way.address):
            return LANDLINE
        if way.address in sending.opted_out:
            return OPTED_OUT
        return None if sending.number else NO_NUMBER
    if way.address in sending.ours:
        return OURS
    if way.address in sending.returned:
        return RETURNED
    return None if sending.mailbox else NO_MAILBOX


def number_for(ticket: TicketRow, codes_number: str) -> str:
    """From which number of the desk a code is texted: the one that was called or texted, or the one for codes.

    Args:
        codes_number: empty: the desk has none.
    """
    if ticket.channel not in (SMS, VOICE) or ticket.account[:1] != "+":
        return codes_number
    return ticket.account if texts_leave(ticket) else codes_number


def texts_leave(ticket: TicketRow) -> bool:
    """Whether texts may leave from the number of the desk that was called or texted, as far as anybody can tell.

    A call has a conversation where texts go between the two numbers. Where it has none although its caller's number is
    no landline by its looks, either none leaves from the desk's, as from many a landline number, or the caller's was
    found to take none, as a landline in North America is.
    """
    caller = ticket.requester_address if ticket.channel == VOICE else ""
    if ticket.conversation or caller[:1] != "+" or is_landline(caller):
        return True
    return not is_landline(ticket.account)


def usable(ways: Iterable[OnFile]) -> Sequence[OnFile]:
    """Ways of which each is named once, the oldest entry of it, numbers that are none left out; own ones first."""
    found: dict[tuple[str, str], OnFile] = {}
    for way in sorted(ways, key=lambda one: (not one.own, one.since, one.kind, one.address)):
        if way.kind == MAIL or _parsed(way.address) is not None:
            found.setdefault((way.kind, way.address), way)
    return list(found.values())


def masked(kind: str, address: str) -> str:
    """`+34 *** *** 22`, `a***@cliente.example`: enough for whoever knows it."""
    if kind == PHONE:
        parsed = _parsed(address)
        return f"+{parsed.country_code} *** *** {address[-2:]}" if parsed else "***"
    box, at, domain = address.rpartition("@")
    return f"{box[:1]}***@{domain}" if at else "***"


def country_of(number: str) -> str:
    """The region (ISO 3166) of a number; empty: it has none, as satellite telephones and numbers of no country."""
    parsed = _parsed(number)
    region = (phonenumbers.region_code_for_number(parsed) or "") if parsed else ""
    return region if region.isalpha() else ""


def is_landline(number: str) -> bool:
    """Whether no text arrives there as far as the number tells."""
    parsed = _parsed(number)
    return parsed is not None and phonenumbers.number_type(parsed) in _LANDLINES


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    """A number in E.164 that exists, or None."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None
