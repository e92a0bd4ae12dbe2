"""The page's addresses: the document, its changing parts, news of changes, script and style."""

from pathlib import Path

from aiohttp import web

from ventanilla_devstack.local_page import News, asset_handler, local, page_headers, page_policy
from ventanilla_devstack.twilio.hands import Hands
from ventanilla_devstack.twilio.page.layout import Layout
from ventanilla_devstack.twilio.page.words import choose
from ventanilla_devstack.twilio.records import Person
from ventanilla_devstack.twilio.voice.site import Site

_HEADERS = page_headers(page_policy(images="'self' data:"), "no-referrer")


class Page:
    """The handlers."""

    def __init__(self, site: Site, hands: Hands) -> None:
        self._site, self._hands = site, hands
        self.news = News(_HEADERS)
        site.exchange.listeners.append(self.news.changed)

    def open_doors(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/", local(self.document))
        router.add_get("/_page/parts", local(self.parts))
        router.add_get("/_page/news", local(self.news.stream))
        router.add_get("/_page/{asset}", asset_handler(Path(__file__).parent))

    async def document(self, request: web.Request) -> web.StreamResponse:
        """The page, for whoever it is about."""
        layout = self._layout(request)
        if layout is None:
            return web.Response(status=404, text="there is nobody outside whom one could be: add somebody to the seed")
        return web.Response(text=layout.page(), content_type="text/html", headers=_HEADERS)

    async def parts(self, request: web.Request) -> web.StreamResponse:
        """The parts that may have changed."""
        layout = self._layout(request)
        return web.json_response(layout.parts() if layout else {}, headers=_HEADERS)

    def _layout(self, request: web.Request) -> Layout | None:
        viewer = self._viewer(request.query.get("as", ""))
        words = choose(request.headers.get("Accept-Language", ""))
        return None if viewer is None else Layout(self._site, words, viewer)

    def _viewer(self, number: str) -> Person | None:
        people = self._site.exchange.people
        return people.get(number) or next(iter(people.values()), None)
