"""Which of Slack's people may be an agent, as Slack says: members of our workspace, and what their mail is."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.events import Author
from intake_chat.domain.slack.people import Member
from intake_chat.errors import SlackRefused


class Staff:
    """Asks Slack about whoever presses something, before anything else."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut) -> None:
        self._client = client
        self._way_out = way_out
        self._us: Author | None = None

    async def home(self) -> str:
        """The workspace that the app's token belongs to.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        return (await self.us()).team

    async def us(self) -> Author:
        """As whom the app itself writes: the user of its token.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        if self._us is None:
            answer = await self._way_out.call("auth.test", Lane.PERSON, self._client.auth_test)
            self._us = Author(str(answer["team_id"]), str(answer.get("user_id") or ""))
        return self._us

    async def member(self, user: str) -> Member | None:
        """What Slack says of a user; None: it knows nobody of that id, or does not tell.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        try:
            answer = await self._way_out.call(
                "users.info", Lane.PERSON, partial(self._client.users_info, user=user, include_locale=True)
            )
        except SlackRefused as error:
            if error.code in ("user_not_found", "user_not_visible", "users_not_found"):
                return None
            raise
        found: Mapping[str, Any] | None = answer.get("user")
        return member_of(found) if found else None

    async def user_of(self, mail: str) -> str | None:
        """Id of the user of our workspace who has a mail address; None: nobody has, or Slack does not tell.

        Raises:
            SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        ask = partial(self._client.users_lookupByEmail, email=mail)
        try:
            answer = await self._way_out.call("users.lookupByEmail", Lane.CARD, ask)
        except SlackRefused:
            return None
        return str((answer.get("user") or {}).get("id") or "") or None


def member_of(user: Mapping[str, Any]) -> Member:
    """The member that a `user` object of Slack amounts to."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    # `is_app_user` is not among them: it says that somebody has authorised the app, as whoever installed it did.
    outside = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot",
               "is_invited_user")  # fmt: skip
    return Member(
        team_id=str(user.get("team_id") or ""),
        mail=str(profile.get("email") or "").strip().lower(),
        mail_confirmed=bool(user.get("is_email_confirmed")),
        locale=str(user.get("locale") or ""),
        full=not any(user.get(name) for name in outside),
        zone=str(user.get("tz") or ""),
    )
