"""A local Slack for each test, and Slack's own client for it."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.integration.devstack.slack.receiver import Receiver
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A fresh workspace."""
    async with LocalSlack(retry_factor=0.001) as running:
        yield running


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    """The app's client."""
    return client_for(slack)


@pytest.fixture
async def receiver(slack: LocalSlack) -> AsyncIterator[Receiver]:
    """An app that keeps whatever Slack sends to it over HTTP, and is the workspace's app."""
    async with Receiver() as running:
        slack.app.request_url = running.url
        yield running
