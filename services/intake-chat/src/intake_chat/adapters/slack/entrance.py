"""What the ways in ask of Slack: direct messages, taking part in a channel, one message, the first word of a thread."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.entry.happenings import METADATA
from intake_chat.domain.slack.pacing import POST
from intake_chat.errors import SlackRefused

_PAGE: Final = 100
_MOST_PAGES: Final = 5
_UNSEEN: Final = frozenset({"channel_not_found", "not_in_channel", "missing_scope", "access_denied", "is_archived"})


class Entrance:
    """The workspace, as far as ways in need it."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut) -> None:
        self._client = client
        self._way_out = way_out

    async def take_part(self, channel: str) -> bool:
        """Whether the app hears what is said in a channel and can answer there; joins where anybody may.

        Raises:
            SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        try:
            answer = await self._way_out.call(
                "conversations.info", Lane.CUSTOMER, partial(self._client.conversations_info, channel=channel)
            )
            found: Mapping[str, Any] = answer.get("channel") or {}
            if found.get("is_archived"):
                return False
            if found.get("is_im") or found.get("is_member"):
                return True
            await self._way_out.call(
                "conversations.join", Lane.CUSTOMER, partial(self._client.conversations_join, channel=channel)
            )
        except SlackRefused:
            return False
        return True

    async def direct(self, user: str) -> str:
        """The direct conversation of the app with somebody.

        Raises:
            SlackRefused: there can be none: they have left, or are a bot.
            SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        answer = await self._way_out.call(
            "conversations.open", Lane.CUSTOMER, partial(self._client.conversations_open, users=[user])
        )
        return str(answer["channel"]["id"])

    async def message(self, channel: str, ts: str) -> Mapping[str, Any] | None:
        """One message, in a thread or not, as Slack shows it; None: it is gone, or not for us to see.

        Raises:
            SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(
            self._client.conversations_replies,
            channel=channel,
            ts=ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            limit=2,
            include_all_metadata=True,
        )
        try:
            answer = await self._way_out.call("conversations.replies", Lane.CUSTOMER, call)
        except SlackRefused as error:
            if error.code in _UNSEEN or error.code in ("thread_not_found", "message_not_found"):
                return None
            raise
        return next((one for one in answer.get("messages") or () if one.get("ts") == ts), None)

    async def begin(self, channel: str, text: str, request: str) -> str:
        """Write the first message of a conversation; returns its time stamp.

        Args:
            text: in Slack's words.
            request: by which it is found again.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        answer = await self._way_out.call(
            POST,
            Lane.CUSTOMER,
            partial(
                self._client.chat_postMessage,
                channel=channel,
                text=text,
                metadata={"event_type": METADATA, "event_payload": {"request": request}},
                unfurl_links=False,
                unfurl_media=False,
            ),
            channel=channel,
        )
        return str(answer["ts"])

    async def begun(self, channel: str, request: str) -> str | None:
        """The first message that was written for a request, if one was lately.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = await self._way_out.call(
                "conversations.history",
                Lane.CUSTOMER,
                partial(
                    self._client.conversations_history,
                    channel=channel,
                    include_all_metadata=True,
                    limit=_PAGE,
                    cursor=cursor or None,
                ),
            )
            for message in answer.get("messages") or ():
                if _request_of(message) == request:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None


def _request_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("request") if metadata.get("event_type") == METADATA else None
