"""Slack's Web API, as far as the desk asks for it. Every call goes out by the one way out."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.pacing import POST
from intake_chat.domain.slack.places import fell_out, is_direct
from intake_chat.errors import SlackRefused, StandsApart

METADATA: Final = "ventanilla_notification"
UPDATE: Final = "chat.update"
_PAGE: Final = 200
_MOST_PAGES: Final = 5


class Slack:
    """The workspace that the app's token belongs to."""

    def __init__(self, client: AsyncWebClient, way_out: WayOut) -> None:
        self._client = client
        self._way_out = way_out

    async def post(self, channel: str, root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        """Post into a thread for a customer; returns the time stamp of the message.

        Args:
            automatic: nobody wrote it; what people write goes first.

        Raises:
            StandsApart: in direct messages: the first message is gone, and this one stands by itself.
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        metadata = _metadata_of(notification)
        answer = await self._way_out.call(
            POST,
            Lane.AUTOMATIC if automatic else Lane.CUSTOMER,
            partial(
                self._client.chat_postMessage,
                channel=channel,
                thread_ts=root,
                text=text,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            ),
            channel=channel,
        )
        ts = str(answer["ts"])
        if fell_out(answer.get("message"), root):
            if is_direct(channel):
                raise StandsApart(POST, ts)  # which nobody else reads
            # The first message is gone: Slack has put the answer into the channel, before everybody's eyes.
            await self._way_out.call(
                "chat.delete", Lane.CUSTOMER, partial(self._client.chat_delete, channel=channel, ts=ts)
            )
            raise SlackRefused(POST, "thread_gone", "the message that it answers was deleted")
        return ts

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        """The time stamp of what was posted for a notification; None: nothing was.

        Args:
            since: Unix time before which it was not posted. A thread may be longer than what is read of it.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = await self._way_out.call(
                "conversations.replies",
                Lane.CUSTOMER,
                partial(
                    self._client.conversations_replies,
                    channel=channel,
                    ts=root,
                    oldest=f"{since:.6f}",
                    include_all_metadata=True,
                    limit=_PAGE,
                    cursor=cursor or None,
                ),
            )
            for message in answer.get("messages") or ():
                if _notification_of(message) == notification:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        return None

    async def find_apart(self, channel: str, notification: str, since: float) -> str | None:
        """The time stamp of what was posted for a notification below no other message; None: nothing was.

        Args:
            since: Unix time before which it was not posted.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(
            self._client.conversations_history,
            channel=channel,
            oldest=f"{since:.6f}",
            include_all_metadata=True,
            limit=_PAGE,
        )
        answer = await self._way_out.call("conversations.history", Lane.CUSTOMER, call)
        found = (str(one["ts"]) for one in answer.get("messages") or () if _notification_of(one) == notification)
        return next(found, None)

    async def change(self, channel: str, ts: str, text: str, notification: str = "") -> None:
        """Let a message of ours say something else; Slack shows that it was edited.

        Args:
            notification: that it carries, where it carries one.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        carried = _metadata_of(notification) if notification else None  # what is not given stays
        # Unlike for a new message, Slack would look for names and channels in the text by itself.
        change = partial(self._client.chat_update, channel=channel, ts=ts, text=text, parse="none", metadata=carried)
        await self._way_out.call(UPDATE, Lane.CUSTOMER, change)

    async def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of ours.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        await self._way_out.call(
            "chat.delete", Lane.CUSTOMER, partial(self._client.chat_delete, channel=channel, ts=ts)
        )

    async def user(self, user: str, lane: Lane = Lane.CUSTOMER) -> Mapping[str, Any]:
        """What Slack says of a user (`user` of users.info); empty where it says nothing.

        Args:
            lane: who writes is asked about before whom they name.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        answer = await self._way_out.call(
            "users.info", lane, partial(self._client.users_info, user=user, include_locale=True)
        )
        found: Mapping[str, Any] = answer.get("user") or {}
        return found

    async def file(self, file: str) -> Mapping[str, Any]:
        """What Slack says of a file (`file` of files.info); empty where it says nothing.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(self._client.files_info, file=file)
        answer = await self._way_out.call("files.info", Lane.CUSTOMER, call)
        found: Mapping[str, Any] = answer.get("file") or {}
        return found

    async def team(self, team: str) -> Mapping[str, Any]:
        """What Slack says of a workspace with which we share a channel (`team` of team.info); empty: nothing.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        answer = await self._way_out.call("team.info", Lane.CUSTOMER, partial(self._client.team_info, team=team))
        found: Mapping[str, Any] = answer.get("team") or {}
        return found


def _metadata_of(notification: str) -> dict[str, Any]:
    return {"event_type": METADATA, "event_payload": {"notification": notification}}


def _notification_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("notification") if metadata.get("event_type") == METADATA else None
