"""Files that go through the portal: from the ticket service to whoever saves them, never held whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from portal.adapters.answering import HEADERS

log = structlog.get_logger()

_SAID: Final = ("content-type", "content-disposition")
_MOST_SECONDS: Final = 900.0
"""Whoever takes longer holds a connection to the ticket service that others need."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way through us; whoever gets it closes it.

    Attributes:
        close: gives the connection to the ticket service back.
    """

    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Passed(StreamingResponse):
    """A file that goes through us: for saving, and never shown by a browser in our name."""

    def __init__(self, download: Download) -> None:
        headers = {name: download.headers[name] for name in _SAID if name in download.headers}
        if not headers.get("content-disposition", "").startswith("attachment"):
            headers["content-disposition"] = "attachment"
        if "content-encoding" not in download.headers and "content-length" in download.headers:
            headers["content-length"] = download.headers["content-length"]
        super().__init__(download.chunks, 200, {**HEADERS, **headers, "content-security-policy": "sandbox"})
        self._download = download

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and give the connection to the ticket service back whatever happens."""
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                await super().__call__(scope, receive, send)
        except TimeoutError:  # the answer is not complete, so the server cuts the connection
            log.info("download.abandoned", seconds=_MOST_SECONDS)
        finally:
            await self._download.close()
