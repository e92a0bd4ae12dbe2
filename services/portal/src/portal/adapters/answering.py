"""What every answer of the portal has in common: headers, the reader's language and address, forms that come in."""

from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portal.adapters.pages import Pages
from portal.domain.form import LONGEST_TEXT
from portal.domain.languages import LANGUAGES, page_language
from portal.settings import PortalSettings

_MOST_FORM_BYTES = 512 * 1024
_MOST_FIELDS = 20
HEADERS = {
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
RETRY = {"retry-after": "60"}


class TooLarge(Exception):  # it is an answer rather than an error
    """The form is larger than any text that we take."""


class Answering:
    """Makes answers of pages."""

    def __init__(self, settings: PortalSettings, pages: Pages) -> None:
        self._settings = settings
        self._pages = pages

    def page(self, html: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """A page."""
        return HTMLResponse(html, status, {**HEADERS, **(headers or {})})

    def words(
        self, request: Request, status: int, title: str, *lines: str, headers: dict[str, str] | None = None
    ) -> Response:
        """A page with a heading and a few sentences, by their keys."""
        values = {"limit": LONGEST_TEXT} if title == "large.title" else {}
        return self.page(self._pages.words(self.language(request), title, *lines, **values), status, headers)

    def language(self, request: Request, own: str | None = None) -> str:
        """The language that a page is in; `own` is the ticket's."""
        accepted = request.headers.get("accept-language", "")
        return page_language(request.query_params.get("lang"), own, accepted, self._settings.default_language)

    def reader(self, request: Request) -> str:
        """The reader's address, as far as our own proxies vouch for it."""
        if hops := self._settings.trusted_proxies:
            known = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
            if len(known) >= hops:
                return known[-hops][:64]
        return request.client.host if request.client else ""


def chosen_language(request: Request) -> str | None:
    """What the reader has chosen with the switch."""
    chosen = request.query_params.get("lang")
    return chosen if chosen in LANGUAGES else None


def action_of(request: Request) -> str:
    """Where the form of this page goes: to itself, in the language that was chosen."""
    chosen = chosen_language(request)
    path = quote(request.url.path, safe="/-")
    return f"{path}?lang={chosen}" if chosen else path


async def read_fields(request: Request) -> dict[str, list[str]]:
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
