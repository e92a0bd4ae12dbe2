import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.proxy_header import (
    SIGNATURE,
    V2_LIMIT_BYTES,
    MalformedHeader,
    read_binary,
    read_line,
    rest_bytes,
)


def head(command: int, family: int, count: int) -> bytes:
    return SIGNATURE + bytes([0x20 | command, family]) + count.to_bytes(2, "big")


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 65_535))
def test_the_address_of_a_line_is_the_clients(source: object, target: object, port: int) -> None:
    assert isinstance(source, ipaddress.IPv4Address | ipaddress.IPv6Address)
    assert isinstance(target, ipaddress.IPv4Address | ipaddress.IPv6Address)
    line = f"PROXY TCP{source.version} {source} {target} {port} 25\r\n".encode()
    if source.version != target.version:
        with pytest.raises(MalformedHeader):
            read_line(line)
    elif isinstance(source, ipaddress.IPv4Address) or source.ipv4_mapped is None:
        assert read_line(line) == str(source)


@given(st.ip_addresses(), st.binary(max_size=300))
def test_the_address_of_a_binary_header_is_the_clients_whatever_notes_follow(address: object, notes: bytes) -> None:
    assert isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address)
    family = 0x11 if address.version == 4 else 0x21
    rest = address.packed * 2 + b"\x30\x39\x00\x19" + notes
    expected = getattr(address, "ipv4_mapped", None) or address
    assert read_binary(head(1, family, len(rest)), rest) == str(expected)


@pytest.mark.parametrize("line", [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"])
def test_a_balancer_that_does_not_know_its_client_is_the_client(line: bytes) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(("command", "family"), [(0, 0x00), (0, 0x11), (1, 0x00)])
def test_a_health_check_speaks_for_the_balancer_itself(command: int, family: int) -> None:
    assert read_binary(head(command, family, 0), b"") is None


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 -1 25\r\n",
        b"PROXY TCP4 192.0.2.1  192.0.2.2 1 25\r\n",
        b"PROXY TCP4 192.0.2.256 192.0.2.2 1 25\r\n",
        b"PROXY TCP4 ::1 ::2 1 25\r\n",
        b"PROXY TCP6 192.0.2.1 192.0.2.2 1 25\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::2 1 25\r\n",
        b"PROXY TCP5 192.0.2.1 192.0.2.2 1 25\r\n",
        b"PROXY UDP4 192.0.2.1 192.0.2.2 1 25\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 ²5\r\n".encode(),
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1 25" + b" " * 100 + b"\r\n",
        b"EHLO client.example\r\n",
    ],
)
def test_a_line_that_is_none_is_refused(line: bytes) -> None:
    with pytest.raises(MalformedHeader):
        read_line(line)


@pytest.mark.parametrize(
    ("given_head", "rest"),
    [
        (head(2, 0x11, 12), bytes(12)),
        (head(1, 0x12, 12), bytes(12)),
        (head(1, 0x31, 216), bytes(216)),
        (head(1, 0x11, 11), bytes(11)),
        (head(1, 0x21, 12), bytes(12)),
        (head(1, 0x11, 12), bytes(11)),
        (SIGNATURE + b"\x11\x11\x00\x0c", bytes(12)),
        (head(1, 0x11, V2_LIMIT_BYTES + 1), bytes(V2_LIMIT_BYTES + 1)),
    ],
)
def test_a_binary_header_that_is_none_is_refused(given_head: bytes, rest: bytes) -> None:
    with pytest.raises(MalformedHeader):
        read_binary(given_head, rest)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_whatever_comes_is_an_address_or_refused(first: bytes, rest: bytes) -> None:
    for read in (lambda: read_line(b"PROXY " + first), lambda: read_binary((SIGNATURE + first)[:16], rest)):
        try:
            found = read()
        except MalformedHeader:
            continue
        assert found is None or ipaddress.ip_address(found)


def test_a_length_that_nobody_needs_is_refused_before_anything_is_read() -> None:
    with pytest.raises(MalformedHeader, match="at most 4096"):
        rest_bytes(head(1, 0x11, 65_535))
