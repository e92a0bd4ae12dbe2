"""An HTTP server that stands for an app: it keeps each request and answers what it was told."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

Answer = Callable[["Received"], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request of Slack."""

    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        """What it says, whether JSON, a form with a payload, or a form."""
        if self.headers["content-type"].startswith("application/json"):
            return dict(json.loads(self.body))
        form = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return dict(json.loads(form["payload"])) if "payload" in form else form


async def say_ok(received: Received) -> web.Response:
    """An acknowledgement; the challenge of a verification is answered."""
    return web.Response(text=str(received.payload.get("challenge", "")))


class Receiver:
    """Keeps what comes.

    Attributes:
        received: all requests, in order.
        answer: what to do with each.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Answer = say_ok
        self.url = ""
        application = web.Application()
        application.router.add_post("/slack/events", self._take)
        self._runner = web.AppRunner(application)

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(headers, await request.read())
        self.received.append(received)
        return await self.answer(received)

    def events(self, kind: str, subtype: str | None = None) -> list[dict[str, Any]]:
        """The envelopes of one type of event."""
        return [
            received.payload
            for received in self.received
            if (event := received.payload.get("event"))
            and event["type"] == kind
            and (subtype is None or event.get("subtype", "") == subtype)
        ]

    def interactions(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of one type of interaction."""
        return [received.payload for received in self.received if received.payload.get("type") == kind]

    async def __aenter__(self) -> "Receiver":
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
