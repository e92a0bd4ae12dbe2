"""`/_local/…`: hands, faults and state for another process, in JSON, from this machine only.

`POST /_local/call {"from", "to", "script"?}` gives a call's sid; `POST /_local/calls/SID/press {"keys"}` and its like
act on it; `GET /_local/calls/SID` tells what was to be heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.local_control import decoded, object_of, turned_away
from ventanilla_devstack.twilio.faults import CallbackFaults
from ventanilla_devstack.twilio.hands import Hands
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.messaging.incoming import NoSuchNumber
from ventanilla_devstack.twilio.records import Json
from ventanilla_devstack.twilio.rest.dispatch import Rest
from ventanilla_devstack.twilio.seed import add_number, add_person
from ventanilla_devstack.twilio.voice.site import Site

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FILES, _SHOWN = 10, 500
_SETTLE_SECONDS, _TEXT_SECONDS = 30.0, 20.0


class Refused(ValueError):
    """What was asked for cannot be done."""


class Control:
    """The handlers."""

    def __init__(self, site: Site, hands: Hands, rest: Rest) -> None:
        self._site, self._hands, self._rest = site, hands, rest

    def open_doors(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        for path, reading in (
            ("state", self.state),
            ("webhooks", self.sent),
            ("rest", self.made),
            ("calls/{sid}", self.heard),
            ("texts", self.texts),
        ):
            router.add_get(f"/_local/{path}", _local(reading))
        for path, acting in (
            ("call", self.call),
            ("calls/{sid}/{what}", self.act),
            ("text", self.text),
            ("people", self.people),
            ("numbers", self.numbers),
            ("account", self.account),
            ("faults", self.set_faults),
            ("settle", self.settle),
        ):
            router.add_post(f"/_local/{path}", _local(acting))

    async def state(self, _request: web.Request) -> web.StreamResponse:
        """Who and what there is, and the account with its token: this is how another process learns them."""
        exchange = self._site.exchange
        owner = exchange.account
        return web.json_response(
            {
                "ok": True,
                "url": self._site.url,
                "account": {"sid": owner.sid, "auth_token": owner.auth_token, "status": owner.status,
                            "balance": owner.balance},
                "numbers": [_plain(asdict(each)) for each in exchange.numbers.values()],
                "people": [asdict(each) for each in exchange.people.values()],
                "calls": [_line(each) for each in list(self._site.lines.values())[-_SHOWN:]],
                "queues": [
                    {"sid": each.sid, "name": each.friendly_name, "calls": [one.call.sid for one in each.members]}
                    for each in exchange.queues.values()
                ],
                "opted_out": sorted(exchange.opted_out),
                "alerts": [_plain(asdict(each)) for each in exchange.alerts[-_SHOWN:]],
            }
        )  # fmt: skip

    async def sent(self, _request: web.Request) -> web.StreamResponse:
        """The last requests to the desk."""
        return web.json_response({"ok": True, "webhooks": [asdict(each) for each in self._site.webhooks.sent[-1_000:]]})

    async def made(self, _request: web.Request) -> web.StreamResponse:
        """The last calls of REST."""
        return web.json_response({"ok": True, "calls": [asdict(each) for each in self._rest.made[-1_000:]]})

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Somebody calls the desk."""
        given = await object_of(request)
        script = [str(step) for step in given.get("script") or ()]
        line = self._hands.call(str(given.get("from", "")), str(given.get("to", "")), script,
                                forwarded_from=str(given.get("forwarded_from", "")),
                                withheld=bool(given.get("withheld")))  # fmt: skip
        return web.json_response({"ok": True, **_line(line)})

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Somebody on the line does something: `press`, `speak`, `wait`, `hang_up`, `answer`, `refuse`."""
        line, given, what = self._found(request), await object_of(request), request.match_info["what"]
        if line.over:
            raise Refused("call_is_over")
        if what == "press":
            line.press(str(given.get("keys", "")))
        elif what == "speak":
            line.speak(str(given.get("text", "")), seconds=given.get("seconds"))
        elif what == "wait":
            await line.wait(float(given.get("seconds", 1)))
        elif what in ("hang_up", "answer"):
            getattr(line, what)()
        elif what == "refuse":
            line.refuse("no-answer" if given.get("status") == "no-answer" else "busy")
        else:
            raise Refused("unknown_act")
        return web.json_response({"ok": True, **_line(line)})

    async def heard(self, request: web.Request) -> web.StreamResponse:
        """What there was to hear in a call, oldest first."""
        line = self._found(request)
        return web.json_response({"ok": True, **_line(line), "heard": [asdict(each) for each in line.heard]})

    async def text(self, request: web.Request) -> web.StreamResponse:
        """Somebody writes to the desk; files are `{"type", "content"}` with base64."""
        given = await object_of(request)
        files = [(str(each["type"]), decoded(each.get("content"))) for each in (given.get("media") or ())[:_FILES]]
        async with asyncio.timeout(_TEXT_SECONDS):
            message = await self._hands.text(
                str(given.get("from", "")), str(given.get("to", "")), str(given.get("body", "")), files,
                profile=str(given.get("profile", "")),
            )  # fmt: skip
        return web.json_response({"ok": True, "sid": message.sid})

    async def texts(self, request: web.Request) -> web.StreamResponse:
        """What the desk has written to somebody (`?to=`)."""
        found = self._hands.texts(request.query.get("to", ""))[-_SHOWN:]
        shown = [{"sid": each.sid, "from": each.from_, "body": each.body, "status": each.status} for each in found]
        return web.json_response({"ok": True, "texts": shown})

    async def people(self, request: web.Request) -> web.StreamResponse:
        """Add somebody outside, or change their habits."""
        made = add_person(self._site.exchange, **await object_of(request))
        return web.json_response({"ok": True, "person": asdict(made)})

    async def numbers(self, request: web.Request) -> web.StreamResponse:
        """Add a number of the desk, or change its settings."""
        made = add_number(self._site.exchange, **await object_of(request))
        return web.json_response({"ok": True, "number": _plain(asdict(made))})

    async def account(self, request: web.Request) -> web.StreamResponse:
        """Suspend the account, take its money, forbid countries, block numbers."""
        given, owner = await object_of(request), self._site.exchange.account
        if given.get("status", owner.status) not in ("active", "suspended", "closed"):
            raise Refused("invalid_status")
        owner.status = given.get("status", owner.status)
        owner.balance = float(given.get("balance", owner.balance))
        owner.forbidden = {str(each) for each in given.get("forbidden", owner.forbidden)}
        owner.blocked = {str(each) for each in given.get("blocked", owner.blocked)}
        owner.templates = {str(sid): str(state) for sid, state in given.get("templates", owner.templates).items()}
        return web.json_response({"ok": True, "status": owner.status, "balance": owner.balance})

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        """Add a fault of REST, set the ones of callbacks (`{"callbacks": {"doubled": 3}}`), or `{"clear": true}`."""
        given, faults = await object_of(request), self._site.faults
        if given.pop("clear", False):
            faults.clear()
        if "callbacks" in given:
            faults.callbacks = CallbackFaults(**given.pop("callbacks"))
        if "pace" in given:
            self._site.exchange.pace.factor = max(float(given.pop("pace")), 0.0001)
        if given:
            faults.add(**given)
        return web.json_response({"ok": True, "in_force": [asdict(each) for each in faults.in_force]})

    async def settle(self, _request: web.Request) -> web.StreamResponse:
        """Wait until every callback is out."""
        return web.json_response({"ok": await self._site.callbacks.settle(_SETTLE_SECONDS)})

    def _found(self, request: web.Request) -> Line:
        line = self._site.lines.get(request.match_info["sid"])
        if line is None:
            raise Refused("call_not_found")
        return line


def _line(line: Line) -> Json:
    call = line.call
    return {"sid": call.sid, "from": call.from_, "to": call.to, "direction": call.direction, "status": call.status}


def _plain(given: Json) -> Json:
    return {key: str(value) if key in ("created", "at") else value for key, value in given.items()}


def _local(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if (answer := turned_away(request)) is not None:
            return answer
        try:
            return await handler(request)
        except (Refused, NoSuchNumber, Unsuitable, ValueError, TypeError, KeyError, TimeoutError) as refused:
            return web.json_response({"ok": False, "error": str(refused) or type(refused).__name__}, status=400)

    return guarded
