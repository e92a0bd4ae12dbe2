"""Files that Twilio may fetch: an address for each, signed, for some hours.

Twilio fetches what a text carries (`MediaUrl`) without showing who it is. So the address itself must prove that we made
it: it names one file, until when, and an HMAC over both. Nothing else can be had with it, and nothing can be guessed.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import orjson

from ventanilla_contracts.events import Attachment

LIFE_SECONDS: Final = 6 * 3600.0
"""Twilio tries a message for four hours at most."""
LONGEST_TOKEN: Final = 2_000
_PURPOSE: Final = b"ventanilla media\x00"
_MAC_BYTES: Final = 32
_UNSAID: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as its address names it.

    Attributes:
        name: of the blob.
        sha256: of its bytes, hexadecimal.
        media_type: as Twilio is told.
        filename: as the customer sees it.
    """

    name: str
    sha256: str
    size_bytes: int
    media_type: str
    filename: str


class Offers:
    """Signs and reads tokens."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: the first signs; each is believed, so that one can be changed while files are on their way."""
        self._keys = tuple(sha256(_PURPOSE + secret.encode()).digest() for secret in secrets)

    def token(self, file: Offered, until: float) -> str:
        """The token of a file, good until a Unix time; of signs that stand in an address."""
        told = [file.name, file.sha256, file.size_bytes, file.media_type, file.filename, int(until)]
        body = orjson.dumps(told)
        return _written(self._mac(self._keys[0], body) + body)

    def read(self, token: str, now: float) -> Offered | None:
        """The file that a token names; None: we did not make it, or its time is over."""
        raw = _read(token)
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not body or not any(hmac.compare_digest(mac, self._mac(key, body)) for key in self._keys):
            return None
        name, digest, size, media_type, filename, until = orjson.loads(body)
        return Offered(name, digest, size, media_type, filename) if now < until else None

    @staticmethod
    def _mac(key: bytes, body: bytes) -> bytes:
        return hmac.digest(key, body, "sha256")


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(token: str) -> bytes:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return b""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def shown(file: Attachment) -> Offered | None:
    """A file of a message as it is offered; None: its bytes lie where they cannot be had by name."""
    blob = file.blob
    if blob is None or not blob.name or not blob.bucket:
        return None
    return Offered(blob.name, blob.sha256, blob.size_bytes, media_type_of(file), file.filename[:200])


def media_type_of(file: Attachment) -> str:
    """The bare media type, as whoever attached a file says; where they say nothing, as its bytes prove."""
    said = file.content_type.partition(";")[0].strip().lower()
    return (file.detected_type or said) if said in _UNSAID else said
