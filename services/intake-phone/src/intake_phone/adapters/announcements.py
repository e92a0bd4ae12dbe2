"""What the desk announces now, beside everything else that is known of a caller.

It is asked for every few seconds, whoever calls or not, so that no call waits for it; while nothing changes the answer
is empty. While the desk is away the last word holds for some minutes: an outage often takes the desk along.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

import aiohttp
import structlog

from intake_phone.domain.calls.facts import Announcement, Facts
from intake_phone.domain.calls.state import KEY
from intake_phone.domain.numbers import Caller
from intake_phone.errors import DeskAway, DeskRefused
from intake_phone.ports.calls import KnowsCallers

log = structlog.get_logger()

EVERY_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 600.0
_MOST: Final = 20
_NOT_MODIFIED: Final = 304

Tagged = tuple[str, tuple[Announcement, ...]]


class AsksAnnouncements(Protocol):
    """Asks the ticket service; `AnnouncementsApi` does."""

    async def announcements(self, tag: str) -> Tagged | None:
        """What is announced, with the tag of the answer; None: the same as under this tag.

        Raises:
            DeskAway, DeskRefused: nobody can tell now.
        """


class AnnouncementsApi:
    """Asks the ticket service's API."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> None:
        self._session = session
        self._url = f"{url}/api/v1/announcements"
        self._authorization = {"authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def announcements(self, tag: str) -> Tagged | None:
        """As `AsksAnnouncements` has it."""
        headers = self._authorization | ({"if-none-match": tag} if tag else {})
        try:
            async with self._session.get(self._url, headers=headers, timeout=self._timeout) as answer:
                if answer.status == _NOT_MODIFIED:
                    return None
                if answer.status >= 500 or answer.status == 429:
                    raise DeskAway(f"GET /announcements: {answer.status}")
                if answer.status >= 400:
                    raise DeskRefused(f"GET /announcements: {answer.status}")
                found = await answer.json()
                return answer.headers.get("etag", ""), tuple(map(_read, found["items"][:_MOST]))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise DeskAway(f"GET /announcements: {type(error).__name__}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DeskRefused("GET /announcements: the answer is no list of announcements") from error


class Board:
    """What is announced, as it was told last."""

    def __init__(self, desk: AsksAnnouncements | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known yet. `desk` None: nobody can be asked."""
        self._desk = desk
        self._clock = clock
        self._known: tuple[Announcement, ...] = ()
        self._tag = ""
        self._told_at = float("-inf")
        self._worried = False

    def current(self) -> tuple[Announcement, ...]:
        """The most important first; nothing while nobody has been able to tell for long. Waits for nothing."""
        return self._known if self._clock() - self._told_at <= KEPT_SECONDS else ()

    async def run(self) -> None:
        """Ask until cancelled."""
        while self._desk is not None:
            await self.ask_once()
            await asyncio.sleep(EVERY_SECONDS)

    async def ask_once(self) -> None:
        """Ask what is announced now; what was known stays where nobody can tell."""
        if self._desk is None:
            return
        try:
            told = await self._desk.announcements(self._tag)
        except (DeskAway, DeskRefused) as error:
            if not self._worried:  # said once, not every few seconds
                log.warning("announcements.unknown", error=error)
            self._worried = True
            return
        self._worried = False
        self._told_at = self._clock()
        if told is not None:
            self._tag, self._known = told
            log.info("announcements.changed", count=len(self._known))


class WithAnnouncements:
    """What is known of callers, with what is announced to all of them."""

    def __init__(self, callers: KnowsCallers, board: Board) -> None:
        self._callers = callers
        self._board = board

    async def facts(self, caller: Caller, call: str, number: str) -> Facts:
        """What is known of a call."""
        return replace(await self._callers.facts(caller, call, number), announcements=self._board.current())

    async def remember_language(self, caller: Caller, language: str) -> None:
        """Keep in which language somebody chose to be spoken to. Raises Temporary."""
        await self._callers.remember_language(caller, language)


def _read(item: Mapping[str, Any]) -> Announcement:
    key, texts = item["key"], item["texts"]
    if not KEY.match(key):
        raise ValueError("no key of an announcement")
    return Announcement(key, {str(language): str(text) for language, text in texts.items()})
