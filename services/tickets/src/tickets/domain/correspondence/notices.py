"""What the desk says to a customer, as values: whom, in which language, in which thread. The words are templates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from tickets.domain.correspondence.fallback import Way
from tickets.domain.correspondence.recipients import Recipients, party_fields
from tickets.domain.correspondence.ways import MAIL, only_customer_reads, said_in_chat, way_to
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.tokens import Signer
from ventanilla_contracts.ids import event_id

TYPE = "notification.requested.v1"
_MOST_REFERENCES = 20
_WHATSAPP = "whatsapp"
_SURELY_FITS = 6_000
"""Characters that a chat shows whole whatever they are: a message of Slack holds 39,000, of which `&` takes five."""


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered template."""

    subject: str
    text: str
    html: str | None


NO_WORDS = Words("", "", None)
"""For a notice whose words are still to be rendered."""

Render = Callable[[str, str, Mapping[str, Any]], Words]
"""(template, language, values) → words; the template exists in every language of the desk."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How this desk presents itself.

    Attributes:
        status_url: address of the status pages; the token is appended after a slash.
        names: account → name in the From header.
        senders: account → address in the From header, where that is another.
        quotes: replies carry the conversation so far.
        teams_without_quotes: but not those of these teams.
        own: all addresses of the desk, which are nobody's to write to.
        page_url: address where pages are acknowledged; the token is appended after a slash.
        zone: in which the desk tells the time where nothing else says one.
    """

    signer: Signer
    status_url: str
    names: Mapping[str, str]
    senders: Mapping[str, str] = field(default_factory=dict)
    quotes: bool = True
    teams_without_quotes: frozenset[str] = frozenset()
    languages: Sequence[str] = ("es", "en")
    default_language: str = "es"
    expires_after: timedelta = timedelta(days=3)
    page_url: str = ""
    zone: str = "UTC"

    own: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "own", frozenset({*self.names, *self.senders.values()}))

    def called(self, account: str) -> str:
        """The desk's name as its customers know it; empty: it has none. Ids of chats are nobody's to read."""
        name = self.names.get(account) or (account if "@" in account else "")
        return name or next(filter(None, self.names.values()), "")

    def status_link(self, ticket_number: int, epoch: int = 0) -> str:
        """Address of a ticket's status page.

        Args:
            epoch: `page_epoch` of the ticket.
        """
        return f"{self.status_url}/{self.signer.status_token(ticket_number, epoch)}"

    def link_told(self, there: TicketRow, page: TicketRow | None = None) -> str:
        """Address of a status page as it may be said in a conversation; empty where others read that too.

        Whoever has the address reads the whole ticket and answers as its customer.

        Args:
            there: the ticket as it is talked about there (`said_in`).
            page: the ticket whose page it is, if that is another.
        """
        if not only_customer_reads(there):
            return ""
        shown = page or there
        return self.status_link(shown.number, shown.page_epoch)

    def page_link(self, page_id: UUID) -> str:
        """Address at which whoever got a page says that they have it."""
        return f"{self.page_url or beside(self.status_url, 'p')}/{self.signer.page_token(page_id)}"

    def spoken(self, language: str | None) -> str:
        """The language in which to answer somebody who writes in `language`."""
        if language and language in self.languages:
            return language
        return "en" if language else self.default_language


def beside(address: str, path: str) -> str:
    """Another path of the same origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/{path}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Words that ask to be sent, by mail or in the customer's conversation.

    Attributes:
        source: what caused it; the same source never causes a second notice.
        answers: Message-ID of the mail that this answers, if any.
        references: ids of the thread so far, oldest first.
        automatic: not written by a person.
        recipients: None: the requester alone.
        author: name of the agent who wrote it, for media that sign nothing themselves; empty: nobody is named.
        way: another way to the customer, whose own takes nothing: it goes there alone, and answers no mail.
    """

    source: str
    ticket: TicketRow
    words: Words
    automatic: bool
    requested_at: datetime
    answers: str | None = None
    references: Sequence[str] = ()
    attachments: Sequence[Mapping[str, Any]] = ()
    recipients: Recipients | None = None
    author: str = ""
    way: Way | None = None

    @property
    def there(self) -> TicketRow:
        """The ticket as whoever sends it sees it."""
        return self.way.of(self.ticket) if self.way else self.ticket

    @property
    def medium(self) -> str:
        """By which it goes."""
        return way_to(self.there) or MAIL

    @property
    def id(self) -> str:
        """Notification id: the same source always asks for the same notification."""
        return event_id(TYPE, self.source)

    def as_event(self, desk: Desk, nonce: str) -> dict[str, Any]:
        """The event `NotificationRequested`, as plain data.

        Args:
            nonce: 16 hexadecimal digits for the Message-ID, the same each time the notice is built.
        """
        ticket, medium = self.there, self.medium
        recipients = None if self.way else self.recipients
        return {
            "id": self.id,
            "medium": medium,
            "ticket_number": ticket.number,
            **(
                party_fields(recipients)
                if recipients
                else {"to": {"address": ticket.requester_address, "name": ticket.requester_name}}
            ),
            "subject": self.words.subject,
            "text": said_in_chat(self.words.text) if self.automatic and medium != MAIL else self.words.text,
            "html": self.words.html,
            "language": ticket.language,
            "automatic": self.automatic,
            "mail": self._mail_form(desk, nonce) if medium == MAIL else None,
            "chat": None if medium == MAIL else self._chat_form(desk),
            "attachments": list(self.attachments),
            "requested_at": self.requested_at,
            "expires_at": self.requested_at + desk.expires_after,
        }

    def _chat_form(self, desk: Desk) -> dict[str, Any]:
        ticket = self.there
        form: dict[str, Any] = {"account": ticket.account, "conversation": ticket.conversation}
        if self.author and not self.automatic:
            form["author"] = self.author
        # Told only where it may be needed, and to the customer alone.
        # WhatsApp takes only a template after a day, which says nothing but the ticket and its page.
        needed = self.attachments or len(self.words.text) > _SURELY_FITS or ticket.channel == _WHATSAPP
        page = desk.link_told(ticket) if needed else ""
        return form | {"page": page} if page else form

    def _mail_form(self, desk: Desk, nonce: str) -> dict[str, Any]:
        ticket, signer = self.there, desk.signer
        box, _, domain = ticket.account.partition("@")
        answers = None if self.way else self.answers
        thread = list(dict.fromkeys([*self.references, *([answers] if answers else [])]))
        return {
            "from_address": desk.senders.get(ticket.account, ticket.account),
            "from_name": desk.names.get(ticket.account, ""),
            "reply_to": f"{box}+t.{signer.reply_token(ticket.number)}@{domain}",
            "return_path": "" if self.automatic else signer.return_path(ticket.account, ticket.number, nonce),
            "message_id": signer.message_id(ticket.number, nonce, domain),
            "in_reply_to": answers,
            "references": [] if self.way else thread[-_MOST_REFERENCES:],
        }


def own_id(event: Mapping[str, Any]) -> str | None:
    """The id under which what a notice asks for will be known; None: only the channel will know it."""
    mail: Mapping[str, Any] | None = event["mail"]
    return None if mail is None else str(mail["message_id"])
