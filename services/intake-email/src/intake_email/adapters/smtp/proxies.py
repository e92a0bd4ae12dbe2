"""Load balancers in front of the SMTP door: which they are, and for whom each connection of theirs speaks."""

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from intake_email.domain.proxy_header import (
    SIGNATURE,
    V1_BEGIN,
    V1_LIMIT_BYTES,
    V2_HEAD_BYTES,
    MalformedHeader,
    read_binary,
    read_line,
    rest_bytes,
)

HEADER_SECONDS: Final = 5.0
"""A balancer sends its header at once, whatever its client does."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as they are written in settings: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.

    Raises:
        ValueError: one is none.
    """
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def is_within(peer: str, among: Sequence[Network]) -> bool:
    """Whether a peer's address is in one of the networks."""
    if not among:
        return False
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in among)


async def read_header(reader: asyncio.StreamReader) -> str | None:
    """The address of the client for whom a connection speaks; None: the balancer speaks for itself.

    Nothing that the client sent behind the header is taken.

    Raises:
        MalformedHeader: something else came, or nothing in time.
        asyncio.IncompleteReadError: the connection ended before.
    """
    try:
        async with asyncio.timeout(HEADER_SECONDS):
            return await _read(reader)
    except TimeoutError:
        raise MalformedHeader("no header of the PROXY protocol came in time") from None


async def _read(reader: asyncio.StreamReader) -> str | None:
    begin = await reader.readexactly(len(V1_BEGIN))
    if begin == V1_BEGIN:
        line = bytearray(begin)
        while not line.endswith(b"\n"):
            if len(line) >= V1_LIMIT_BYTES:
                raise MalformedHeader("not a line of the PROXY protocol")
            line += await reader.readexactly(1)
        return read_line(bytes(line))
    if not SIGNATURE.startswith(begin):
        raise MalformedHeader("something else than the PROXY protocol came first")
    head = begin + await reader.readexactly(V2_HEAD_BYTES - len(begin))
    return read_binary(head, await reader.readexactly(rest_bytes(head)))
