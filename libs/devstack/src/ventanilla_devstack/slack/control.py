"""`/_local/…`: hands, faults and state for another process, in JSON, from this machine only.

`POST /_local/hands/<name>` calls a method of `Hands` with the arguments of its JSON object; a file is base64.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from ventanilla_devstack.local_control import Unreadable, decoded, object_of, turned_away
from ventanilla_devstack.slack import views
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.hands import Hands, Seen
from ventanilla_devstack.slack.records import Json, View
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.web_api.dispatch import WebApi

HANDS = frozenset(
    {
        "write", "edit", "delete", "react", "unreact", "upload", "delete_file", "dm", "create_channel", "join", "leave",
        "invite", "remove", "archive", "unarchive", "rename_channel", "rename", "delete_user", "add_person", "messages",
        "permalink", "press", "choose", "suggest", "fill", "submit", "close", "open_home", "command", "shortcut",
        "modals", "home", "dismiss",
    }
)  # fmt: skip
_SETTLE_SECONDS = 30.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The handlers."""

    def __init__(self, site: Site, web_api: WebApi, hands: Hands) -> None:
        self._site = site
        self._web_api = web_api
        self._hands = hands

    def open_doors(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/_local/state", _local(self.state))
        router.add_get("/_local/calls", _local(self.calls))
        router.add_post("/_local/hands/{name}", _local(self.use_hands))
        router.add_post("/_local/faults", _local(self.set_faults))
        router.add_post("/_local/app", _local(self.change_app))
        router.add_post("/_local/sockets/{what}", _local(self.handle_sockets))
        router.add_post("/_local/settle", _local(self.settle))

    async def state(self, _request: web.Request) -> web.StreamResponse:
        """Who and what there is, and the app with its tokens: this is how another process learns them."""
        workspace = self._site.workspace
        app = next(iter(workspace.apps.values()))
        kept = ("id", "name", "kind", "archived", "members", "teams")
        return web.json_response(
            {
                "ok": True,
                "url": workspace.url,
                "team": workspace.home,
                "app": asdict(app),
                "users": [asdict(user) for user in workspace.users.values()],
                "channels": [{key: getattr(each, key) for key in kept} for each in workspace.channels.values()],
                "connections": self._site.sockets.open_count(app.id),
                "deliveries": [asdict(delivery) for delivery in self._site.courier.deliveries[-200:]],
                "refused": dict(self._site.limits.refused),
            }
        )

    async def calls(self, _request: web.Request) -> web.StreamResponse:
        """The last calls of the Web API: method, arguments, error."""
        return web.json_response({"ok": True, "calls": self._web_api.calls[-1_000:]})

    async def use_hands(self, request: web.Request) -> web.StreamResponse:
        """Let somebody do something."""
        name = request.match_info["name"]
        if name not in HANDS:
            raise Refused("unknown_hand")
        given = await object_of(request)
        others = given.pop("others", [])
        done = getattr(self._hands, name)
        if name == "upload":
            given["content"] = decoded(given.get("content"))
        try:
            result = done(*_ordered(given, others), **given)
        except TypeError as error:
            raise Refused("invalid_arguments", detail=str(error)) from error
        if isinstance(result, Awaitable):
            result = await result
        return web.json_response({"ok": True, "result": self._shown(result)})

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        """Add a fault, set the ones of events, or `{"clear": true}`."""
        given, faults = await object_of(request), self._site.faults
        if given.pop("clear", False):
            faults.clear()
        for name in ("dropped_events", "doubled_events", "late_shares"):
            if name in given:
                setattr(faults, name, int(given.pop(name)))
        if "event_delay_seconds" in given:
            faults.event_delay_seconds = float(given.pop("event_delay_seconds"))
        if given:
            try:
                faults.add(**given)
            except (TypeError, ValueError) as error:
                raise Refused("invalid_arguments", detail=str(error)) from error
        return web.json_response({"ok": True, "in_force": [asdict(fault) for fault in faults.in_force]})

    async def change_app(self, request: web.Request) -> web.StreamResponse:
        """Change scopes, events or the request URL (which is verified), revoke tokens, switch limits."""
        given = await object_of(request)
        app = next(iter(self._site.workspace.apps.values()))
        for name in ("scopes", "events", "commands"):
            if isinstance(given.get(name), list):
                setattr(app, name, [str(each) for each in given[name]])
        if "app_token_revoked" in given:
            app.app_token_revoked = bool(given["app_token_revoked"])
        if "bot_token_revoked" in given:
            app.revoked = [app.bot_token] if given["bot_token_revoked"] else []
        if given.get("limits") in ("real", "off"):
            self._site.limits.mode = given["limits"]
        if given.get("history") in ("small", "large"):
            self._site.limits.history = given["history"]
        if "request_url" in given:
            before, app.request_url = app.request_url, str(given["request_url"])
            if app.request_url and not await self._site.http.verify(app):
                app.request_url = before
                raise Refused("url_not_verified")
        return web.json_response({"ok": True})

    async def handle_sockets(self, request: web.Request) -> web.StreamResponse:
        """`refresh`, `cut` or `disable` all sockets."""
        sockets, what = self._site.sockets, request.match_info["what"]
        if what == "refresh":
            await sockets.refresh()
        elif what == "cut":
            await sockets.cut()
        elif what == "disable":
            for app_id in self._site.workspace.apps:
                await sockets.disable(app_id)
        else:
            raise Refused("unknown_action")
        return web.json_response({"ok": True})

    async def settle(self, _request: web.Request) -> web.StreamResponse:
        """Wait until all events are delivered or lost."""
        return web.json_response({"ok": True, "settled": await self._site.courier.settle(_SETTLE_SECONDS)})

    def _shown(self, result: Any) -> Any:
        if isinstance(result, View):
            return views.view_shape(self._site.workspace, result) | {"errors": result.errors}
        if isinstance(result, Seen):
            modal = self._shown(result.modal) if result.modal is not None else None
            shown: Json = {"answered": result.answered, "problem": result.problem, "errors": result.errors}
            return shown | {"options": result.options, "modal": modal}
        if isinstance(result, list):
            return [self._shown(each) for each in result]
        if is_dataclass(result) and not isinstance(result, type):
            shown = {name: getattr(result, name) for name in result.__dataclass_fields__}
            return {key: value for key, value in shown.items() if key not in ("content", "messages", "threads")}
        return result


def _ordered(given: Json, others: Any) -> list[Any]:
    """The arguments by position where a method takes any number of others at its end."""
    if not others:
        return []
    return [*(given.pop(name) for name in ("user", "channel") if name in given), *others]


def _local(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if (answer := turned_away(request)) is not None:
            return answer
        try:
            return await handler(request)
        except Unreadable as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.code, **refused.fields}, status=400)

    return guarded
