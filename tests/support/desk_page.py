"""A whole desk whose agents sign in to their pages with a local Slack."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.support.chat_desk import chat_desk
from tests.support.desk import RunningDesk
from tests.support.desk_browser import Browser
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

TEAM = "first-line"
SEED = Seed(
    teams={
        TEAM: (
            Agent("ana", "Ana Gil", "ana@desk.example"),
            Agent("bob", "Bob Hall", "bob@desk.example", "en-US"),
        )
    },
    people=({"handle": "zoe", "name": "Zoe Paz", "email": "zoe@desk.example", "membership": "multi_channel_guest"},),
)
_DAYS = ("mon", "tue", "wed", "thu", "fri")
_OFFICE = {"calendar": "office"}
DOCUMENTS = {
    "calendars/office": {"zone": "Europe/Madrid", "week": {day: ["08:00-15:00"] for day in _DAYS}},
    "policies/standard": {
        "targets": {
            "first_response": {"normal": {"minutes": 60, **_OFFICE}},
            "resolution": {"normal": {"minutes": 600, **_OFFICE}},
        },
        "pauses": {"resolution": ["pending", "on_hold"]},
    },
}
_AGENTS = {"ana": "Ana Gil", "bob": "Bob Hall", "zoe": "Zoe Paz"}


def sign_in_settings(slack: LocalSlack, url: str, token: str) -> dict[str, str]:
    """What the portal is told, so that agents sign in with this Slack."""
    values = {
        "PUBLIC_URL": url,
        "SECRET": secrets.token_hex(32),
        "DESK_TOKEN": token,
        "SLACK_ISSUER": slack.url,
        "SLACK_TEAM": slack.workspace.home,
        "SLACK_CLIENT_ID": slack.app.client_id,
        "SLACK_CLIENT_SECRET": slack.app.client_secret,
        "SLACK_BOT_TOKEN": slack.app.bot_token,
    }
    return {f"PORTAL_{name}": value for name, value in values.items()}


@asynccontextmanager
async def page_desk(folder: Path, slack: LocalSlack) -> AsyncIterator[RunningDesk]:
    """Everything up: customers in Slack, agents on their pages."""
    async with chat_desk(folder, slack) as desk:
        await desk.api("PUT", f"/teams/{TEAM}", json={"title": {"es": "Primera línea", "en": "First line"}})
        for handle, name in _AGENTS.items():
            body = {"name": name, "email": f"{handle}@desk.example", "teams": [{"team": TEAM}]}
            await desk.api("PUT", f"/agents/{handle}", json=body)
        for path, content in DOCUMENTS.items():
            await desk.api("PUT", f"/desk/{path}", json=content)
        await desk.services["tickets"].restart()  # so that it knows the documents from the first message on
        port = str(free_port())
        portal = {
            "PORTAL_HTTP_PORT": port,
            "PORTAL_TIMEZONE": "Europe/Madrid",
            "PORTAL_TICKETS_URL": desk.services["tickets"].url,
            "PORTAL_TICKETS_TOKEN": await desk.token("portal"),
            **sign_in_settings(slack, f"http://{HOST}:{port}", await desk.token("read", "act")),
        }
        await desk.add("portal", environment=portal)
        yield desk


def browser_of(desk: RunningDesk, **headers: str) -> Browser:
    """A browser before the desk's portal; whoever gets it closes its client."""
    return Browser(httpx.AsyncClient(base_url=desk.services["portal"].url, headers=headers, timeout=20))
