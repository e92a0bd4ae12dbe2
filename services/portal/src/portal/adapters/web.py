"""The portal's addresses. Opening a page only reads: mail scanners open links too."""

import re
import secrets
import time
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from portal.adapters.agents_side import AgentsSide, desk_of
from portal.adapters.answering import HEADERS, RETRY, Answering, TooLarge, action_of, chosen_language, read_fields
from portal.adapters.desk_rendering import DeskPages
from portal.adapters.downloads import Passed
from portal.adapters.pages import Pages
from portal.adapters.paging import Paging
from portal.adapters.tickets_api import TicketsApi
from portal.domain.form import ReplyForm, may_send, read_form
from portal.domain.rate_limit import RateLimit
from portal.errors import FileGone, LineRefused, TicketsAway, UnknownLink
from portal.settings import PortalSettings

log = structlog.get_logger()

_LONGEST_TOKEN = 60
_FILE = re.compile(r"[0-9a-f-]{36}\.\d{1,3}")
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:\.[0-9]+)?(?:-[A-Za-z0-9]+)*")


class Portal:
    """Answers requests for pages."""

    def __init__(
        self, settings: PortalSettings, pages: Pages, tickets: TicketsApi, agents: AgentsSide | None = None
    ) -> None:
        """`agents`: what their pages need; None: they cannot sign in here."""
        self._answering = Answering(settings, pages)
        self._pages = pages
        self._tickets = tickets
        self._views = RateLimit(settings.views_per_minute)
        self._replies = RateLimit(settings.replies_per_minute)
        self._writers = RateLimit(3 * settings.replies_per_minute)
        self._paging = Paging(self._answering, pages, tickets, self._views, RateLimit(settings.replies_per_minute))
        self._desk = desk_of(settings, self._answering, DeskPages(pages), self._views, agents)
        self._style = (files("portal") / "static" / "portal.css").read_bytes()

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self.home),
            Route("/s/{token}", self.show, methods=["GET"]),
            Route("/s/{token}", self.reply, methods=["POST"]),
            Route("/s/{token}/files/{file}", self.file, methods=["GET"]),
            Route("/p/{token}", self._paging.show, methods=["GET"]),
            Route("/p/{token}", self._paging.acknowledge, methods=["POST"]),
            *self._desk.routes(),
            Route("/assets/portal.css", self.style),
            Route("/robots.txt", self.robots),
        ]
        application = Starlette(routes=routes, exception_handlers={HTTPException: self.on_http, Exception: self.on_bug})
        application.router.redirect_slashes = False
        return application

    async def home(self, request: Request) -> Response:
        """Where to find one's link."""
        return self._answering.page(self._pages.home(self._answering.language(request)))

    async def style(self, _: Request) -> Response:
        """How the pages look."""
        headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
        return Response(self._style, 200, headers, "text/css")

    async def robots(self, _: Request) -> Response:
        """Nothing here is for search engines."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n", headers=HEADERS)

    async def show(self, request: Request) -> Response:
        """The page of a ticket."""
        if not self._views.allows(self._answering.reader(request), time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        token = request.path_params["token"]
        try:
            ticket = await self._read(token)
        except UnknownLink:
            return self._answering.words(request, 404, "missing.title", "missing.why", "missing.do")
        except TicketsAway as error:
            log.warning("page.delayed", error=error)
            return self._answering.words(request, 503, "away.title", "away.do", headers=RETRY)
        form = ReplyForm(key=secrets.token_urlsafe(18))
        return self._ticket(request, ticket, form, sent="sent" in request.query_params)

    async def file(self, request: Request) -> Response:
        """A file that the page names, for saving."""
        if not self._views.allows(self._answering.reader(request), time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        file = request.path_params["file"]
        try:
            download = await self._tickets.download(_checked(request.path_params["token"]), _checked(file, _FILE))
        except UnknownLink:
            return self._answering.words(request, 404, "saving.missing_title", "saving.missing_do")
        except FileGone:
            return self._answering.words(request, 410, "saving.gone_title", "saving.gone_do")
        except TicketsAway as error:
            log.warning("download.delayed", error=error)
            return self._answering.words(request, 503, "saving.away_title", "away.do", headers=RETRY)
        log.info("file.downloaded", file=file)
        return Passed(download)

    async def reply(self, request: Request) -> Response:
        """Take the reader's line; whatever fails, the page comes back with the text."""
        headers = request.headers
        if not may_send(headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")):
            return self._answering.words(request, 403, "refused.title", "refused.do")
        try:
            fields = await read_fields(request)
        except TooLarge:
            return self._answering.words(request, 413, "large.title", "large.do", headers={"connection": "close"})
        token = request.path_params["token"]
        form = read_form(fields, secrets.token_urlsafe(18))
        now = time.monotonic()
        if form.problem:
            return await self._again(request, token, form, 422)
        if not (self._writers.allows(self._answering.reader(request), now) and self._replies.allows(token, now)):
            return await self._again(request, token, _with(form, "form.busy"), 429)
        try:
            went_to = await self._tickets.add_line(_checked(token), form.text, form.key)
        except UnknownLink:
            return self._answering.words(request, 404, "missing.title", "missing.why", "missing.do")
        except LineRefused:
            return await self._again(request, token, _with(form, "form.refused"), 422)
        except TicketsAway as error:
            log.warning("line.delayed", error=error)
            return await self._again(request, token, _with(form, "form.away"), 503)
        log.info("line.accepted")
        chosen = chosen_language(request)
        language = f"&lang={chosen}" if chosen else ""
        return RedirectResponse(f"/s/{quote(went_to, safe='')}?sent=1{language}#sent", 303, HEADERS)

    async def _again(self, request: Request, token: str, form: ReplyForm, status: int) -> Response:
        headers = RETRY if status in (429, 503) else {}
        try:
            ticket = await self._read(token)
        except UnknownLink:
            return self._answering.words(request, 404, "missing.title", "missing.why", "missing.do")
        except TicketsAway:
            language = self._answering.language(request)
            page = self._pages.form_alone(language, form, action=action_of(request))
            return self._answering.page(page, 503, RETRY)
        return self._ticket(request, ticket, form, status=status, headers=headers)

    async def _read(self, token: str) -> dict[str, Any]:
        return await self._tickets.read(_checked(token))

    def _ticket(
        self,
        request: Request,
        ticket: dict[str, Any],
        form: ReplyForm,
        *,
        sent: bool = False,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        language = self._answering.language(request, ticket["language"])
        action = action_of(request)
        page = self._pages.ticket(language, ticket, form, action=action, files=_files_of(request), sent=sent)
        return self._answering.page(page, status, headers)

    async def on_http(self, request: Request, error: Exception) -> Response:
        """An address or method that does not exist."""
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return self._answering.words(request, 405, "method.title", "method.do", headers=dict(error.headers or {}))
        return self._answering.words(request, 404, "missing.title", "missing.why", "missing.do")

    async def on_bug(self, request: Request, error: Exception) -> Response:
        """What nobody foresaw: said politely, and logged."""
        log.error("page.failed", exc_info=error)
        return self._answering.words(request, 500, "broken.title", "away.do")


def _checked(given: str, form: re.Pattern[str] = _TOKEN) -> str:
    """A part of an address of ours that can be part of one of the API's.

    Args:
        form: a token's: a number, behind a dot how often its links were changed, and a signature; or a file's.

    Raises:
        UnknownLink: it cannot be one of ours.
    """
    if len(given) > _LONGEST_TOKEN or not form.fullmatch(given):
        raise UnknownLink("no link of ours")
    return given


def _files_of(request: Request) -> str:
    return f"/s/{quote(request.path_params['token'], safe='')}/files"


def _with(form: ReplyForm, problem: str) -> ReplyForm:
    return ReplyForm(form.text, form.key, problem)
