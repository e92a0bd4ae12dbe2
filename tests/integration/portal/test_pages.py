"""The status page as a browser without JavaScript sees it, over the real tickets API."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import httpx
import pytest

from portal.adapters.pages import Pages
from portal.adapters.texts import Texts
from portal.adapters.tickets_api import TicketsApi
from portal.adapters.web import Portal
from portal.settings import PortalSettings
from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk


class Switch(httpx.AsyncBaseTransport):
    """A network that can be cut, before a request or after it has done its work."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.cut: str = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut == "before":
            raise httpx.ConnectError("cut")
        answer = await self.inner.handle_async_request(request)
        if self.cut == "after":
            raise httpx.ReadError("cut")
        return answer


class Elements(HTMLParser):
    """Start tags with their attributes, in order, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


class Rig:
    """A portal before a tickets API, and a ticket."""

    def __init__(self, desk: ApiDesk, agent: httpx.AsyncClient, portal_token: str, **settings: Any) -> None:
        self.desk = desk
        self.agent = agent
        self.network = Switch(httpx.ASGITransport(app=desk.application))
        client = httpx.AsyncClient(
            transport=self.network, base_url="http://tickets", headers={"authorization": f"Bearer {portal_token}"}
        )
        self.tickets = TicketsApi(client)
        chosen = PortalSettings(tickets_token="x", timezone="Europe/Madrid", **settings)
        self.portal = Portal(chosen, Pages(Texts(chosen.timezone)), self.tickets)
        self.browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.portal.application()), base_url="http://pages.example"
        )

    async def open(self, **fields: Any) -> str:
        """Open a ticket; returns the path of its page."""
        made = await self.agent.post("/api/v1/tickets", json=new_ticket(**fields))
        assert made.status_code == 201, made.text
        return "/s/" + made.json()["links"]["status_page"].rpartition("/")[2]

    async def messages(self, number: int = 1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.agent.get(f"/api/v1/tickets/{number}/messages")).json()["items"]
        return found

    async def key_on(self, path: str) -> str:
        return str(re.search(r'name="key" value="([^"]+)"', (await self.browser.get(path)).text)[1])  # type: ignore[index]  # absent means a failed test


@pytest.fixture
async def rig(database: str) -> AsyncIterator[Rig]:
    async with open_api_desk(database) as desk:
        token, _ = await desk.tokens.create("portal", ["portal"], None)
        yield Rig(desk, await desk.client("read", "write"), token)


async def test_the_page_is_in_the_language_of_the_ticket_and_the_switch_changes_it(rig: Rig) -> None:
    path = await rig.open()

    own = await rig.browser.get(path, headers={"accept-language": "en"})
    switched = await rig.browser.get(f"{path}?lang=en")

    assert '<html lang="es">' in own.text
    assert "Recibida. Todavía no ha empezado nadie con ella." in own.text
    assert '<html lang="en">' in switched.text
    assert "Received. Nobody has started on it yet." in switched.text


async def test_what_is_announced_to_everybody_stands_at_the_top(rig: Rig) -> None:
    path = await rig.open()
    texts = {"es": "No hay <internet>.", "en": "There is no <internet>."}
    assert (await rig.agent.put("/api/v1/announcements/outage", json={"texts": texts})).status_code == 201

    own, english = await rig.browser.get(path), await rig.browser.get(f"{path}?lang=en")
    await rig.agent.delete("/api/v1/announcements/outage")
    over = await rig.browser.get(path)

    assert "Aviso para todos:</strong> No hay &lt;internet&gt;." in own.text
    assert "Notice to everybody:</strong> There is no &lt;internet&gt;." in english.text
    assert "internet" not in over.text


async def test_the_page_has_landmarks_headings_and_labels(rig: Rig) -> None:
    page = Elements((await rig.browser.get(await rig.open())).text)

    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.all("nav")[0]["aria-label"]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    labelled = {label["for"] for label in page.all("label")}
    assert {area["id"] for area in page.all("textarea")} <= labelled
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((attrs.get(name) or "").split()) <= set(ids)


async def test_the_page_loads_nothing_from_elsewhere_and_keeps_no_traces(rig: Rig) -> None:
    answer = await rig.browser.get(await rig.open())
    page = Elements(answer.text)

    assert [link["href"] for link in page.all("link")] == ["/assets/portal.css"]
    assert not page.all("script")
    assert not page.all("img")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert (await rig.browser.get("/assets/portal.css")).headers["content-type"].startswith("text/css")


async def test_opening_the_page_changes_nothing(rig: Rig) -> None:
    path = await rig.open()
    before = (await rig.agent.get("/api/v1/tickets/1")).json()

    for method in ("GET", "HEAD", "GET"):
        assert (await rig.browser.request(method, path)).status_code == 200

    assert (await rig.agent.get("/api/v1/tickets/1")).json() == before
    assert len(await rig.messages()) == 1


async def test_what_people_wrote_is_shown_as_text_and_never_as_markup(rig: Rig) -> None:
    path = await rig.open(subject="<img src=x onerror=1>", text="<script>alert(1)</script> & \"'")

    answer = await rig.browser.get(path)

    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


async def test_notes_and_addresses_stay_inside(rig: Rig) -> None:
    path = await rig.open(requester={"address": "ana@cliente.example", "name": ""})
    await rig.agent.post("/api/v1/tickets/1/replies", json={"text": "el cliente miente", "internal": True})
    await rig.agent.post("/api/v1/tickets/1/replies", json={"text": "ya vamos"})

    page = (await rig.browser.get(path)).text

    assert "ya vamos" in page
    assert "miente" not in page
    assert "ana@cliente.example" not in page
    assert "a…@cliente.example" in page


async def test_a_line_from_the_form_reaches_the_ticket_once_however_often_it_is_sent(rig: Rig) -> None:
    path = await rig.open()
    form = {"text": "Sigue igual.\r\nGracias", "key": await rig.key_on(path)}

    answers = [await rig.browser.post(path, data=form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303] * 3
    assert answers[0].headers["location"].startswith(f"{path}?sent=1")
    assert [message["text"] for message in await rig.messages()][1:] == ["Sigue igual.\nGracias"]
    landed = await rig.browser.get(answers[0].headers["location"])
    assert "Hemos recibido su mensaje" in landed.text
    assert "Sigue igual." in landed.text


async def test_links_of_a_ticket_whose_links_were_changed_lead_to_it_and_those_before_nowhere(rig: Rig) -> None:
    before = await rig.open()
    changed = await rig.agent.post(
        "/api/v1/tickets/1/requester", json={"address": "luis@example.org", "reason": "it is his"}
    )
    assert changed.status_code == 200, changed.text
    link = (await rig.agent.get("/api/v1/tickets/1")).json()["links"]["status_page"]
    now = "/s/" + link.rpartition("/")[2]

    sent = await rig.browser.post(now, data={"text": "Sigue igual", "key": await rig.key_on(now)})

    assert "." in now
    assert (await rig.browser.get(before)).status_code == 404
    assert sent.status_code == 303
    assert "Sigue igual" in (await rig.browser.get(now)).text


async def test_a_line_on_a_closed_ticket_opens_a_new_one_and_leads_there(rig: Rig) -> None:
    path = await rig.open()
    await rig.agent.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told them"})
    key = await rig.key_on(path)
    assert "abrirá una nueva" in (await rig.browser.get(path)).text

    answer = await rig.browser.post(path, data={"text": "otra vez", "key": key})
    again = await rig.browser.post(path, data={"text": "otra vez", "key": key})

    assert answer.headers["location"].startswith("/s/2-")
    assert again.headers["location"] == answer.headers["location"]
    new = (await rig.agent.get("/api/v1/tickets/2")).json()
    assert (new["related_to"], new["status"], new["channel"]) == (1, "new", "portal")
    assert (await rig.agent.get("/api/v1/tickets/3")).status_code == 404


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_when_the_desk_is_away_the_form_comes_back_with_its_text_and_key(rig: Rig, cut: str) -> None:
    path = await rig.open()
    key = await rig.key_on(path)
    rig.network.cut = cut

    failed = await rig.browser.post(path, data={"text": "un texto <largo>", "key": key})
    rig.network.cut = ""
    sent = await rig.browser.post(path, data={"text": "un texto <largo>", "key": key})

    assert failed.status_code == 503
    page = Elements(failed.text)
    assert "un texto <largo>" in page.text
    assert {"type": "hidden", "name": "key", "value": key} in page.all("input")
    assert any(attrs.get("role") == "alert" for _, attrs in page.tags)
    assert sent.status_code == 303
    assert len(await rig.messages()) == 2


async def test_the_page_itself_says_try_again_when_the_desk_is_away(rig: Rig) -> None:
    path = await rig.open()
    rig.network.cut = "before"

    answer = await rig.browser.get(path, headers={"accept-language": "en-GB, es;q=0.5"})

    assert answer.status_code == 503
    assert "Nothing is lost" in answer.text


@pytest.mark.parametrize(("text", "says"), [("  \r\n ", "Escriba su mensaje"), ("x" * 20_001, "demasiado largo")])
async def test_a_text_that_cannot_be_sent_comes_back_with_an_error_summary(rig: Rig, text: str, says: str) -> None:
    path = await rig.open()

    answer = await rig.browser.post(path, data={"text": text, "key": await rig.key_on(path)})

    assert answer.status_code == 422
    page = Elements(answer.text)
    assert says in page.text
    assert text.strip() in page.text
    assert page.all("textarea")[0]["aria-invalid"] == "true"
    assert page.all("title")
    assert "<title>Error:" in answer.text
    assert len(await rig.messages()) == 1


async def test_a_form_beyond_all_measure_gets_a_clear_answer(rig: Rig) -> None:
    path = await rig.open()

    answer = await rig.browser.post(path, data={"text": "x" * 600_000, "key": "k" * 20})

    assert answer.status_code == 413
    assert "20000" in answer.text


@pytest.mark.parametrize(
    "token", ["1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "nonsense", "1", "ñ", "x" * 200, "..%2f..%2ftickets"]
)
async def test_a_forged_link_gets_a_page_that_says_what_to_do(rig: Rig, token: str) -> None:
    await rig.open()

    answer = await rig.browser.get(f"/s/{token}", headers={"accept-language": "en"})
    posted = await rig.browser.post(f"/s/{token}", data={"text": "hola", "key": "k" * 20})

    assert answer.status_code == posted.status_code == 404
    assert len(await rig.messages()) == 1
    if "%2f" not in token:
        assert "Open the link straight from our mail" in answer.text


async def test_another_site_cannot_send_the_form(rig: Rig) -> None:
    path = await rig.open()
    form = {"text": "hola", "key": "k" * 20}

    crossed = await rig.browser.post(path, data=form, headers={"sec-fetch-site": "cross-site"})
    foreign = await rig.browser.post(path, data=form, headers={"origin": "http://evil.example"})
    own = await rig.browser.post(path, data=form, headers={"sec-fetch-site": "same-origin", "origin": "null"})

    assert (crossed.status_code, foreign.status_code, own.status_code) == (403, 403, 303)


async def test_too_many_lines_are_held_back_with_their_text(rig: Rig) -> None:
    path = await rig.open()

    statuses = []
    for index in range(8):
        answer = await rig.browser.post(path, data={"text": f"línea {index}", "key": f"{index}" * 20})
        statuses.append(answer.status_code)

    assert statuses == [303] * 6 + [429] * 2
    assert "línea 7" in answer.text
    assert answer.headers["retry-after"]


async def test_the_front_page_tells_in_both_languages_where_the_link_is(rig: Rig) -> None:
    page = (await rig.browser.get("/")).text

    assert "¿Busca su solicitud?" in page
    assert "Looking for your request?" in page


async def test_a_token_that_the_ticket_service_refuses_makes_the_portal_unready(rig: Rig) -> None:
    path = await rig.open()
    refused = Rig(rig.desk, rig.agent, "vnt_wrong")

    answer = await refused.browser.get(path)

    assert answer.status_code == 503
    assert "PORTAL_TICKETS_TOKEN" in str(refused.tickets.problem)
    assert rig.tickets.problem is None
