"""A whole desk whose customers are in a local Slack."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.desk import RunningDesk
from ventanilla_devstack.slack.server import LocalSlack

HELP = "ayuda"
"""The channel in which customers ask."""


def chat_settings(slack: LocalSlack, *, http: bool = False) -> dict[str, str]:
    """What intake-chat is told: over Socket Mode, or with a secret for signed HTTP."""
    door = {"SLACK_SIGNING_SECRET": slack.app.signing_secret} if http else {"SLACK_APP_TOKEN": slack.app.app_token}
    values = {
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_URL": f"{slack.url}/api/",
        "SLACK_FILE_HOSTS": "127.0.0.1",
        "SLACK_CHANNELS": slack.workspace.channel_named(HELP).id,
        **door,
    }
    return {f"INTAKE_CHAT_{name}": value for name, value in values.items()}


@asynccontextmanager
async def chat_desk(
    folder: Path, slack: LocalSlack, *, http: bool = False, more: Mapping[str, str] | None = None
) -> AsyncIterator[RunningDesk]:
    """Everything up, with Slack's events coming in; `more` are variables for the services."""
    desk = RunningDesk(folder, {**chat_settings(slack, http=http), **(more or {})})
    try:
        await desk.start(("router", "tickets"))
        acts = await desk.token("read", "write", "act")
        peers = {"INTAKE_CHAT_TICKETS_URL": desk.services["tickets"].url, "INTAKE_CHAT_TICKETS_TOKEN": acts}
        chat = await desk.add("intake-chat", environment=peers)
        if http:
            await slack.set_request_url(f"{chat.url}/slack/events")
        yield desk
    finally:
        await desk.end()
