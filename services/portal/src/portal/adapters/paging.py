"""The page behind the link in a page to an agent on call. Opening it only reads; its button says "I have it"."""

import re
import time
from typing import Any
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.adapters.answering import HEADERS, RETRY, Answering, action_of, chosen_language
from portal.adapters.pages import Pages
from portal.adapters.tickets_api import TicketsApi
from portal.domain.form import may_send
from portal.domain.rate_limit import RateLimit
from portal.errors import LineRefused, TicketsAway, UnknownLink

log = structlog.get_logger()

_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,80}\Z")


class Paging:
    """Shows what an agent was paged for, and takes the acknowledgement."""

    def __init__(
        self, answering: Answering, pages: Pages, tickets: TicketsApi, views: RateLimit, acknowledgements: RateLimit
    ) -> None:
        """`views` counts readers' addresses, `acknowledgements` links."""
        self._answering = answering
        self._pages = pages
        self._tickets = tickets
        self._views = views
        self._acknowledgements = acknowledgements

    async def show(self, request: Request) -> Response:
        """What the agent was paged for, and who has it."""
        if not self._views.allows(self._answering.reader(request), time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        try:
            page = await self._tickets.read_page(_checked(request.path_params["token"]))
        except (UnknownLink, LineRefused):
            return self._gone(request)
        except TicketsAway as error:
            log.warning("page.delayed", error=error)
            return self._answering.words(request, 503, "paged.away_title", "away.do", headers=RETRY)
        return self._page(request, page)

    async def acknowledge(self, request: Request) -> Response:
        """Take it for the agent whose link this is; whatever it has become meanwhile, the page then says so."""
        headers = request.headers
        if not may_send(headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")):
            return self._answering.words(request, 403, "refused.title", "paged.refused_do")
        token = request.path_params["token"]
        if not self._acknowledgements.allows(token, time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        try:
            await self._tickets.acknowledge_page(_checked(token))
        except (UnknownLink, LineRefused):
            return self._gone(request)
        except TicketsAway as error:
            log.warning("acknowledgement.delayed", error=error)
            return self._answering.words(request, 503, "paged.untaken_title", "paged.untaken_do", headers=RETRY)
        log.info("acknowledgement.accepted")
        chosen = chosen_language(request)
        language = f"&lang={chosen}" if chosen else ""
        return RedirectResponse(f"/p/{quote(token, safe='')}?taken=1{language}#state", 303, HEADERS)

    def _page(self, request: Request, page: dict[str, Any]) -> Response:
        language = self._answering.language(request)
        taken = "taken" in request.query_params
        return self._answering.page(self._pages.paged(language, page, action=action_of(request), taken=taken))

    def _gone(self, request: Request) -> Response:
        return self._answering.words(request, 404, "paged.gone_title", "paged.gone_why", "paged.gone_do")


def _checked(token: str) -> str:
    """A token that can be part of an address.

    Raises:
        UnknownLink: it cannot be one of ours.
    """
    if not _TOKEN.match(token) or token in (".", ".."):
        raise UnknownLink("no link of ours")
    return token
