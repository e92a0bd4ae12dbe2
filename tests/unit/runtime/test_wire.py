"""The short way in and out of nats-py's client: the bytes that it writes, and what it makes of those that come."""

from typing import Any

import nats.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.protocol.command import hpub_cmd, pub_cmd

from ventanilla_runtime import wire
from ventanilla_runtime.wire import Arrived, Message, WireClient


def test_a_message_is_written_as_nats_py_writes_it() -> None:
    assert wire._frame("desk.x", b"body", "_inbox.1", None) == pub_cmd("desk.x", "_inbox.1", b"body")
    head = b"NATS/1.0\r\nNats-Msg-Id: 1\r\nvnt-x: \xc3\xb1\r\n\r\n"
    headers = {"Nats-Msg-Id": "1", "vnt-x": "ñ"}
    assert wire._frame("desk.x", b"body", "", headers) == hpub_cmd("desk.x", "", head, b"body")


@pytest.mark.parametrize(
    "headers", [{"a": "1\r\nb: 2"}, {"a": "1\nb"}, {"a\r\nb": "1"}, {"a b": "1"}, {"": "1"}, {"a:": "1"}]
)
def test_nobody_smuggles_a_header_in(headers: dict[str, str]) -> None:
    with pytest.raises(nats.errors.BadHeaderError):
        wire._frame("desk.x", b"", "", headers)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z-]{1,20}", fullmatch=True), st.from_regex(r"[!-~]([ -~]*[!-~])?", fullmatch=True)
    )
)
def test_headers_come_back_as_they_were_written(headers: dict[str, str]) -> None:
    frame = wire._frame("desk.x", b"", "", headers)
    written = frame.partition(b"NATS/1.0\r\n")[2].removesuffix(b"\r\n")
    assert WireClient._parse_header_lines(written) == headers or not headers


@pytest.mark.parametrize(
    ("raw", "found"), [(b"a:1\r\nb:  2 \r\n\r\n", {"a": "1", "b": "2"}), (b"a: \r\n\r\n", {"a": ""})]
)
def test_headers_of_another_client_are_read_too(raw: bytes, found: dict[str, str]) -> None:
    assert WireClient._parse_header_lines(raw) == found


class Connected(WireClient):
    """A client that thinks it is connected and writes nowhere."""

    is_connected = True
    is_closed = False


async def test_none_of_a_group_is_sent_when_one_cannot_be() -> None:
    client = Connected()
    with pytest.raises(nats.errors.BadHeaderError):
        await client.send_all([Message("a", b"1"), Message("b", b"2", "", {"x": "\n"})])
    assert client._pending == []


async def test_nothing_is_buffered_while_disconnected() -> None:
    client = Connected()
    client.is_connected = False
    with pytest.raises(nats.errors.OutboundBufferLimitError):
        await client.send_all([Message("a", b"1")])


async def test_a_bug_in_a_receiver_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    client = Connected()
    taken: list[Arrived] = []

    def receive(message: Arrived) -> None:
        if message.body == b"bad":
            raise ZeroDivisionError
        taken.append(message)

    client._receivers[7] = receive
    for body in (b"bad", b"good"):
        await client._process_msg(7, b"desk.x", b"", body, b"NATS/1.0\r\na: 1\r\n\r\n")
    assert taken == [Arrived("desk.x", "", b"good", {"a": "1"})]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NATS/1.0 503\r\n\r\n", "503"),
        (b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\nNats-Pending-Bytes: 0\r\n\r\n", "408"),
        (b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\n\r\n", "100"),
    ],
)
async def test_what_the_server_itself_says_is_told_by_its_status(raw: bytes, status: str) -> None:
    client = Connected()
    taken: list[Any] = []
    client._receivers[7] = taken.append
    await client._process_msg(7, b"_inbox.x", b"", b"", raw)
    assert taken[0].headers["Status"] == status
