"""Load balancers that say for whom they speak, over real sockets."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from intake_email.adapters.smtp import proxies
from intake_email.adapters.smtp.proxies import networks
from intake_email.adapters.smtp.server import Door
from intake_email.domain.proxy_header import SIGNATURE
from tests.integration.intake_email.conftest import Client, Connect, Counter, OpenDoor
from tests.support.polling import eventually

RAW = b"Subject: hola\r\n\r\nNo puedo entrar.\r\n"
CLIENT = "198.51.100.7"


def version_1(source: str = CLIENT) -> bytes:
    return f"PROXY TCP4 {source} 192.0.2.25 51000 25\r\n".encode()


def version_2(source: str = CLIENT, command: int = 1) -> bytes:
    octets = bytes(int(part) for part in source.split("."))
    rest = octets + bytes([192, 0, 2, 25]) + b"\xc7\x38\x00\x19" + b"\x03\x00\x04\x00\x00\x00\x00"
    return SIGNATURE + bytes([0x20 | command, 0x11]) + len(rest).to_bytes(2, "big") + rest


async def behind(open_door: OpenDoor, among: str, counter: Counter, **limits: float) -> Door:
    door = await open_door(counter, **limits)
    door.proxies = networks((among,))
    return door


async def knock(connect: Connect, door: Door, header: bytes) -> Client:
    client = await connect(door)
    client.send(header)
    return client


@pytest.mark.parametrize("header", [version_1, version_2])
async def test_a_mail_over_a_balancer_is_from_the_clients_own_address(
    open_door: OpenDoor, connect: Connect, header: Callable[[], bytes]
) -> None:
    counter = Counter()
    client = await knock(connect, await behind(open_door, "127.0.0.0/8", counter), header())
    assert (await client.reply()).startswith("220")
    assert (await client.mail(RAW)).startswith("250")
    [(_, [addressed])] = counter.mails
    assert addressed.envelope.peer == CLIENT


async def test_a_client_that_speaks_at_once_behind_the_header_loses_nothing(
    open_door: OpenDoor, connect: Connect
) -> None:
    door = await behind(open_door, "127.0.0.1", Counter())
    client = await knock(connect, door, version_2() + b"EHLO client.example\r\n")
    assert (await client.reply()).startswith("220")
    assert "250-PIPELINING" in await client.reply()


async def test_a_client_has_its_own_limit_however_many_come_over_the_balancer(
    open_door: OpenDoor, connect: Connect
) -> None:
    door = await behind(open_door, "127.0.0.1", Counter(), connections_per_peer=1)
    first = await knock(connect, door, version_1())
    assert (await first.reply()).startswith("220")
    second = await knock(connect, door, version_1())
    assert (await second.reply()).startswith("421 4.7.0 Too many connections")
    other = await knock(connect, door, version_1("198.51.100.8"))
    assert (await other.reply()).startswith("220")

    await first.say("QUIT")
    assert await first.ended()
    again = await knock(connect, door, version_2())
    assert (await again.reply()).startswith("220")


async def test_a_health_check_that_speaks_for_the_balancer_itself_is_greeted(
    open_door: OpenDoor, connect: Connect
) -> None:
    door = await behind(open_door, "127.0.0.1", Counter())
    for header in (version_2(command=0), SIGNATURE + b"\x20\x00\x00\x00", b"PROXY UNKNOWN\r\n"):
        client = await knock(connect, door, header)
        assert (await client.reply()).startswith("220")
        assert (await client.say("QUIT")).startswith("221")


async def test_a_health_check_that_only_connects_leaves_no_word_and_no_connection(
    open_door: OpenDoor, connect: Connect
) -> None:
    door = await behind(open_door, "127.0.0.1", Counter())
    with capture_logs() as logs:
        for _ in range(5):
            client = await connect(door)
            client.writer.close()
        await eventually(lambda: not door._connections.total)
    assert logs == []


async def test_whoever_is_no_balancer_and_says_for_whom_they_speak_is_sent_away(
    open_door: OpenDoor, connect: Connect
) -> None:
    counter = Counter()
    door = await behind(open_door, "192.0.2.0/24", counter)
    client = await knock(connect, door, version_1())
    assert (await client.reply()).startswith("220")
    assert (await client.reply()).startswith("554 5.7.1")
    assert await client.ended()
    binary = await knock(connect, door, version_2())
    assert (await binary.reply()).startswith("220")
    assert (await binary.reply()).startswith("500")


async def test_a_balancer_that_says_nothing_is_cut_off_in_time(
    open_door: OpenDoor, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "HEADER_SECONDS", 0.1)
    door = await behind(open_door, "127.0.0.1", Counter())
    client = await knock(connect, door, b"PROXY TC")
    with pytest.raises((ConnectionError, AssertionError)):
        assert not await client.ended()
    await eventually(lambda: not door._connections.total)


async def test_what_is_no_header_gets_no_answer_and_holds_nothing(
    open_door: OpenDoor, connect: Connect, stack: AsyncExitStack
) -> None:
    dice = random.Random(7)
    door = await behind(open_door, "127.0.0.1", Counter())
    valid = (version_1(), version_2())
    for turn in range(60):
        header = bytearray(dice.choice(valid))
        for _ in range(dice.randint(1, 3)):
            header[dice.randrange(12 if turn % 2 else len(header))] = dice.randrange(256)
        if bytes(header) in valid:
            continue
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(bytes(header) + b"X" * 5000)
        writer.write_eof()
        async with asyncio.timeout(5):
            try:
                said = await reader.read()
            except ConnectionError:
                said = b""
        # Another address may have come out of it, and then a greeting; nothing else is ever said.
        assert not said or said.startswith(b"220 "), (bytes(header), said)
        writer.close()
    await eventually(lambda: not door._connections.total)
