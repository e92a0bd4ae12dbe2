"""Cursors: where the next page of a list begins, as text that a client only hands back."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from ventanilla_devstack.slack.errors import Refused

T = TypeVar("T")


def encode_cursor(kind: str, where: str) -> str:
    """A cursor; "" if there is no next page."""
    return base64.b64encode(f"{kind}:{where}".encode()).decode() if where else ""


def decode_cursor(kind: str, cursor: str) -> str:
    """Where a page begins; "" without a cursor.

    Raises:
        Refused: `invalid_cursor`.
    """
    if not cursor:
        return ""
    try:
        found, _, where = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused("invalid_cursor") from error
    if found != kind or not where:
        raise Refused("invalid_cursor")
    return where


def page(
    entries: Sequence[T], *, kind: str, cursor: str, limit: int, name: Callable[[T], str]
) -> tuple[Sequence[T], str]:
    """One page of a list, and the cursor of the next.

    Raises:
        Refused: `invalid_cursor`.
    """
    where = decode_cursor(kind, cursor)
    start = 0
    if where:
        start = next((number for number, entry in enumerate(entries) if name(entry) == where), -1)
        if start < 0:
            raise Refused("invalid_cursor")
    shown = entries[start : start + limit]
    following = name(entries[start + limit]) if len(entries) > start + limit else ""
    return shown, encode_cursor(kind, following)
