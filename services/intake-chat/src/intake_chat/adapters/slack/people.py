"""Who people in Slack are: asked once, and remembered for a while.

Whoever reads what people say does not wait long for who they are: a Slack that is slow, or wants a pause, would hold up
everybody's words for one person's name. The question goes on, and who asks again finds the answer. Who writes is asked
about before whom they name: a list of fifty people in one message is nobody else's delay.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

import structlog

from intake_chat.adapters.slack.staff import member_of
from intake_chat.adapters.slack.way_out import Lane
from intake_chat.adapters.slack.web import Slack
from intake_chat.domain.slack.mrkdwn import seen_line
from intake_chat.domain.slack.normalise import Profile
from intake_chat.errors import SlackAway, SlackBusy, SlackRefused, TooMuchWaits

log = structlog.get_logger()

_MOST_KNOWN: Final = 20_000
_MOST_ORGANISATIONS: Final = 1_000
_MOST_ASKED: Final = 2_000
"""Questions to Slack that are under way at the same time."""
_KNOWN_SECONDS: Final = 900.0
_FRESH_SECONDS: Final = 60.0
"""So old may be what is known of somebody whom a person has just answered."""
_PATIENCE_SECONDS: Final = 3.0
_MENTION_PATIENCE_SECONDS: Final = 1.0
_MENTIONS_ASKED: Final = 10
"""So many of the people whom one message names are asked about."""
_MOST_MENTIONS_ASKED: Final = 100
"""Of all messages together: what Slack answers within a minute."""
T = TypeVar("T")
IsNews = Callable[[str], Awaitable[bool]]


class People:
    """Profiles of users, as `users.info` gives them."""

    def __init__(
        self, slack: Slack, *, patience_seconds: float = _PATIENCE_SECONDS, is_news: IsNews | None = None
    ) -> None:
        """Nobody is known yet.

        Args:
            patience_seconds: how long whoever asks waits for Slack.
            is_news: whether Slack has told any replica meanwhile that somebody's account is deactivated.
        """
        self._slack = slack
        self._is_news = is_news
        self._profiles = _Answers(self._profile, _MOST_KNOWN, patience_seconds)
        self._mentioned = _Answers(
            self._mention,
            _MOST_KNOWN,
            min(patience_seconds, _MENTION_PATIENCE_SECONDS),
            most_asked=_MOST_MENTIONS_ASKED,
            known=self._profiles.known,
        )
        self._organisations = _Answers(self._organisation, _MOST_ORGANISATIONS, patience_seconds)

    async def profile(self, user: str) -> Profile:
        """What is known of a user; an empty profile of somebody whom Slack does not tell about.

        Raises:
            Temporary: Slack is away, or has not answered yet; asking again later may find it out.
        """
        return await self._profiles.get(user)

    async def is_gone(self, user: str) -> bool:
        """Whether somebody's account is deactivated; else as it was known last.

        As of now where Slack has told of it, else as of a minute ago.

        Raises:
            Temporary: as `profile`.
        """
        if self._is_news is not None and await self._is_news(user):
            self.forget(user)
        try:
            return (await self._profiles.get(user, _FRESH_SECONDS)).deleted
        except (SlackAway, SlackBusy, TooMuchWaits):
            return (await self.profile(user)).deleted

    def known_as_gone(self, user: str) -> bool:
        """Whether an account is remembered as deactivated."""
        found = self._profiles.found(user)
        return found is not None and found.deleted

    def forget(self, user: str) -> None:
        """Let whoever asks of somebody the next time be told anew; what is being asked already counts for nobody."""
        self._profiles.forget(user)
        self._mentioned.forget(user)

    async def organisation(self, team: str) -> str:
        """The name of a workspace; "" where Slack does not say.

        Raises:
            Temporary: as `profile`.
        """
        return await self._organisations.get(team)

    async def _profile(self, user: str, lane: Lane = Lane.CUSTOMER) -> Profile:
        try:
            found = await self._slack.user(user, lane)
            return profile_of(found) if found else Profile()
        except SlackRefused as error:
            log.info("person.unknown", reason=error.code)
            return Profile()

    async def _organisation(self, team: str) -> str:
        try:
            return str((await self._slack.team(team)).get("name") or "")[:100]
        except SlackRefused as error:
            log.info("workspace.unknown", reason=error.code)
            return ""

    async def _mention(self, user: str) -> Profile:
        return await self._profile(user, Lane.MENTION)

    async def names(self, users: Sequence[str]) -> Mapping[str, str]:
        """User → name, for those who have one and of whom Slack tells it soon; waits a moment, and raises nothing.

        Of those who are not known yet a few are asked about: what is read waits for nobody whom it only names.
        """
        new = [user for user in users if self._profiles.found(user) is None][:_MENTIONS_ASKED]
        await asyncio.gather(*map(self._is_found_out, new))
        found = {user: self._profiles.found(user) for user in users}
        return {user: profile.name for user, profile in found.items() if profile is not None and profile.name}

    async def _is_found_out(self, user: str) -> None:
        with suppress(SlackAway, SlackBusy, TooMuchWaits):
            await self._mentioned.get(user)


class _Answers(Generic[T]):
    """Answers of Slack that hold for a while. However many ask the same, and however often, Slack is asked once."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[T]],
        most_known: int,
        patience_seconds: float,
        *,
        most_asked: int | None = None,
        known: "OrderedDict[str, tuple[float, T]] | None" = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            most_asked: questions that are under way at the same time.
            known: answers that are shared with somebody who asks the same in another way.
        """
        self._ask = ask
        self._most_known = most_known
        self._most_asked = most_asked
        self._patience_seconds = patience_seconds
        self.known: OrderedDict[str, tuple[float, T]] = OrderedDict() if known is None else known
        self._asking: dict[str, asyncio.Task[T]] = {}

    def found(self, key: str, seconds: float | None = None) -> T | None:
        """The answer, if it is known and holds; with `seconds`, if it is not older than that."""
        found = self.known.get(key)
        left = 0.0 if seconds is None else _KNOWN_SECONDS - seconds
        if found is None or found[0] <= time.monotonic() + left:
            return None
        self.known.move_to_end(key)
        return found[1]

    async def get(self, key: str, seconds: float | None = None) -> T:
        """The answer; with `seconds`, one that is not older than that.

        Raises:
            Temporary: it is not known, and not found out soon.
        """
        if (found := self.found(key, seconds)) is not None:
            return found
        asking = self._asking.get(key)
        if asking is None:
            if len(self._asking) >= (self._most_asked or _MOST_ASKED):
                raise TooMuchWaits(f"Slack is asked {len(self._asking)} questions already")
            asking = self._asking[key] = asyncio.create_task(self._found_out(key))
            asking.add_done_callback(lambda done: self._asked(key, done))
        try:
            async with asyncio.timeout(self._patience_seconds):
                # Whoever gives up waiting must not take the answer from the others.
                return await asyncio.shield(asking)
        except TimeoutError as error:
            raise SlackAway(f"no answer within {self._patience_seconds:g} s") from error

    def forget(self, key: str) -> None:
        """Ask anew the next time."""
        self.known.pop(key, None)
        self._asking.pop(key, None)

    async def _found_out(self, key: str) -> T:
        answer = await self._ask(key)
        if self._asking.get(key) is not asyncio.current_task():
            return answer  # of before it was to be forgotten
        self.known[key] = (time.monotonic() + _KNOWN_SECONDS, answer)
        self.known.move_to_end(key)
        while len(self.known) > self._most_known:
            self.known.popitem(last=False)
        return answer

    def _asked(self, key: str, done: asyncio.Task[T]) -> None:
        if self._asking.get(key) is done:
            del self._asking[key]
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
        name=next(filter(None, (seen_line(str(name or "")) for name in names)), ""),
        mail=member.mail or None,
        mail_confirmed=member.mail_confirmed,
        language=locale[:2].lower() if len(locale) >= 2 else None,
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
        deleted=bool(user.get("deleted")),
        team=member.team_id,
        full=member.full,
    )
