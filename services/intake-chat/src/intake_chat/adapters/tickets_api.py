"""The ticket service's API, as far as agents in Slack need it. What an agent does is done as that agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import structlog

from intake_chat.errors import DeskAway, DeskRefused

log = structlog.get_logger()

_AGENT, _VIA = "Ventanilla-Agent", "Ventanilla-Via"
_KEY: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Actor:
    """An agent who does something in Slack.

    Attributes:
        user: who they are there, `T…/U…`.
    """

    handle: str
    name: str
    user: str


class TicketsApi:
    """Asks and tells the ticket service."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, timeout_seconds: float) -> None:
        self._session = session
        self._url = f"{url.rstrip('/')}/api/v1"
        self._authorization = {"authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def get(self, path: str, **parameters: str) -> Any:
        """The JSON of an answer.

        Raises:
            DeskRefused: the ticket service says no; its words say why.
            DeskAway: it did not answer.
        """
        return await self._ask("GET", path, parameters=parameters)

    async def act(
        self,
        method: str,
        path: str,
        actor: Actor | None,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Do something, as an agent or as this service; returns the JSON of the answer.

        Args:
            key: doing it again with the same key changes nothing.
            seconds: how long to wait, where somebody waits for the answer.

        Raises:
            DeskRefused: the ticket service says no; nothing was done.
            DeskAway: it did not answer; it may have been done.
        """
        headers = {} if actor is None else {_AGENT: actor.handle, _VIA: f"slack:{actor.user}"}
        if key is not None:
            headers[_KEY] = key
        return await self._ask(method, path, body=body, headers=headers, seconds=seconds)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Any:
        timeout = aiohttp.ClientTimeout(total=seconds) if seconds else self._timeout
        try:
            async with self._session.request(
                method,
                f"{self._url}{path}",
                params=parameters,
                json=body,
                headers={**self._authorization, **(headers or {})},
                timeout=timeout,
            ) as answer:
                content = await answer.json(content_type=None) if answer.content_length != 0 else None
                if answer.status < 400:
                    return content
                problem = content if isinstance(content, dict) else {}
                if answer.status >= 500 or answer.status == 429:
                    raise DeskAway(f"{method} {path}: {answer.status}")
                raise DeskRefused(
                    answer.status, str(problem.get("type", "")).rpartition(":")[2], str(problem.get("detail", ""))
                )
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise DeskAway(f"{method} {path}: {type(error).__name__}") from error
