"""What we sign, so that it proves something when it comes back: Message-IDs, reply tokens, status pages.

All are HMAC-SHA256 over a purpose and a ticket number, so that one can never be used as another. Lower-case base32,
because mail systems may change the case of a local part. A reply token permits appending, not reading; the status token
permits reading the public part of one ticket, and answering; that of a page, acknowledging it. A return path and a
Message-ID name the very mail too, by the nonce that it was written with: the first 16 hexadecimal digits of the id of
our message.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

_MAC_BYTES = 10
_STATUS_MAC_BYTES = 16
_OUR_MESSAGE_ID = re.compile(r"(\d{1,12})\.([0-9a-f]{16})\.([a-z2-7]{16})@", re.ASCII)
_TOKEN = re.compile(r"(\d{1,12})-([a-z2-7]{16,26})\Z", re.ASCII)
_MAIL_TOKEN = re.compile(r"(\d{1,12})-([a-z2-7]{13})([a-z2-7]{16})\Z", re.ASCII)
_PAGE_TOKEN = re.compile(r"([0-9a-f]{32})-([a-z2-7]{26})\Z", re.ASCII)
_STATUS_TOKEN = re.compile(r"((\d{1,12})(?:\.([1-9]\d{0,4}))?)-([a-z2-7]{26})\Z", re.ASCII)
_LONGEST_LOCAL_PART = 64
"""Of an address (RFC 5321, 4.5.3.1.1)."""


@dataclass(frozen=True, slots=True)
class OwnMail:
    """A mail of ours that something came back about, proven by a signature.

    Attributes:
        nonce: as in `Signer.message_id`; None: the signature names the ticket alone.
    """

    ticket_number: int
    nonce: str | None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """A status page that somebody has the link of.

    Attributes:
        epoch: of the ticket when the link was made; where that is another by now, it leads nowhere.
    """

    ticket_number: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with the first key and accepts all of them, so that keys can be changed without breaking threads."""

    keys: Sequence[bytes]

    def message_id(self, ticket_number: int, nonce: str, domain: str) -> str:
        """A Message-ID (without angle brackets) that proves, coming back, that we wrote it about this ticket.

        Args:
            nonce: 16 hexadecimal digits, different for each mail.
        """
        mac = _mac(self.keys[0], b"message-id", f"{ticket_number}.{nonce}", _MAC_BYTES)
        return f"{ticket_number}.{nonce}.{mac}@{domain}"

    def ticket_of_message_id(self, message_id: str) -> int | None:
        """The ticket that one of our own Message-IDs belongs to; None for any other id, forged ones included."""
        mail = self.mail_of_message_id(message_id)
        return mail.ticket_number if mail else None

    def mail_of_message_id(self, message_id: str) -> OwnMail | None:
        """The mail of ours that has this Message-ID; None for any other id, forged ones included."""
        match = _OUR_MESSAGE_ID.match(message_id.lower())
        if not match or not self._verify(b"message-id", f"{match[1]}.{match[2]}", match[3], _MAC_BYTES):
            return None
        return OwnMail(int(match[1]), match[2])

    def reply_token(self, ticket_number: int) -> str:
        """The token of the plus-address that a customer's answer goes to."""
        return f"{ticket_number}-{_mac(self.keys[0], b'reply', str(ticket_number), _MAC_BYTES)}"

    def ticket_of_reply_token(self, token: str) -> int | None:
        """The ticket that a reply token lets somebody append to, or None."""
        return self._ticket_of(b"reply", token, _MAC_BYTES)

    def bounce_token(self, ticket_number: int, nonce: str | None = None) -> str:
        """The token of the return path that bounces of our mails come to (VERP).

        Args:
            nonce: of the mail, as in `message_id`: the bounce then proves which mail it is about.
        """
        if nonce is None:
            return f"{ticket_number}-{_mac(self.keys[0], b'bounce', str(ticket_number), _MAC_BYTES)}"
        mac = _mac(self.keys[0], b"bounce-of", f"{ticket_number}.{nonce}", _MAC_BYTES)
        return f"{ticket_number}-{_letters(bytes.fromhex(nonce))}{mac}"

    def return_path(self, mailbox: str, ticket_number: int, nonce: str) -> str:
        """The envelope sender of a mail, which names the mail, or the ticket alone where the mailbox's name is long."""
        box, _, domain = mailbox.partition("@")
        local = f"{box}+b.{self.bounce_token(ticket_number, nonce)}"
        if len(local.encode()) > _LONGEST_LOCAL_PART:
            local = f"{box}+b.{self.bounce_token(ticket_number)}"
        return f"{local}@{domain}"

    def mail_of_bounce_token(self, token: str) -> OwnMail | None:
        """The mail that bounced, or None. Tokens of earlier releases name the ticket alone."""
        match = _MAIL_TOKEN.match(token.lower())
        if not match:
            number = self._ticket_of(b"bounce", token, _MAC_BYTES)
            return OwnMail(number, None) if number else None
        nonce = base64.b32decode(match[2].upper() + "===")
        if not self._verify(b"bounce-of", f"{match[1]}.{nonce.hex()}", match[3], _MAC_BYTES):
            return None
        return OwnMail(int(match[1]), nonce.hex())

    def ticket_of_bounce_token(self, token: str) -> int | None:
        """The ticket whose mail bounced, or None."""
        mail = self.mail_of_bounce_token(token)
        return mail.ticket_number if mail else None

    def status_token(self, ticket_number: int, epoch: int = 0) -> str:
        """The token of a ticket's status page.

        Args:
            epoch: how often somebody else has become the one who asks.
        """
        signed = f"{ticket_number}.{epoch}" if epoch else str(ticket_number)
        return f"{signed}-{_mac(self.keys[0], b'status', signed, _STATUS_MAC_BYTES)}"

    def page_of_status_token(self, token: str) -> StatusPage | None:
        """The page that a status token shows, or None. Whether it is still that is the ticket's to say."""
        match = _STATUS_TOKEN.match(token.lower())
        if not match or not self._verify(b"status", match[1], match[4], _STATUS_MAC_BYTES):
            return None
        return StatusPage(int(match[2]), int(match[3] or 0))

    def ticket_of_status_token(self, token: str) -> int | None:
        """The ticket whose page a status token shows or has shown, or None."""
        page = self.page_of_status_token(token)
        return page.ticket_number if page else None

    def page_token(self, page_id: UUID) -> str:
        """The token with which whoever got a page acknowledges it."""
        return f"{page_id.hex}-{_mac(self.keys[0], b'page', page_id.hex, _STATUS_MAC_BYTES)}"

    def page_of_token(self, token: str) -> UUID | None:
        """The page that a token acknowledges, or None."""
        match = _PAGE_TOKEN.match(token.lower())
        if not match or not self._verify(b"page", match[1], match[2], _STATUS_MAC_BYTES):
            return None
        return UUID(match[1])

    def factor_id(self, ticket_number: int, kind: str, address: str) -> str:
        """What a way on file is called towards clients, in one ticket; it does not tell where it leads."""
        return _mac(self.keys[0], b"factor", f"{ticket_number}.{kind}.{address}", _STATUS_MAC_BYTES)

    def code_hash(self, code_id: UUID, code: str) -> bytes:
        """What is kept of a one-time code: without our key nobody finds the code by trying all."""
        return _code_hash(self.keys[0], code_id, code)

    def is_code(self, code_id: UUID, code: str, kept: bytes) -> bool:
        """Whether this is the code of which that was kept; takes as long whatever is wrong with it."""
        fits = [hmac.compare_digest(_code_hash(key, code_id, code), kept) for key in self.keys]
        return any(fits)

    def _ticket_of(self, purpose: bytes, token: str, mac_bytes: int) -> int | None:
        match = _TOKEN.match(token.lower())
        if not match or not self._verify(purpose, match[1], match[2], mac_bytes):
            return None
        return int(match[1])

    def _verify(self, purpose: bytes, signed: str, mac: str, mac_bytes: int) -> bool:
        return any(hmac.compare_digest(_mac(key, purpose, signed, mac_bytes), mac) for key in self.keys)


def _mac(key: bytes, purpose: bytes, signed: str, length: int) -> str:
    return _letters(hmac.digest(key, purpose + b"\0" + signed.encode(), "sha256")[:length])


def _code_hash(key: bytes, code_id: UUID, code: str) -> bytes:
    return hmac.digest(key, b"one-time-code\0" + code_id.bytes + code.encode(), "sha256")


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
