"""Pages: acknowledged once by whom they concern, by the API and by the link, whatever happens at the same time."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import (
    PAGE,
    arrive,
    climbing,
    lines,
    mails_to,
    pages,
    pass_time,
    runs,
    told,
    worker,
)
from tests.integration.tickets.desk_people import agent
from tests.support.polling import eventually

TEAM = {"after_minutes": 5, "do": "notify_team"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def paged(api: ApiDesk, *more: Any, tickets: int = 1) -> tuple[httpx.AsyncClient, list[dict[str, Any]]]:
    """Eva was called about each ticket; returns a client that may do anything, and the pages."""
    boss = await climbing(api, PAGE, *more)
    await arrive(api, *range(1, tickets + 1))
    await pass_time(api)
    return boss, await pages(boss)


async def acknowledge(client: httpx.AsyncClient, id_: str) -> httpx.Response:
    return await client.post(f"/api/v1/desk/pages/{id_}/acknowledge")


async def test_whoever_was_called_acknowledges_and_the_ladder_stops(api: ApiDesk) -> None:
    boss, [page] = await paged(api, TEAM)
    eva = await agent(api, "eva")

    answer = await acknowledge(eva, page["id"])
    again = await acknowledge(eva, page["id"])
    await pass_time(api, 60)

    assert answer.status_code == again.status_code == 200
    assert answer.json() == again.json()
    assert (answer.json()["state"], answer.json()["acknowledged_by"]) == ("acknowledged", "eva")
    assert [line["action"] for line in await lines(api)][-2:] == ["page.acknowledged", "ladder.stopped"]
    found = (await lines(api))[-2:]
    assert (found[0]["actor"], found[0]["detail"]["how"], found[1]["why"]) == ("agent:eva", "api", "acknowledged")
    assert not await runs(api)
    [event] = await api.leaving("ticket.page_settled")
    assert (event["state"], event["by"], event["why"]) == ("acknowledged", "eva", "api")
    assert len(await pages(boss)) == 1


async def test_a_process_that_has_just_begun_and_knows_no_ladder_yet_stops_the_run_all_the_same(api: ApiDesk) -> None:
    boss = await climbing(api, PAGE)
    await arrive(api)
    await pass_time(api)
    (page,) = await pages(boss)
    api.levels.ladders, api.levels.climbed, api.levels._mark = {}, {}, ""

    await acknowledge(await agent(api, "eva"), page["id"])

    assert [line["action"] for line in await lines(api)][-2:] == ["page.acknowledged", "ladder.stopped"]


async def test_the_link_in_the_mail_acknowledges_for_whoever_got_it_and_reading_it_does_not(api: ApiDesk) -> None:
    boss, _ = await paged(api)
    [mail] = await mails_to(api, "eva")
    found = re.search(r"http://pages\.example/p/(\S+)", mail["text"])
    assert found is not None
    portal = await api.client("portal")
    path = f"/api/v1/pages/by-token/{found[1]}"

    before = await portal.get(path)
    answer = await portal.post(f"{path}/acknowledge")
    again = await portal.post(f"{path}/acknowledge")

    shown = before.json()
    assert (shown["number"], shown["subject"], shown["priority"]) == (1, "Asunto 1", "normal")
    assert (shown["agent"], shown["state"], shown["acknowledged_by"]) == ("Eva Ruiz", "open", None)
    assert (answer.status_code, answer.json()["state"], answer.json()["acknowledged_by"]) == (
        200, "acknowledged", "Eva Ruiz",
    )  # fmt: skip
    assert again.json() == answer.json()
    assert (await lines(api))[-2]["detail"]["how"] == "link"
    assert (await pages(boss))[0]["acknowledged_by"] == "eva"


@pytest.mark.parametrize("change", [lambda token: "x" * 59, lambda token: token[:-1] + "7", lambda token: "1-" + token])
async def test_a_forged_link_shows_and_acknowledges_nothing(api: ApiDesk, change: Any) -> None:
    boss, [page] = await paged(api)
    token = change(api.desk.signer.status_token(1) + "a" * 20)
    assert (await boss.get(f"/api/v1/pages/by-token/{token}")).status_code == 404
    assert (await boss.post(f"/api/v1/pages/by-token/{token}/acknowledge")).status_code == 404
    assert (await pages(boss))[0]["state"] == page["state"] == "open"


async def test_links_need_the_scope_of_the_portal(api: ApiDesk) -> None:
    _, [page] = await paged(api)
    token = api.desk.signer.page_token(UUID(page["id"]))
    eva = await agent(api, "eva")
    assert (await eva.get(f"/api/v1/pages/by-token/{token}")).status_code == 403


async def test_an_earlier_page_can_still_be_acknowledged_and_takes_the_later_one_back(api: ApiDesk) -> None:
    boss, _ = await paged(api)
    await pass_time(api)
    first, second = await pages(boss)

    answer = await acknowledge(await agent(api, "eva"), first["id"])
    late = await acknowledge(await agent(api, "eva"), second["id"])

    assert answer.status_code == 200
    assert (late.status_code, "withdrawn: acknowledged" in late.json()["detail"]) == (409, True)
    assert [page["state"] for page in await pages(boss)] == ["acknowledged", "withdrawn"]


async def test_a_page_that_was_withdrawn_says_why(api: ApiDesk) -> None:
    boss, [page] = await paged(api)
    await boss.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "restarted"})
    answer = await acknowledge(await agent(api, "eva"), page["id"])
    assert answer.status_code == 409
    assert "withdrawn: solved" in answer.json()["detail"]
    token = api.desk.signer.page_token(UUID(page["id"]))
    assert (await boss.get(f"/api/v1/pages/by-token/{token}")).json()["withdrawn_why"] == "solved"
    assert (await boss.post(f"/api/v1/pages/by-token/{token}/acknowledge")).status_code == 409


@pytest.mark.parametrize(("handle", "status"), [("eva", 200), ("ana", 200), ("zoe", 403)])
async def test_only_whom_it_concerns_acknowledges(api: ApiDesk, handle: str, status: int) -> None:
    _, [page] = await paged(api)
    answer = await acknowledge(await agent(api, handle), page["id"])
    assert answer.status_code == status, answer.text
    if status == 403:
        assert "this page called eva" in answer.json()["detail"]


async def test_leads_and_admins_acknowledge_any_page_and_a_program_without_rights_none(api: ApiDesk) -> None:
    boss, found = await paged(api, tickets=3)
    await api.database.execute("update team_member set role = 'lead' where agent = 'zoe'")
    program = await api.client("read", "write", name="bot")
    statuses = [
        (await acknowledge(client, page["id"])).status_code
        for client, page in zip((await agent(api, "zoe"), boss, program), found, strict=True)
    ]
    assert statuses == [200, 200, 403]


async def test_a_page_that_does_not_exist_is_not_found(api: ApiDesk) -> None:
    boss, _ = await paged(api)
    assert (await acknowledge(boss, "00000000-0000-0000-0000-000000000000")).status_code == 404
    assert (await acknowledge(boss, "nonsense")).status_code == 404


async def test_pages_are_listed_newest_first_by_agent_and_state_in_parts(api: ApiDesk) -> None:
    boss, found = await paged(api, tickets=5)
    await acknowledge(boss, found[0]["id"])

    part = (await boss.get("/api/v1/desk/pages?limit=2")).json()
    rest = (await boss.get(f"/api/v1/desk/pages?limit=50&cursor={part['next']}")).json()

    assert [one["id"] for one in part["items"] + rest["items"]] == [page["id"] for page in found[::-1]]
    assert len(await pages(boss, state="open", agent="eva")) == 4
    assert [one["acknowledged_by"] for one in await pages(boss, state="acknowledged")] == ["boss"]
    assert await pages(boss, agent="bob") == []
    assert (await boss.get("/api/v1/desk/pages?state=late")).status_code == 422


async def test_an_acknowledgement_that_races_the_next_page_leaves_one_truth(api: ApiDesk) -> None:
    many = 20
    boss, found = await paged(api, TEAM, tickets=many)
    await api.database.execute("update due set due_at = clock_timestamp()")
    eva = await agent(api, "eva")

    answers = await asyncio.gather(
        *(acknowledge(eva, page["id"]) for page in found), *(worker(api).fire_once() for _ in range(4))
    )
    while await worker(api).fire_once():
        pass

    assert [answer.status_code for answer in answers[:many] if isinstance(answer, httpx.Response)] == [200] * many
    assert await pages(boss, state="open") == []
    assert len(await pages(boss, state="acknowledged")) == many
    for number in range(1, many + 1):
        assert not await runs(api, number)
        short = await told(api, number)
        assert short.count(("stopped", "acknowledged")) == 1
        assert len(short) in (4, 5)  # with or without a second page
    settled = await api.leaving("ticket.page_settled")
    assert len({event["page"] for event in settled}) == len(settled) == len(await pages(boss, limit=200))


async def test_those_who_acknowledge_at_once_are_one_acknowledgement(api: ApiDesk) -> None:
    _, [page] = await paged(api)
    people = [await agent(api, handle) for handle in ("eva", "ana", "bob")]
    async with api.database.transaction() as connection:  # all of them have looked before one of them may write
        await connection.fetchrow("select 1 from ticket where number = 1 for update")
        asked = [asyncio.create_task(acknowledge(one, page["id"])) for one in people]

        async def all_wait() -> bool:
            row = await api.database.fetchrow(
                "select count(*) as n from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(row["n"] == len(people))

        await eventually(all_wait)
    answers = [await one for one in asked]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["acknowledged_by"] for answer in answers}) == 1
    assert [line["action"] for line in await lines(api)].count("page.acknowledged") == 1
    assert len(await api.leaving("ticket.page_settled")) == 0  # not told yet
    await pass_time(api, 0)
    assert len(await api.leaving("ticket.page_settled")) == 1
