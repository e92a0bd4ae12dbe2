"""Who people in Slack are: asked once, and remembered for a while."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from intake_chat.adapters.slack.web import Slack
from intake_chat.domain.slack.normalise import Profile
from intake_chat.errors import SlackRefused

log = structlog.get_logger()

_MOST_KNOWN: Final = 20_000
_MOST_ORGANISATIONS: Final = 1_000
_KNOWN_SECONDS: Final = 900.0


class People:
    """Profiles of users, as `users.info` gives them."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._known: OrderedDict[str, tuple[float, Profile]] = OrderedDict()
        self._organisations: dict[str, tuple[float, str]] = {}

    async def profile(self, user: str) -> Profile:
        """What is known of a user; an empty profile of somebody whom Slack does not tell about.

        Raises:
            Temporary: Slack is away; nothing was found out.
        """
        found = self._known.get(user)
        if found is not None and found[0] > time.monotonic():
            self._known.move_to_end(user)
            return found[1]
        try:
            profile = profile_of(await self._slack.user(user))
        except SlackRefused as error:
            log.info("person.unknown", reason=error.code)
            profile = Profile()
        self._known[user] = (time.monotonic() + _KNOWN_SECONDS, profile)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return profile

    async def organisation(self, team: str) -> str:
        """The name of a workspace; "" where Slack does not say.

        Raises:
            Temporary: Slack is away; nothing was found out.
        """
        found = self._organisations.get(team)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        try:
            name = str((await self._slack.team(team)).get("name") or "")[:100]
        except SlackRefused as error:
            log.info("workspace.unknown", reason=error.code)
            name = ""
        while len(self._organisations) >= _MOST_ORGANISATIONS:
            self._organisations.pop(next(iter(self._organisations)))
        self._organisations[team] = (time.monotonic() + _KNOWN_SECONDS, name)
        return name

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """User → name, for those that have one.

        Raises:
            Temporary: Slack is away.
        """
        profiles = await asyncio.gather(*map(self.profile, users))
        return {user: profile.name for user, profile in zip(users, profiles, strict=True) if profile.name}


def profile_of(user: Mapping[str, Any]) -> Profile:
    """The profile that a `user` object of Slack amounts to."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    # A ticket wants the whole name: what people call themselves in Slack is "john" as often as not.
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    locale = str(user.get("locale") or "")
    return Profile(
        name=next((str(name) for name in names if name), ""),
        mail=str(profile["email"]).lower() if profile.get("email") else None,
        mail_confirmed=bool(user.get("is_email_confirmed")),
        language=locale[:2].lower() if len(locale) >= 2 else None,
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
        deleted=bool(user.get("deleted")),
        team=str(user.get("team_id") or ""),
    )
