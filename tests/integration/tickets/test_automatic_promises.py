"""Times that the desk names by itself: one may be missed, then only a person names another; all are told alike."""

from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import RAISE, arrive, climbing, pass_time, put
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import settle
from tests.integration.tickets.test_clocks import ALWAYS, age, fire_all, mails_of, new, promised
from tests.integration.tickets.test_promises import AROUND, at, healthy, move, update_of


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    await people(api)
    return await agent(api, "ana")


async def test_a_ladder_names_no_new_time_once_that_which_the_desk_named_by_itself_was_missed(api: ApiDesk) -> None:
    step = {**RAISE, "after_minutes": 1}
    boss = await climbing(api, step, starts=[{"on": "update_due"}])
    await promised(api, {"minutes": 90, **ALWAYS})
    await arrive(api)
    await age(api, timedelta(minutes=61))
    await pass_time(api, 0)
    await pass_time(api, 1)
    again = await update_of(boss)
    await age(api, timedelta(minutes=91))
    await pass_time(api, 0)
    await pass_time(api, 1)

    first, second = (await boss.get("/api/v1/tickets/1/handovers")).json()["items"]
    assert (first["to_tier"], at(first["next_update_by"])) == ("2", at(again["due_at"])), "the time of the apology"
    assert (second["to_tier"], second["next_update_by"]) == ("3", None)
    words = [mail["text"] for mail in await api.leaving("notification.requested") if "manos de" in mail["text"]]
    assert ["Tendrá noticias" in text for text in words] == [True, False]
    assert "manos de Fabricación" in words[1]
    told = [line["detail"] for line in await history(boss, 1) if line["action"] == "customer.told"]
    assert ["next_update_by" in detail for detail in told] == [True, False]
    assert await healthy(api)
    await age(api, timedelta(minutes=500))
    await pass_time(api, 0)
    assert len(await mails_of(api, "apology")) == 1, "from now on a person must"


async def test_a_time_that_a_person_named_after_that_is_apologised_for_again(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await promised(api, {"minutes": 90, **ALWAYS})
    await settle(api, new(1))
    for minutes in (61, 91):
        await age(api, timedelta(minutes=minutes))
        await fire_all(api)

    handover = await move(ana)
    await age(api, timedelta(minutes=61))
    await fire_all(api)

    assert handover["next_update_by"] is not None
    assert len(await mails_of(api, "apology")) == 2


async def test_every_time_is_told_in_one_form_by_the_wall_clock_of_the_teams_calendar(api: ApiDesk) -> None:
    boss = await climbing(api, {**RAISE, "after_minutes": 1}, starts=[{"on": "update_due"}])
    await put(boss, "calendars/nepal", {**AROUND, "zone": "Asia/Kathmandu"})
    await put(boss, "templates/when", {"title": {"es": "Cuándo"}, "texts": {"es": "{{next_update_by}}"}})
    await api.database.execute("update team set calendar = 'nepal' where name = 'first-line'")
    await promised(api, {"minutes": 90, **ALWAYS})
    await arrive(api)
    await age(api, timedelta(minutes=61))
    await pass_time(api, 0)
    due_at = at((await update_of(boss))["due_at"])
    canned = (await boss.post("/api/v1/tickets/1/templates/when")).json()["text"]
    await api.database.execute("update team set calendar = 'always' where name = 'network'")
    await pass_time(api, 1)

    [apology] = await mails_of(api, "apology")
    [handover] = [mail for mail in await api.leaving("notification.requested") if "manos de Redes" in mail["text"]]
    there = due_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f" {there.day} de " in canned
    assert canned.endswith(f" a las {there:%H:%M} (Asia/Kathmandu)")
    assert f"el {canned}." in " ".join(apology["text"].split())
    assert f"<strong>{canned}</strong>" in " ".join(apology["html"].split())
    assert f"a las {due_at:%H:%M} (UTC)." in handover["text"], "a calendar without a zone of its own: the desk's"
