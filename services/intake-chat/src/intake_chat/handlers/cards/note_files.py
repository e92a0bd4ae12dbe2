"""Files that agents drop into the thread of a card, kept at the desk for their note; it waits for none of them long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from intake_chat.domain.slack.events import File
from intake_chat.errors import DeskRefused, SlackAway

log = structlog.get_logger()

_MOST_FILES: Final = 10
_MOST_BYTES: Final = 20 * 1024 * 1024
"""The ticket service takes no more with one message."""
_TRIES: Final = 5
"""After so many a note goes with the names of what Slack does not give."""
_AT_ONCE: Final = 2
_UPLOAD_SECONDS: Final = 30.0


class ReadsFiles(Protocol):
    """Files of Slack; `adapters.slack.files.Files` reads them."""

    async def content(self, file: File) -> bytes | None:
        """What a file holds; None: it is too large, or Slack does not give it to us."""


class StoresFiles(Protocol):
    """The ticket service; `adapters.tickets_api.TicketsApi` is."""

    async def upload(self, name: str, media_type: str, data: bytes, seconds: float) -> str:
        """The id of a file that a note may name from now on."""


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Ids of the files at the desk, and names of those that stay in Slack alone."""

    ids: Sequence[str] = ()
    only_named: Sequence[str] = ()


class NoteFiles:
    """Fetches from Slack and stores at the desk."""

    def __init__(self, slack: ReadsFiles, desk: StoresFiles) -> None:
        self._slack = slack
        self._desk = desk
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def keep(self, files: Sequence[File], tries: int) -> KeptFiles:
        """Store the files of a message.

        Args:
            tries: how often this was tried, with this time.

        Raises:
            SlackAway, DeskAway: to be done again.
        """
        ids: list[str] = []
        named: list[str] = []
        left = _MOST_BYTES
        async with self._slots:
            for file in files:
                data = await self._content(file, tries) if len(ids) < _MOST_FILES and file.size_bytes <= left else None
                id_ = await self._stored(file, data) if data and len(data) <= left else None
                if id_ is None or data is None:
                    named.append(file.name)
                else:
                    ids.append(id_)
                    left -= len(data)
        return KeptFiles(ids, named)

    async def _content(self, file: File, tries: int) -> bytes | None:
        try:
            return await self._slack.content(file)
        except SlackAway as error:
            if tries < _TRIES:
                raise
            log.info("note_file.given_up", reason=str(error))
            return None

    async def _stored(self, file: File, data: bytes) -> str | None:
        try:
            return await self._desk.upload(file.name or "file", file.media_type, data, _UPLOAD_SECONDS)
        except DeskRefused as error:
            log.info("note_file.refused", reason=error.code)
            return None
