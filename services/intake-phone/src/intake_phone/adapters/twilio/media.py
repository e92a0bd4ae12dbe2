"""Fetches files and recordings that lie at Twilio's, and keeps them as the desk keeps all files."""

import asyncio
import mimetypes
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from yarl import URL

from intake_phone.adapters.twilio.tokens import REFUSED, Header, Tokens
from intake_phone.errors import TwilioAway
from intake_phone.ports.phone import Fetched
from ventanilla_contracts.events import Attachment
from ventanilla_contracts.file_names import shown_filename
from ventanilla_contracts.file_types import file_type_of
from ventanilla_runtime.blobs import Blobs

log = structlog.get_logger()

BUCKET: Final = "attachments"
MISSING, LARGE = "attachments_cut", "attachments_large"
"""Defects of a message: some file is missing; one of them was too large."""
_CHUNK_BYTES: Final = 256 * 1024
_SECONDS: Final = 60.0
_MOST_HOPS: Final = 3
_NOT_READY: Final = 404
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


class _TooLarge(Exception):  # never leaves this module
    pass


class Files:
    """Downloads with the account's secret, which is shown to Twilio's own hosts alone."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        blobs: Blobs,
        address: str,
        hosts: frozenset[str],
        limit_bytes: int,
    ) -> None:
        """Nothing is fetched yet.

        Args:
            address: of Twilio's REST API; files are had without TLS only from its host, and only if it has none either.
            hosts: from which files may be had, each with all hosts below it.
            limit_bytes: a larger file is left out.
        """
        self._session = session
        self._tokens = tokens
        self._blobs = blobs
        self._recordings = f"{address}/2010-04-01/Accounts/{tokens.account}/Recordings"
        self._hosts = hosts
        api = urlsplit(address)
        self._plain = None if api.scheme == "https" else api.hostname
        self._limit_bytes = limit_bytes

    async def fetch(self, urls: Sequence[tuple[str, str]], owner: str) -> Fetched:
        """Files by (address, media type); about those that are too large or not to be had there is a word.

        Raises:
            TwilioAway: Twilio cannot be asked.
            Temporary: the broker cannot be reached.
        """
        found: list[Attachment] = []
        missing: list[str] = []
        for position, (url, media_type) in enumerate(urls, 1):
            try:
                data = await self._content(url)
            except _TooLarge:
                missing += (MISSING, LARGE)
                continue
            if data is None:
                missing.append(MISSING)
                continue
            found.append(await self.keep(data, f"file-{position}{_ending(media_type)}", media_type, owner))
        return Fetched(found, tuple(dict.fromkeys(missing)))

    async def keep(self, data: bytes, name: str, media_type: str, owner: str) -> Attachment:
        """Bytes as a file of the desk's.

        Raises:
            Temporary: the broker cannot be reached.
        """
        blob = await self._blobs.put(BUCKET, data, content_type=media_type, owners=[owner])
        shown = shown_filename(name)
        kind = file_type_of(data, shown, media_type)
        return Attachment(
            filename=shown,
            content_type=media_type,
            size_bytes=len(data),
            sha256=sha256(data).hexdigest(),
            blob=blob,
            detected_type=kind.detected,
            dangerous=kind.dangerous,
        )

    async def recording(self, sid: str, form: str = "mp3") -> bytes | None:
        """The sound of a recording, as `mp3` or `wav`; None: there is none, or it is too large.

        Raises:
            TwilioAway: Twilio cannot be asked, or the recording is not ready.
        """
        try:
            return await self._content(f"{self._recordings}/{sid}.{form}", late=True)
        except _TooLarge:
            return None

    async def _content(self, url: str, *, late: bool = False) -> bytes | None:
        """What lies at an address; None: it is not to be had there.

        Args:
            late: what is not there may come yet.

        Raises:
            TwilioAway: Twilio cannot be asked.
            _TooLarge: it is larger than what is kept.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                for _ in range(_MOST_HOPS):
                    if not self._is_theirs(url):
                        log.warning("file.elsewhere", host=(urlsplit(url).hostname or "")[:80])
                        return None
                    async with await self._tokens.shown(partial(self._get, url), _status) as answer:
                        if answer.status not in _MOVED:
                            return await self._read(answer, late=late)
                        url = str(answer.url.join(URL(answer.headers.get("location", ""))))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TwilioAway(f"a file cannot be fetched: {type(error).__name__}") from error
        return None

    async def _get(self, url: str, who: Header) -> aiohttp.ClientResponse:
        answer = await self._session.get(url, headers=who, allow_redirects=False)
        if answer.status == REFUSED:
            answer.release()
        return answer

    async def _read(self, answer: aiohttp.ClientResponse, *, late: bool) -> bytes | None:
        if answer.status >= 500 or answer.status == 429 or (late and answer.status == _NOT_READY):
            raise TwilioAway(f"a file cannot be fetched: {answer.status}")
        if answer.status != 200:
            log.info("file.refused", status=answer.status)
            return None
        data = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
            data += chunk
            if len(data) > self._limit_bytes:
                raise _TooLarge
        return bytes(data)

    def _is_theirs(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and (parts.scheme, host) != ("http", self._plain):
            # The secret travels with the question.
            return False
        return any(host == own or host.endswith(f".{own}") for own in self._hosts)


def _status(answer: aiohttp.ClientResponse) -> int:
    return answer.status


def _ending(media_type: str) -> str:
    return mimetypes.guess_extension(media_type) or ""
