"""What agents see of a ticket, over the real tickets API."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest
from structlog.testing import capture_logs

from tests.integration.portal.desk_rig import DeskRig, desk_rig
from tests.integration.portal.test_pages import Elements
from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.desk_people import opened
from tests.integration.tickets.routed_mails import routed, settle
from tests.integration.tickets.slack_messages import said as slack_said
from tests.support.broker import Desk as BrokerDesk
from tests.support.desk_browser import Browser
from tests.support.polling import eventually
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_reports

EVIL = '<script>alert(1)</script><img src="https://evil.example/x.png">'
PARTS = ("", "/history", "/routing", "/service-level")


@pytest.fixture
async def rig(database: str) -> AsyncIterator[DeskRig]:
    async with open_api_desk(database) as desk, desk_rig(desk) as found:
        yield found


@pytest.fixture
async def agent(rig: DeskRig) -> Browser:
    return await rig.signed_in("bob")


@pytest.fixture
async def client(rig: DeskRig) -> httpx.AsyncClient:
    return await rig.desk.client("read", "write", "admin", name="ana")


async def said(client: httpx.AsyncClient, number: int, text: str, **fields: object) -> None:
    answer = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": text, **fields})
    assert answer.status_code == 201, answer.text


async def test_a_change_that_the_customer_does_not_see_is_told(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    await settle(rig.desk, slack_said(1))
    await said(client, 1, "A las 12.")
    [row] = await rig.desk.database.fetch("select id, notification_id from message where kind = 'agent'")
    outbound = OutboundStore(rig.desk.database)
    await note_reports([Report(row["notification_id"], "delivered", "1.2")], outbound, rig.desk.deps)
    edited = await client.patch(f"/api/v1/tickets/1/messages/{row['id']}", json={"text": "A las 13."})
    waiting = await agent.get("/desk/1")

    [order] = await rig.desk.leaving("notification.revised")
    await note_reports([Report(order["id"], "failed", "message_not_found")], outbound, rig.desk.deps)

    assert edited.status_code == 200, edited.text
    words = "the customer does not see this change"
    assert (words in waiting.text, words in (await agent.get("/desk/1")).text) == (False, True)


async def test_a_caller_without_a_number_is_words_to_agents_too(rig: DeskRig, agent: Browser) -> None:
    call = {"channel": "voice", "account": "+34910000100", "sender": "withheld/CA25bed0bc"}
    await settle(rig.desk, routed(1, **call, threading={"message_id": "AC/CA1", "opens": True}))

    page = await agent.get("/desk/1")

    assert page.text.count("withheld number") == 2, "who asks, and who said it"
    assert "withheld/CA" not in page.text


async def test_the_whole_conversation_is_there_with_notes_apart(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    await said(client, number, "Lo miramos ahora mismo.")
    await said(client, number, "Llamar antes al proveedor.", internal=True)

    page = await agent.get(f"/desk/{number}")

    assert page.status_code == 200
    kinds = re.findall(r'<li class="(customer|agent|note|auto)">', page.text)
    assert [kind for kind in kinds if kind != "auto"] == ["customer", "agent", "note"]
    note = page.text[page.text.index('<li class="note">') :]
    assert "Internal note" in note
    assert "Llamar antes al proveedor." in note
    assert page.text.index("Desde esta mañana") < page.text.index("Lo miramos") < page.text.index("Llamar antes")
    assert "ana@cliente.example" in page.text


async def test_teams_agents_and_channels_are_called_as_people_call_them_and_no_id_is_shown(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    await said(client, number, "Solo entre nosotros.", internal=True)
    slack = "T8AAAAAAA/U1RAAAAAA"
    database = rig.desk.database
    await database.execute(
        "update ticket set channel = 'slack', assignee = 'ana', team = 'first-line', requester_name = 'Carmen Vidal',"
        " requester_address = $2 where number = $1",
        number, slack,
    )  # fmt: skip
    await database.execute(
        "update message set author_address = $2, author_name = 'Carmen Vidal', channel = 'slack'"
        " where ticket_number = $1 and kind = 'customer'",
        number, slack,
    )  # fmt: skip

    page = (await agent.get(f"/desk/{number}?lang=es")).text

    assert "<bdi>Primera línea</bdi>" in page
    assert "<bdi>Ana Gil</bdi>" in page
    assert "Carmen Vidal" in page
    assert slack not in page
    note = page[page.index('<li class="note">') :]
    assert "API" not in note[: note.index("</article>")]


async def test_what_people_wrote_is_text_and_nothing_is_loaded_from_elsewhere(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client, subject=EVIL, text=f"Hola {EVIL}", requester={"address": "x@y.example", "name": EVIL})
    await said(client, number, EVIL, internal=True)

    for part in PARTS:
        page = await agent.get(f"/desk/{number}{part}")
        elements = Elements(page.text)
        assert not elements.all("script")
        assert not elements.all("img")
        assert not [
            attrs for _, attrs in elements.tags if any(name.startswith("on") or name == "style" for name in attrs)
        ]
        for name in ("src", "href", "action"):
            for _, attrs in elements.tags:
                assert (attrs.get(name) or "/").startswith(("/", "#", "?")), attrs
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"


async def test_html_of_a_mail_is_never_shown_as_html(rig: DeskRig, agent: Browser, client: httpx.AsyncClient) -> None:
    number = await opened(client)
    await rig.desk.database.execute(
        "update message set body_html = $1 where ticket_number = $2", '<p><b id="evil">Hola</b></p>', number
    )

    assert 'id="evil"' not in (await agent.get(f"/desk/{number}")).text


async def test_a_long_conversation_begins_at_its_end_and_is_read_backwards_to_its_beginning(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client, text="El principio.")
    for position in range(45):
        await said(client, number, f"Nota {position:02}.", internal=True)

    seen: list[str] = []
    address: str | None = f"/desk/{number}"
    for _ in range(5):
        assert address
        page = (await agent.get(address)).text
        found = re.findall(r'<div class="text" dir="auto">(Nota \d\d|El principio)', page)
        assert len(found) <= 20
        seen = found + seen
        older = re.search(r'href="([^"]+after=[^"]+)">Older messages', page)
        address = older[1].replace("&amp;", "&") if older else None
        if address is None:
            break

    assert seen == ["El principio", *(f"Nota {position:02}" for position in range(45))]


async def test_history_trace_and_arithmetic_are_told_in_the_agents_language(
    rig: DeskRig, client: httpx.AsyncClient
) -> None:
    await settle(rig.desk, routed(1))
    number = (await client.get("/api/v1/tickets")).json()["items"][0]["number"]
    english, spanish = await rig.signed_in("bob"), await rig.signed_in("ana")

    told = {
        part: ((await english.get(f"/desk/{number}{part}")).text, (await spanish.get(f"/desk/{number}{part}")).text)
        for part in PARTS
    }

    assert '<h2 id="part">History</h2>' in told["/history"][0]
    assert "The customer opened it, by mail." in told["/history"][0]
    assert "El cliente la abrió, por correo." in told["/history"][1]
    assert "First response" in told["/service-level"][0] or "No clock runs" in told["/service-level"][0]
    assert '<h2 id="part">Por qué está aquí</h2>' in told["/routing"][1]
    for page in told["/routing"]:
        lines = page[page.index("<pre") :]
        assert "(Madrid)" in lines
        assert "UTC" not in lines
    for part in PARTS:
        assert '<html lang="en">' in told[part][0]
        assert '<html lang="es">' in told[part][1]


async def test_the_page_says_when_the_customer_is_called_back_and_by_whom(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(second=0, microsecond=0)
    wish = {"number": "+34600111222", "agent": "ana", "at": tomorrow.isoformat()}
    plain = (await agent.get(f"/desk/{number}?lang=es")).text
    assert (await client.post(f"/api/v1/tickets/{number}/callbacks", json=wish)).status_code == 201

    page = (await agent.get(f"/desk/{number}?lang=es")).text

    assert "Llamada pendiente" not in plain
    row = page[page.index("Llamada pendiente") :].partition("</div>")[0]
    assert f"{tomorrow:%Y-%m-%dT%H:%M:00}" in row
    assert "<bdi>" in row


async def test_the_language_can_be_switched_and_stays_in_the_links(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    page = (await agent.get(f"/desk/{number}?lang=es")).text

    assert '<html lang="es">' in page
    assert f'href="/desk/{number}/history?lang=es"' in page


async def test_the_list_holds_what_the_agent_has_and_no_more(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    mine, other = await opened(client, subject="Lo mío"), await opened(client, subject="Lo de otra")
    await client.post(f"/api/v1/tickets/{mine}/assign", json={"to": "bob"})
    await rig.desk.database.execute("update ticket set assignee = 'bob' where number = $1", mine)
    await rig.desk.database.execute("update ticket set assignee = 'ana' where number = $1", other)

    page = (await agent.get("/desk")).text

    assert f'href="/desk/{mine}"' in page
    assert "Lo mío" in page
    assert "Lo de otra" not in page


async def test_pages_have_landmarks_headings_and_names(rig: DeskRig, agent: Browser, client: httpx.AsyncClient) -> None:
    number = await opened(client)
    await said(client, number, "Una nota.", internal=True)

    for path in ("/desk", *(f"/desk/{number}{part}" for part in PARTS)):
        page = Elements((await agent.get(path)).text)
        assert len(page.all("h1")) == 1
        assert len(page.all("main")) == 1
        assert all(nav["aria-label"] for nav in page.all("nav"))
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), levels
        ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
        assert len(ids) == len(set(ids))
        for _, attrs in page.tags:
            for name in ("aria-labelledby", "aria-describedby"):
                assert set((attrs.get(name) or "").split()) <= set(ids)
        assert page.all("a")[0] == {"class": "skip", "href": "#content"}
        assert all(time["datetime"] for time in page.all("time"))
        assert all(cell.get("scope") == "col" for cell in page.all("th"))
    current = [a for a in page.all("a") if a.get("aria-current") == "page"]
    assert [a["href"] for a in current] == [f"/desk/{number}/service-level"]


async def test_looking_changes_nothing_and_is_noted_with_agent_and_number(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    before = (await client.get(f"/api/v1/tickets/{number}")).json()

    with capture_logs() as logs:
        for part in PARTS:
            await agent.get(f"/desk/{number}{part}")

    after = (await client.get(f"/api/v1/tickets/{number}")).json()
    assert after == before | {"service_level": after["service_level"]}
    viewed = [line for line in logs if line["event"] == "ticket.viewed"]
    assert [(line["ticket"], line["agent"]) for line in viewed] == [(number, "bob")] * 4
    assert "impresora" not in str(viewed)


async def test_a_view_asks_the_desk_a_fixed_number_of_questions(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    few, many = await opened(client), await opened(client)
    for position in range(30):
        await said(client, many, f"Nota {position}", internal=True)
    asked: list[str] = []
    inner = rig.network.inner

    class Counting(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            return await inner.handle_async_request(request)

    rig.network.inner = Counting()
    counts = []
    for number in (few, many):
        for part in PARTS:
            asked.clear()
            assert (await agent.get(f"/desk/{number}{part}")).status_code == 200
            counts.append(len(asked))

    assert counts == [3, 3, 3, 3] * 2


@pytest.mark.parametrize(
    "path",
    ["/desk/999", "/desk/0", "/desk/x", "/desk/1/nothing", "/desk/99999999999999999999", "/desk/1/files/../x",
     "/desk/1/files/aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa.0", "/desk/1/originals/x", "/desk/1?after=forged"],
)  # fmt: skip
async def test_what_does_not_exist_says_what_to_do(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient, path: str
) -> None:
    await opened(client)
    answer = await agent.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_while_the_desk_is_away_the_page_says_try_again(
    rig: DeskRig, agent: Browser, client: httpx.AsyncClient
) -> None:
    number = await opened(client)
    rig.network.cut = "before"

    for path in ("/desk", f"/desk/{number}", f"/desk/{number}/routing"):
        answer = await agent.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "We cannot show this page right now" in answer.text


async def test_a_token_that_the_desk_refuses_makes_the_portal_unready(rig: DeskRig, agent: Browser) -> None:
    await rig.desk.database.execute("update api_token set scopes = '{read}'")

    async def refused() -> bool:
        assert (await agent.get("/desk")).status_code == 503
        return "PORTAL_DESK_TOKEN" in str(rig.api.problem)

    await eventually(refused, 30)  # on a busy machine the first looks may end before the desk has answered


async def test_files_come_down_for_saving_only(database: str, nats: BrokerDesk) -> None:
    page = b"<html><script>alert(1)</script>"
    async with open_api_desk(database, nats) as desk, desk_rig(desk) as rig:
        client = await desk.client("read", "write", name="ana")
        number = await opened(client)
        uploaded = await client.post(
            "/api/v1/attachments",
            params={"filename": "nota ñ.html"},
            content=page,
            headers={"content-type": "text/html"},
        )
        await said(client, number, "Ahí va.", attachments=[uploaded.json()["id"]])
        agent = await rig.signed_in("bob")

        shown = (await agent.get(f"/desk/{number}")).text
        link = re.search(rf'href="(/desk/{number}/files/[^"]+)" download', shown)
        assert link
        down, nobody = await agent.get(link[1]), await rig.browser().get(link[1])

    assert "Careful" in shown
    assert down.content == page
    assert down.headers["content-type"] == "application/octet-stream"
    assert down.headers["content-disposition"].startswith("attachment;")
    assert down.headers["x-content-type-options"] == "nosniff"
    assert down.headers["content-security-policy"] == "sandbox"
    assert down.headers["cache-control"] == "no-store"
    assert nobody.status_code == 401
    assert page not in nobody.content


async def test_a_customers_link_opens_no_page_of_agents(rig: DeskRig, client: httpx.AsyncClient) -> None:
    number = await opened(client)
    ticket = (await client.get(f"/api/v1/tickets/{number}")).json()
    token = ticket["links"]["status_page"].rpartition("/")[2]

    for path in (f"/desk/{number}?token={token}", f"/desk/{token}"):
        answer = await rig.browser().get(path)
        assert answer.status_code == 401
        assert "La impresora" not in answer.text
