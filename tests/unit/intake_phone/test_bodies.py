"""Answers over HTTP come in pieces: they are read whole, and no further than a bound."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from intake_phone.adapters.bodies import read_body
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.adapters.twilio.tokens import Tokens

SID = "SM" + "0" * 32


async def in_pieces(request: web.Request) -> web.StreamResponse:
    """A long list, as a slow line brings it."""
    one = {"sid": SID, "body": "x" * 1_000, "status": "delivered", "direction": "outbound-api", "num_media": "0"}
    body = json.dumps({"messages": [one] * 90, "page_size": 100, "next_page_uri": None}).encode()
    answer = web.StreamResponse(headers={"content-type": "application/json"})
    await answer.prepare(request)
    for start in range(0, len(body), 30_000):
        await answer.write(body[start : start + 30_000])
    await answer.write_eof()
    return answer


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    application = web.Application()
    application.router.add_get("/{path:.*}", in_pieces)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


async def test_a_long_list_of_twilios_is_read_to_its_end(server: TestServer) -> None:
    async with aiohttp.ClientSession() as session:
        twilio = Twilio(session, Tokens("AC" + "0" * 32, ("a" * 32,)), str(server.make_url("")).rstrip("/"), 5.0)
        found = await twilio.texts_to("+34910000100", "+34600000001", 0.0)
    assert len(found) == 90


async def test_no_more_is_read_than_was_asked_for(server: TestServer) -> None:
    async with aiohttp.ClientSession() as session, session.get(server.make_url("/")) as answer:
        assert len(await read_body(answer, 50_000)) == 50_000
