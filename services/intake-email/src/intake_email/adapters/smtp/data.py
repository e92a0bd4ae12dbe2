"""Receiving the text of a mail after DATA: to the final dot, in bounded memory, without being tricked about its end."""

import asyncio
from enum import Enum

from intake_email.adapters.smtp.limits import Allowance

END = b"\r\n.\r\n"
_FALSE_ENDS = (b"\n.\n", b"\n.\r", b"\r.\r", b"\r.\n")
RESERVE_BYTES = 64 * 1024
"""What a mail reserves before its first byte: most never need more."""


class Flaw(Enum):
    """Why a mail was read to its end and thrown away."""

    TOO_LARGE = "too_large"
    NO_ROOM = "no_room"
    FALSE_END = "false_end"


async def receive_data(reader: asyncio.StreamReader, limit_bytes: int, allowance: Allowance) -> bytes | Flaw:
    """Read a mail up to its final dot and undo the dot-stuffing (RFC 5321 section 4.5.2); nothing else is changed.

    What is too large is still read to its end, but not kept. A lone dot between line ends that are not CRLF is a flaw:
    another server may have seen the end of the mail there, and commands behind it (SMTP smuggling).

    Args:
        reader: at the first byte after the 354; its limit bounds the memory for what is thrown away.
        limit_bytes: largest size of a mail, without the final dot.
        allowance: part of the global budget; `RESERVE_BYTES` of it are reserved already.

    Raises:
        asyncio.IncompleteReadError: the connection ended inside the mail.
    """
    # With a line end in front, a mail that is nothing but the final dot needs no case of its own. What a client sends
    # ahead may be in the buffer already, so it cannot be fed from behind.
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # noqa: SLF001  # as aiosmtpd does; there is no public way
    try:
        data = await reader.readuntil(END)
    except asyncio.LimitOverrunError as overrun:
        found = await _receive_large(reader, overrun.consumed, limit_bytes, allowance)
        if isinstance(found, Flaw):
            return found
        data = found
    if len(data) - len(END) > limit_bytes:
        return Flaw.TOO_LARGE
    inside = data[:-3]
    if b"\n." in inside or b"\r." in inside:  # few mails have a line that begins with a dot
        if any(end in inside for end in _FALSE_ENDS):
            return Flaw.FALSE_END
        inside = inside.replace(b"\r\n.", b"\r\n")
    return inside[2:]


async def _receive_large(
    reader: asyncio.StreamReader, safe: int, limit_bytes: int, allowance: Allowance
) -> bytes | Flaw:
    """Read a mail that is larger than the reader's buffer, piece by piece."""
    pieces: list[bytes] = []
    size = 0
    flaw: Flaw | None = None
    while True:
        piece = await reader.readexactly(safe) if safe else b""
        size += len(piece)
        if flaw is None and size > limit_bytes + 2:
            flaw = Flaw.TOO_LARGE
        elif flaw is None and not allowance.cover(size + RESERVE_BYTES):
            flaw = Flaw.NO_ROOM
        if flaw is None:
            pieces.append(piece)
        else:
            pieces.clear()
        try:
            last = await reader.readuntil(END)
        except asyncio.LimitOverrunError as overrun:
            safe = overrun.consumed
            continue
        if flaw is not None:
            return flaw
        pieces.append(last)
        return b"".join(pieces)
