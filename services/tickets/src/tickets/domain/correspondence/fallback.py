"""Another way to the same customer, for a text that did not arrive.

Only ways that are theirs beyond a claim: the very number that they wrote or called from, by another medium; addresses
of the same contact that were proven to be theirs; and what the desk had put on file for them before the conversation
began. A mail address that somebody only named is none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tickets.domain.correspondence.ways import MAIL, TEXTS
from tickets.domain.settling.incoming import TicketRow

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

    def of(self, ticket: TicketRow) -> TicketRow:
        """The ticket as it is seen by whoever writes to its customer on this way."""
        return replace(
            ticket,
            channel=self.medium,
            account=self.account,
            conversation=self.conversation,
            requester_address=self.address,
        )


def other_way(
    failed: Way, reason: str, known: Sequence[KnownAddress], talks: Sequence[Talk], mailbox: str | None
) -> Way | None:
    """The best other way to a contact; None: there is none.

    Args:
        failed: on which the words did not arrive; a text.
        reason: why, as the channel names it.
        known: addresses of the contact, the longest known first.
        talks: the last ones first.
        mailbox: the desk's, from which the contact would be mailed; None: it has none.
    """
    proven = [one for one in known if one.proven and not one.stopped and one.address != failed.address]
    mails = [Way(MAIL, one.address, mailbox) for one in proven if one.kind == MAIL and mailbox]
    if reason == OPTED_OUT:
        return next(iter(mails), None)
    said = [Way(one.medium, one.address, one.account, one.conversation) for one in talks if one.medium in TEXTS]
    numbers = {one.address for one in proven if one.kind == _PHONE}
    same = [one for one in said if one.address == failed.address]
    ways: Iterable[Way] = (
        *(one for one in same if one.medium == _SMS),
        *mails,
        *(one for one in said if one.medium == _SMS and one.address in numbers),
        *(_sms(failed.account, one.address) for one in proven if one.kind == _PHONE),
        # Whoever has WhatsApp on a number has shown there that it is theirs.
        *([_sms(failed.account, failed.address)] if failed.medium == _WHATSAPP else ()),
        # Last: WhatsApp may take nothing but a template, if as much.
        *(one for one in same if one.medium == _WHATSAPP),
    )
    return next((one for one in ways if (one.medium, one.address) != (failed.medium, failed.address)), None)


def _sms(account: str, address: str) -> Way:
    return Way(_SMS, address, account, f"{_SMS}/{account}/{address}")
