"""The addresses of a local Slack, and the small handlers among them: uploads, downloads, answers, pictures."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from ventanilla_devstack.slack import responses, storing
from ventanilla_devstack.slack.control import Control
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.hands import Hands
from ventanilla_devstack.slack.page.handlers import Page
from ventanilla_devstack.slack.records import User
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.web_api.dispatch import WebApi


def open_doors(application: web.Application, site: Site, web_api: WebApi, hands: Hands) -> None:
    """Add every route."""
    small = _Doors(site)
    add = application.router.add_route
    for verb in ("GET", "POST"):
        add(verb, "/api/{method}", web_api.serve)
    add("GET", "/link/", site.sockets.serve)
    add("POST", "/upload/v1/{ticket}", small.upload)
    add("GET", "/files-pri/{place}/{tail:.*}", small.download)
    for kind in ("actions", "commands"):
        add("POST", f"/{kind}/{{team}}/{{secret}}", small.answer)
    add("GET", "/avatars/{name}", small.avatar)
    Control(site, web_api, hands).open_doors(application.router)
    page = Page(site, hands)
    page.open_doors(application.router)
    application.on_shutdown.append(page.news.close)


class _Doors:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of an announced file, as they are or as the first part of a form."""
        if request.content_type == "multipart/form-data":
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        if len(content) > storing.FILE_BYTES:
            return web.Response(status=413, text="too large")
        file = storing.fill(self._site.workspace, request.match_info["ticket"], content)
        if file is None:
            return web.Response(status=404, text="unknown or used upload address")
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file, for those who may see it. Without a valid token Slack leads to a page to sign in, and so do we."""
        workspace = self._site.workspace
        file = workspace.files.get(request.match_info["place"].partition("-")[2])
        user = self._bearer(request)
        if user is None:
            raise web.HTTPFound(f"{workspace.url}/?redir={request.path}")
        if file is None or file.content is None or not file.complete or not storing.may_see(workspace, file, user):
            return web.Response(status=404, text="file_not_found")
        # Sent to be kept, never shown: what customers upload must not run in the page's origin.
        headers = {
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        }
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)

    def _bearer(self, request: web.Request) -> User | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        workspace = self._site.workspace
        for app in workspace.apps.values():
            if token and token == app.bot_token and token not in app.revoked and "files:read" in app.scopes:
                return workspace.users[app.bot_user]
        return None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A `response_url`."""
        body: Any = await request.text()
        try:
            if request.content_type == "application/x-www-form-urlencoded":
                body = parse_qs(body).get("payload", [""])[0]
            body = json.loads(body)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        try:
            place = self._site.lent.use_place(request.match_info["secret"])
            responses.answer_at(self._site, place, body)
        except Refused as refused:
            status = 404 if refused.code in ("expired_url", "used_url", "no_active_hooks") else 400
            return web.json_response({"ok": False, "error": refused.code, **refused.fields}, status=status)
        return web.Response(text="ok")

    async def avatar(self, request: web.Request) -> web.StreamResponse:
        """A picture for somebody: their initial on a colour of their own."""
        name = request.match_info["name"].partition("_")[0]
        workspace = self._site.workspace
        user, team = workspace.users.get(name), workspace.teams.get(name)
        words = user.real_name if user else team.name if team else "?"
        hue = hashlib.sha256(name.encode()).digest()[0] * 360 // 256
        letter = next((letter for letter in words if letter.isalnum()), "?").upper()
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" '
            f'fill="hsl({hue} 45% 38%)"/><text x="24" y="33" font-family="sans-serif" font-size="26" fill="#fff" '
            f'text-anchor="middle">{letter}</text></svg>'
        )
        return web.Response(text=picture, content_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})
