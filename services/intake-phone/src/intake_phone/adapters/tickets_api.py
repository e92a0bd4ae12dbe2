"""The ticket service's API, as far as calls need it: asked while somebody waits on the line, so briefly."""

from typing import Any, Final

import aiohttp

from intake_phone.errors import DeskAway, DeskRefused

_MOST: Final = 20
_DONE: Final = frozenset({"solved", "closed"})


class TicketsApi:
    """Asks the ticket service."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> None:
        self._session = session
        self._url = f"{url}/api/v1"
        self._authorization = {"authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def open_tickets(self, number: str) -> tuple[int, ...]:
        """Numbers of the tickets that somebody asks in and that are not done, newest first.

        Args:
            number: of their telephone, in E.164.

        Raises:
            DeskRefused: the ticket service says no.
            DeskAway: it did not answer.
        """
        found = await self._get("/tickets", requester=number, limit=str(_MOST))
        numbers = [int(one["number"]) for one in found["items"] if one["status"] not in _DONE]
        return tuple(sorted(numbers, reverse=True))

    async def _get(self, path: str, **parameters: str) -> Any:
        try:
            async with self._session.get(
                f"{self._url}{path}", params=parameters, headers=self._authorization, timeout=self._timeout
            ) as answer:
                if answer.status >= 500 or answer.status == 429:
                    raise DeskAway(f"GET {path}: {answer.status}")
                if answer.status >= 400:
                    raise DeskRefused(f"GET {path}: {answer.status}")
                return await answer.json()
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise DeskAway(f"GET {path}: {type(error).__name__}") from error
