"""On which way a ticket's customer is reached: by mail, or in the conversation in which they wrote."""

from dataclasses import dataclass, replace
from typing import Final

from tickets.domain.settling.incoming import TicketRow

MAIL: Final = "email"
_AROUND: Final = 3
"""Paragraphs around what a letter has to say: greeting, signature, that nobody wrote it."""
TEXTS: Final = frozenset({"sms", "whatsapp"})
"""Channels of texts from number to number, which nobody else reads."""
CHATS: Final = frozenset({"slack"}) | TEXTS
"""Channels that hold conversations, and whose service takes what is to be said there."""
MOST_FILES_IN_CHAT: Final = 10
"""Files that one message of a chat holds."""
NO_WAY: Final = "there is no way to write to the customer"
UNWANTED: Final = "the customer wants no texts from this number of the desk"
"""Why nothing is said unasked."""
NO_TEXTS: Final = "no text arrives at the number that called; call the customer back, or write an internal note"
NO_NUMBER_SHOWN: Final = "whoever called showed no number, so nobody can write to them; write an internal note"
NO_SENDER_SHOWN: Final = "whoever texted showed no number to answer at; write an internal note"
VOICE: Final = "voice"
_SLACK, _SMS = "slack", "sms"
_DIRECT: Final = "D"
"""Slack's ids of direct messages begin with it, and no others do."""


Between = tuple[str, str, str]
"""(medium, the desk's number, the customer's): between whom a text goes."""


@dataclass(frozen=True, slots=True)
class TalkedIn:
    """A conversation in which a ticket's customer talks with the desk: its own, or that of one merged into it.

    Attributes:
        number: of the ticket whose conversation it is.
        account: in which it stands, as the channel names it.
    """

    number: int
    account: str
    conversation: str


def way_to(ticket: TicketRow) -> str | None:
    """The medium by which the desk writes to a ticket's customer; None: there is none.

    A call has a conversation only if texts arrive at its number: none for a landline, a short code, a withheld number.
    """
    channel = _SMS if ticket.channel == VOICE else ticket.channel  # whoever called is answered by text
    if channel in CHATS and ticket.conversation:
        return channel
    return MAIL if "@" in ticket.account and "@" in ticket.requester_address else None


def texted_between(ticket: TicketRow) -> Between | None:
    """Between whom a text about a ticket would go; None: its customer is not texted."""
    medium = way_to(ticket)
    return (medium, ticket.account, ticket.requester_address) if medium in TEXTS else None


def why_unanswerable(ticket: TicketRow) -> str | None:
    """Why whoever called or texted cannot be written to, and what to do instead; None: they can, or nobody did."""
    if ticket.channel not in (*TEXTS, VOICE) or way_to(ticket) is not None:
        return None
    if ticket.channel in TEXTS:
        return NO_SENDER_SHOWN
    return NO_TEXTS if ticket.requester_address.startswith("+") else NO_NUMBER_SHOWN


def is_direct(ticket: TicketRow) -> bool:
    """Whether a ticket goes on between one person and the desk alone: nobody else can ever read what is said there."""
    return in_direct_messages(ticket.channel, ticket.account)


def in_direct_messages(channel: str, account: str) -> bool:
    """Whether an account of a channel is between one person and the desk."""
    return channel in (*TEXTS, VOICE) or (channel == _SLACK and account.rpartition("/")[2].startswith(_DIRECT))


def only_customer_reads(ticket: TicketRow) -> bool:
    """Whether what the desk says to a ticket's customer is for their eyes alone. A chat is held to be read by others
    unless it is known that nobody else can; a mail to the requester is theirs (who else gets it, its sender knows).
    """
    return way_to(ticket) not in CHATS or is_direct(ticket)


def same_place(ticket: TicketRow, other: TicketRow) -> bool:
    """Whether two tickets are talked about with their customers in one place."""
    return (ticket.channel, ticket.account, ticket.conversation) == (other.channel, other.account, other.conversation)


def said_in(ticket: TicketRow, place: TalkedIn | None) -> TicketRow:
    """The ticket as the channel must see it for words to its customer to stand in this conversation; None: its own."""
    if place is None or place.number == ticket.number:
        return ticket
    return replace(ticket, account=place.account, conversation=place.conversation)


def unwrapped(text: str) -> str:
    """A text of ours as a chat shows it best: each paragraph one line, as the reader's window breaks it.

    Addresses, entries of lists and quotations stay on lines of their own.
    """
    lines: list[str] = []
    for line in text.strip().splitlines():
        words = line.strip()
        joins = bool(lines and lines[-1] and words) and not _stands_alone(words) and not _stands_alone(lines[-1])
        if joins:
            lines[-1] += f" {words}"
        else:
            lines.append(words)
    return "\n".join(lines)


def said_in_chat(text: str) -> str:
    """A letter of ours as somebody says it in a chat: without its greeting, its signature and the line below that.

    What is not built like one of our letters is only unwrapped.
    """
    paragraphs = text.strip().split("\n\n")
    greeting, *rest = paragraphs
    letter = (
        len(paragraphs) > _AROUND
        and len(greeting.split()) == 1
        and greeting.endswith((":", ","))
        and paragraphs[-2].count("\n") == 1
        and paragraphs[-2].partition("\n")[0].endswith(",")
        and "\n" not in paragraphs[-1].strip()
    )
    return unwrapped("\n\n".join(rest[:-2]) if letter else text)


def _stands_alone(line: str) -> bool:
    return line.startswith(("https://", "http://", "- ", "• ", ">"))
