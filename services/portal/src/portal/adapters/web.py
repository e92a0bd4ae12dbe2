"""The portal's addresses. Opening a page only reads: mail scanners open links too."""

import secrets
import time
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, quote

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from portal.adapters.pages import Pages
from portal.adapters.tickets_api import TicketsApi
from portal.domain.form import LONGEST_TEXT, ReplyForm, may_send, read_form
from portal.domain.languages import LANGUAGES, page_language
from portal.domain.rate_limit import RateLimit
from portal.errors import LineRefused, TicketsAway, UnknownLink
from portal.settings import PortalSettings

log = structlog.get_logger()

_MOST_FORM_BYTES = 512 * 1024
_LONGEST_TOKEN = 60
_MOST_FIELDS = 20
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
_RETRY = {"retry-after": "60"}


class TooLarge(Exception):  # it is an answer rather than an error
    """The form is larger than any text that we take."""


class Portal:
    """Answers requests for pages."""

    def __init__(self, settings: PortalSettings, pages: Pages, tickets: TicketsApi) -> None:
        self._settings = settings
        self._pages = pages
        self._tickets = tickets
        self._views = RateLimit(settings.views_per_minute)
        self._replies = RateLimit(settings.replies_per_minute)
        self._writers = RateLimit(3 * settings.replies_per_minute)
        self._style = (files("portal") / "static" / "portal.css").read_bytes()

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self.home),
            Route("/s/{token}", self.show, methods=["GET"]),
            Route("/s/{token}", self.reply, methods=["POST"]),
            Route("/assets/portal.css", self.style),
            Route("/robots.txt", self.robots),
        ]
        application = Starlette(routes=routes, exception_handlers={HTTPException: self.on_http, Exception: self.on_bug})
        application.router.redirect_slashes = False
        return application

    async def home(self, request: Request) -> Response:
        """Where to find one's link."""
        return self._page(self._pages.home(self._language(request)))

    async def style(self, _: Request) -> Response:
        """How the pages look."""
        headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
        return Response(self._style, 200, headers, "text/css")

    async def robots(self, _: Request) -> Response:
        """Nothing here is for search engines."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n", headers=_HEADERS)

    async def show(self, request: Request) -> Response:
        """The page of a ticket."""
        if not self._views.allows(self._reader(request), time.monotonic()):
            return self._words(request, 429, "busy.title", "busy.do", headers=_RETRY)
        token = request.path_params["token"]
        try:
            ticket = await self._read(token)
        except UnknownLink:
            return self._words(request, 404, "missing.title", "missing.why", "missing.do")
        except TicketsAway as error:
            log.warning("page.delayed", error=error)
            return self._words(request, 503, "away.title", "away.do", headers=_RETRY)
        form = ReplyForm(key=secrets.token_urlsafe(18))
        return self._ticket(request, ticket, form, sent="sent" in request.query_params)

    async def reply(self, request: Request) -> Response:
        """Take the reader's line; whatever fails, the page comes back with the text."""
        headers = request.headers
        if not may_send(headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")):
            return self._words(request, 403, "refused.title", "refused.do")
        try:
            fields = await _fields(request)
        except TooLarge:
            return self._words(request, 413, "large.title", "large.do", headers={"connection": "close"})
        token = request.path_params["token"]
        form = read_form(fields, secrets.token_urlsafe(18))
        now = time.monotonic()
        if form.problem:
            return await self._again(request, token, form, 422)
        if not (self._writers.allows(self._reader(request), now) and self._replies.allows(token, now)):
            return await self._again(request, token, _with(form, "form.busy"), 429)
        try:
            went_to = await self._tickets.add_line(_checked(token), form.text, form.key)
        except UnknownLink:
            return self._words(request, 404, "missing.title", "missing.why", "missing.do")
        except LineRefused:
            return await self._again(request, token, _with(form, "form.refused"), 422)
        except TicketsAway as error:
            log.warning("line.delayed", error=error)
            return await self._again(request, token, _with(form, "form.away"), 503)
        log.info("line.accepted")
        chosen = request.query_params.get("lang")
        language = f"&lang={chosen}" if chosen in LANGUAGES else ""
        return RedirectResponse(f"/s/{quote(went_to, safe='')}?sent=1{language}#sent", 303, _HEADERS)

    async def _again(self, request: Request, token: str, form: ReplyForm, status: int) -> Response:
        headers = _RETRY if status in (429, 503) else {}
        try:
            ticket = await self._read(token)
        except UnknownLink:
            return self._words(request, 404, "missing.title", "missing.why", "missing.do")
        except TicketsAway:
            language = self._language(request)
            page = self._pages.form_alone(language, form, action=_action(request))
            return self._page(page, 503, _RETRY)
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
        language = self._language(request, ticket["language"])
        page = self._pages.ticket(language, ticket, form, action=_action(request), sent=sent)
        return self._page(page, status, headers)

    def _words(
        self, request: Request, status: int, title: str, *lines: str, headers: dict[str, str] | None = None
    ) -> Response:
        values = {"limit": LONGEST_TEXT} if title == "large.title" else {}
        return self._page(self._pages.words(self._language(request), title, *lines, **values), status, headers)

    def _page(self, html: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return HTMLResponse(html, status, {**_HEADERS, **(headers or {})})

    def _language(self, request: Request, own: str | None = None) -> str:
        accepted = request.headers.get("accept-language", "")
        return page_language(request.query_params.get("lang"), own, accepted, self._settings.default_language)

    def _reader(self, request: Request) -> str:
        """The reader's address, as far as our own proxies vouch for it."""
        if hops := self._settings.trusted_proxies:
            known = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
            if len(known) >= hops:
                return known[-hops][:64]
        return request.client.host if request.client else ""

    async def on_http(self, request: Request, error: Exception) -> Response:
        """An address or method that does not exist."""
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return self._words(request, 405, "method.title", "method.do", headers=dict(error.headers or {}))
        return self._words(request, 404, "missing.title", "missing.why", "missing.do")

    async def on_bug(self, request: Request, error: Exception) -> Response:
        """What nobody foresaw: said politely, and logged."""
        log.error("page.failed", exc_info=error)
        return self._words(request, 500, "broken.title", "away.do")


def _checked(token: str) -> str:
    """A token that can be part of an address.

    Raises:
        UnknownLink: it cannot be one of ours.
    """
    if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.replace("-", "").isalnum():
        raise UnknownLink("no link of ours")
    return token


def _with(form: ReplyForm, problem: str) -> ReplyForm:
    return ReplyForm(form.text, form.key, problem)


def _action(request: Request) -> str:
    chosen = request.query_params.get("lang")
    path = quote(request.url.path, safe="/-")
    return f"{path}?lang={chosen}" if chosen in LANGUAGES else path


async def _fields(request: Request) -> dict[str, list[str]]:
    """The fields of a form.

    Raises:
        TooLarge: it is larger than any text that we take.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > _MOST_FORM_BYTES:
        raise TooLarge
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM_BYTES:
            raise TooLarge
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise TooLarge from error
