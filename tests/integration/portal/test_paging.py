"""The page behind the link that an agent on call gets, before a tickets API that answers as the real one does."""

import re
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from portal.adapters.pages import Pages
from portal.adapters.texts import Texts
from portal.adapters.tickets_api import TicketsApi
from portal.adapters.web import Portal
from portal.settings import PortalSettings
from tests.integration.portal.test_pages import Elements, Switch
from tests.integration.portal.test_pages import Rig as RealRig
from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.climbing_desk import PAGE, arrive, climbing, mails_to, pass_time

TOKEN = "c2lnbmVk-b2Y_page.1"
PATH = f"/p/{TOKEN}"
ENGLISH = {"accept-language": "en-GB,en;q=0.9"}


class Tickets:
    """Knows one page, as the tickets API tells of it."""

    def __init__(self) -> None:
        self.page: dict[str, Any] = {
            "number": 4711,
            "subject": "La <b>web</b> no responde",
            "priority": "urgent",
            "agent": "Ana Gil",
            "paged_at": "2026-11-23T01:30:00Z",
            "state": "open",
            "acknowledged_by": None,
        }
        self.requests: list[str] = []
        self.status = 0

    def application(self) -> Starlette:
        path = "/api/v1/pages/by-token/{token}"
        return Starlette(
            routes=[Route(path, self.read), Route(f"{path}/acknowledge", self.acknowledge, methods=["POST"])]
        )

    async def read(self, request: Request) -> Response:
        return self._answer(request)

    async def acknowledge(self, request: Request) -> Response:
        if self.page["state"] == "withdrawn":
            self.requests.append("POST")
            return JSONResponse({"detail": "it was withdrawn"}, 409)
        if not self.status and self.page["state"] == "open":
            self.page |= {"state": "acknowledged", "acknowledged_by": self.page["agent"]}
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        self.requests.append(request.method)
        if self.status:
            return JSONResponse({"detail": "no"}, self.status)
        if request.path_params["token"] != TOKEN:
            return JSONResponse({"detail": "there is no such page"}, 404)
        return JSONResponse(self.page)


class Rig:
    def __init__(self, **settings: Any) -> None:
        self.tickets = Tickets()
        self.network = Switch(httpx.ASGITransport(app=self.tickets.application()))
        api = TicketsApi(httpx.AsyncClient(transport=self.network, base_url="http://tickets"))
        chosen = PortalSettings(tickets_token="x", timezone="Europe/Madrid", **settings)
        portal = Portal(chosen, Pages(Texts(chosen.timezone)), api)
        self.browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=portal.application()), base_url="http://pages.example"
        )


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    found = Rig()
    yield found
    await found.browser.aclose()


async def test_it_says_what_it_is_about_in_the_language_of_the_browser(rig: Rig) -> None:
    spanish = (await rig.browser.get(PATH, headers={"accept-language": "es"})).text
    english = (await rig.browser.get(PATH, headers=ENGLISH)).text
    switched = (await rig.browser.get(f"{PATH}?lang=es", headers=ENGLISH)).text

    for page in (spanish, switched):
        assert '<html lang="es">' in page
        for words in ("solicitud 4711", "Urgente", "Ana Gil", "23 de noviembre de 2026, 02:30 CET", "Me ocupo yo"):
            assert words in page
    assert '<html lang="en">' in english
    for words in ("ticket 4711", "Urgent", "Nobody yet.", "23 November 2026, 02:30 CET", "I have it"):
        assert words in english
    assert "La &lt;b&gt;web&lt;/b&gt; no responde" in english


async def test_opening_it_only_reads(rig: Rig) -> None:
    for method in ("GET", "HEAD", "GET"):
        assert (await rig.browser.request(method, PATH)).status_code == 200
    assert rig.tickets.requests == ["GET"] * 3
    assert rig.tickets.page["state"] == "open"


async def test_the_button_takes_it_and_the_page_says_who_has_it(rig: Rig) -> None:
    pressed = await rig.browser.post(f"{PATH}?lang=en", headers={"sec-fetch-site": "same-origin"})

    assert (pressed.status_code, pressed.headers["location"]) == (303, f"{PATH}?taken=1&lang=en#state")
    shown = await rig.browser.get(pressed.headers["location"])
    assert "Ana Gil has it." in shown.text
    assert "Nobody else will be paged." in shown.text
    assert not Elements(shown.text).all("button")


async def test_pressing_twice_and_pressing_too_late_show_what_has_become_of_it(rig: Rig) -> None:
    rig.tickets.page |= {"state": "acknowledged", "acknowledged_by": "Bob <Hall>"}
    late = await rig.browser.post(PATH)
    assert late.status_code == 303
    assert "Bob &lt;Hall&gt; has it." in (await rig.browser.get(PATH, headers=ENGLISH)).text

    rig.tickets.page |= {"state": "withdrawn", "acknowledged_by": None}
    withdrawn = await rig.browser.post(PATH)
    assert withdrawn.status_code == 303
    page = await rig.browser.get(PATH, headers=ENGLISH)
    assert "the page was withdrawn" in page.text
    assert not Elements(page.text).all("button")


async def test_words_of_a_newer_tickets_service_do_not_break_the_page(rig: Rig) -> None:
    rig.tickets.page |= {"state": "snoozed", "priority": "apocalyptic", "subject": ""}
    page = await rig.browser.get(PATH, headers=ENGLISH)
    assert page.status_code == 200
    assert "Not given" in page.text
    assert not Elements(page.text).all("button")


@pytest.mark.parametrize("path", ["/p/unknown", f"/p/{'x' * 81}", "/p/a%20b", "/p/%2E%2E", "/p/ñ", "/p/a%2Fb"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_is_none_says_what_to_do(rig: Rig, path: str, method: str) -> None:
    answer = await rig.browser.request(method, path, headers=ENGLISH)
    assert answer.status_code in (404, 405)
    assert "<h1>" in answer.text


@pytest.mark.parametrize("status", [404, 410, 422])
async def test_a_link_that_has_expired_says_so(rig: Rig, status: int) -> None:
    rig.tickets.status = status
    for method in ("GET", "POST"):
        answer = await rig.browser.request(method, PATH, headers=ENGLISH)
        assert answer.status_code == 404
        assert "This page is no more" in answer.text


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_when_the_tickets_service_is_away_nobody_is_told_that_it_was_taken(rig: Rig, cut: str) -> None:
    rig.network.cut = cut
    shown = await rig.browser.get(PATH, headers=ENGLISH)
    pressed = await rig.browser.post(PATH, headers=ENGLISH)
    assert (shown.status_code, pressed.status_code) == (503, 503)
    assert pressed.headers["retry-after"]
    assert "We do not know whether it was noted" in pressed.text
    rig.network.cut = ""
    assert (await rig.browser.post(PATH)).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}]
)
async def test_another_sites_page_cannot_press_the_button(rig: Rig, headers: dict[str, str]) -> None:
    answer = await rig.browser.post(PATH, headers={**headers, **ENGLISH})
    assert answer.status_code == 403
    assert "press it there" in answer.text
    assert rig.tickets.requests == []


async def test_a_link_is_not_pressed_without_end(rig: Rig) -> None:
    statuses = [(await rig.browser.post(PATH)).status_code for _ in range(8)]
    assert statuses == [303] * 6 + [429] * 2


async def test_views_are_limited_too() -> None:
    rig = Rig(views_per_minute=2)
    assert [(await rig.browser.get(PATH)).status_code for _ in range(3)] == [200, 200, 429]


async def test_keyboard_and_screen_reader_find_their_way(rig: Rig) -> None:
    for state in ("open", "acknowledged", "withdrawn"):
        rig.tickets.page["state"] = state
        answer = await rig.browser.get(PATH, headers=ENGLISH)
        page = Elements(answer.text)
        assert len(page.all("h1")) == len(page.all("main")) == 1
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
        ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
        assert len(ids) == len(set(ids))
        for _, attrs in page.tags:
            for name in ("aria-labelledby", "aria-describedby"):
                assert set((attrs.get(name) or "").split()) <= set(ids)
        assert bool(page.all("button")) is (state == "open")
        assert any(attrs.get("role") == "status" for attrs in page.all("p")) is (state != "open")
        assert not page.all("script")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers


async def test_over_the_real_tickets_api_it_is_taken_once_and_withdrawn_with_the_ticket(database: str) -> None:
    async with open_api_desk(database) as desk:
        boss = await climbing(desk, PAGE)
        await arrive(desk, 1, 2)
        await pass_time(desk, 5)
        token, _ = await desk.tokens.create("portal", ["portal"], None)
        rig = RealRig(desk, boss, token)
        mails = {mail["ticket_number"]: mail["text"] for mail in await mails_to(desk, "eva")}
        links = {number: re.search(r"/p/\S+", text)[0] for number, text in mails.items()}  # type: ignore[index]  # absent means a failed test
        solved = await boss.patch("/api/v1/tickets/2", json={"status": "solved", "resolution": "restarted"})
        assert solved.status_code == 200, solved.text

        before = (await rig.browser.get(links[1], headers=ENGLISH)).text
        pressed = [await rig.browser.post(links[1]) for _ in range(2)]
        after = (await rig.browser.get(pressed[0].headers["location"], headers=ENGLISH)).text
        too_late = await rig.browser.post(links[2])
        withdrawn = (await rig.browser.get(links[2], headers=ENGLISH)).text

        assert "Nobody yet." in before
        assert [answer.status_code for answer in (*pressed, too_late)] == [303] * 3
        assert "Eva Ruiz has it." in after
        assert "the page was withdrawn" in withdrawn
        assert (await rig.browser.get(links[1][:-2], headers=ENGLISH)).status_code == 404
        assert (await rig.browser.get(f"/p/{'a' * 80}", headers=ENGLISH)).status_code == 404
