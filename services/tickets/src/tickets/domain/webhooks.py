"""Webhooks: what is posted to programs outside, how it is signed, and how long it is tried.

Signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

MARK: Final = "whsec_"
"""Secrets begin with it, so that they are recognised wherever they turn up."""
_KEY_BYTES: Final = range(24, 65)
"""What the specification allows."""

FIRST_WAIT_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 3600.0
_GROWTH: Final = 3.0
_JITTER: Final = 0.1
TRIED_FOR: Final = timedelta(days=3)
MOST_BODY_BYTES: Final = 64 * 1024
"""Receivers are not made for more; the specification asks for less than a third of it."""


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """Something to be posted, at least once.

    Attributes:
        id: sent as `webhook-id` with every try: by it a receiver knows what it has seen.
        name: which webhook of the settings.
        body: what is posted as JSON; with `ticket.number` in it, the ticket's history says what became of the call.
    """

    id: UUID
    name: str
    body: Mapping[str, Any]

    @property
    def ticket_number(self) -> int | None:
        """The ticket that the body speaks of."""
        ticket = self.body.get("ticket")
        number = ticket.get("number") if isinstance(ticket, Mapping) else None
        return number if isinstance(number, int) else None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where calls of one name go.

    Attributes:
        keys: each signs: while a secret is being replaced, receivers with the old and with the new one understand.
    """

    name: str
    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try.

    Attributes:
        status: of the response, or None if none came.
        words: what happened, for a person; nothing of what was sent or answered.
        wait_seconds: how long the receiver asks us to wait, if it does.
    """

    status: int | None
    words: str
    wait_seconds: float | None = None

    @property
    def delivered(self) -> bool:
        """The receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def unwanted(self) -> bool:
        """The receiver says that it wants nothing of the kind any more."""
        return self.status == 410


def read_secret(text: str) -> bytes:
    """The key that a `whsec_…` text stands for.

    Raises:
        ValueError: it is none; the text says why, and nothing of the secret.
    """
    encoded = text.strip()
    if not encoded.startswith(MARK):
        raise ValueError(f"a webhook's secret begins with {MARK}, followed by 24 to 64 bytes in base64")
    encoded = encoded.removeprefix(MARK)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"what follows {MARK} is no base64") from error
    if len(key) not in _KEY_BYTES:
        raise ValueError(
            f"a webhook's secret has {_KEY_BYTES[0]} to {_KEY_BYTES[-1]} bytes, this one {len(key)};"
            f" make one with: echo {MARK}$(openssl rand -base64 32)"
        )
    return key


def signed_headers(webhook: Webhook, id_: str, at_seconds: int, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows who sent a call, when, and which one it is.

    Args:
        id_: without a full stop in it.
        at_seconds: of this try, since 1970.
        body: exactly as it is sent.
    """
    signed = b".".join((id_.encode(), str(at_seconds).encode(), body))
    signatures = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in webhook.keys)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def next_try(
    call_id: UUID, tries: int, began_at: datetime, now: datetime, asked_seconds: float | None = None
) -> datetime | None:
    """When to try again what has failed so often; None: it is given up.

    Waits grow from five seconds to an hour. Those of different calls differ by up to a tenth: what failed together
    does not come back together.

    Args:
        tries: how often it was tried, at least 1.
        asked_seconds: how long the receiver asks us to wait; longer than an hour is not heeded.
    """
    ends_at = began_at + TRIED_FOR
    if now >= ends_at:
        return None
    exponent = min(max(tries - 1, 0), 20)
    wait = min(FIRST_WAIT_SECONDS * _GROWTH**exponent, LONGEST_WAIT_SECONDS)
    wait *= 1 + _JITTER * (call_id.int % 1000) / 1000
    wait = max(wait, min(asked_seconds or 0.0, LONGEST_WAIT_SECONDS))
    return min(now + timedelta(seconds=wait), ends_at)


def too_large(body: Sequence[int] | bytes) -> str | None:
    """What to say of a body that no receiver is asked to take; None if it may go."""
    if len(body) <= MOST_BODY_BYTES:
        return None
    return f"the body has {len(body)} bytes; more than {MOST_BODY_BYTES} are not sent"
