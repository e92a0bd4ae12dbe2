"""Whoever called wants to be told of an announcement's end: told once, by text, at the number that called."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.routed_mails import items, routed, settle
from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.adapters.postgres.due_store import DueStore
from tickets.domain.announcing import wishes
from tickets.domain.joining.links import CAUSED_BY
from tickets.errors import DatabaseAway
from tickets.handlers.announcing import wishes as noting
from tickets.handlers.announcing.announce import Announcer
from tickets.handlers.announcing.wishes import note_wishes, tell_over
from tickets.handlers.timers.fire_due import DueWorker

DESK, CARMEN, JUAN, LANDLINE = "+34910000000", "+34600111222", "+34600333444", "+34912223344"
TEXTS = {"es": "No hay internet en Málaga.", "en": "There is no internet in Málaga."}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def eva(api: ApiDesk) -> httpx.AsyncClient:
    """She leads a team, and may do anything."""
    return await agent(api, "eva", "read", "write", "admin")


async def call(
    api: ApiDesk, place: int, number: str = CARMEN, keys: tuple[str, ...] = ("outage",), **more: Any
) -> None:
    """A call comes in, from somebody who pressed the key; accepted now, as what they heard is in force now."""
    at = await api.deps.writes.clock()
    mobile = number.startswith("+346")
    threading = {"message_id": f"AC1/CA{place}", "conversation": f"sms/{DESK}/{number}" if mobile else None}
    await settle(
        api,
        routed(
            place, at=at, channel="voice", account=DESK, sender=number, subject=f"Llamada de {number}",
            text="Colgó en el menú.", language="es", threading=threading,
            authentication={"grade": "plausible"}, call={"announcements": keys}, **more,
        ),
    )  # fmt: skip


async def announce(client: httpx.AsyncClient, **body: Any) -> None:
    answer = await client.put("/api/v1/announcements/outage", json={"texts": TEXTS, **body})
    assert answer.status_code in (200, 201), answer.text


async def end(client: httpx.AsyncClient, **parameters: Any) -> None:
    assert (await client.delete("/api/v1/announcements/outage", params=parameters)).status_code == 204


def worker(api: ApiDesk) -> DueWorker:
    alone = {wishes.WISH: partial(note_wishes, deps=api.deps), wishes.OVER: partial(tell_over, deps=api.deps)}
    return DueWorker(DueStore(api.database, api.desk.signer), api.deps, {}, alone)


async def go_on(api: ApiDesk, *, patiently: bool = False) -> None:
    """Whatever happens by itself happens; `patiently` after the time that the desk leaves to people."""
    await api.database.execute("delete from due where not (kind = any($1::text[]))", [wishes.WISH, wishes.OVER])
    while await worker(api).fire_once():
        pass
    await Announcer(AnnouncementStore(api.database), api.deps).look_once()
    if patiently:
        await api.database.execute("update due set due_at = due_at - interval '10 minutes'")
    while await worker(api).fire_once():
        pass


async def texts(api: ApiDesk) -> list[tuple[str, str]]:
    """(to, words) of what was texted about the end, or by agents."""
    sent = [one for one in await api.leaving("notification.requested") if "Hemos recibido" not in one["text"]]
    assert {one["medium"] for one in sent} <= {"sms"}
    return [(one["to"]["address"], one["text"]) for one in sent]


async def lines(client: httpx.AsyncClient, number: int) -> list[tuple[str, str]]:
    """What a ticket's history says of it: (action, why)."""
    found = await history(client, number)
    return [
        (one["action"], one["why"]) for one in found if one["action"].startswith(("announcement.", "ticket.linked"))
    ]


async def test_without_a_problem_the_desk_tells_each_caller_once_when_it_ends(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    await announce(eva)
    for place, number in enumerate((CARMEN, JUAN), 1):
        await call(api, place, number)
    await go_on(api)
    assert (await eva.get("/api/v1/announcements/outage")).json()["waiting"] == 2
    assert await texts(api) == []

    await end(eva)
    for _ in range(2):
        await asyncio.gather(go_on(api), go_on(api))

    told = await texts(api)
    assert sorted(to for to, _ in told) == [CARMEN, JUAN]
    assert told[0][1].startswith("Ya está resuelto: «No hay internet en Málaga».")
    assert await lines(eva, 1) == [("announcement.wished", ""), ("announcement.told", "")]
    assert [one["kind"] for one in await items(eva, "/tickets/1/messages")] == ["customer", "automatic", "automatic"]


async def test_the_ticket_of_a_caller_becomes_an_incident_and_hears_what_all_hear(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    problem = await opened(eva, type="problem", team="network")
    await announce(eva, problem=problem)
    await call(api, 1)
    await go_on(api)
    [link] = await items(eva, f"/tickets/{problem}/links")
    assert (link["number"], link["kind"], link["direction"]) == (problem + 1, CAUSED_BY, "in")

    update = {"texts": {"es": "Ya funciona.", "en": "It works."}, "status": "solved", "resolution": "a new router"}
    assert (await eva.post(f"/api/v1/tickets/{problem}/update-all", json=update)).status_code == 200
    await eva.patch(f"/api/v1/tickets/{problem}", json={"status": "solved", "resolution": "a new router"})
    for _ in range(2):
        await go_on(api, patiently=True)

    assert await texts(api) == [(CARMEN, "Ya funciona.")]
    assert (await eva.get("/api/v1/announcements/outage")).json()["waiting"] == 0


async def test_the_desk_says_it_where_nobody_does_after_a_while(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    problem = await opened(eva, type="problem", team="network")
    await announce(eva, problem=problem)
    await call(api, 1)
    await go_on(api)
    await end(eva)
    await go_on(api, patiently=True)
    assert await texts(api) == [], "it is announced no more, and not solved yet"

    await eva.patch(f"/api/v1/tickets/{problem}", json={"status": "solved", "resolution": "a new router"})
    await go_on(api)
    assert await texts(api) == [], "whoever solved it may say so first"
    await go_on(api, patiently=True)
    assert [to for to, _ in await texts(api)] == [CARMEN]


async def test_a_problem_that_is_opened_again_is_not_said_to_be_solved(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    problem = await opened(eva, type="problem", team="network")
    await announce(eva, problem=problem)
    await call(api, 1)
    await go_on(api)
    for status in ("solved", "open"):
        await eva.patch(f"/api/v1/tickets/{problem}", json={"status": status, "resolution": "a new router"})
        await Announcer(AnnouncementStore(api.database), api.deps).look_once()
    await go_on(api, patiently=True)
    assert await texts(api) == []

    await eva.patch(f"/api/v1/tickets/{problem}", json={"status": "solved", "resolution": "another router"})
    await go_on(api, patiently=True)
    assert len(await texts(api)) == 1


async def test_whoever_calls_again_and_again_is_told_once_in_the_ticket_that_is_open(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    await announce(eva)
    for place in range(1, 4):
        await call(api, place)
    await go_on(api)
    closed = await eva.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told by phone"})
    assert closed.status_code == 200, closed.text
    before = len(await texts(api))
    await call(api, 4)
    await go_on(api)
    await end(eva)
    await go_on(api)

    assert len(await texts(api)) == before + 1
    assert await lines(eva, 1) == [("announcement.wished", "")]
    assert await lines(eva, 2) == [("announcement.wished", ""), ("announcement.told", "")]


async def test_a_call_that_is_heard_of_after_the_end_is_told_all_the_same(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await announce(eva)
    await end(eva)
    await api.database.execute("update announcement set starts_at = starts_at - interval '1 hour'")
    await call(api, 1)
    await go_on(api)
    assert [to for to, _ in await texts(api)] == [CARMEN]


async def test_what_was_never_true_is_told_nobody_and_what_ended_by_its_time_is_not_called_solved(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    await announce(eva)
    await call(api, 1)
    await go_on(api)
    await end(eva, tell="false")
    await go_on(api)
    assert await texts(api) == []

    await announce(eva)
    await call(api, 2, JUAN)
    await go_on(api)
    await api.database.execute("update announcement set until = clock_timestamp() where ended_at is null")
    await go_on(api)
    [(to, words)] = await texts(api)
    assert (to, words.partition(":")[0]) == (JUAN, "Ya ha terminado")


async def test_nobody_is_texted_but_the_number_that_called(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await announce(eva)
    await call(api, 1, LANDLINE)
    await call(api, 2, CARMEN)
    await api.database.execute("update ticket set requester_address = $1 where number = 2", JUAN)
    await call(api, 3, "+34600555666", ("nothing-of-ours",))
    await call(api, 4, "+34600777888")
    await go_on(api)
    await api.database.execute(
        "insert into text_wish (medium, account, address, wants_none, said_at) values ('sms', $1, $2, true, now())",
        DESK, "+34600777888",
    )  # fmt: skip
    await end(eva)
    await go_on(api)

    assert await texts(api) == []
    assert await lines(eva, 1) == [("announcement.not_told", "there is no way to write to the customer")]
    assert await lines(eva, 2) == [("announcement.not_told", "somebody else asks in this ticket")]
    assert await lines(eva, 3) == []
    unwanted = ("announcement.not_told", "the customer wants no texts from this number of the desk")
    assert await lines(eva, 4) == [("announcement.wished", ""), unwanted]


async def test_so_many_are_told_and_no_more(
    api: ApiDesk, eva: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noting, "MOST_WISHES", 1)
    await announce(eva)
    await call(api, 1, CARMEN)
    await go_on(api)
    await call(api, 2, JUAN)
    await go_on(api)
    assert await lines(eva, 2) == [("announcement.not_told", wishes.ENOUGH)]


async def test_who_waits_already_joins_the_problem_that_is_found_later(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await announce(eva)
    await call(api, 1)
    await go_on(api)
    problem = await opened(eva, type="problem", team="network")
    await announce(eva, problem=problem)
    await go_on(api)
    assert [one["number"] for one in await items(eva, f"/tickets/{problem}/links")] == [1]


async def test_a_death_at_any_step_loses_no_wish_and_doubles_none(
    api: ApiDesk, eva: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = await opened(eva, type="problem", team="network")
    await announce(eva, problem=problem)
    await call(api, 1)
    await api.database.execute("delete from due where kind <> $1", wishes.WISH)

    async def dies(*_: Any, **__: Any) -> None:
        raise DatabaseAway("the process is gone")

    with monkeypatch.context() as patched:
        patched.setattr(noting, "link_tickets", dies)
        with pytest.raises(DatabaseAway):
            await worker(api).fire_once()
    await go_on(api)
    assert await lines(eva, 2) == [("announcement.wished", ""), ("ticket.linked", "")]

    await eva.patch(f"/api/v1/tickets/{problem}", json={"status": "solved", "resolution": "a new router"})
    await Announcer(AnnouncementStore(api.database), api.deps).look_once()
    await api.database.execute("update due set due_at = due_at - interval '10 minutes'")
    with monkeypatch.context() as patched:
        patched.setattr(noting.Leaving, "store", dies)
        with pytest.raises(DatabaseAway):
            await worker(api).fire_once()
    assert await texts(api) == []
    await go_on(api)
    assert len(await texts(api)) == 1
