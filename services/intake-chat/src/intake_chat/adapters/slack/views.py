"""Slack's dialogs, App Home, and sentences that one person sees; before everything else on the way out."""

from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.agents.registry import OPENED

Json = dict[str, Any]
_SECONDS: Final = 10.0


class SlackViews:
    """What `handlers.agents.interactions.Views` asks for, by Slack's Web API."""

    def __init__(
        self, client: AsyncWebClient, way_out: WayOut, session: aiohttp.ClientSession, hosts: frozenset[str]
    ) -> None:
        """Nothing is asked yet.

        Args:
            hosts: where Slack has itself answered at a `response_url`, each with all hosts below it.
        """
        self._client = client
        self._way_out = way_out
        self._session = session
        self._hosts = hosts

    async def open(self, trigger_id: str, view: Json) -> str:
        """Open a dialog, or fill the one that is open already; returns its id."""
        if trigger_id.startswith(OPENED):
            return await self._fill(trigger_id, view)
        answer = await self._way_out.call(
            "views.open", Lane.PERSON, partial(self._client.views_open, trigger_id=trigger_id, view=view)
        )
        return str(answer["view"]["id"])

    async def push(self, trigger_id: str, view: Json) -> str:
        """Put a dialog on top of the open one, or fill the one that is there already; returns its id."""
        if trigger_id.startswith(OPENED):
            return await self._fill(trigger_id, view)
        answer = await self._way_out.call(
            "views.push", Lane.PERSON, partial(self._client.views_push, trigger_id=trigger_id, view=view)
        )
        return str(answer["view"]["id"])

    async def update(self, view_id: str, view: Json) -> None:
        """Show something else in a dialog."""
        await self._way_out.call(
            "views.update", Lane.PERSON, partial(self._client.views_update, view_id=view_id, view=view)
        )

    async def publish(self, user: str, view: Json) -> None:
        """Show something in somebody's App Home; it waits for everything else."""
        await self._way_out.call(
            "views.publish", Lane.HOME, partial(self._client.views_publish, user_id=user, view=view)
        )

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        """Say something that one person sees, in words without markup."""
        await self._way_out.call(
            "chat.postEphemeral",
            Lane.PERSON,
            partial(self._client.chat_postEphemeral, channel=channel, user=user, text=text, thread_ts=thread or None),
        )

    async def respond(self, response_url: str, message: Json) -> None:
        """Answer a command, where there is more time."""
        host = urlsplit(response_url).hostname or ""
        if not any(host == own or host.endswith(f".{own}") for own in self._hosts):
            raise SlackRefused("response_url", "foreign_host")
        try:
            async with self._session.post(
                response_url, json=message, timeout=aiohttp.ClientTimeout(total=_SECONDS), allow_redirects=False
            ) as answer:
                if answer.status >= 500 or answer.status == 429:
                    raise SlackAway(f"response_url: {answer.status}")
                if answer.status != 200:
                    raise SlackRefused("response_url", str(answer.status))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAway(f"response_url: {type(error).__name__}") from error

    async def _fill(self, trigger_id: str, view: Json) -> str:
        view_id = trigger_id.removeprefix(OPENED)
        await self.update(view_id, view)
        return view_id
