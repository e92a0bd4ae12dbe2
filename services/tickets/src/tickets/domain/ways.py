"""On which way a ticket's customer is reached: by mail, or in the conversation in which they wrote."""

from typing import Final

from tickets.domain.incoming import TicketRow

MAIL: Final = "email"
CHATS: Final = frozenset({"slack"})
"""Channels that hold conversations, and whose service takes what is to be said there."""
MAIL_CHANNELS: Final = frozenset({"email", "portal", "api"})
"""Channels whose people are known by a mail address."""
NO_WAY: Final = "there is no way to write to the customer"


def kind_of(channel: str) -> str:
    """Under which kind of identity people of a channel are known."""
    return MAIL if channel in MAIL_CHANNELS else channel


def way_to(ticket: TicketRow) -> str | None:
    """The medium by which the desk writes to a ticket's customer; None: there is none."""
    if ticket.channel in CHATS and ticket.conversation:
        return ticket.channel
    return MAIL if "@" in ticket.account and "@" in ticket.requester_address else None


def unwrapped(text: str) -> str:
    """A text of ours as a chat shows it best: each paragraph one line, as the reader's window breaks it.

    Addresses and entries of lists stay on lines of their own.
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


def _stands_alone(line: str) -> bool:
    return line.startswith(("https://", "http://", "- ", "• "))
