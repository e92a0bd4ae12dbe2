"""Agents' pages before the real tickets API and a local Slack, as a browser without JavaScript sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from portal.adapters.agents_side import AgentsSide
from portal.adapters.desk_api import DeskApi
from portal.adapters.pages import Pages
from portal.adapters.slack_identity import SlackIdentity
from portal.adapters.texts import Texts
from portal.adapters.tickets_api import TicketsApi
from portal.adapters.web import Portal
from portal.settings import PortalSettings
from tests.integration.portal.test_pages import Switch
from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.desk_people import people
from tests.support.desk_browser import Browser
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

PUBLIC = "http://127.0.0.1:8000"
SECRET = "a secret of the tests, long enough for HS256"
SEED = Seed(
    teams={
        "first-line": (
            Agent("ana", "Ana Gil", "ana@desk.example"),
            Agent("bob", "Bob Hall", "bob@desk.example", "en-US"),
        )
    },
    people=({"handle": "zoe", "name": "Zoe Paz", "email": "zoe@desk.example", "membership": "multi_channel_guest"},),
)


class DeskRig:
    """A portal whose agents sign in with a local Slack, before the real tickets API."""

    def __init__(self, desk: ApiDesk, slack: LocalSlack, desk_token: str, client: httpx.AsyncClient, team: str) -> None:
        self.desk, self.slack = desk, slack
        self.network = Switch(httpx.ASGITransport(app=desk.application))
        self.settings = PortalSettings(
            tickets_token="x",
            timezone="Europe/Madrid",
            public_url=PUBLIC,
            secret=SECRET,
            desk_token=desk_token,
            slack_client_secret=slack.app.client_secret,
            slack_bot_token=slack.app.bot_token,
            slack_issuer=slack.url,
            slack_team=team,
            slack_client_id=slack.app.client_id,
        )
        identity = SlackIdentity(client, slack.url, slack.app.client_id, slack.app.client_secret, slack.app.bot_token)
        asked = httpx.AsyncClient(
            transport=self.network, base_url="http://tickets", headers={"authorization": f"Bearer {desk_token}"}
        )
        self.api = DeskApi(asked)
        customers = TicketsApi(httpx.AsyncClient(transport=self.network, base_url="http://tickets"))
        self.side = AgentsSide(identity, self.api)
        self.customers = customers
        self.portal = self._portal()

    def browser(self, **headers: str) -> Browser:
        return self._browser(self.portal, **headers)

    def _browser(self, portal: Portal, **headers: str) -> Browser:
        transport = httpx.ASGITransport(app=portal.application(), raise_app_exceptions=False)
        return Browser(httpx.AsyncClient(transport=transport, base_url=PUBLIC, headers=headers))

    def _portal(self) -> Portal:
        return Portal(self.settings, Pages(Texts("Europe/Madrid")), self.customers, self.side)

    def another_portal(self, browser: Browser) -> Browser:
        """The same browser before another replica, which has not seen it yet."""
        other = self._browser(self._portal())
        other.client.cookies = browser.client.cookies
        return other

    async def signed_in(self, handle: str = "ana", **headers: str) -> Browser:
        """A browser of somebody who is signed in."""
        browser = self.browser(**headers)
        answer = await browser.sign_in(self.slack, handle)
        assert answer.status_code == 303, answer.text
        return browser


@asynccontextmanager
async def desk_rig(desk: ApiDesk, *, team: str = "") -> AsyncIterator[DeskRig]:
    """A desk with people, and a workspace in which they are too."""
    await people(desk)
    token, _ = await desk.tokens.create("portal-desk", ["read", "act"], None)
    async with LocalSlack(seed=SEED, retry_factor=0.001) as slack, httpx.AsyncClient() as client:
        yield DeskRig(desk, slack, token, client, team or slack.workspace.home)
