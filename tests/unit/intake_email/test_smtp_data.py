"""The text of a mail is read to its final dot, however it arrives, and no further."""

import asyncio

import pytest

from intake_email.adapters.smtp.data import RESERVE_BYTES, Flaw, receive_data
from intake_email.adapters.smtp.limits import Allowance, Budget

LIMIT = 300_000
READER_LIMIT = 4096


async def receive(sent: bytes, *, chunk: int = 0, limit: int = LIMIT, budget: int = 10_000_000) -> tuple[object, bytes]:
    """What is made of a mail, and what is left in the reader behind it."""
    reader = asyncio.StreamReader(limit=READER_LIMIT)
    allowance = Allowance(Budget(budget))
    assert allowance.cover(RESERVE_BYTES)

    async def feed() -> None:
        for start in range(0, len(sent), chunk or len(sent)):
            reader.feed_data(sent[start : start + (chunk or len(sent))])
            await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    found = await receive_data(reader, limit, allowance)
    await feeding
    reader.feed_eof()
    return found, await reader.read()


BIG = b"".join(b"%06d " % number + b"x" * 60 + b"\r\n" for number in range(4000))


@pytest.mark.parametrize("chunk", [0, 1, 2, 3, 5, 1000])
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"hola\r\n.\r\n", b"hola\r\n"),
        (b"..punto\r\n.\r\n", b".punto\r\n"),
        (b"a\r\n..\r\n...b\r\n.\r\n", b"a\r\n.\r\n..b\r\n"),
        (b"sin fin de linea \n bare\r\n.\r\n", b"sin fin de linea \n bare\r\n"),
    ],
)
async def test_small_mails_in_any_pieces(sent: bytes, expected: bytes, chunk: int) -> None:
    assert await receive(sent + b"QUIT\r\n", chunk=chunk) == (expected, b"QUIT\r\n")


@pytest.mark.parametrize("chunk", [0, 997, 4096, 65536])
async def test_a_mail_larger_than_the_buffer(chunk: int) -> None:
    stuffed = BIG + b"..\r\n"
    assert await receive(stuffed + b".\r\nRSET\r\n", chunk=chunk) == (BIG + b".\r\n", b"RSET\r\n")


@pytest.mark.parametrize("chunk", [0, 1999])
async def test_a_mail_over_the_limit_is_read_to_its_end_and_thrown_away(chunk: int) -> None:
    assert await receive(BIG + b".\r\nRSET\r\n", chunk=chunk, limit=100_000) == (Flaw.TOO_LARGE, b"RSET\r\n")


async def test_the_limit_is_exact() -> None:
    assert (await receive(b"x" * 98 + b"\r\n.\r\n", limit=100))[0] == b"x" * 98 + b"\r\n"
    assert (await receive(b"x" * 99 + b"\r\n.\r\n", limit=100))[0] is Flaw.TOO_LARGE
    assert isinstance((await receive(BIG + b".\r\n", limit=len(BIG)))[0], bytes)
    assert (await receive(BIG + b".\r\n", limit=len(BIG) - 1))[0] is Flaw.TOO_LARGE


async def test_a_mail_without_room_in_the_budget_is_read_to_its_end_and_thrown_away() -> None:
    assert await receive(BIG + b".\r\nRSET\r\n", budget=2 * RESERVE_BYTES) == (Flaw.NO_ROOM, b"RSET\r\n")


@pytest.mark.parametrize(
    "trick",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r.\n", b"\n.\r"],
)
@pytest.mark.parametrize("size", [10, 20_000])
async def test_a_dot_between_other_line_ends_is_a_flaw(trick: bytes, size: int) -> None:
    smuggled = b"a" * size + trick + b"MAIL FROM:<evil@x.example>\r\n"
    assert await receive(smuggled + b"\r\n.\r\n") == (Flaw.FALSE_END, b"")


async def test_a_false_end_right_before_the_true_one_is_a_flaw() -> None:
    assert (await receive(b"a\n.\r\n.\r\n"))[0] is Flaw.FALSE_END


async def test_an_allowance_gives_everything_back() -> None:
    budget = Budget(1000)
    allowance = Allowance(budget)
    assert allowance.cover(600)
    assert not allowance.cover(1001)
    assert not Allowance(budget).cover(500)
    allowance.end()
    assert budget.held_bytes == 0
