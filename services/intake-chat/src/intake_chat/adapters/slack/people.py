"""Who people in Slack are: asked once, and remembered for a while.

Whoever reads what people say does not wait long for who they are: a Slack that is slow, or wants a pause, would hold up
everybody's words for one person's name. The question goes on, and who asks again finds the answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import structlog

from intake_chat.adapters.slack.staff import member_of
from intake_chat.adapters.slack.web import Slack
from intake_chat.domain.slack.normalise import Profile
from intake_chat.errors import SlackAway, SlackRefused, TooMuchWaits

log = structlog.get_logger()

_MOST_KNOWN: Final = 20_000
_MOST_ORGANISATIONS: Final = 1_000
_MOST_ASKED: Final = 2_000
"""Questions to Slack that are under way at the same time."""
_KNOWN_SECONDS: Final = 900.0
_PATIENCE_SECONDS: Final = 3.0
T = TypeVar("T")


class People:
    """Profiles of users, as `users.info` gives them."""

    def __init__(self, slack: Slack, *, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        """Nobody is known yet.

        Args:
            patience_seconds: how long whoever asks waits for Slack.
        """
        self._slack = slack
        self._profiles = _Answers(self._profile, _MOST_KNOWN, patience_seconds)
        self._organisations = _Answers(self._organisation, _MOST_ORGANISATIONS, patience_seconds)

    async def profile(self, user: str) -> Profile:
        """What is known of a user; an empty profile of somebody whom Slack does not tell about.

        Raises:
            Temporary: Slack is away, or has not answered yet; asking again later may find it out.
        """
        return await self._profiles.get(user)

    async def organisation(self, team: str) -> str:
        """The name of a workspace; "" where Slack does not say.

        Raises:
            Temporary: as `profile`.
        """
        return await self._organisations.get(team)

    async def _profile(self, user: str) -> Profile:
        try:
            return profile_of(await self._slack.user(user))
        except SlackRefused as error:
            log.info("person.unknown", reason=error.code)
            return Profile()

    async def _organisation(self, team: str) -> str:
        try:
            return str((await self._slack.team(team)).get("name") or "")[:100]
        except SlackRefused as error:
            log.info("workspace.unknown", reason=error.code)
            return ""

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """User → name, for those that have one.

        Raises:
            Temporary: Slack is away.
        """
        profiles = await asyncio.gather(*map(self.profile, users))
        return {user: profile.name for user, profile in zip(users, profiles, strict=True) if profile.name}


class _Answers(Generic[T]):
    """Answers of Slack that hold for a while. However many ask the same, and however often, Slack is asked once."""

    def __init__(self, ask: Callable[[str], Awaitable[T]], most_known: int, patience_seconds: float) -> None:
        self._ask = ask
        self._most_known = most_known
        self._patience_seconds = patience_seconds
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[T]] = {}

    async def get(self, key: str) -> T:
        found = self._known.get(key)
        if found is not None and found[0] > time.monotonic():
            self._known.move_to_end(key)
            return found[1]
        asking = self._asking.get(key)
        if asking is None:
            if len(self._asking) >= _MOST_ASKED:
                raise TooMuchWaits(f"Slack is asked {len(self._asking)} questions already")
            asking = self._asking[key] = asyncio.create_task(self._found_out(key))
            asking.add_done_callback(lambda done: self._asked(key, done))
        try:
            async with asyncio.timeout(self._patience_seconds):
                # Whoever gives up waiting must not take the answer from the others.
                return await asyncio.shield(asking)
        except TimeoutError as error:
            raise SlackAway(f"no answer within {self._patience_seconds:g} s") from error

    async def _found_out(self, key: str) -> T:
        answer = await self._ask(key)
        self._known[key] = (time.monotonic() + _KNOWN_SECONDS, answer)
        self._known.move_to_end(key)
        while len(self._known) > self._most_known:
            self._known.popitem(last=False)
        return answer

    def _asked(self, key: str, done: asyncio.Task[T]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.info("person.not_found_out", reason=type(error).__name__)


def profile_of(user: Mapping[str, Any]) -> Profile:
    """The profile that a `user` object of Slack amounts to."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    # A ticket wants the whole name: what people call themselves in Slack is "john" as often as not.
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    locale = str(user.get("locale") or "")
    member = member_of(user)
    return Profile(
        name=next((str(name) for name in names if name), ""),
        mail=member.mail or None,
        mail_confirmed=member.mail_confirmed,
        language=locale[:2].lower() if len(locale) >= 2 else None,
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
        deleted=bool(user.get("deleted")),
        team=member.team_id,
        full=member.full,
    )
