"""A local Twilio for each test, a desk that it asks, and Twilio's own client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

Rest = Callable[..., Any]


class Rewriting(TwilioHttpClient):
    """Twilio's client, led to a local Twilio."""

    def __init__(self, url: str) -> None:
        super().__init__(pool_connections=False, timeout=5)
        self._url = url

    def request(self, method: str, url: str, *arguments: Any, **more: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *arguments, **more)


def client_for(twilio: LocalTwilio, token: str | None = None) -> Client:
    """Twilio's own client for a local Twilio."""
    account = twilio.account
    return Client(account.sid, token or account.auth_token, http_client=Rewriting(twilio.url))


async def rest(work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """A call of Twilio's client, which blocks, beside the loop in which the local Twilio runs."""
    return await asyncio.to_thread(work, *arguments, **more)


@pytest.fixture
async def twilio() -> AsyncIterator[LocalTwilio]:
    """A fresh account in which time flies."""
    async with LocalTwilio(pace=0.001, webhook_seconds=2) as running:
        yield running


@pytest.fixture
async def desk(twilio: LocalTwilio) -> AsyncIterator[Desk]:
    """A desk with the first number; whatever Twilio asked of it was signed."""
    async with Desk(twilio.account.auth_token) as running:
        twilio.number(
            DESK_ES,
            voice_url=f"{running.url}/voice",
            sms_url=f"{running.url}/messages",
            status_callback=f"{running.url}/status",
        )
        yield running
        await twilio.callbacks.settle()
        forged = [each.path for each in running.taken if not each.genuine]
        assert not forged


@pytest.fixture
def client(twilio: LocalTwilio) -> Client:
    """The desk's client."""
    return client_for(twilio)
