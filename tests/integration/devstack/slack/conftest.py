"""A local Slack for each test, and Slack's own client for it."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.integration.devstack.slack.receiver import Receiver
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack

MORE_SCOPES = (
    "app_mentions:read", "channels:manage", "chat:write.customize", "chat:write.public", "groups:write", "mpim:history",
    "mpim:read", "mpim:write", "reactions:write",
)  # fmt: skip
MORE_EVENTS = (
    "app_mention", "app_uninstalled", "channel_rename", "channel_shared", "file_deleted", "file_shared", "group_rename",
    "member_left_channel", "message.mpim", "reaction_removed", "team_join", "tokens_revoked",
)  # fmt: skip


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A fresh workspace, whose app may and hears more than the desk's own."""
    async with LocalSlack(retry_factor=0.001) as running:
        running.app.scopes += MORE_SCOPES
        running.app.events += MORE_EVENTS
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
