"""Fetches what customers upload in Slack, and keeps it as the desk keeps all files."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from intake_chat.domain.slack.events import File, file_of
from intake_chat.domain.slack.normalise import Fetched
from intake_chat.errors import SlackAway, SlackRefused
from ventanilla_contracts.events import Attachment
from ventanilla_contracts.file_names import shown_filename
from ventanilla_contracts.file_types import file_type_of
from ventanilla_runtime.blobs import Blobs

log = structlog.get_logger()

BUCKET: Final = "attachments"
MOST_FILES: Final = 20
_CHUNK_BYTES: Final = 256 * 1024
_SECONDS: Final = 60.0
_NOT_LET_IN: Final = frozenset({301, 302, 303, 307, 401, 403})
"""The token was not taken, or is not for this file: instead of a word for it, Slack leads to a page to sign in."""


class _NoAccess(Exception):  # never leaves this module
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Files:
    """Downloads with the app's token; only from where Slack keeps files."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        blobs: Blobs,
        hosts: frozenset[str],
        limit_bytes: int,
        about: Callable[[str], Awaitable[Mapping[str, Any]]] | None = None,
    ) -> None:
        """Nothing is fetched yet.

        Args:
            about: what Slack says of a file when asked; None: it is not asked.
            hosts: which the token may be shown to, each with all hosts below it.
            limit_bytes: a larger file is left out.
        """
        self._session = session
        self._token = token
        self._blobs = blobs
        self._hosts = hosts
        self._limit_bytes = limit_bytes
        self._about = about

    async def fetch(self, files: Sequence[File], owner: str) -> Fetched:
        """The files of a message; about those that are too large or not to be had there is a word each.

        Raises:
            SlackAway, SlackBusy, TooMuchWaits: Slack cannot be asked.
            Temporary: the broker cannot be reached.
        """
        attachments: list[Attachment] = []
        missing: list[str] = []
        for named in files[:MOST_FILES]:
            file = await self._known(named)
            data = await self._bytes(file)
            if data is None:
                missing.append("attachments_cut")
                continue
            blob = await self._blobs.put(BUCKET, data, content_type=file.media_type, owners=[owner])
            name = shown_filename(file.name)
            kind = file_type_of(data, name, file.media_type)
            attachments.append(
                Attachment(
                    filename=name,
                    content_type=file.media_type,
                    size_bytes=len(data),
                    sha256=sha256(data).hexdigest(),
                    blob=blob,
                    detected_type=kind.detected,
                    dangerous=kind.dangerous,
                )
            )
        if len(files) > MOST_FILES:
            missing.append("attachments_cut")
        return Fetched(attachments, tuple(dict.fromkeys(missing)))

    async def content(self, file: File) -> bytes | None:
        """What a file holds, of which nothing is kept; None: it is too large, or Slack does not give it to us.

        Raises:
            SlackAway, SlackBusy, TooMuchWaits: Slack cannot be asked.
        """
        return await self._bytes(await self._known(file))

    async def _known(self, file: File) -> File:
        """The file with all that Slack tells of it, where a message only named it."""
        if file.url is not None or not file.id or self._about is None:
            return file
        try:
            return file_of(await self._about(file.id))
        except SlackRefused as error:
            log.info("file.refused", code=error.code)
            return file

    async def _bytes(self, file: File) -> bytes | None:
        """What a file holds; None: it is too large, or Slack does not give it to us."""
        if file.url is None or file.size_bytes > self._limit_bytes or not self._is_slacks(file.url):
            log.info("file.left_out", size_bytes=file.size_bytes, given=file.url is not None)
            return None
        try:
            return await self._download(file.url)
        except _NoAccess as error:
            if not await self._is_ours_to_see(file):
                log.info("file.refused", status=error.status)
                return None
        try:
            return await self._download(file.url)  # the token works by now
        except _NoAccess as error:
            log.info("file.refused", status=error.status)
            return None

    async def _is_ours_to_see(self, file: File) -> bool:
        """Whether Slack still tells of a file that it did not give us.

        Raises:
            SlackAway: the token is dead, which a download does not say: the file waits for the next one.
        """
        if self._about is None or not file.id:
            return False
        try:
            await self._about(file.id)
        except SlackRefused:
            return False
        return True

    async def _download(self, url: str) -> bytes | None:
        headers = {"authorization": f"Bearer {self._token}"}
        try:
            async with asyncio.timeout(_SECONDS):
                # The token goes to Slack's own hosts alone: a redirect to a page where one signs in is no file.
                async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                    return await self._read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackAway(f"a file cannot be fetched: {type(error).__name__}") from error

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes | None:
        if answer.status >= 500 or answer.status == 429:
            raise SlackAway(f"a file cannot be fetched: {answer.status}")
        if answer.status in _NOT_LET_IN:
            raise _NoAccess(answer.status)
        if answer.status != 200:
            log.info("file.refused", status=answer.status)
            return None
        data = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
            data += chunk
            if len(data) > self._limit_bytes:
                return None
        return bytes(data)

    def _is_slacks(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return any(host == own or host.endswith(f".{own}") for own in self._hosts)
