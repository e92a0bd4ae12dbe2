"""Cursors of lists: where to go on, signed, so that nobody comes to depend on what is inside."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any

import orjson

from tickets.adapters.http.problems import Problem, wrong_parameter

_MAC_BYTES = 9


class Cursors:
    """Makes and reads cursors. One belongs to its list and its filters."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys

    def make(self, listing: str, place: Sequence[Any]) -> str:
        """The cursor behind a place in a list.

        Args:
            listing: the list with its filters.
            place: plain data.
        """
        body = orjson.dumps(list(place))
        return base64.urlsafe_b64encode(_mac(self._keys[0], listing, body) + body).decode().rstrip("=")

    def read(self, listing: str, cursor: str | None, length: int) -> list[Any] | None:
        """The place that a cursor stands for; None if there is no cursor.

        Raises:
            Problem: it was not made by us for this list with these filters.
        """
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _forged() from error
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not any(hmac.compare_digest(_mac(key, listing, body), mac) for key in self._keys):
            raise _forged()
        place: list[Any] = orjson.loads(body)
        if len(place) != length:
            raise _forged()
        return place


def _mac(key: bytes, listing: str, body: bytes) -> bytes:
    return hmac.digest(key, b"cursor\0" + listing.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]


def _forged() -> Problem:
    return wrong_parameter("cursor", "is not one that this list gave out with these filters")
