"""What a probe carries, and how it is told from everything else.

A probe is one sentence with a token in it, and nothing but that sentence: whoever copies it, or adds to it, has written
an ordinary message. So a probe can hide nothing from anybody. The token is 32 hexadecimal digits: when it was issued
(four bytes), a nonce (four) and the first eight bytes of an HMAC-SHA256 over both and the channel, under a key of the
ticket service alone. It fits into whatever a channel carries, the id of a call included.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from tickets.domain.settling.incoming import Incoming
from ventanilla_contracts.probes import TOKEN_DIGITS, token_said

CHANNELS: Final = ("email", "slack", "sms", "whatsapp", "voice", "api")
"""By which a probe can come."""
LIFETIME: Final = timedelta(minutes=5)
"""From issue to acceptance; how long it is under way afterwards does not count."""
SKEW: Final = timedelta(minutes=1)
"""So much may the clocks of the database and the broker differ."""
SUBJECT: Final = "Ventanilla probe"
_TOKEN: Final = re.compile(rf"[0-9a-f]{{{TOKEN_DIGITS}}}\Z")
_CALL: Final = "CA"
_ID_DIGITS: Final = 16
_MAC_BYTES: Final = 8
NONCE_BYTES: Final = 4
_FIRST_NUMBER: Final = 2**62


@dataclass(frozen=True, slots=True)
class ProbeToken:
    """A token that we issued.

    Attributes:
        id: which probe it is, 16 hexadecimal digits; it proves nothing.
    """

    id: str
    issued_at: datetime

    @property
    def number(self) -> int:
        """Of the ticket that is written and taken back: far beyond those that are drawn, and each probe's own."""
        return _FIRST_NUMBER + int(self.id, 16) % _FIRST_NUMBER

    def was_fresh(self, accepted_at: datetime) -> bool:
        """Whether it held when the message that carries it was accepted."""
        return self.issued_at - SKEW <= accepted_at <= self.issued_at + LIFETIME


@dataclass(frozen=True, slots=True)
class ProbeKeys:
    """Signs with the first key and accepts all of them."""

    keys: Sequence[bytes]

    def issue(self, channel: str, now: datetime, nonce: bytes) -> str:
        """A token for one probe by one channel.

        Args:
            nonce: `NONCE_BYTES` random bytes.
        """
        signed = int(now.timestamp()).to_bytes(4, "big") + nonce
        return (signed + _mac(self.keys[0], channel, signed)).hex()

    def read(self, channel: str, token: str) -> ProbeToken | None:
        """What a token says, where we issued it for this channel; None for any other text."""
        if not _TOKEN.match(token):
            return None
        data = bytes.fromhex(token)
        signed, mac = data[: _ID_DIGITS // 2], data[_ID_DIGITS // 2 :]
        if not any(hmac.compare_digest(_mac(key, channel, signed), mac) for key in self.keys):
            return None
        return ProbeToken(token[:_ID_DIGITS], datetime.fromtimestamp(int.from_bytes(signed[:4], "big"), UTC))

    def probe_in(self, message: Incoming) -> ProbeToken | None:
        """The probe that a message is; None: it is an ordinary one, whatever it says of itself.

        Costs an ordinary message two comparisons.
        """
        token = _claimed(message)
        probe = self.read(message.channel, token) if token else None
        return probe if probe and probe.was_fresh(message.accepted_at) else None


def _claimed(message: Incoming) -> str | None:
    """The token of a message that is nothing but a probe by its form."""
    token = _of_call(message) if message.channel == "voice" else token_said(message.text)
    return token if token and _is_bare(message) else None


def _of_call(message: Incoming) -> str | None:
    sid = message.event_id.rpartition("/")[2]
    return sid.removeprefix(_CALL) if sid.startswith(_CALL) else None


def _is_bare(message: Incoming) -> bool:
    """Nothing hangs on it and it joins nothing: no file, no HTML of its own, no other subject, name or reference.

    Nothing of it stands in its original alone. A profile in Slack has a name, and Slack's words are shown as HTML.

    Of a call: nobody was spoken to, and nothing is wanted.
    """
    claim = message.claim
    by_mail, in_slack = message.channel == "email", message.channel == "slack"
    return (
        message.disposition == "message"
        and message.attachments == "[]"
        and message.callback is None
        and message.taken_by is None
        and not message.announcements
        and not message.text_cut
        and not message.notes
        and not claim.reply_token
        and not claim.bounce_token
        and (in_slack or (not message.sender_name and message.html is None))
        and not (by_mail and (message.subject != SUBJECT or claim.replies_to or _names_others(message)))
    )


def _names_others(message: Incoming) -> bool:
    """Whether a mail says a word beside an address, or goes to more than the one that its sender wrote to."""
    addressed = orjson.loads(message.addressed)
    to = addressed.get("to", ())
    named = any(party.get("name") for party in to)
    return len(to) > 1 or named or bool(addressed.get("cc") or addressed.get("reply_to"))


def _mac(key: bytes, channel: str, signed: bytes) -> bytes:
    return hmac.digest(key, b"probe\0" + channel.encode() + b"\0" + signed, "sha256")[:_MAC_BYTES]
