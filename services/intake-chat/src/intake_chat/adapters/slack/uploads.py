"""Puts files of the desk into threads of Slack: announced, uploaded, shared in one message with the words."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat.adapters.slack.way_out import Call, Lane, WayOut
from intake_chat.domain.slack.outgoing_files import Share, shares_in
from intake_chat.errors import SlackAway, SlackRefused

COMPLETE: Final = "files.completeUploadExternal"
_UPLOAD: Final = "files.getUploadURLExternal"
_SECONDS: Final = 60.0
_GONE: Final = frozenset({"message_not_found", "file_not_found", "file_deleted"})


class Uploads:
    """Uploads with the app's token; the bytes go without it, to an address that Slack names for them."""

    def __init__(
        self, client: AsyncWebClient, way_out: WayOut, session: aiohttp.ClientSession, hosts: frozenset[str]
    ) -> None:
        """Nothing is uploaded yet.

        Args:
            hosts: to which files may be sent, each with all hosts below it.
        """
        self._client = client
        self._way_out = way_out
        self._session = session
        self._hosts = hosts

    async def upload(self, name: str, data: bytes) -> str:
        """The id of a file that nobody sees before it is shared.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(self._client.files_getUploadURLExternal, filename=name, length=len(data))
        answer = await self._way_out.call(_UPLOAD, Lane.CUSTOMER, call)
        address = str(answer["upload_url"])
        host = urlsplit(address).hostname or ""
        if not any(host == own or host.endswith(f".{own}") for own in self._hosts):
            raise SlackRefused(_UPLOAD, "foreign_host", "its address for the bytes is not Slack's")
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._session.post(
                    address,
                    data=data,
                    headers={"content-type": "application/octet-stream"},
                    timeout=aiohttp.ClientTimeout(total=None),
                    allow_redirects=False,
                ) as done,
            ):
                status = done.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAway(f"a file cannot be uploaded: {type(error).__name__}") from error
        if status >= 500 or status == 429:
            raise SlackAway(f"a file cannot be uploaded: {status}")
        if status != 200:
            raise SlackRefused(_UPLOAD, f"http_{status}", "the bytes were not taken")
        return str(answer["file_id"])

    async def share(self, channel: str, root: str, text: str, files: Sequence[tuple[str, str]]) -> None:
        """Post uploaded files (id, title) and a text in a thread, as one message.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(
            self._client.files_completeUploadExternal,
            files=[{"id": id_, "title": title} for id_, title in files],
            channel_id=channel,
            thread_ts=root,
            initial_comment=text,
        )
        await self._way_out.call(COMPLETE, Lane.CUSTOMER, call, channel=channel)

    async def find_share(self, channel: str, file: str) -> Share | None:
        """The message of a channel that holds a file; None: none does, as far as Slack knows yet.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        try:
            answer = await self._way_out.call(
                "files.info", Lane.CUSTOMER, partial(self._client.files_info, file=file, limit=1)
            )
        except SlackRefused as error:
            if error.code in ("file_not_found", "file_deleted"):
                return None  # what was never shared is not to be seen
            raise
        return shares_in(answer.get("file") or {}, channel)

    async def stands_in(self, channel: str, root: str, ts: str) -> bool:
        """Whether a message is in a thread.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        call = partial(
            self._client.conversations_replies, channel=channel, ts=root, oldest=ts, latest=ts, inclusive=True, limit=10
        )
        try:
            answer = await self._way_out.call("conversations.replies", Lane.CUSTOMER, call)
        except SlackRefused as error:
            if error.code == "thread_not_found":
                return False
            raise
        return any(message.get("ts") == ts for message in answer.get("messages") or ())

    async def take_back(self, channel: str, ts: str, files: Sequence[str], *, gone_before: bool = False) -> None:
        """Delete a message of ours and the files in it.

        Args:
            gone_before: what is not there any more was deleted before, and is no fault.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `WayOut.call`.
        """
        await self._delete("chat.delete", partial(self._client.chat_delete, channel=channel, ts=ts), gone_before)
        for file in files:
            await self._delete("files.delete", partial(self._client.files_delete, file=file), gone_before)

    async def _delete(self, method: str, call: Call, gone_before: bool) -> None:  # as `take_back` has it
        try:
            await self._way_out.call(method, Lane.CUSTOMER, call)
        except SlackRefused as error:
            if not gone_before or error.code not in _GONE:
                raise
