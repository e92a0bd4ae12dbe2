"""What we sign, so that it proves something when it comes back: Message-IDs, reply tokens, status pages.

All three are HMAC-SHA256 over a purpose and a ticket number, so that one can never be used as another. Lower-case
base32, because mail systems may change the case of a local part. A reply token permits appending, not reading; the
status token permits reading the public part of one ticket, and answering.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

_MAC_BYTES = 10
_STATUS_MAC_BYTES = 16
_OUR_MESSAGE_ID = re.compile(r"(\d{1,12})\.([0-9a-f]{16})\.([a-z2-7]{16})@", re.ASCII)
_TOKEN = re.compile(r"(\d{1,12})-([a-z2-7]{16,26})\Z", re.ASCII)


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
        match = _OUR_MESSAGE_ID.match(message_id.lower())
        if not match:
            return None
        signed = f"{match[1]}.{match[2]}"
        return int(match[1]) if self._verify(b"message-id", signed, match[3], _MAC_BYTES) else None

    def reply_token(self, ticket_number: int) -> str:
        """The token of the plus-address that a customer's answer goes to."""
        return f"{ticket_number}-{_mac(self.keys[0], b'reply', str(ticket_number), _MAC_BYTES)}"

    def ticket_of_reply_token(self, token: str) -> int | None:
        """The ticket that a reply token lets somebody append to, or None."""
        return self._ticket_of(b"reply", token, _MAC_BYTES)

    def bounce_token(self, ticket_number: int) -> str:
        """The token of the return path that bounces of our mails come to (VERP)."""
        return f"{ticket_number}-{_mac(self.keys[0], b'bounce', str(ticket_number), _MAC_BYTES)}"

    def ticket_of_bounce_token(self, token: str) -> int | None:
        """The ticket whose mail bounced, or None."""
        return self._ticket_of(b"bounce", token, _MAC_BYTES)

    def status_token(self, ticket_number: int) -> str:
        """The token of a ticket's status page."""
        return f"{ticket_number}-{_mac(self.keys[0], b'status', str(ticket_number), _STATUS_MAC_BYTES)}"

    def ticket_of_status_token(self, token: str) -> int | None:
        """The ticket that a status token shows, or None."""
        return self._ticket_of(b"status", token, _STATUS_MAC_BYTES)

    def _ticket_of(self, purpose: bytes, token: str, mac_bytes: int) -> int | None:
        match = _TOKEN.match(token.lower())
        if not match or not self._verify(purpose, match[1], match[2], mac_bytes):
            return None
        return int(match[1])

    def _verify(self, purpose: bytes, signed: str, mac: str, mac_bytes: int) -> bool:
        return any(hmac.compare_digest(_mac(key, purpose, signed, mac_bytes), mac) for key in self.keys)


def _mac(key: bytes, purpose: bytes, signed: str, length: int) -> str:
    digest = hmac.digest(key, purpose + b"\0" + signed.encode(), "sha256")
    return base64.b32encode(digest[:length]).decode().rstrip("=").lower()
