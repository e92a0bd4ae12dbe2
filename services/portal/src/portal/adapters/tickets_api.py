"""The ticket service's API, as far as the portal needs it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import structlog

from portal.adapters.bounded import chunks_of, translated
from portal.adapters.downloads import Download
from portal.errors import FileGone, LineRefused, TicketsAway, TokenRefused, UnknownLink
from ventanilla_runtime import tracing

log = structlog.get_logger()

_NOBODYS = "0-aaaaaaaaaaaaaaaaaaaaaaaaaa"
_PROBE_SECONDS = 15.0
_MOST_DOWNLOADS = 10


class TicketsApi:
    """Reads the public part of a ticket with its files, and adds a customer's line."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._refused: str | None = None
        self._away = ""
        self._downloads = 0

    @property
    def problem(self) -> str | None:
        """What an operator must act on, or None. An absent ticket service is not: the pages say so themselves."""
        return self._refused

    def worry(self) -> str | None:
        """That the ticket service did not answer when it was looked at last, or None: for the warnings of `/readyz`."""
        return f"the ticket service does not answer ({self._away})" if self._away else None

    async def read(self, token: str) -> dict[str, Any]:
        """The public part of the ticket of a status link.

        Raises:
            UnknownLink: there is none.
            TicketsAway: try again.
        """
        found: dict[str, Any] = (await self._ask("GET", f"/api/v1/status/{token}")).json()
        return found

    async def add_line(self, token: str, text: str, key: str) -> str:
        """Add a customer's line; returns the token of the ticket that it went to. The same key adds nothing.

        Raises:
            UnknownLink: no ticket belongs to this link.
            LineRefused: the ticket service does not take this text.
            TicketsAway: it cannot be known whether it was added; the same key again is safe.
        """
        answer = await self._ask("POST", f"/api/v1/status/{token}/replies", {"text": text, "key": key})
        return str(answer.json()["status_token"])

    async def download(self, token: str, file: str) -> Download:
        """A file that the page of a status link names, as it comes.

        Raises:
            UnknownLink: the page names no such file, or there is no such page.
            FileGone: its bytes are not kept any more.
            TicketsAway: try again; so many others are being fetched, for one.
        """
        # Readers as slow as they like must leave connections for the pages.
        if self._downloads >= _MOST_DOWNLOADS:
            raise TicketsAway("too many files are being fetched")
        self._downloads += 1
        async with AsyncExitStack() as stack:
            stack.callback(self._end_download)
            with translated():
                path = f"/api/v1/status/{token}/attachments/{file}"
                answer = await stack.enter_async_context(self._client.stream("GET", path))
            if answer.status_code == 410:
                raise FileGone(path)
            self._must_be_good(answer, path)
            return Download(answer.headers, chunks_of(answer), stack.pop_all().aclose)

    def _end_download(self) -> None:
        self._downloads -= 1

    async def read_page(self, token: str) -> dict[str, Any]:
        """What an agent was paged for, by the link in the page.

        Raises:
            UnknownLink: there is none, or it is too old.
            TicketsAway: try again.
        """
        found: dict[str, Any] = (await self._ask("GET", f"/api/v1/pages/by-token/{token}")).json()
        return found

    async def acknowledge_page(self, token: str) -> None:
        """Take it for the agent who was paged. What is taken or withdrawn already stays as it is.

        Raises:
            UnknownLink: there is none, or it is too old.
            TicketsAway: it cannot be known whether it was taken; doing it again is safe.
        """
        await self._ask("POST", f"/api/v1/pages/by-token/{token}/acknowledge", settled=(409,))

    async def watch(self) -> None:
        """Find out for ever whether our token is good, so that readiness can say it."""
        while True:
            away = ""
            try:
                await self.read(_NOBODYS)
            except (TokenRefused, UnknownLink):
                pass  # it answers; what is wrong with our token is told above
            except TicketsAway as error:
                away = str(error)
            self._away = away
            await asyncio.sleep(_PROBE_SECONDS)

    async def _ask(
        self, method: str, path: str, body: dict[str, str] | None = None, settled: tuple[int, ...] = ()
    ) -> httpx.Response:
        """The answer to a request; those of a status in `settled` are none to complain of."""
        with translated(), tracing.span("ask tickets", tracing.Kind.CLIENT) as trace:
            headers = {tracing.HEADER: trace} if trace else {}
            answer = await self._client.request(method, path, json=body, headers=headers)
        if answer.status_code not in settled:
            self._must_be_good(answer, path)
        return answer

    def _must_be_good(self, answer: httpx.Response, path: str) -> None:
        if answer.status_code in (401, 403):
            self._refused = "the ticket service refuses PORTAL_TICKETS_TOKEN; it needs the scope portal"
            log.error("token.refused", status=answer.status_code)
            raise TokenRefused(self._refused)
        self._refused = None
        if answer.status_code in (404, 410):
            raise UnknownLink(path)
        if answer.status_code in (413, 422):
            log.warning("line.refused", status=answer.status_code)
            raise LineRefused(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise TicketsAway(f"status {answer.status_code}")
