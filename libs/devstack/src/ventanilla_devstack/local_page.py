"""What the pages of the local providers share: only this machine may open them, and they hear of every change."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

STREAMS = 50
"""So many open pages hear of changes at once."""
_GATHER_SECONDS, _HEARTBEAT_SECONDS = 0.05, 15.0
_ASSETS = {"page.js": "text/javascript", "page.css": "text/css"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page_policy(images: str = "'self'", form_action: str = "'self'") -> str:
    """A Content-Security-Policy without network: nothing is loaded, sent or framed but from and to ourselves.

    Args:
        images: where pictures may come from.
        form_action: where forms may lead.
    """
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
        f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )


def page_headers(policy: str, referrer: str) -> Mapping[str, str]:
    """Headers of a page and of its parts.

    Args:
        policy: from `page_policy`.
        referrer: a Referrer-Policy.
    """
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": referrer,
        "Cache-Control": "no-store",
    }


def from_here(request: web.Request) -> bool:
    """Whether a request comes from this machine, and not from a page of somebody else in its browser."""
    try:
        local = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        local = False
    origin = request.headers.get("Origin")
    host = request.host.partition(":")[0]
    named = host in ("127.0.0.1", "localhost")  # a name that leads here from elsewhere is not ours
    return local and named and (origin is None or origin == f"http://{request.host}")


def local(handler: Handler) -> Handler:
    """The handler, for requests from this machine alone."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not from_here(request):
            return web.Response(status=403, text="only from this machine")
        return await handler(request)

    return guarded


def asset_handler(folder: Path) -> Handler:
    """Serves `page.js` and `page.css` of a folder at `{asset}`."""

    async def asset(request: web.Request) -> web.StreamResponse:
        name = request.match_info["asset"]
        if name not in _ASSETS:
            return web.Response(status=404)
        text = (folder / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_ASSETS[name], headers={"X-Content-Type-Options": "nosniff"})

    return asset


class News:
    """A stream for each open page that says whenever something has changed."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._watchers: set[asyncio.Event] = set()
        self._closing = False

    def changed(self) -> None:
        """Tell every open page."""
        for watcher in self._watchers:
            watcher.set()

    async def close(self, _application: web.Application) -> None:
        """Let the open pages go, so that nobody waits for them."""
        self._closing = True
        self.changed()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """The stream of one page, until that is closed."""
        if len(self._watchers) >= STREAMS:
            return web.Response(status=503, text="too many pages are open: close some")
        stream = web.StreamResponse(headers={**self._headers, "Content-Type": "text/event-stream"})
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
