"""The page's addresses: the document, its changing parts, news of changes, files, signing in, permalinks."""

import re
from pathlib import Path
from urllib.parse import quote, urlencode

from aiohttp import web

from ventanilla_devstack.local_page import News, asset_handler, local, page_headers, page_policy
from ventanilla_devstack.slack import storing
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.hands import Hands
from ventanilla_devstack.slack.page.layout import HOME, Layout, find_place
from ventanilla_devstack.slack.page.mrkdwn import Drawing
from ventanilla_devstack.slack.page.sign_in_page import draw_sign_in
from ventanilla_devstack.slack.page.words import choose
from ventanilla_devstack.slack.records import App, User
from ventanilla_devstack.slack.sign_in import Grant, discovery
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.workspace import Happening

_HEADERS = page_headers(page_policy(), "same-origin")  # without any, a browser names no origin for its own forms


class Page:
    """The handlers."""

    def __init__(self, site: Site, hands: Hands) -> None:
        self._site = site
        self._hands = hands
        self.news = News(_HEADERS)
        site.workspace.listeners.append(self._hear)

    def open_doors(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/", local(self.document))
        router.add_get("/_page/parts", local(self.parts))
        router.add_get("/_page/news", local(self.news.stream))
        router.add_get("/_page/files/{file}", local(self.file))
        router.add_get("/_page/{asset}", asset_handler(Path(__file__).parent))
        router.add_get("/archives/{channel}/{message}", self.permalink)
        router.add_get("/openid/connect/authorize", local(self.authorize))
        router.add_post("/openid/connect/authorize", local(self.allow))
        router.add_get("/openid/connect/keys", self.keys)
        router.add_get("/.well-known/openid-configuration", self.configuration)

    async def document(self, request: web.Request) -> web.StreamResponse:
        """The page, for whoever it is about."""
        self._hands.dm(self._viewer(request).id)  # the conversation with the app is always there to be found
        layout = self._layout(request)
        if request.query.get("in") == HOME:
            self._hands.open_home(self._viewer(request).id)
        return web.Response(text=layout.page(), content_type="text/html", headers=_HEADERS)

    async def parts(self, request: web.Request) -> web.StreamResponse:
        """The parts that may have changed."""
        return web.json_response(self._layout(request).parts(), headers=_HEADERS)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file for the person who is played."""
        file = self._site.workspace.files.get(request.match_info["file"])
        viewer = self._viewer(request)
        if file is None or file.content is None or not storing.may_see(self._site.workspace, file, viewer):
            return web.Response(status=404, text="file_not_found")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        sandbox = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers | sandbox)

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """From the address of a message to the page with it."""
        channel, digits = request.match_info["channel"], request.match_info["message"].removeprefix("p")
        ts = f"{digits[:-6]}.{digits[-6:]}" if re.fullmatch(r"\d{7,20}", digits) else ""
        found = self._site.workspace.channels.get(channel)
        member = next((each for each in found.members if self._plays(each)), "") if found else ""
        thread = request.query.get("thread_ts") or ts
        raise web.HTTPFound("/?" + urlencode({"as": member, "in": channel, "thread": thread}))

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """The page on which one chooses who signs in."""
        app, refusal = self._asking(request)
        if app is None:
            return web.Response(status=400, text=f"sign-in refused: {refusal}")
        people = [user for user in self._site.workspace.users.values() if self._may_sign_in(user)]
        text = draw_sign_in(choose(request.headers.get("Accept-Language", "")), app, people, dict(request.query))
        redirect = request.query["redirect_uri"]
        origin = re.match(r"https?://[^/;,'\"\s]+", redirect)
        policy = page_policy(form_action=f"'self' {origin[0] if origin else ''}")  # the form leads to the app's address
        return web.Response(
            text=text, content_type="text/html", headers={**_HEADERS, "Content-Security-Policy": policy}
        )

    async def allow(self, request: web.Request) -> web.StreamResponse:
        """Back to the app with a code, or with a refusal."""
        app, refusal = self._asking(request)
        if app is None:
            return web.Response(status=400, text=f"sign-in refused: {refusal}")
        query = request.query
        chosen = str((await request.post()).get("user", ""))
        answer = {"state": query.get("state", "")}
        user = self._site.workspace.users.get(chosen)
        if user is None or not self._may_sign_in(user):
            answer["error"] = "access_denied"
        else:
            scopes = frozenset(query.get("scope", "").replace(",", " ").split())
            now = self._site.workspace.clock()
            challenge = query.get("code_challenge", "") if query.get("code_challenge_method") == "S256" else ""
            grant = Grant(app.id, user.id, scopes, query["redirect_uri"], query.get("nonce", ""), now, challenge)
            answer["code"] = self._site.sign_in.new_code(grant)
        joint = "&" if "?" in query["redirect_uri"] else "?"
        raise web.HTTPFound(query["redirect_uri"] + joint + urlencode(answer))

    async def keys(self, _request: web.Request) -> web.StreamResponse:
        """The keys with which id_tokens are checked."""
        return web.json_response(self._site.sign_in.keys())

    async def configuration(self, _request: web.Request) -> web.StreamResponse:
        """Where everything of OpenID Connect is."""
        return web.json_response(discovery(self._site.workspace.url))

    def _asking(self, request: web.Request) -> tuple[App | None, str]:
        query = request.query
        apps = self._site.workspace.apps.values()
        app = next((app for app in apps if app.client_id == query.get("client_id")), None)
        try:
            self._site.sign_in.check_request(
                app,
                response_type=query.get("response_type", ""),
                scope=query.get("scope", ""),
                redirect_uri=query.get("redirect_uri", ""),
            )
        except Refused as refused:
            return None, refused.code
        return app, ""

    def _may_sign_in(self, user: User) -> bool:
        return user.membership != "bot" and not user.deleted and user.team_id == self._site.workspace.home

    def _plays(self, user_id: str) -> bool:
        user = self._site.workspace.users.get(user_id)
        return user is not None and user.membership != "bot" and not user.deleted

    def _viewer(self, request: web.Request) -> User:
        wanted = request.query.get("as", "")
        users = self._site.workspace.users
        return users[wanted] if self._plays(wanted) else next(user for user in users.values() if self._plays(user.id))

    def _layout(self, request: web.Request) -> Layout:
        viewer = self._viewer(request)
        words = choose(request.headers.get("Accept-Language", ""))
        place = find_place(self._hands, viewer, request.query.get("in", ""), request.query.get("thread", ""))
        return Layout(self._hands, Drawing(self._site.workspace, viewer, words), place)

    def _hear(self, _happening: Happening) -> None:
        self.news.changed()
