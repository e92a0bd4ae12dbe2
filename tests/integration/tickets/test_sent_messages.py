"""Answers in a chat are edited and taken back: by whom, until when, what is kept, and what the channel is asked."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.merging_desk import merge
from tests.integration.tickets.routed_mails import items, settle
from tests.integration.tickets.slack_messages import ACCOUNT, BOB, EVA, acting, linked, message_id, said, service
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.handlers.sending.deliveries import note_deliveries, note_reports
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed, NotificationRevised
from ventanilla_runtime.delivery import Batch, Delivery

REVISED = "notification.revised"
Json = dict[str, Any]


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await settle(desk, said(1, text="La impresora no imprime", decision={"team": "network"}))
        yield desk


async def slack_eva(api: ApiDesk) -> httpx.AsyncClient:
    client = await service(api)
    await linked(client, "eva", EVA)
    return acting(client, "eva")


async def reported(api: ApiDesk, id_: str, state: str = "delivered", detail: str = "1.2") -> None:
    await note_reports([Report(id_, state, detail)], OutboundStore(api.database), api.deps)


async def answered(api: ApiDesk, client: httpx.AsyncClient, number: int = 1, *, state: str = "delivered") -> Json:
    """An answer, as far as it has come."""
    answer = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "A las 12 <va>"})
    assert answer.status_code == 201, answer.text
    source = f"reply/{answer.json()['id']}"
    [request] = [one for one in await api.leaving("notification.requested") if source in one["id"]]
    if state != "queued":
        await reported(api, request["id"], state)
    return dict(answer.json()) | {"notification": request}


def path(message: Json, number: int = 1) -> str:
    return f"/api/v1/tickets/{number}/messages/{message['id']}"


async def edit(client: httpx.AsyncClient, message: Json, text: str = "A las 13", **more: Any) -> httpx.Response:
    return await client.patch(path(message), json={"text": text}, **more)


async def former(client: httpx.AsyncClient, message: Json) -> list[tuple[str, str | None]]:
    found = await items(client, f"/messages/{message['id']}/revisions")
    return [(one["kind"], one["text"]) for one in found]


def actions(lines: list[Json]) -> list[str]:
    return [one["action"] for one in lines]


async def test_an_edited_answer_says_the_new_thing_keeps_the_old_and_asks_its_channel(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    before = (await eva.get("/api/v1/tickets/1")).json()

    answer = await edit(eva, message)

    shown = answer.json()
    assert (answer.status_code, shown["text"], shown["author"]["handle"]) == (200, "A las 13", "eva"), answer.text
    assert shown["edited_at"] is not None
    assert shown["revision"] == {"number": 1, "kind": "edited", "state": "queued", "detail": ""}
    assert await former(eva, message) == [("edited", "A las 12 <va>")]
    line = (await history(eva, 1))[-1]
    assert (line["action"], line["actor"], line["via"]) == ("message.edited", "agent:eva", f"slack:{EVA}")
    [changed] = await api.leaving("ticket.message_changed")
    assert (changed["kind"], changed["message_id"]) == ("edited", message["id"])
    assert (await eva.get("/api/v1/tickets/1")).json()["version"] == before["version"] + 1
    [order] = [NotificationRevised.model_validate(one) for one in await api.leaving(REVISED)]
    request = message["notification"]
    assert (order.notification_id, order.medium, order.kind, order.revision) == (request["id"], "slack", "edited", 1)
    assert order.text == "A las 13"
    assert order.chat.model_dump() == {"page": None, **request["chat"]}
    assert (order.chat.conversation, order.chat.author) == (message_id(1), "Eva Ruiz")
    found = await items(eva, "/tickets?q=13")
    assert [one["number"] for one in found] == [1]


async def test_an_answer_that_is_taken_back_is_read_by_nobody_but_admins(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await edit(eva, message)

    answers = [await eva.delete(path(message)) for _ in range(2)]

    assert [(one.status_code, one.json()["text"], one.json()["changeable_until"]) for one in answers] == [
        (200, "", None)
    ] * 2
    assert [(one["kind"], one["revision"], one["text"]) for one in await api.leaving(REVISED)] == [
        ("edited", 1, "A las 13"),
        ("deleted", 2, ""),
    ]
    admin = await api.client("read", "write", "admin", name="root")
    assert await former(eva, message) == [("edited", None), ("deleted", None)]
    assert await former(admin, message) == [("edited", "A las 12 <va>"), ("deleted", "A las 13")]
    assert actions(await history(eva, 1))[-2:] == ["message.edited", "message.deleted"]
    again = await edit(eva, message, "Otra")
    assert (again.status_code, again.json()["detail"]) == (409, "it was taken back; send another answer")
    page = await (await api.client("portal")).get(f"/api/v1/status/{api.desk.signer.status_token(1)}")
    assert "A las" not in page.text


async def test_only_its_author_or_an_admin_changes_an_answer(api: ApiDesk) -> None:
    message = await answered(api, await slack_eva(api))
    client = await service(api)
    await linked(client, "bob", BOB)
    bob = acting(client, "bob", f"slack:{BOB}")
    plain = await api.client("read", "write", name="program")
    admin = await api.client("read", "write", "admin", name="root")

    refused = [await edit(bob, message), await bob.delete(path(message)), await edit(plain, message)]
    allowed = await edit(admin, message)

    assert [one.status_code for one in refused] == [403] * 3
    assert refused[0].json()["type"].endswith(":not_yours")
    assert allowed.status_code == 200
    [order] = await api.leaving(REVISED)
    assert order["chat"]["author"] == "Eva Ruiz", "it stays hers"
    assert (await history(admin, 1))[-1]["actor"] != "agent:eva"


async def test_the_same_text_changes_nothing_and_the_same_key_does_it_once(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)

    same = await edit(eva, message, "A las 12 <va>")
    keyed = [await edit(eva, message, "A las 13", headers={"idempotency-key": "k"}) for _ in range(2)]
    other = await edit(eva, message, "A las 14", headers={"idempotency-key": "k"})

    assert (same.status_code, same.json()["revision"], same.json()["edited_at"]) == (200, None, None)
    assert [one.headers.get("idempotent-replayed") for one in keyed] == [None, "true"]
    assert other.status_code == 422
    assert len(await api.leaving(REVISED)) == 1
    assert len(await api.leaving("ticket.message_changed")) == 1


@pytest.mark.parametrize(("state", "words"), [("queued", "wait until it is delivered"), ("failed", "send it again")])
async def test_what_has_not_arrived_is_not_changed_and_the_answer_says_what_to_do(
    api: ApiDesk, state: str, words: str
) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva, state=state)

    answers = [await edit(eva, message), await eva.delete(path(message))]

    assert [one.status_code for one in answers] == [409, 409]
    assert all(words in one.json()["detail"] for one in answers)
    assert await api.leaving(REVISED) == []


async def test_what_was_mailed_cannot_be_changed(api: ApiDesk) -> None:
    admin = await api.client("read", "write", "admin", name="root")
    assert (await admin.post("/api/v1/tickets", json=new_ticket())).json()["number"] == 2
    message = await answered(api, admin, 2)

    answers = [await admin.patch(path(message, 2), json={"text": "Otra"}), await admin.delete(path(message, 2))]

    detail = "what was mailed cannot be changed; send a second answer"
    assert [(one.status_code, one.json()["detail"]) for one in answers] == [(409, detail)] * 2
    shown = (await admin.get(path(message, 2))).json()
    assert (shown["changeable_until"], shown["revision"]) == (None, None)


async def test_notes_customers_words_and_what_an_agent_wrote_in_the_thread_are_not_changed(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    await eva.post("/api/v1/tickets/1/replies", json={"text": "Solo para nosotros", "internal": True})
    await settle(api, said(3, EVA, thread=1, text="Lo miro", decision={"team": "network"}))
    admin = await api.client("read", "write", "admin", name="root")
    by_kind = {one["kind"]: one for one in await items(admin, "/tickets/1/messages")}

    answers = {kind: await edit(admin, one) for kind, one in by_kind.items()}

    assert {kind: one.status_code for kind, one in answers.items()} == dict.fromkeys(by_kind, 409)
    assert "in the chat itself" in answers["agent"].json()["detail"]
    assert "only what an agent answered" in answers["note"].json()["detail"]


async def test_after_thirty_days_it_stays_as_it_is(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    assert (await eva.get(path(message))).json()["changeable_until"] is not None
    await api.database.execute("update message set accepted_at = accepted_at - interval '31 days' where kind = 'agent'")

    answer = await edit(eva, message)

    assert (answer.status_code, "more than 30 days ago" in answer.json()["detail"]) == (409, True)


async def test_a_message_of_another_ticket_and_one_that_is_not_there_are_not_found(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await settle(api, said(7, thread=7, text="Otra cosa", decision={"team": "network"}))

    wrong = await eva.patch(path(message, 2), json={"text": "Otra"})
    nothing = await eva.delete(f"/api/v1/tickets/1/messages/{'0' * 8}-0000-0000-0000-{'0' * 12}")
    empty = await edit(eva, message, "   ")

    assert (wrong.status_code, nothing.status_code, empty.status_code) == (404, 404, 422)
    assert (await eva.get(path(message, 2))).status_code == 404


async def test_a_failure_is_in_the_history_wakes_who_shows_it_and_the_same_edit_tries_again(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await edit(eva, message)
    [order] = await api.leaving(REVISED)

    for _ in range(2):
        await reported(api, order["id"], "failed", "message_not_found: Slack refused chat.update")

    shown = (await eva.get(path(message))).json()
    assert (shown["revision"]["state"], shown["delivery"]["state"]) == ("failed", "delivered")
    assert shown["text"] == "A las 13"
    line = (await history(eva, 1))[-1]
    assert (line["action"], line["actor"]) == ("revision.failed", "desk")
    assert line["why"].startswith("message_not_found")
    assert actions(await history(eva, 1)).count("revision.failed") == 1
    assert [one["kind"] for one in await api.leaving("ticket.message_changed")] == ["edited", "undelivered"]
    assert await api.leaving(REVISED) == [], "the outbox lets go of it"
    assert (await edit(eva, message)).json()["revision"]["number"] == 2, "the same words, once more"
    assert [one["text"] for one in await api.leaving(REVISED)] == ["A las 13"]
    assert await former(eva, message) == [("edited", "A las 12 <va>")]


async def test_a_deletion_that_failed_can_be_asked_for_again(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await eva.delete(path(message))
    [order] = await api.leaving(REVISED)
    await reported(api, order["id"], "failed", "channel_not_found")
    assert (await eva.get(path(message))).json()["changeable_until"] is not None

    again = await eva.delete(path(message))

    assert again.json()["revision"] == {"number": 2, "kind": "deleted", "state": "queued", "detail": ""}
    assert len(await former(eva, message)) == 1
    await reported(api, (await api.leaving(REVISED))[-1]["id"])
    assert (await eva.get(path(message))).json()["revision"]["state"] == "delivered"


async def test_reports_as_channels_publish_them_are_understood(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await edit(eva, message)
    [order] = await api.leaving(REVISED)
    when = {"delivered_at": "2026-11-27T12:00:00Z", "failed_at": "2026-11-27T12:00:00Z"}
    body = {"id": "x", "notification_id": order["id"], "medium": "slack", "reason": "expired", **when}

    for type_, state in ((NotificationDelivered.type, "delivered"), (NotificationFailed.type, "delivered")):
        headers = {"ce-type": type_}
        delivery = Delivery(f"desk.{type_}.slack", orjson.dumps(body), headers, "DELIVERY", "x", 1, 1, 10**18, "")
        batch = Batch([delivery])
        await note_deliveries(batch, OutboundStore(api.database), api.deps)
        assert batch.rejected == {}
        assert (await eva.get(path(message))).json()["revision"]["state"] == state, "the first report holds"


async def test_two_edits_at_once_are_two_revisions_and_the_ticket_has_the_last(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)

    answers = await asyncio.gather(*(edit(eva, message, f"A las {hour}") for hour in range(13, 17)))

    assert [one.status_code for one in answers] == [200] * 4
    orders = await api.leaving(REVISED)
    assert [one["revision"] for one in orders] == [1, 2, 3, 4]
    assert (await eva.get(path(message))).json()["text"] == orders[-1]["text"]
    assert len(await former(eva, message)) == 4


async def test_a_held_reply_says_until_when_its_message_can_be_changed(api: ApiDesk) -> None:
    eva = await agent(api, "eva")
    held = (await eva.post("/api/v1/tickets/1/replies", json={"text": "Va", "hold_seconds": 10})).json()
    message = await answered(api, eva)
    await api.database.execute(
        "update held_reply set state = 'sent', message_id = $1::text::uuid, reply = '{}'", message["id"]
    )

    stands = (await eva.get(f"/api/v1/tickets/1/replies/{held['id']}")).json()

    assert (held["changeable_until"], stands["delivery"], stands["revised"]) == (None, "delivered", False)
    assert stands["changeable_until"] == (await eva.get(path(message))).json()["changeable_until"]
    assert message["notification"]["chat"]["account"] == ACCOUNT
    await eva.delete(path(message))
    gone = (await eva.get(f"/api/v1/tickets/1/replies/{held['id']}")).json()
    assert (gone["changeable_until"], gone["revised"]) == (None, True)


async def test_in_a_merged_ticket_an_answer_is_changed_in_the_thread_in_which_it_was_said(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await settle(api, said(7, thread=7, text="La impresora otra vez", decision={"team": "network"}))
    merged = await merge(eva, 1, 2)
    assert merged.status_code == 200, merged.text

    answer = await edit(eva, message)

    assert answer.status_code == 200, answer.text
    [order] = await api.leaving(REVISED)
    assert (order["chat"]["conversation"], order["ticket_number"]) == (message_id(1), 1)


async def test_a_closed_ticket_keeps_nobody_from_taking_a_wrong_answer_back(api: ApiDesk) -> None:
    eva = await slack_eva(api)
    message = await answered(api, eva)
    await api.database.execute("update ticket set status = 'closed'")

    answer = await eva.delete(path(message))

    assert answer.status_code == 200
    assert (await eva.get("/api/v1/tickets/1")).json()["status"] == "closed"
    assert [one["kind"] for one in await api.leaving(REVISED)] == ["deleted"]


async def test_an_answer_that_its_customer_does_not_read_any_more_is_in_the_history_and_announced_once(
    api: ApiDesk,
) -> None:
    eva = await slack_eva(api)
    answer = await answered(api, eva, state="queued")
    report = Report(answer["notification"]["id"], "delivered", "1.2; the requester's account is deactivated", (), True)

    for _ in range(2):
        await note_reports([report], OutboundStore(api.database), api.deps)

    told = [one for one in await history(eva, 1) if one["action"] == "notification.unread"]
    assert [(one["actor"], one["detail"]) for one in told] == [("desk", {"message": answer["id"], "kind": "agent"})]
    announced = [one for one in await api.leaving("ticket.message_changed") if one["kind"] == "undelivered"]
    assert [one["message_id"] for one in announced] == [answer["id"]]
    assert (await eva.get(path(answer))).json()["delivery"]["state"] == "delivered"


async def test_an_answer_in_whose_place_a_template_went_is_said_to_be_so_once(
    api: ApiDesk,
) -> None:
    eva = await slack_eva(api)
    answer = await answered(api, eva, state="queued")

    for state in ("sent", "delivered", "read", "read"):
        report = Report(answer["notification"]["id"], state, "SM1", template=True)
        await note_reports([report], OutboundStore(api.database), api.deps)

    told = [one["detail"] for one in await history(eva, 1) if one["action"] == "notification.template"]
    assert told == [{"message": answer["id"], "kind": "agent"}]
    assert len([one for one in await api.leaving("ticket.message_changed") if one["kind"] == "undelivered"]) == 1
    delivery = (await eva.get(path(answer))).json()["delivery"]
    assert (delivery["state"], delivery["template"]) == ("read", True)
