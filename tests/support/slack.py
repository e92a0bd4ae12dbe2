"""A local Slack for tests, clients of it that we did not write, and bolt apps over Socket Mode."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack

BOTH_DOORS = ["socket mode", pytest.param("http", marks=pytest.mark.long)]
"""By which events and presses come in. What is behind the doors is the same: `make test` goes through one of them,
`make test-faults` through the other; `test_slack_customers.py` and `test_slack_payloads.py` always through both."""


def client_for(slack: LocalSlack, token: str | None = None) -> AsyncWebClient:
    """Slack's own client, pointed at a local Slack; with the bot's token if none is given."""
    return AsyncWebClient(token=slack.app.bot_token if token is None else token, base_url=f"{slack.url}/api/")


def bolt_app(slack: LocalSlack) -> AsyncApp:
    """An app of Slack's own framework, with no listeners yet."""
    return AsyncApp(client=client_for(slack), signing_secret=slack.app.signing_secret)


@asynccontextmanager
async def socket_mode(slack: LocalSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app, connected over Socket Mode."""
    handler = AsyncSocketModeHandler(app, slack.app.app_token)
    handler.client.web_client.base_url = f"{slack.url}/api/"
    before = slack.sockets.open_count(slack.app.id)
    await handler.connect_async()
    try:
        await eventually(lambda: slack.sockets.open_count(slack.app.id) > before)
        yield handler
    finally:
        await handler.close_async()
