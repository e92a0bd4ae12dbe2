"""Cards and their threads in Slack's channels. Every call goes out by the one way out, made when its turn has come."""

from functools import partial
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Answer, Call, Lane, Unasked, WayOut
from intake_chat.domain.slack.pacing import POST
from intake_chat.domain.slack.places import fell_out
from intake_chat.errors import SlackRefused
from intake_chat.ports.cards import Make, Post

UPDATE: Final = "chat.update"
_PAGE: Final = 200
_MOST_PAGES: Final = 10
_SLACK_MARGIN_SECONDS: Final = 30.0
"""So far Slack's clock and ours may be apart."""


class CardBoard:
    """The channels of the workspace that the app's token belongs to."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut, lane: Lane | None = None) -> None:
        """Nothing is shown yet.

        Args:
            lane: of all that goes out here; None: new cards go before changes of cards.
        """
        self._client = client
        self._way_out = way_out
        self._new, self._changed = (Lane.NEW_CARD, Lane.CARD) if lane is None else (lane, lane)

    async def post(self, channel: str, make: Make) -> str | None:
        """Post a card; its time stamp, None where there was nothing to post any more.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`; and whatever `make` raises.
        """
        post = partial(self._client.chat_postMessage, channel=channel, unfurl_links=False, unfurl_media=False)
        answer = await self._way_out.call(POST, self._new, _made(make, post), channel=channel)
        return str(answer["ts"]) if answer.get("ts") else None

    async def update(self, channel: str, ts: str, make: Make, *, yields_seconds: float = 0.0) -> bool:
        """Change a message; False where there was nothing to change any more.

        Args:
            yields_seconds: as `WayOut.call`.

        Raises:
            as `post`.
        """
        change = partial(self._client.chat_update, channel=channel, ts=ts)
        answer = await self._way_out.call(UPDATE, self._changed, _made(make, change), yields_seconds=yields_seconds)
        return not isinstance(answer, Unasked)

    async def say(self, channel: str, root: str, make: Make) -> str | None:
        """Post into a thread; its time stamp.

        Raises:
            as `post`; SlackRefused also where the thread's first message is gone.
        """
        post = partial(
            self._client.chat_postMessage, channel=channel, thread_ts=root, unfurl_links=False, unfurl_media=False
        )
        answer = await self._way_out.call(POST, self._changed, _made(make, post), channel=channel)
        if not answer.get("ts"):
            return None
        ts = str(answer["ts"])
        if fell_out(answer.get("message"), root):
            # The card is gone: Slack has put the line into the channel itself.
            delete = partial(self._client.chat_delete, channel=channel, ts=ts)
            await self._way_out.call("chat.delete", self._changed, delete)
            raise SlackRefused(POST, "message_not_found", "the card was deleted")
        return ts

    async def find(self, channel: str, kind: str, name: str, value: str, since: float) -> str | None:
        """The time stamp of what was posted in a channel with this in its metadata; None: nothing was.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        oldest = f"{since - _SLACK_MARGIN_SECONDS:.6f}"
        history = partial(self._client.conversations_history, channel=channel, oldest=oldest)
        return await self._search("conversations.history", history, kind, name, value)

    async def find_line(self, channel: str, root: str, kind: str, name: str, value: str) -> str | None:
        """The same, in a thread.

        Raises:
            as `find`.
        """
        replies = partial(self._client.conversations_replies, channel=channel, ts=root)
        return await self._search("conversations.replies", replies, kind, name, value)

    async def _search(self, method: str, ask: partial[Any], kind: str, name: str, value: str) -> str | None:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = partial(ask, include_all_metadata=True, limit=_PAGE, cursor=cursor)
            answer = await self._way_out.call(method, self._new, page)
            for message in answer.get("messages") or ():
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == kind and (metadata.get("event_payload") or {}).get(name) == value:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None
        return None


def _made(make: Make, send: partial[Any]) -> Call:
    """A call that is put together when its turn has come; where there is nothing to say, Slack is not asked."""

    async def call() -> Answer:
        made: Post | None = await make()
        if made is None:
            return Unasked()
        metadata = {"event_type": made.kind, "event_payload": dict(made.payload or {})} if made.kind else None
        answer: Answer = await send(text=made.text, blocks=made.blocks, **({"metadata": metadata} if metadata else {}))
        return answer

    return call
