"""What was said in a workspace, as Slack's history gives it: read last of all, when nobody else wants to go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut

log = structlog.get_logger()

LARGE_PAGE: Final = 200
SMALL_PAGE: Final = 15
"""Slack gives no more at once to apps with the small budget."""
_PLACES_PAGE: Final = 200
_MOST_PLACE_PAGES: Final = 50
_MOST_REPLY_PAGES: Final = 20
_CHANNELS: Final = "public_channel,private_channel"
_KINDS: Final = f"{_CHANNELS},im"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation that the app is in.

    Attributes:
        kind: `im`, `group` or `channel`, as events call it.
    """

    channel: str
    kind: str
    archived: bool
    updated: float


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the newest first; `more`: older ones are behind them."""

    messages: Sequence[Json]
    more: bool


class History:
    """Reads conversations of the workspace that the app's token belongs to."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut, *, small: bool) -> None:
        self._client = client
        self._way_out = way_out
        self._limit = SMALL_PAGE if small else LARGE_PAGE

    async def ourselves(self) -> tuple[str, frozenset[str]]:
        """The workspace, and the ids of this app in it: of its user and of its bot.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        answer = await self._way_out.call("auth.test", Lane.READING, self._client.auth_test)
        return str(answer["team_id"]), frozenset(
            str(answer[name]) for name in ("user_id", "bot_id") if answer.get(name)
        )

    async def places(self, *, direct: bool = True) -> Sequence[Place]:
        """The conversations that the app is in, those with the latest change first.

        Args:
            direct: direct messages too, of which there may be thousands.

        Raises:
            as `ourselves`.
        """
        found: list[Place] = []
        cursor = ""
        for _ in range(_MOST_PLACE_PAGES):
            answer = await self._way_out.call(
                "users.conversations",
                Lane.READING,
                partial(
                    self._client.users_conversations,
                    types=_KINDS if direct else _CHANNELS,
                    limit=_PLACES_PAGE,
                    cursor=cursor or None,
                ),
            )
            found += map(_place, answer.get("channels") or ())
            cursor = _cursor(answer)
            if not cursor:
                break
        else:
            log.warning("places.cut", places=len(found))
        return sorted(found, key=lambda place: place.updated, reverse=True)

    async def page(self, channel: str, oldest: str, latest: str) -> Page:
        """The newest messages of a conversation between two time stamps, neither of them included.

        Raises:
            as `ourselves`.
        """
        answer = await self._way_out.call(
            "conversations.history",
            Lane.READING,
            partial(
                self._client.conversations_history, channel=channel, oldest=oldest, latest=latest, limit=self._limit
            ),
        )
        messages = sorted(answer.get("messages") or (), key=lambda one: str(one.get("ts", "")), reverse=True)
        return Page(messages, bool(answer.get("has_more")) and bool(messages))

    async def replies(self, channel: str, root: str, after: str) -> Sequence[Json]:
        """What was replied below a message after a time stamp, the oldest first.

        Raises:
            as `ourselves`.
        """
        return (await self.thread(channel, root, after))[1]

    async def thread(self, channel: str, root: str, after: str) -> tuple[Json | None, Sequence[Json]]:
        """The first message of a thread, or what stands in its place, and the replies as `replies` gives them.

        Raises:
            as `ourselves`.
        """
        first: Json | None = None
        found: list[Json] = []
        cursor = ""
        for _ in range(_MOST_REPLY_PAGES):
            answer = await self._way_out.call(
                "conversations.replies",
                Lane.READING,
                partial(
                    self._client.conversations_replies,
                    channel=channel,
                    ts=root,
                    oldest=after,
                    limit=self._limit,
                    cursor=cursor or None,
                ),
            )
            # Slack puts the first message of the thread in front of each page.
            first = next((one for one in answer.get("messages") or () if one.get("ts") == root), first)
            found += [one for one in answer.get("messages") or () if one.get("ts") != root]
            cursor = _cursor(answer)
            if not cursor:
                break
        else:
            log.warning("thread.cut", channel=channel, messages=len(found))
        return first, sorted(found, key=lambda one: str(one.get("ts", "")))


def _place(channel: Json) -> Place:
    kind = "im" if channel.get("is_im") else "group" if channel.get("is_private") else "channel"
    updated = channel.get("updated") or channel.get("created") or 0
    # Slack gives `updated` in milliseconds, `created` in seconds.
    seconds = updated / 1000 if updated > 10**11 else updated
    return Place(str(channel["id"]), kind, bool(channel.get("is_archived")), float(seconds))


def _cursor(answer: Any) -> str:
    return (answer.get("response_metadata") or {}).get("next_cursor") or ""
