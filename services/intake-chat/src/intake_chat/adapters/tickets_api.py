"""The ticket service's API, as far as agents in Slack need it. What an agent does is done as that agent."""

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import structlog

from intake_chat.domain.actors import Actor
from intake_chat.errors import DeskAway, DeskRefused
from ventanilla_runtime import tracing

log = structlog.get_logger()

_AGENT, _VIA = "Ventanilla-Agent", "Ventanilla-Via"
_KEY: Final = "Idempotency-Key"
_TEXT: Final = "text/plain"


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

    async def text(self, path: str, **parameters: str) -> str:
        """An answer as lines to read.

        Raises:
            DeskRefused, DeskAway: as `get`.
        """
        return str(await self._ask("GET", path, parameters=parameters, headers={"accept": _TEXT}))

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

    async def upload(self, name: str, media_type: str, data: bytes, seconds: float) -> str:
        """The id of a file that a reply may name from now on.

        Raises:
            DeskRefused: the ticket service does not take it.
            DeskAway: it did not answer; a file that nobody names is forgotten.
        """
        headers = {"content-type": media_type}
        answer = await self._ask(
            "POST", "/attachments", parameters={"filename": name}, data=data, headers=headers, seconds=seconds
        )
        return str(answer["id"])

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Any:
        timeout = aiohttp.ClientTimeout(total=seconds) if seconds else self._timeout
        asked = {"params": parameters, "json": body, "data": data, "timeout": timeout}
        with tracing.span("ask tickets", tracing.Kind.CLIENT) as trace:
            traced = {tracing.HEADER: trace} if trace else {}
            return await self._answer(method, path, {**self._authorization, **(headers or {}), **traced}, asked)

    async def _answer(self, method: str, path: str, headers: Mapping[str, str], asked: Mapping[str, Any]) -> Any:
        try:
            async with self._session.request(method, f"{self._url}{path}", headers=headers, **asked) as answer:
                if answer.status < 400 and answer.content_type == _TEXT:
                    return await answer.text()
                content = await answer.json(content_type=None) if answer.content_length != 0 else None
                if answer.status < 400:
                    return content
                problem = content if isinstance(content, dict) else {}
                if answer.status >= 500 or answer.status == 429:
                    raise DeskAway(f"{method} {path}: {answer.status}")
                raise DeskRefused(
                    answer.status,
                    str(problem.get("type", "")).rpartition(":")[2],
                    str(problem.get("detail", "")),
                    _pointer(problem),
                )
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise DeskAway(f"{method} {path}: {type(error).__name__}") from error


def _pointer(problem: Mapping[str, Any]) -> str:
    """Which field of the body is wrong, where one is."""
    faults = problem.get("errors")
    first = faults[0] if isinstance(faults, list) and faults and isinstance(faults[0], dict) else {}
    return str(first.get("pointer") or "")
