"""A problem speaks to everybody whom it concerns: once each, in their language and channel, whoever dies in between."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.routed_mails import items, routed, settle
from tests.integration.tickets.slack_messages import acting, said, service
from tickets.adapters.postgres.due_store import DueStore
from tickets.domain.joining.incidents import KIND
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import DatabaseAway
from tickets.handlers.joining import update_incidents
from tickets.handlers.joining.update_incidents import go_on_telling
from tickets.handlers.replying.replies import reply_to_ticket
from tickets.handlers.timers.fire_due import DueWorker

TEXTS = {"es": "El servicio funciona de nuevo.", "en": "The service works again."}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def problem(api: ApiDesk, incidents: int) -> httpx.AsyncClient:
    """Ticket 1 is a problem, the next ones are its incidents."""
    ana = await agent(api, "ana")
    await opened(ana, type="problem")
    for _ in range(incidents):
        await cause(ana, await opened(ana, type="incident"))
    return ana


async def cause(client: httpx.AsyncClient, number: int) -> None:
    answer = await client.post(f"/api/v1/tickets/{number}/links", json={"to": 1, "kind": "caused_by"})
    assert answer.status_code == 200, answer.text


async def tell(client: httpx.AsyncClient, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post("/api/v1/tickets/1/update-all", json={"texts": TEXTS, **body}, headers=headers)


async def answers(client: httpx.AsyncClient, number: int) -> list[str]:
    found = await items(client, f"/tickets/{number}/messages")
    return [one["text"] for one in found if one["kind"] in ("agent", "note")]


def worker(api: ApiDesk) -> DueWorker:
    async def alone(due: Any) -> None:
        await go_on_telling(due, api.deps)

    async def nothing(ticket: TicketRow, *_: Any) -> TicketRow:
        return ticket

    return DueWorker(DueStore(api.database, api.desk.signer), api.deps, {}, {KIND: alone})


async def due(api: ApiDesk) -> int:
    [row] = await api.database.fetch("select count(*) from due where kind = $1", KIND)
    return int(row[0])


async def test_each_incident_gets_one_reply_in_its_language_and_channel(api: ApiDesk) -> None:
    await settle(api, said(1, text="The printer on floor two does not work at all since this morning, please help"))
    await settle(api, routed(2, text="No puedo entrar en mi cuenta desde ayer por la tarde y no sé qué hacer."))
    admin = await api.client("admin", name="root")
    for number in (1, 2):
        await admin.patch(f"/api/v1/tickets/{number}", json={"type": "incident"})
    ana = await agent(api, "ana")
    number = await opened(ana, type="problem")
    for incident in (1, 2):
        body = {"to": number, "kind": "caused_by"}
        assert (await ana.post(f"/api/v1/tickets/{incident}/links", json=body)).status_code == 200

    answer = await acting(await service(api), "ana").post(
        f"/api/v1/tickets/{number}/update-all", json={"texts": TEXTS, "status": "pending"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"] == {"waiting": 0, "told": 2, "failed": 0, "skipped": 0}
    assert (await answers(ana, 1), await answers(ana, 2)) == ([TEXTS["en"]], [TEXTS["es"]])
    sent = [one for one in await api.leaving("notification.requested") if not one["automatic"]]
    assert [(one["medium"], one["ticket_number"]) for one in sent] == [("slack", 1), ("email", 2)]
    for incident in (1, 2):
        line = next(one for one in await history(ana, incident) if one["action"] == "reply.sent")
        assert (line["actor"], line["via"]) == ("agent:ana", "slack:T0DESK/U0EVA")
        assert line["detail"]["problem"] == number
        assert (await ana.get(f"/api/v1/tickets/{incident}")).json()["status"] == "pending"
    assert (await history(ana, number))[-1]["action"] == "incidents.updated"
    assert await due(api) == 0


async def test_the_same_key_tells_nobody_twice(api: ApiDesk) -> None:
    ana = await problem(api, 3)

    first, again = await tell(ana, "k"), await tell(ana, "k")
    other = await tell(ana, "k", status="pending")

    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 422
    assert [await answers(ana, number) for number in (2, 3, 4)] == [[TEXTS["es"]]] * 3
    assert len(await items(ana, "/tickets/1/updates")) == 1


async def test_beyond_twenty_the_others_are_told_after_the_answer(api: ApiDesk) -> None:
    ana = await problem(api, 45)

    answer = await tell(ana)

    assert answer.json()["counts"] == {"waiting": 25, "told": 20, "failed": 0, "skipped": 0}
    working = worker(api)
    rounds = 0
    while await due(api) and rounds < 9:
        assert await working.fire_once()
        rounds += 1
    assert rounds == 2
    [update] = await items(ana, "/tickets/1/updates")
    assert update["counts"] == {"waiting": 0, "told": 45, "failed": 0, "skipped": 0}
    rows = await api.database.fetch("select ticket_number from message where kind = 'agent'")
    assert sorted(row["ticket_number"] for row in rows) == list(range(2, 47))


async def test_two_workers_at_once_tell_nobody_twice(api: ApiDesk) -> None:
    ana = await problem(api, 60)
    await tell(ana)
    await api.database.execute("update due set due_at = now() where kind = $1", KIND)

    await asyncio.gather(*(worker(api).fire_once() for _ in range(3)))
    for _ in range(5):
        await api.database.execute("update due set due_at = now() where kind = $1", KIND)
        await worker(api).fire_once()

    assert await due(api) == 0
    rows = await api.database.fetch("select ticket_number from message where kind = 'agent'")
    assert sorted(row["ticket_number"] for row in rows) == list(range(2, 62))


async def test_one_that_a_bug_cannot_tell_holds_up_itself_alone(api: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await problem(api, 24)

    async def fails(number: int, *arguments: Any) -> Any:
        if number == 3:
            raise ValueError("a bug of ours")
        return await reply_to_ticket(number, *arguments)

    monkeypatch.setattr(update_incidents, "reply_to_ticket", fails)
    broken = await tell(ana)
    assert broken.status_code == 500
    for _ in range(3):
        await api.database.execute("update due set due_at = now() where kind = $1", KIND)
        await worker(api).fire_once()

    [update] = await items(ana, "/tickets/1/updates")
    assert update["counts"] == {"waiting": 1, "told": 23, "failed": 0, "skipped": 0}
    assert await due(api) == 1


async def test_a_row_whose_update_is_gone_goes_too(api: ApiDesk) -> None:
    await problem(api, 21)
    await tell(await agent(api, "ana"))
    await api.database.execute("delete from problem_update")

    await worker(api).fire_once()

    assert await due(api) == 0


@pytest.mark.parametrize("moment", ["before the reply", "after the reply"])
async def test_whoever_dies_in_the_middle_loses_and_doubles_nothing(
    api: ApiDesk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    ana = await problem(api, 3)

    async def dies(number: int, *arguments: Any) -> Any:
        if number == 3 and moment == "before the reply":
            raise DatabaseAway("killed")
        replied = await reply_to_ticket(number, *arguments)
        if number == 3:
            raise DatabaseAway("killed")
        return replied

    monkeypatch.setattr(update_incidents, "reply_to_ticket", dies)
    broken = await tell(ana, "k", status="solved", resolution="replaced")
    monkeypatch.undo()
    assert broken.status_code == 503
    assert await due(api) == 1

    await api.database.execute("update due set due_at = now() where kind = $1", KIND)
    await worker(api).fire_once()

    [update] = await items(ana, "/tickets/1/updates")
    assert update["counts"] == {"waiting": 0, "told": 3, "failed": 0, "skipped": 0}
    assert [await answers(ana, number) for number in (2, 3, 4)] == [[TEXTS["es"]]] * 3
    assert all(one["message_id"] for one in update["incidents"])
    assert await due(api) == 0


async def test_what_another_is_telling_is_left_to_them_until_their_lease_is_over(api: ApiDesk) -> None:
    ana = await problem(api, 2)
    await tell(ana)
    await api.database.execute(
        "update incident_update set state = 'waiting', leased_until = now() + interval '1 minute'"
    )
    await api.database.execute("delete from idempotency_key")
    await api.database.execute(
        "insert into due (ticket_number, kind, key, due_at, detail)"
        ' values (1, $1, \'1\', now(), \'{"alone": "update_all", "update": 1}\')',
        KIND,
    )

    await worker(api).fire_once()

    assert len(await answers(ana, 2)) == 1
    [row] = await api.database.fetch("select due_at > now() as later from due where kind = $1", KIND)
    assert row["later"]


async def test_who_cannot_be_told_is_named_and_holds_up_nobody(api: ApiDesk) -> None:
    ana = await problem(api, 3)
    await api.database.execute("update ticket set category = 'outage' where number = 3")

    answer = await tell(ana, status="solved", resolution="replaced")

    states = {one["number"]: (one["state"], "cause" in one["why"]) for one in answer.json()["incidents"]}
    assert states == {2: ("told", False), 3: ("failed", True), 4: ("told", False)}
    assert answer.json()["counts"]["failed"] == 1


async def test_incidents_of_other_teams_are_told_too(api: ApiDesk) -> None:
    ana = await problem(api, 2)
    root = await api.client("admin", name="root")
    note = {"tier": "2", "reason": "it is the network", "note": "The cable is all right."}
    assert (await root.post("/api/v1/tickets/3/escalate", json=note)).status_code == 200

    answer = await tell(ana)

    assert answer.json()["counts"] == {"waiting": 0, "told": 2, "failed": 0, "skipped": 0}


async def test_only_open_incidents_are_told_and_a_note_goes_to_nobody(api: ApiDesk) -> None:
    ana = await problem(api, 2)
    await ana.patch("/api/v1/tickets/2", json={"status": "solved", "resolution": "by itself"})

    answer = await tell(ana, internal=True, texts={"en": TEXTS["en"]})

    assert [one["number"] for one in answer.json()["incidents"]] == [3]
    assert await answers(ana, 3) == [TEXTS["en"]]
    assert [one for one in await api.leaving("notification.requested") if not one["automatic"]] == []


async def test_an_incident_that_is_over_by_then_is_skipped(api: ApiDesk) -> None:
    ana = await problem(api, 21)
    await tell(ana)
    await ana.patch("/api/v1/tickets/22", json={"status": "solved", "resolution": "by itself"})

    await worker(api).fire_once()

    [update] = await items(ana, "/tickets/1/updates")
    assert (update["incidents"][-1]["state"], update["incidents"][-1]["why"]) == ("skipped", "it is solved")


async def test_what_makes_no_sense_is_refused_with_words(api: ApiDesk) -> None:
    ana = await problem(api, 0)
    await opened(ana)

    found = {
        "nobody": await tell(ana),
        "no problem": await ana.post("/api/v1/tickets/2/update-all", json={"texts": TEXTS}),
        "no ticket": await ana.post("/api/v1/tickets/99/update-all", json={"texts": TEXTS}),
        "no words": await tell(ana, texts={}),
        "blank": await tell(ana, texts={"es": " "}),
        "unexplained": await tell(ana, status="solved"),
        "another team's": await tell(await agent(api, "eva")),
    }

    assert {name: answer.status_code for name, answer in found.items()} == {
        "nobody": 409,
        "no problem": 409,
        "no ticket": 404,
        "no words": 422,
        "blank": 422,
        "unexplained": 422,
        "another team's": 403,
    }
    assert (await ana.get("/api/v1/tickets/99/updates")).status_code == 404
