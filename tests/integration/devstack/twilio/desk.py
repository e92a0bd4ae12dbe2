"""A desk that answers Twilio as a test tells it; every request is checked with Twilio's own validator."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from aiohttp import web
from twilio.request_validator import RequestValidator

from ventanilla_devstack.ports import HOST

Reply = str | web.Response | Callable[[dict[str, str]], "str | web.Response"]


@dataclass
class Taken:
    """A request as it came."""

    path: str
    method: str
    form: dict[str, str]
    genuine: bool
    headers: dict[str, str]


@dataclass
class Desk:
    """Answers by path; a path without an answer gets an empty document.

    Attributes:
        public: the address under which it is known, if not its own.
    """

    token: str
    replies: dict[str, Reply] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    public: str = ""
    url: str = ""
    slow_seconds: float = 0.0
    _runner: web.AppRunner | None = None

    def at(self, path: str) -> list[dict[str, str]]:
        """The forms that came to a path."""
        return [each.form for each in self.taken if each.path == path]

    async def __aenter__(self) -> "Desk":
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.post()
        form = {name: str(value) for name, value in body.items()}
        address = (self.public or self.url) + request.raw_path
        validator = RequestValidator(self.token)
        signature = request.headers.get("X-Twilio-Signature", "")
        genuine = (
            validator.validate(address, _Many(body), signature) if body else validator.validate(address, {}, signature)
        )
        query = dict(request.query) if request.method == "GET" else {}
        self.taken.append(Taken(request.path, request.method, form | query, genuine, dict(request.headers)))
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        reply = self.replies.get(request.path, "")
        if callable(reply):
            reply = reply(form | dict(request.query))
        if isinstance(reply, web.Response):
            return reply
        return web.Response(text=f"<Response>{reply}</Response>", content_type="text/xml")


class _Many:
    """A form as Twilio's validator wants it: with every value of a name."""

    def __init__(self, form: object) -> None:
        self._form = form

    def __iter__(self) -> object:
        return iter(self._form)  # type: ignore[call-overload]  # a multidict

    def __len__(self) -> int:
        return len(self._form)  # type: ignore[arg-type]  # a multidict

    def getall(self, name: str) -> list[str]:
        return list(self._form.getall(name))  # type: ignore[attr-defined]  # a multidict
