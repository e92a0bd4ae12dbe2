"""Tickets that are talked about in a chat: what the desk says to their customers goes there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import answered, items, routed, settle
from tests.integration.tickets.slack_messages import ACCOUNT, CUSTOMER, TEAM, acting, message_id, said, service
from tests.support.broker import Desk as BrokerDesk

COLLEAGUE = f"{TEAM}/U0COLLEAGUE"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def asked_for(api: ApiDesk) -> list[dict[str, Any]]:
    """What was asked to be said to customers, in its order."""
    return [one for one in await api.leaving("notification.requested") if one["ticket_number"]]


def soon() -> str:
    """A time that the desk can promise."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0).isoformat()


async def test_the_acknowledgement_and_the_answer_go_into_the_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    client = await api.client("read", "write", name="Eva")
    [ticket] = await items(client, "/tickets")

    made = await answered(client, ticket["number"], text="Ya está <arreglado>.")

    acknowledgement, answer = await asked_for(api)
    where = {"account": ACCOUNT, "conversation": message_id(1)}
    for one in (acknowledgement, answer):
        assert (one["medium"], one["mail"], one["chat"]) == ("slack", None, where)
        assert one["to"]["address"] == CUSTOMER
    assert acknowledgement["automatic"]
    assert f"número {ticket['number']}" in acknowledgement["text"]
    assert "http" not in acknowledgement["text"], "everybody in the channel would answer as the customer"
    assert "responda en este hilo." in acknowledgement["text"]
    assert (answer["text"], answer["automatic"]) == ("Ya está <arreglado>.", False)
    assert (made["kind"], made["delivery"]["state"]) == ("agent", "queued")


async def test_a_reply_in_the_thread_joins_the_ticket_whoever_writes_it(api: ApiDesk) -> None:
    await settle(api, said(1))
    await settle(api, said(2, COLLEAGUE))
    client = await api.client("read")

    [ticket] = await items(client, "/tickets")
    messages = await items(client, f"/tickets/{ticket['number']}/messages")

    assert [one["author"]["address"] for one in messages if one["kind"] == "customer"] == [CUSTOMER, COLLEAGUE]


async def test_nobody_is_put_in_copy_of_a_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    client = await api.client("read", "write", name="Eva")
    [ticket] = await items(client, "/tickets")

    refused = await client.post(
        f"/api/v1/tickets/{ticket['number']}/replies", json={"text": "hola", "cc": ["ana@cliente.example"]}
    )

    assert refused.status_code == 409
    assert "slack" in refused.json()["detail"]


async def uploaded(client: httpx.AsyncClient, name: str) -> str:
    made = await client.post("/api/v1/attachments", params={"filename": name}, content=b"%PDF-1.4")
    return str(made.json()["id"])


@pytest.mark.parametrize("account", [ACCOUNT, f"{TEAM}/D0CUST"])
async def test_files_go_with_the_words_and_say_where_the_customer_reads_the_ticket_if_nobody_else_reads_it(
    database: str, nats: BrokerDesk, account: str
) -> None:
    async with open_api_desk(database, nats) as api:
        await settle(api, said(1, account=account))
        client = await api.client("read", "write", name="Eva")
        files = [await uploaded(client, name) for name in ("guía.pdf", "b.pdf")]

        made = await client.post("/api/v1/tickets/1/replies", json={"text": "aquí", "attachments": files})
        plain = await client.post("/api/v1/tickets/1/replies", json={"text": "sin nada"})

        long = await client.post("/api/v1/tickets/1/replies", json={"text": "&" * 8_000})

        assert (made.status_code, plain.status_code, long.status_code) == (201, 201, 201)
        assert [one["filename"] for one in made.json()["attachments"]] == ["guía.pdf", "b.pdf"]
        [with_files, without, too_long] = [
            one for one in await api.leaving("notification.requested") if not one["automatic"]
        ]
        assert [one["filename"] for one in with_files["attachments"]] == ["guía.pdf", "b.pdf"]
        assert with_files["attachments"][0]["blob"]["bucket"] == "attachments"
        assert ("page" in with_files["chat"]) == (account != ACCOUNT), "a channel is read by everybody"
        assert with_files["chat"].get("page") in (None, api.desk.status_link(1))
        assert too_long["chat"].get("page") == with_files["chat"].get("page"), "it may have to be cut"
        assert "page" not in without["chat"], "nobody is told an address that they do not need"


async def test_an_answer_with_files_can_wait_and_is_refused_at_once_if_it_holds_too_many(
    database: str, nats: BrokerDesk
) -> None:
    async with open_api_desk(database, nats) as api:
        await settle(api, said(1))
        client = await api.client("read", "write", name="Eva")
        files = [await uploaded(client, f"{n}.pdf") for n in range(11)]

        waits = {"text": "aquí", "hold_seconds": 10}
        refused = await client.post("/api/v1/tickets/1/replies", json={**waits, "attachments": files})
        held = await client.post("/api/v1/tickets/1/replies", json={**waits, "attachments": files[:10]})

        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/attachments/10"
        assert "10 files at most" in str(refused.json())
        assert held.status_code == 202, held.text


async def test_a_mail_never_joins_a_conversation_that_it_names(api: ApiDesk) -> None:
    await settle(api, said(1))
    await settle(api, routed(2, sender="eve@strange.example", threading={"in_reply_to": message_id(1)}))
    client = await api.client("read")

    assert len(await items(client, "/tickets")) == 2
    assert await history(client, 1)


async def test_a_handover_is_told_in_the_conversation_with_its_promise(api: ApiDesk) -> None:
    await settle(api, said(1))
    ana = await agent(api, "ana")
    assert (await ana.post("/api/v1/tickets/1/claim")).status_code == 200

    up = {"tier": "2", "reason": "needs the network team", "note": "The link drops.", "next_update_by": soon()}
    answer = await ana.post("/api/v1/tickets/1/escalate", json=up)

    assert answer.status_code == 200, answer.text
    told = (await asked_for(api))[-1]
    assert (told["medium"], told["chat"]["conversation"]) == ("slack", message_id(1))
    assert "en manos de Redes" in told["text"]
    line = (await history(ana, 1))[-1]
    assert (line["action"], line["detail"]["next_update_by"]) == ("customer.told", soon())
    [step] = (await ana.get("/api/v1/tickets/1/handovers")).json()["items"]
    assert step["next_update_by"] is not None


async def test_where_there_is_no_way_to_the_customer_the_history_says_that_a_handover_was_not_told(
    api: ApiDesk,
) -> None:
    await settle(api, said(1))
    await api.database.execute("update ticket set requester_address = 'T0DESK/U0NOBODY', conversation = null")
    boss = await api.client("admin", name="boss")

    up = {"tier": "2", "reason": "needs the network team", "note": "The link drops."}
    assert (await boss.post("/api/v1/tickets/1/escalate", json=up)).status_code == 200

    lines = [(one["action"], one["why"]) for one in await history(boss, 1)]
    assert ("notice.withheld", "there is no way to write to the customer") in lines
    assert len(await asked_for(api)) == 1, "the acknowledgement alone"


async def test_who_answers_is_named_where_it_is_a_person(api: ApiDesk) -> None:
    await settle(api, said(1))
    chat = acting(await service(api), "ana")
    assert (await chat.post("/api/v1/tickets/1/claim")).status_code == 200
    program = await api.client("read", "write", name="console")

    seen = await chat.post("/api/v1/tickets/1/replies/preview", json={"text": "Lo miro."})
    await answered(chat, 1, text="Lo miro.")
    await answered(program, 1, text="Sin nombre.")

    assert seen.json()["author"] == "Ana Gil"
    acknowledgement, _, named, unnamed = await asked_for(api)
    assert named["chat"]["author"] == "Ana Gil"
    assert named["text"] == "Lo miro.", "the name is for the channel to show"
    assert "author" not in acknowledgement["chat"]
    assert "author" not in unnamed["chat"]


async def test_nobody_is_kept_in_copy_of_a_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    before = (await boss.get("/api/v1/tickets/1")).json()["version"]

    refused = await boss.post("/api/v1/tickets/1/participants", json={"address": "ana@cliente.example"})

    assert refused.status_code == 409
    assert "answered in slack" in refused.json()["detail"]
    assert (await boss.get("/api/v1/tickets/1")).json()["version"] == before


async def lines_to_customer(api: ApiDesk) -> list[str]:
    """What was asked to be said to customers by the desk itself, but for acknowledgements."""
    return [one["text"] for one in (await asked_for(api))[1:] if one["automatic"]]


async def test_whoever_takes_a_ticket_first_is_told_to_its_customer_once(api: ApiDesk) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    chat = acting(await service(api), "ana")

    assert (await chat.post("/api/v1/tickets/1/claim")).status_code == 200
    assert (await chat.post("/api/v1/tickets/1/release")).status_code == 200
    assert (await boss.post("/api/v1/tickets/1/assign", json={"agent": "bob"})).status_code == 200

    assert await lines_to_customer(api) == ["Ana Gil se ocupa ahora de su solicitud 1."]
    told = [one["detail"]["status"] for one in await history(boss, 1) if one["action"] == "status.told"]
    assert told == ["taken"]


async def test_a_ticket_that_is_solved_without_an_answer_says_so_each_time_and_not_what_solved_it(
    api: ApiDesk,
) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    solved = {"status": "solved", "resolution": "secret: it was the cable"}

    assert (await boss.patch("/api/v1/tickets/1", json=solved)).status_code == 200
    await boss.patch("/api/v1/tickets/1", json={"tags": ["wifi"]})
    assert await lines_to_customer(api) == [
        "Hemos dado por resuelta su solicitud 1. Si no es así, responda en este hilo y la volvemos a abrir."
    ]
    await settle(api, said(2))  # reopens it
    note = {"text": "Solo para nosotros", "internal": True, **solved}
    assert (await boss.post("/api/v1/tickets/1/replies", json=note)).status_code == 201

    lines = await lines_to_customer(api)
    assert len(lines) == 2
    assert "secret" not in str(lines)


async def test_each_step_and_each_promise_is_told_in_the_conversation(api: ApiDesk) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    path, until = "/api/v1/tickets/1", soon()

    for step in ("pending", "on_hold", "solved", "open"):
        done = {"status": step, "resolution": "the cable"}
        assert (await boss.patch(path, json=done)).status_code == 200
        assert (await boss.patch(path, json={"tags": [step]})).status_code == 200
    assert (await boss.post(f"{path}/promise", json={"until": until, "why": "a part is due"})).status_code == 200
    assert (await boss.post(f"{path}/snooze", json={"until": until})).status_code == 200

    waits, holds, solved, reopened, promised, snoozed = await lines_to_customer(api)
    assert waits.startswith("Quedamos a la espera de su respuesta sobre su solicitud 1:")
    assert holds == snoozed
    assert holds.startswith("Su solicitud 1 queda en espera por ahora.")
    assert (solved[:10], reopened[:10]) == ("Hemos dado", "Hemos vuel")
    assert promised.startswith("Sobre su solicitud 1: tendrá noticias nuestras como muy tarde el ")
    told = [one["detail"]["status"] for one in await history(boss, 1) if one["action"] == "status.told"]
    assert told == ["waiting", "on_hold", "solved", "reopened", "promised", "on_hold"]


async def test_what_is_written_on_the_page_is_quoted_in_the_conversation_also_of_a_closed_ticket(api: ApiDesk) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    portal = await api.client("portal", name="portal")
    link = f"/api/v1/status/{api.desk.signer.status_token(1)}"
    line = {"text": "Sigue igual\n\ny <ahora> peor", "key": "k" * 20}

    for _ in range(2):
        assert (await portal.post(f"{link}/replies", json=line)).status_code == 201
    page = (await portal.get(link)).json()
    await boss.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "the cable"})
    fresh = (await portal.post(f"{link}/replies", json={"text": "Otra vez", "key": "q" * 20})).json()["ticket_number"]
    await answered(boss, fresh, text="Lo miro.")

    quoted, again, answer = (await asked_for(api))[1:]
    assert quoted["text"].endswith(" ha escrito en la página de la solicitud 1:\n> Sigue igual\n>\n> y <ahora> peor")
    assert [one["chat"]["conversation"] for one in (quoted, again, answer)] == [message_id(1)] * 3
    assert (page["way"], page["desk"]) == ("slack", "Soporte")
    assert {one["author"] for one in page["messages"] if one["from"] == "desk"} == {"Soporte"}


@pytest.mark.parametrize("how", ["answered", "spam", "closed", "merged"])
async def test_where_the_customer_learns_it_otherwise_or_should_not_no_line_is_sent(api: ApiDesk, how: str) -> None:
    await settle(api, said(1))
    boss = await api.client("admin", name="boss")
    done = {"status": "solved", "resolution": "the cable"}
    path = "/api/v1/tickets/1"

    if how == "answered":
        answer = await boss.post(f"{path}/replies", json={"text": "Era el cable.", **done})
    elif how == "merged":
        await settle(api, said(7, thread=7))
        merge = {"into": 2, "reason": "the same printer again", "tell_customer": False}
        answer = await boss.post(f"{path}/merge", json=merge)
    elif how == "spam":
        answer = await boss.patch(path, json={**done, "tags": ["spam"]})
    else:
        answer = await boss.patch(path, json={**done, "status": "closed"})

    assert answer.is_success, answer.text
    assert not [one for one in await history(boss, 1) if one["action"] == "status.told"]


async def test_customers_who_write_mails_get_no_such_lines(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")

    await ana.post("/api/v1/tickets/1/claim")
    solved = await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "the cable"})

    assert solved.status_code == 200
    assert await lines_to_customer(api) == []
