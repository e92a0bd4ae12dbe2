"""Of what Twilio did not do it is told apart what may have been done, what is over, and what never reached it."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from intake_phone.adapters.twilio.api import Twilio
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.errors import TwilioAway, TwilioFailed, TwilioUnreached
from intake_phone.ports.calling import Wanted

EVA = Wanted("+34600000011", "+34910000100", "https://desk.example/leg", "", 20)


async def answers(request: web.Request) -> web.StreamResponse:
    if "broken" in request.path:
        assert request.transport is not None
        request.transport.close()
        await asyncio.sleep(0)
    return web.json_response({"code": 20503, "message": "Service is unavailable", "status": 503}, status=503)


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    application = web.Application()
    application.router.add_post("/{path:.*}", answers)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


@pytest.mark.parametrize(("path", "error"), [("", TwilioFailed), ("/broken", TwilioAway), (None, TwilioUnreached)])
async def test_a_call_that_was_not_made_is_in_doubt_as_far_as_twilio_may_have_heard_of_it(
    server: TestServer, path: str | None, error: type[TwilioAway]
) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    address = nowhere if path is None else f"{str(server.make_url('')).rstrip('/')}{path}"
    async with aiohttp.ClientSession() as session:
        twilio = Twilio(session, Tokens("AC" + "0" * 32, ("a" * 32,)), address, 5.0)
        with pytest.raises(TwilioAway) as told:
            await twilio.make_call(EVA)
    assert type(told.value) is error
