"""What a load balancer says in front of a connection: for whom it speaks (the PROXY protocol, versions 1 and 2)."""

import ipaddress
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
"""Begins version 2."""
V1_BEGIN: Final = b"PROXY "
V1_LIMIT_BYTES: Final = 107
"""Of the whole line, with its end."""
V2_HEAD_BYTES: Final = 16
V2_LIMIT_BYTES: Final = 4096
"""Of what follows the head: addresses, and notes that nobody here reads. The protocol would allow 65535."""
_LOCAL, _PROXY = 0x0, 0x1
_UNSPECIFIED, _TCP4, _TCP6 = 0x00, 0x11, 0x21
_SIZES: Final = {_TCP4: 4, _TCP6: 16}


class MalformedHeader(ValueError):
    """No header of the PROXY protocol, or none of a TCP connection."""


def read_line(line: bytes) -> str | None:
    """The client's address in a header of version 1; None: the balancer speaks for itself, or does not know.

    Raises:
        MalformedHeader: it is none.
    """
    if len(line) > V1_LIMIT_BYTES or not line.endswith(b"\r\n") or not line.isascii():
        raise MalformedHeader("not a line of the PROXY protocol")
    words = line[:-2].decode("ascii").split(" ")
    if words[:2] == ["PROXY", "UNKNOWN"]:
        return None
    if len(words) != 6 or words[0] != "PROXY" or words[1] not in ("TCP4", "TCP6"):
        raise MalformedHeader("not a line of the PROXY protocol")
    version = 4 if words[1] == "TCP4" else 6
    source, target, *ports = words[2:]
    for port in ports:
        if not port.isdigit() or len(port) > 5 or int(port) > 65_535:
            raise MalformedHeader("a port is none")
    _address(target, version)
    return _address(source, version)


def rest_bytes(head: bytes) -> int:
    """How many bytes follow the head of version 2.

    Raises:
        MalformedHeader: it is no head, or more follow than anybody needs.
    """
    if len(head) != V2_HEAD_BYTES or not head.startswith(SIGNATURE) or head[12] >> 4 != 2:
        raise MalformedHeader("not the head of the PROXY protocol's version 2")
    count = int.from_bytes(head[14:16], "big")
    if count > V2_LIMIT_BYTES:
        raise MalformedHeader(f"{count} bytes follow the head; at most {V2_LIMIT_BYTES} are taken")
    return count


def read_binary(head: bytes, rest: bytes) -> str | None:
    """The client's address in a header of version 2; None: the balancer speaks for itself (a health check).

    Raises:
        MalformedHeader: it is none, or speaks for something else than a TCP connection.
    """
    if len(rest) != rest_bytes(head):
        raise MalformedHeader("it ends early")
    command, family = head[12] & 0x0F, head[13]
    if command == _LOCAL:
        return None
    if command != _PROXY:
        raise MalformedHeader(f"command {command} is not known")
    if family == _UNSPECIFIED:
        return None
    size = _SIZES.get(family)
    if size is None or len(rest) < 2 * size + 4:
        raise MalformedHeader("no addresses of a TCP connection")
    return str(_plain(ipaddress.ip_address(rest[:size])))


def _address(text: str, version: int) -> str:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise MalformedHeader("an address is none") from None
    if found.version != version or "%" in text:
        raise MalformedHeader("an address is none")
    return str(_plain(found))


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The same client has one address, whichever way it was written."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
