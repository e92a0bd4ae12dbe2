"""A browser without JavaScript that signs in to agents' pages by going through Slack's own page."""

from typing import Any
from urllib.parse import urlsplit

import httpx

from ventanilla_devstack.slack.server import LocalSlack


class Browser:
    """Somebody's browser: it keeps cookies, and follows no redirection by itself."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        """A page."""
        return await self.client.get(path, **arguments)

    async def asked_by_slack(self, path: str = "/desk") -> str:
        """The address at Slack to which signing in leads."""
        answer = await self.get(f"/desk/sign-in?next={path}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def back_from_slack(self, slack: LocalSlack, handle: str, path: str = "/desk") -> str:
        """Say yes at Slack as somebody (no one: say no); returns the path to which Slack sends the browser back."""
        user = slack.workspace.person(handle).id if handle else ""
        async with httpx.AsyncClient() as outside:
            answer = await outside.post(await self.asked_by_slack(path), data={"user": user})
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["location"])
        base = str(self.client.base_url).rstrip("/")
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{base}/desk/signed-in"
        return f"{parts.path}?{parts.query}"

    async def sign_in(self, slack: LocalSlack, handle: str, path: str = "/desk") -> httpx.Response:
        """Sign in as somebody; returns what the portal answers when the browser is back."""
        return await self.get(await self.back_from_slack(slack, handle, path))
