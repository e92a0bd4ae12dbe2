"""Another way to the same customer, for a text that did not arrive, or could not.

Only ways that are theirs beyond a claim: the very number that they wrote or called from, by another medium; addresses
of the same contact that were proven to be theirs; and what the desk had put on file for them before the conversation
began. A mail address that somebody only named is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from tickets.domain.correspondence.ways import MAIL, NO_TEXTS, TEXTS, why_unanswerable
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.verifying.factors import masked, texts_leave

FALLBACK: Final = "notification.fallback"
"""What the history says when words went out again by another way."""
_SMS, _WHATSAPP, _PHONE = "sms", "whatsapp", "phone"
OPTED_OUT: Final = "opted_out"
"""Whoever wants no texts is not texted by another number either; a mail is another matter."""


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address of the contact who asks.

    Attributes:
        kind: `email` or `phone`.
        proven: it is theirs beyond a claim: they have proven it, or the desk had it on file.
        stopped: what is sent there comes back, or nothing arrives.
    """

    kind: str
    address: str
    proven: bool
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """That the contact and the desk have texted each other: the desk's number (`account`) and theirs."""

    medium: str
    address: str
    account: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way on which words can go to the contact.

    Attributes:
        account: the desk's own mailbox or number from which they go.
        conversation: in which a text stands; None: it is a mail.
    """

    medium: str
    address: str
    account: str
    conversation: str | None = None

    @property
    def shown(self) -> str:
        """What people may see of the address."""
        return masked(MAIL if self.medium == MAIL else _PHONE, self.address)

    def of(self, ticket: TicketRow) -> TicketRow:
        """The ticket as it is seen by whoever writes to its customer on this way."""
        return replace(
            ticket,
            channel=self.medium,
            account=self.account,
            conversation=self.conversation,
            requester_address=self.address,
        )


def way_from_call(ticket: TicketRow) -> Way | None:
    """The way back to the number that called from where no text arrives; None: one arrives, or no number was shown.

    It has an account if texts may leave from the number that was called.
    """
    if why_unanswerable(ticket) != NO_TEXTS:
        return None
    return Way(_SMS, ticket.requester_address, ticket.account if texts_leave(ticket) else "")


def told_of(message: UUID, kind: str, failed: Way, way: Way) -> Mapping[str, Any]:
    """What the line `FALLBACK` of the history says of words that went another way."""
    return {
        "message": str(message),
        "kind": kind,
        "failed": failed.medium,
        "medium": way.medium,
        "masked": way.shown,
    }


def mails_of(known: Sequence[KnownAddress]) -> list[KnownAddress]:
    """Addresses to which a mail goes in the place of a text that will not arrive."""
    return [one for one in known if one.kind == MAIL and one.proven and not one.stopped]


def other_way(
    failed: Way, reason: str, known: Sequence[KnownAddress], talks: Sequence[Talk], mailbox: str | None
) -> Way | None:
    """The best other way to a contact; None: there is none.

    Args:
        failed: on which the words did not arrive; a text. Without an account none leaves from where it would.
        reason: why, as the channel names it.
        known: addresses of the contact, the longest known first.
        talks: the last ones first.
        mailbox: the desk's, from which the contact would be mailed; None: it has none.
    """
    proven = [one for one in known if one.proven and not one.stopped and one.address != failed.address]
    mails = [Way(MAIL, one.address, mailbox) for one in mails_of(proven) if mailbox]
    if reason == OPTED_OUT:
        return next(iter(mails), None)
    said = [Way(one.medium, one.address, one.account, one.conversation) for one in talks if one.medium in TEXTS]
    numbers = {one.address for one in proven if one.kind == _PHONE}
    same = [one for one in said if one.address == failed.address]
    ways: Iterable[Way] = (
        *(one for one in same if one.medium == _SMS),
        *mails,
        *(one for one in said if one.medium == _SMS and one.address in numbers),
        *(_sms(failed.account, one.address) for one in proven if one.kind == _PHONE and failed.account),
        # Whoever has WhatsApp on a number has shown there that it is theirs.
        *([_sms(failed.account, failed.address)] if failed.medium == _WHATSAPP else ()),
        # Last: WhatsApp may take nothing but a template, if as much.
        *(one for one in same if one.medium == _WHATSAPP),
    )
    return next((one for one in ways if (one.medium, one.address) != (failed.medium, failed.address)), None)


def _sms(account: str, address: str) -> Way:
    return Way(_SMS, address, account, f"{_SMS}/{account}/{address}")
