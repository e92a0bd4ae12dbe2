"""Who somebody in Slack is who is to ask in a ticket: a person, at work there, and in the ticket's channel."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.newcomers import Newcomer
from intake_chat.domain.slack.places import channel_of
from intake_chat.errors import SlackRefused

log = structlog.get_logger()

_SLACKBOT: Final = "USLACKBOT"
"""Slack's own, which `users.info` does not call a bot."""
_NOBODY: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_PAGE, _MOST_PAGES = 1_000, 3
"""Of the people of a channel so many are read: whoever waits for the answer has three seconds."""

OrganisationOf = Callable[[str], Awaitable[str]]


class Newcomers:
    """Asks Slack about whoever was chosen, each time anew: it is seldom asked, and must be true."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut, organisation: OrganisationOf) -> None:
        """Nothing is asked yet.

        Args:
            organisation: the name of a workspace that is not ours.
        """
        self._client = client
        self._way_out = way_out
        self._organisation = organisation

    async def look_at(self, user: str, account: str) -> Newcomer | None:
        """What Slack says of somebody; None: it knows nobody of that id, or does not tell.

        Args:
            account: of the ticket: our workspace and the channel; "": it is not known in which channel it is.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        home, channel = account.partition("/")[0], channel_of(account)
        found, reads = await asyncio.gather(self._user(user), self._reads(user, channel))
        if found is None:
            return None
        team = str(found.get("team_id") or home)
        organisation = await self._organisation(team) if home and team != home else ""
        return newcomer_of(found, team, organisation, reads=reads)

    async def _user(self, user: str) -> Mapping[str, Any] | None:
        ask = partial(self._client.users_info, user=user)
        try:
            answer = await self._way_out.call("users.info", Lane.PERSON, ask)
        except SlackRefused as error:
            if error.code in _NOBODY:
                return None
            raise
        return answer.get("user") or None

    async def _reads(self, user: str, channel: str) -> bool:
        """Whether somebody is in a channel; where that cannot be found out, nobody is kept out for it."""
        cursor = ""
        for _ in range(_MOST_PAGES if channel else 0):
            ask = partial(self._client.conversations_members, channel=channel, limit=_PAGE, cursor=cursor or None)
            try:
                answer = await self._way_out.call("conversations.members", Lane.PERSON, ask)
            except SlackRefused as error:
                log.info("channel.unread", reason=error.code)
                return True
            if user in (answer.get("members") or ()):
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False
        return True


def newcomer_of(user: Mapping[str, Any], team: str, organisation: str, *, reads: bool) -> Newcomer:
    """The newcomer that a `user` object of Slack amounts to.

    Args:
        organisation: name of their workspace, where that is not ours; "" where it is, or has none.
    """
    profile: Mapping[str, Any] = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    name = next((str(one) for one in names if one), "")
    machine = user.get("id") == _SLACKBOT or user.get("is_bot") or user.get("is_workflow_bot") or profile.get("bot_id")
    return Newcomer(
        team_id=team,
        name=(f"{name} ({organisation})" if organisation else name)[:200],
        machine=bool(machine),
        gone=bool(user.get("deleted") or user.get("is_invited_user")),
        reads=reads,
    )
