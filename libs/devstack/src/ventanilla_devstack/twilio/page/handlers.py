"""The page's addresses: the document, its changing parts, news of changes, script and style."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from ventanilla_devstack.slack.control import from_here
from ventanilla_devstack.twilio.hands import Hands
from ventanilla_devstack.twilio.page.layout import Layout
from ventanilla_devstack.twilio.page.words import choose
from ventanilla_devstack.twilio.records import Person
from ventanilla_devstack.twilio.voice.site import Site

_STREAMS = 50
_GATHER_SECONDS, _HEARTBEAT_SECONDS = 0.05, 15.0
_ASSETS = {"page.js": "text/javascript", "page.css": "text/css"}
# No network: nothing is loaded, sent or framed but from and to ourselves.
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
_HEADERS = {
    "Content-Security-Policy": f"{_POLICY}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """The handlers."""

    def __init__(self, site: Site, hands: Hands) -> None:
        self._site, self._hands = site, hands
        self._watchers: set[asyncio.Event] = set()
        self._closing = False
        site.exchange.listeners.append(self._hear)

    def open_doors(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/", _local(self.document))
        router.add_get("/_page/parts", _local(self.parts))
        router.add_get("/_page/news", _local(self.news))
        router.add_get("/_page/{asset}", self.asset)

    async def close(self, _application: web.Application) -> None:
        """Let the open pages go, so that nobody waits for them."""
        self._closing = True
        for watcher in self._watchers:
            watcher.set()

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

    async def news(self, request: web.Request) -> web.StreamResponse:
        """A stream that says whenever something has changed."""
        if len(self._watchers) >= _STREAMS:
            return web.Response(status=503, text="too many pages are open: close some")
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            await stream.write(b": hello\n\n")
            while not self._closing:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), _HEARTBEAT_SECONDS)
                await asyncio.sleep(_GATHER_SECONDS)
                await stream.write(b"data: changed\n\n" if changed.is_set() else b": still here\n\n")
                changed.clear()
        except ConnectionError:
            return stream
        finally:
            self._watchers.discard(changed)
        return stream

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Script and style."""
        name = request.match_info["asset"]
        if name not in _ASSETS:
            return web.Response(status=404)
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_ASSETS[name], headers={"X-Content-Type-Options": "nosniff"})

    def _layout(self, request: web.Request) -> Layout | None:
        viewer = self._viewer(request.query.get("as", ""))
        words = choose(request.headers.get("Accept-Language", ""))
        return None if viewer is None else Layout(self._site, words, viewer)

    def _viewer(self, number: str) -> Person | None:
        people = self._site.exchange.people
        return people.get(number) or next(iter(people.values()), None)

    def _hear(self) -> None:
        for watcher in self._watchers:
            watcher.set()


def _local(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if not from_here(request):
            return web.Response(status=403, text="only from this machine")
        return await handler(request)

    return guarded
