"""Peers that speak HTTP: none of them can stop a channel, fill the memory, or have a token repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from prober.adapters.desk import Desk
from prober.adapters.http_doors import asked, posted
from prober.adapters.pages import ApiDoor, PortalDoor
from prober.domain.probe import Probe
from prober.errors import Away, Late, Refused
from prober.handlers.probing import Patience, probe_once
from prober.handlers.schedule import Schedule

PROBE = Probe("0123456789abcdef", "0" * 32, "Ventanilla probe", "words")
SECONDS = 0.05


class Drips(httpx.AsyncByteStream):
    """The first byte of an answer, and then nothing for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()


class Floods(httpx.AsyncByteStream):
    """An answer without an end."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536


def answering(answer: Callable[[], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer()), base_url="http://desk.example")


async def test_a_peer_that_drips_has_the_seconds_of_a_door_and_no_more() -> None:
    async with answering(lambda: httpx.Response(200, stream=Drips())) as client, asyncio.timeout(5):
        with pytest.raises(Away, match=r"no answer within 0\.05 s"):
            await posted(client, "/slack/events", b"", {}, SECONDS)
        desk = Desk(client, SECONDS)
        with pytest.raises(Away):
            await PortalDoor(client, "http://desk.example", ApiDoor(desk, "eva@cliente.example"), SECONDS).look()
        with pytest.raises(Away):
            await desk.issue("email")
        with pytest.raises(Late, match="the desk does not answer: no answer within"):
            await desk.seen(PROBE, SECONDS)


async def test_an_answer_without_end_is_read_as_far_as_a_peer_of_ours_would_speak() -> None:
    async with answering(lambda: httpx.Response(200, stream=Floods())) as client, asyncio.timeout(5):
        with pytest.raises(Refused, match="HTTP 200 with more than 1024 KiB"):
            await asked(client, "GET", "/", 5)


async def test_a_header_that_cannot_be_sent_is_not_repeated() -> None:
    def wrong() -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer vnt_secret\\nx'")

    async with answering(wrong) as client:
        with pytest.raises(Refused) as refused:
            await asked(client, "GET", "/", 5)
    assert "vnt_secret" not in str(refused.value)


@pytest.mark.parametrize(
    "issued",
    [{"id": 1, "token": 2, "subject": "s", "text": "t"}, {"id": PROBE.id, "token": None, "subject": "s", "text": "t"},
     {"id": "../tickets/1", "token": "0" * 32, "subject": "s", "text": "t"}, {}],
    ids=str,
)  # fmt: skip
async def test_a_probe_of_another_form_is_no_desks(issued: dict[str, object]) -> None:
    async with answering(lambda: httpx.Response(200, json=issued)) as client:
        with pytest.raises(Refused, match="no tickets API"):
            await Desk(client).issue("email")


@pytest.mark.parametrize("seen", ["yes", ["x"], {"ticket": "7"}, 1], ids=str)
async def test_what_was_seen_in_another_form_is_no_desks(seen: object) -> None:
    async with answering(lambda: httpx.Response(200, json={"seen": seen})) as client:
        with pytest.raises(Refused, match="no tickets API"):
            await Desk(client).seen(PROBE, 5)


async def test_what_nobody_expected_is_a_failure_of_that_channel_and_ends_no_other() -> None:
    class Door:
        async def knock(self, probe: Probe) -> None:
            raise UnicodeEncodeError("ascii", "ñ", 0, 1, "a bug")

        async def look(self) -> str:
            return ""

    async with answering(lambda: httpx.Response(200, json=vars_of(PROBE))) as client:
        result = await probe_once("mail", Door(), Desk(client), Patience(1.0))
        assert (result.stage, result.reason, result.detail) == ("door", "broken", "UnicodeEncodeError")
        stopping = asyncio.Event()

        async def send() -> object:
            stopping.set()
            return result

        schedule = Schedule("mail", send, 300, stopping)  # type: ignore[arg-type]  # a result
        await schedule.run()
    assert schedule.worry() == "door: broken: UnicodeEncodeError"


def vars_of(probe: Probe) -> dict[str, str]:
    return {"id": probe.id, "token": probe.token, "subject": probe.subject, "text": probe.text}
