"""What the door does not put up with: too many, too long, too slow; and how it closes."""

import asyncio
from contextlib import suppress

import pytest

from tests.integration.intake_email.conftest import Connect, Counter, OpenDoor
from tests.support.polling import eventually


@pytest.fixture(autouse=True)
def quick_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_email.adapters.smtp.server._WATCH_SECONDS", 0.02)


RAW = b"From: ana@cliente.example\r\nSubject: hola\r\n\r\n..\r\nhola\r\n"
STORED = b"From: ana@cliente.example\r\nSubject: hola\r\n\r\n.\r\nhola\r\n"


async def test_too_many_connections_are_sent_away(open_door: OpenDoor, connect: Connect) -> None:
    door = await open_door(Counter(), connections_per_peer=2)
    clients = [await connect(door) for _ in range(3)]
    assert [(await client.reply())[:3] for client in clients] == ["220", "220", "421"]
    assert await clients[2].ended()
    await clients[0].say("QUIT")
    assert await clients[0].ended()
    assert (await (await connect(door)).reply()).startswith("220")


async def test_too_many_recipients_are_put_off(open_door: OpenDoor, connect: Connect) -> None:
    client = await connect(await open_door(Counter(), recipients=2))
    await client.reply()
    await client.begin()
    assert (await client.say("RCPT TO:<ventas@desk.example>")).startswith("250")
    assert (await client.say("RCPT TO:<ventas+2@desk.example>")).startswith("452 4.5.3")
    assert (await client.say("DATA")).startswith("354")


async def test_guessing_addresses_ends_the_connection(open_door: OpenDoor, connect: Connect) -> None:
    client = await connect(await open_door(Counter(), errors=3))
    await client.reply()
    await client.begin()
    replies = [(await client.say(f"RCPT TO:<guess{number}@desk.example>"))[:3] for number in range(4)]
    assert replies == ["550", "550", "550", "421"]
    assert await client.ended()


async def test_endless_small_talk_ends_the_connection(open_door: OpenDoor, connect: Connect) -> None:
    client = await connect(await open_door(Counter(), idle_commands=5))
    await client.reply()
    replies = [(await client.say("NOOP"))[:3] for _ in range(6)]
    assert replies == ["250"] * 5 + ["421"]
    assert await client.ended()


async def test_many_mails_on_one_connection_are_no_small_talk(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    client = await connect(await open_door(counter, idle_commands=5))
    await client.reply()
    for _ in range(10):
        assert (await client.mail(RAW)).startswith("250")


async def test_an_endless_line_ends_the_connection(open_door: OpenDoor, connect: Connect) -> None:
    client = await connect(await open_door(Counter()))
    await client.reply()
    client.send(b"NOOP " + b"x" * 200_000)
    assert (await client.reply()).startswith("500 5.5.6")


@pytest.mark.parametrize("dribble", [False, True])
async def test_a_silent_or_dribbling_client_is_sent_away(open_door: OpenDoor, connect: Connect, dribble: bool) -> None:
    door = await open_door(Counter(), idle_seconds=0.2)
    client = await connect(door)
    await client.reply()
    if dribble:
        client.send(b"EHL")
    assert (await client.reply()).startswith("421 4.4.2")
    assert await client.ended()


async def test_a_slow_mail_that_keeps_coming_is_waited_for(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    client = await connect(await open_door(counter, idle_seconds=0.8))
    await client.reply()
    await client.begin()
    await client.say("DATA")
    for _ in range(8):
        client.send(b"X: y\r\n")
        await _pace(0.12)
    assert (await client.say(b"\r\nhola\r\n.\r\n")).startswith("250")


async def _pace(seconds: float) -> None:
    """Time itself is tested here: a client slower than the limit in sum, and never silent for so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def test_a_mail_that_takes_too_long_is_sent_away(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    door = await open_door(counter, mail_seconds=0.2)
    client = await connect(door)
    await client.reply()
    await client.begin()
    await client.say("DATA")
    client.send(b"Subject: x\r\n")
    assert (await client.reply()).startswith("421 4.4.2")
    assert await client.ended()
    await eventually(lambda: door.budget.held_bytes == 0)


async def test_a_stop_ends_idle_clients_and_finishes_the_mail_in_hand(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter(gate=asyncio.Event())
    door = await open_door(counter)
    idle, busy = await connect(door), await connect(door)
    await idle.reply()
    await busy.reply()
    await busy.begin()
    await busy.say("DATA")
    busy.send(RAW + b".\r\n")
    await eventually(lambda: counter.waiting == 1)
    closing = asyncio.create_task(door.close(5.0))
    assert (await idle.reply()).startswith("421 4.3.2")
    assert not closing.done()
    assert counter.gate
    counter.gate.set()
    assert (await busy.reply()).startswith("250")
    assert (await busy.reply()).startswith("421 4.3.2")
    await closing
    assert len(counter.mails) == 1
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", door.port)


async def test_a_stop_does_not_wait_for_ever(open_door: OpenDoor, connect: Connect) -> None:
    door = await open_door(Counter())
    client = await connect(door)
    await client.reply()
    await client.begin()
    await client.say("DATA")
    async with asyncio.timeout(3):
        await door.close(0.2)
