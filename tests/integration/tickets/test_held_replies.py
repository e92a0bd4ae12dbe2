"""Replies that wait a little: nothing happens before their time, and whoever wrote them can call them back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import items
from tests.integration.tickets.slack_messages import EVA, acting, linked, service
from tests.support.broker import Desk as BrokerDesk
from tickets.adapters.postgres.due_store import DueStore
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.domain.correspondence.held_replies import KIND
from tickets.handlers.replying.held_replies import send_held
from tickets.handlers.timers.fire_due import DueWorker

REPLIES = "/api/v1/tickets/1/replies"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        admin = await desk.client("read", "write", "admin", name="root")
        assert (await admin.post("/api/v1/tickets", json=new_ticket())).status_code == 201
        yield desk


async def hold(client: httpx.AsyncClient, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post(REPLIES, json={"text": "Ya está.", "hold_seconds": 10, **body}, headers=headers)


async def held_by_admin(api: ApiDesk, **body: Any) -> tuple[httpx.AsyncClient, dict[str, Any]]:
    client = await api.client("read", "write", "admin", name="carla")
    answer = await hold(client, **body)
    assert answer.status_code == 202, answer.text
    return client, answer.json()


def worker(api: ApiDesk) -> DueWorker:
    async def alone(due: Any) -> None:
        await send_held(due, api.deps)

    return DueWorker(DueStore(api.database, api.desk.signer), api.deps, {}, {KIND: alone})


async def its_time_comes(api: ApiDesk) -> None:
    await api.database.execute("update due set due_at = clock_timestamp() - interval '1 second' where kind = $1", KIND)
    while await worker(api).fire_once():
        pass


async def waiting_rows(api: ApiDesk) -> int:
    [row] = await api.database.fetch("select count(*) from due where kind = $1", KIND)
    return int(row[0])


async def test_a_held_reply_says_and_changes_nothing_before_its_time(api: ApiDesk) -> None:
    client, held = await held_by_admin(api, status="pending")

    before = (await client.get("/api/v1/tickets/1")).json()
    stands = (await client.get(f"{REPLIES}/{held['id']}")).json()

    assert (held["state"], held["text"], stands["state"], stands["message_id"]) == ("held", "Ya está.", "held", None)
    assert (before["status"], before["version"]) == ("new", 1)
    assert before["service_level"]["first_response"]["met_at"] is None
    assert [one["kind"] for one in await items(client, "/tickets/1/messages")] == ["customer"]
    assert await api.leaving("notification.requested") == []
    assert await worker(api).fire_once() == 0


async def test_when_its_time_has_come_it_is_a_reply_like_any_other(api: ApiDesk) -> None:
    client, held = await held_by_admin(api, status="pending")

    await its_time_comes(api)

    stands = (await client.get(f"{REPLIES}/{held['id']}")).json()
    ticket = (await client.get("/api/v1/tickets/1")).json()
    [mail] = await api.leaving("notification.requested")
    message = (await items(client, "/tickets/1/messages"))[1]
    assert (stands["state"], stands["message_id"], stands["delivery"]) == ("sent", message["id"], "queued")
    assert stands["text"] is None
    assert (message["kind"], message["text"], ticket["status"]) == ("agent", "Ya está.", "pending")
    assert mail["text"].startswith("Ya está.")
    # The clock stops when it is sent, and not when it was written.
    assert ticket["service_level"]["first_response"]["met_at"] == message["accepted_at"]
    assert await waiting_rows(api) == 0


async def test_what_it_asked_for_of_the_ticket_is_known_when_it_was_sent_for_whoever_writes_it_again(
    api: ApiDesk,
) -> None:
    asked = {"status": "solved", "resolution": "Un cable nuevo", "cause": "El viejo"}
    client, held = await held_by_admin(api, **asked)
    await its_time_comes(api)
    await client.patch("/api/v1/tickets/1", json={"status": "open"})  # as when it bounces

    stands = (await client.get(f"{REPLIES}/{held['id']}")).json()

    assert (stands["state"], stands["text"]) == ("sent", None)
    assert {name: stands[name] for name in asked} == asked


async def test_called_back_it_is_never_sent_and_all_that_was_written_is_there(api: ApiDesk) -> None:
    written = {"status": "solved", "resolution": "Un cable nuevo", "cause": "El viejo"}
    client, held = await held_by_admin(api, **written)

    answers = [await client.delete(f"{REPLIES}/{held['id']}") for _ in range(2)]
    await its_time_comes(api)

    assert [(one.status_code, one.json()["state"], one.json()["text"]) for one in answers] == [
        (200, "recalled", "Ya está.")
    ] * 2
    assert [{name: one.json()[name] for name in written} for one in answers] == [written] * 2
    assert [one["kind"] for one in await items(client, "/tickets/1/messages")] == ["customer"]
    assert await api.leaving("notification.requested") == []
    assert [one["action"] for one in await history(client, 1)].count("reply.recalled") == 1
    assert await waiting_rows(api) == 0


async def test_what_has_left_cannot_be_called_back(api: ApiDesk) -> None:
    client, held = await held_by_admin(api)
    await its_time_comes(api)

    answer = await client.delete(f"{REPLIES}/{held['id']}")

    assert (answer.status_code, answer.json()["detail"]) == (409, "it was sent already")


async def test_recall_and_sending_at_once_end_in_exactly_one_of_them(api: ApiDesk) -> None:
    outcomes = set()
    for _ in range(8):
        client, held = await held_by_admin(api)
        before = len(await api.leaving("notification.requested"))
        answer, _ = await asyncio.gather(client.delete(f"{REPLIES}/{held['id']}"), its_time_comes(api))
        await its_time_comes(api)
        stands = (await client.get(f"{REPLIES}/{held['id']}")).json()
        sent = len(await api.leaving("notification.requested")) - before
        assert (answer.status_code, stands["state"], sent) in ((200, "recalled", 0), (409, "sent", 1))
        outcomes.add(stands["state"])
    assert outcomes <= {"recalled", "sent"}


async def test_the_same_key_holds_one_reply(api: ApiDesk) -> None:
    client = await api.client("read", "write", "admin", name="carla")

    first, second = [await hold(client, key="view-1") for _ in range(2)]
    other = await hold(client, key="view-1", text="Otra cosa")
    await its_time_comes(api)
    third = await hold(client, key="view-1")

    assert first.json()["id"] == second.json()["id"] == third.json()["id"]
    assert (first.status_code, second.status_code, third.status_code, other.status_code) == (202, 202, 202, 422)
    assert third.json()["state"] == "sent"
    assert len(await api.leaving("notification.requested")) == 1


async def test_two_workers_send_it_once(api: ApiDesk) -> None:
    await held_by_admin(api)
    await api.database.execute("update due set due_at = clock_timestamp() - interval '1 second' where kind = $1", KIND)

    await asyncio.gather(*(worker(api).fire_once() for _ in range(3)))

    assert len(await api.leaving("notification.requested")) == 1


async def test_it_is_refused_at_once_for_what_would_be_refused_later(api: ApiDesk) -> None:
    client = await api.client("read", "write", "admin", name="carla")

    refused = {
        "no resolution": await hold(client, status="solved"),
        "a note": await hold(client, internal=True),
        "too long": await hold(client, hold_seconds=61),
        "no such file": await hold(client, attachments=["00000000-0000-4000-8000-000000000000"]),
        "no such ticket": await client.post("/api/v1/tickets/99/replies", json={"text": "x", "hold_seconds": 5}),
    }

    assert {name: answer.status_code for name, answer in refused.items()} == {
        "no resolution": 422, "a note": 422, "too long": 422, "no such file": 422, "no such ticket": 404,
    }  # fmt: skip
    assert await waiting_rows(api) == 0
    assert [one["kind"] for one in await items(client, "/tickets/1/messages")] == ["customer"]


async def test_what_can_no_longer_be_sent_says_why_and_keeps_its_words(api: ApiDesk) -> None:
    client, held = await held_by_admin(api)
    closed = {"status": "closed", "resolution": "done"}
    assert (await client.patch("/api/v1/tickets/1", json=closed)).status_code == 200

    await its_time_comes(api)

    stands = (await client.get(f"{REPLIES}/{held['id']}")).json()
    assert (stands["state"], stands["text"]) == ("failed", "Ya está.")
    assert "closed" in stands["why"]
    assert [one["action"] for one in await history(client, 1)].count("reply.unsent") == 1
    assert await api.leaving("notification.requested") == []
    told = [(one["kind"], one["message_id"]) for one in await api.leaving("ticket.message_changed")]
    assert told == [("unsent", held["id"])], "whoever shows the ticket hears of it"


async def test_only_whoever_wrote_it_calls_it_back_and_the_history_says_by_which_way(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "ana", EVA)
    ana = acting(client, "ana")
    held = (await hold(ana)).json()

    bob = await agent(api, "bob")
    refused = await bob.delete(f"{REPLIES}/{held['id']}")
    await its_time_comes(api)

    assert refused.status_code == 403, refused.text
    sent = next(one for one in await history(ana, 1) if one["action"] == "reply.sent")
    assert (sent["actor"], sent["via"], sent["detail"]["held"]) == ("agent:ana", f"slack:{EVA}", held["id"])


async def test_a_file_waits_with_its_reply_and_goes_with_it(database: str, nats: BrokerDesk) -> None:
    async with open_api_desk(database, nats) as api:
        client = await api.client("read", "write", "admin", name="carla")
        await client.post("/api/v1/tickets", json=new_ticket())
        upload = await client.post(
            "/api/v1/attachments?filename=guia.txt", content=b"paso 1", headers={"content-type": "text/plain"}
        )
        held = await hold(client, attachments=[upload.json()["id"]])
        assert held.status_code == 202, held.text

        await its_time_comes(api)

        [mail] = await api.leaving("notification.requested")
    assert [file["filename"] for file in mail["attachments"]] == ["guia.txt"]


async def test_a_preview_reads_as_the_mail_will_and_writes_nothing(api: ApiDesk) -> None:
    client = await api.client("read", "write", "admin", name="carla")

    seen = await client.post(f"{REPLIES}/preview", json={"text": "Ya está."})
    sent = await client.post(REPLIES, json={"text": "Ya está."})

    [mail] = await api.leaving("notification.requested")
    assert seen.status_code == 200, seen.text
    assert (seen.json()["subject"], seen.json()["to"]["address"]) == (mail["subject"], "ana@cliente.example")
    assert seen.json()["text"] == mail["text"]
    assert sent.json()["ticket"]["version"] == 2, "the preview has changed nothing"


async def test_an_agent_is_found_by_mail_only_where_one_has_it(api: ApiDesk) -> None:
    client = await service(api)

    found = await items(client, "/agents?mail=EVA@desk.example")
    nobody = await items(client, "/agents?mail=stranger@desk.example")

    assert [one["handle"] for one in found] == ["eva"]
    assert nobody == []


async def test_whoever_did_not_hear_the_answer_finds_the_reply_by_its_key_and_nobody_else_does(api: ApiDesk) -> None:
    client = await api.client("read", "write", "admin", name="carla")
    other = await api.client("read", "write", "admin", name="luis")
    key = {"idempotency-key": "view-1"}

    before = await client.get(REPLIES, headers=key)
    held = (await hold(client, key="view-1")).json()
    found = await client.get(REPLIES, headers=key)
    strangers = [await other.get(REPLIES, headers=key), await client.get(REPLIES)]
    elsewhere = await client.get("/api/v1/tickets/2/replies", headers=key)
    await its_time_comes(api)
    sent = await client.get(REPLIES, headers=key)

    assert before.status_code == 404
    assert (found.status_code, found.json()) == (200, {**held, "delivery": None, "delivery_detail": None})
    assert [one.status_code for one in (*strangers, elsewhere)] == [404, 404, 404]
    assert (sent.json()["id"], sent.json()["state"]) == (held["id"], "sent")


async def test_of_a_reply_that_waited_the_history_says_which_one_its_customer_does_not_read(api: ApiDesk) -> None:
    client, held = await held_by_admin(api)
    await its_time_comes(api)
    [asked] = await api.leaving("notification.requested")
    await OutboundStore(api.database).note([Report(asked["id"], "delivered", "1.2", (), True)])

    [told] = [one["detail"] for one in await history(client, 1) if one["action"] == "notification.unread"]
    assert told["held"] == held["id"]


async def test_the_event_of_a_reply_that_waited_says_which_one_and_by_which_way_it_came(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "ana", EVA)
    ana = acting(client, "ana")
    sent = (await hold(ana)).json()
    await its_time_comes(api)
    kept = (await hold(ana, text="Otra cosa.")).json()
    admin = await api.client("read", "write", "admin", name="root")
    assert (await admin.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "x"})).status_code == 200
    await its_time_comes(api)

    [added] = [one["held"] for one in await api.leaving("ticket.message_added") if one["kind"] == "agent"]
    [unsent] = [one["held"] for one in await api.leaving("ticket.message_changed") if one["kind"] == "unsent"]
    assert added == {"id": sent["id"], "name": "Ana Gil", "via": f"slack:{EVA}"}
    assert unsent == {"id": kept["id"], "name": "Ana Gil", "via": f"slack:{EVA}"}


async def test_colleagues_see_what_waits_and_which_message_it_became(api: ApiDesk) -> None:
    writer = await agent(api, "ana", "read", "write")
    await writer.post("/api/v1/tickets/1/claim")
    assert (await hold(writer)).status_code == 202
    recalled = (await hold(writer, text="Mejor no.")).json()["id"]
    assert (await writer.delete(f"{REPLIES}/{recalled}")).status_code == 200
    colleague = await agent(api, "bob", "read")

    [waits] = (await colleague.get(f"{REPLIES}/waiting")).json()["items"]
    await its_time_comes(api)
    [sent] = (await colleague.get(f"{REPLIES}/waiting")).json()["items"]
    await api.database.execute("update held_reply set ended_at = ended_at - interval '6 minutes'")

    assert (waits["state"], waits["text"], waits["author"]["handle"]) == ("held", "Ya está.", "ana")
    assert waits["message_id"] is None
    last = (await items(colleague, "/tickets/1/messages"))[-1]
    assert (sent["state"], sent["text"], sent["message_id"]) == ("sent", None, last["id"])
    assert (await colleague.get(f"{REPLIES}/waiting")).json()["items"] == []
    assert (await colleague.get("/api/v1/tickets/99/replies/waiting")).json()["items"] == []
