"""What customers were promised stays so, whoever moves the ticket and however late the desk is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import RAISE, arrive, climbing, pass_time, put, refresh
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import answered, settle
from tests.integration.tickets.test_clocks import (
    ALWAYS,
    age,
    document,
    fire_all,
    folded,
    mails_of,
    new,
    promised,
    state,
)
from tests.integration.tickets.test_escalation import UP
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.team_zones import zones_of
from tickets.domain.service_levels.state import as_data
from tickets.handlers.timers.recompute import differences

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AROUND: dict[str, Any] = {"zone": "UTC", "week": {day: ["00:00-24:00"] for day in EVERY_DAY}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    await people(api)
    return await agent(api, "ana")


async def update_of(client: httpx.AsyncClient, number: int = 1) -> dict[str, Any]:
    clock: dict[str, Any] = (await client.get(f"/api/v1/tickets/{number}")).json()["service_level"]["update"]
    return clock


async def move(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """Escalate ticket 1; returns what was noted of that handover."""
    answer = await client.post("/api/v1/tickets/1/escalate", json={**UP, **more})
    assert answer.status_code == 200, answer.text
    handover: dict[str, Any] = (await client.get("/api/v1/tickets/1/handovers")).json()["items"][-1]
    return handover


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def in_hours(hours: float) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


async def healthy(api: ApiDesk) -> bool:
    """Whether every clock is what its history amounts to."""
    return [found async for _, found in differences(ClockReads(api.database, api.levels)) if found] == []


async def test_an_escalation_tells_the_update_that_is_due_and_loosens_nothing(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await promised(api)  # a word every hour
    await settle(api, new(1))
    before = await update_of(ana)

    handover = await move(ana)

    assert await update_of(ana) == before
    assert at(handover["next_update_by"]) == at(before["due_at"])
    [told] = [line for line in await history(ana, 1) if line["action"] == "customer.told"]
    assert told["detail"]["promised"] is False
    assert "automatic" not in told["detail"], "a person handed it on"
    assert f"{at(before['due_at']):%H:%M} (UTC)" in (await api.leaving("notification.requested"))[-1]["text"]
    assert await healthy(api)


async def test_a_ladder_that_raises_the_tier_loosens_nothing_either(api: ApiDesk) -> None:
    boss = await climbing(api, RAISE)
    await promised(api)
    await arrive(api)
    before = await update_of(boss)

    await pass_time(api)

    ticket = (await boss.get("/api/v1/tickets/1")).json()
    assert (ticket["tier"], ticket["service_level"]["update"]) == ("2", before)


async def test_a_person_may_promise_a_later_time_which_is_told_and_kept(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await promised(api)
    await settle(api, new(1))
    tomorrow = in_hours(24)

    handover = await move(ana, next_update_by=tomorrow.isoformat())

    assert at(handover["next_update_by"]) == at((await update_of(ana))["due_at"]) == tomorrow


async def test_a_late_update_is_promised_anew_by_what_the_policy_allows(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await promised(api)
    await settle(api, new(1))
    await age(api, timedelta(minutes=70))

    handover = await move(ana)

    assert timedelta(minutes=59) < at(handover["next_update_by"]) - datetime.now(UTC) <= timedelta(minutes=60)
    assert at((await update_of(ana))["due_at"]) == at(handover["next_update_by"])


async def test_without_a_target_it_is_a_working_day_of_the_team_and_holidays_count(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    boss = await api.client("admin", name="boss")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    await put(boss, "calendars/networks", {**AROUND, "days": {tomorrow.isoformat(): []}})
    await api.database.execute("update team set calendar = 'networks' where name = 'network'")
    await document(api, "policy", "standard", 1, {"targets": {"resolution": {"normal": {"minutes": 600, **ALWAYS}}}})
    await settle(api, new(1))

    handover = await move(ana)

    told, now = at(handover["next_update_by"]), datetime.now(UTC)
    assert timedelta(days=1) < told - now <= timedelta(days=2, hours=1)
    assert told.date() != tomorrow
    assert told.minute == 0
    assert at((await update_of(ana))["due_at"]) == told


async def test_a_promise_on_a_ticket_without_a_policy_is_kept(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await answered(ana, 1)
    until = in_hours(3)

    answer = await ana.post("/api/v1/tickets/1/promise", json={"until": until.isoformat()})

    level = answer.json()["service_level"]
    assert (at(level["update"]["due_at"]), level["update"]["state"]) == (until, "running")
    assert level["first_response"]["state"] == "met", "when it was answered is known all the same"
    portal = await api.client("portal", name="portal")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert at(page["next_update_by"]) == until
    assert await healthy(api)
    assert (await ana.get("/api/v1/tickets/1/service-level/arithmetic")).status_code == 200
    await age(api, timedelta(hours=3, minutes=1))
    await fire_all(api)
    assert [(event["clock"], event["kind"]) for event in await api.leaving("ticket.service_level")] == [
        ("update", "update_due")
    ]
    again = in_hours(2)
    await ana.post("/api/v1/tickets/1/promise", json={"until": again.isoformat()})
    assert at((await update_of(ana))["due_at"]) == again, "the clocks began once"
    assert await healthy(api)


async def test_what_an_escalation_tells_the_customer_is_kept_without_a_policy_too(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await settle(api, new(1))

    handover = await move(ana)

    assert at((await update_of(ana))["due_at"]) == at(handover["next_update_by"]) > in_hours(23)
    assert await healthy(api)


async def test_nothing_is_promised_about_a_solved_ticket_and_it_goes_nowhere(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await promised(api)
    await settle(api, new(1))
    await answered(ana, 1, status="solved", resolution="toner replaced")
    mails = len(await api.leaving("notification.requested"))

    moved = await ana.post("/api/v1/tickets/1/escalate", json=UP)
    promise = await ana.post("/api/v1/tickets/1/promise", json={"until": in_hours(3).isoformat()})

    assert (moved.status_code, promise.status_code) == (409, 409)
    assert "is solved" in moved.json()["detail"]
    assert "reopen it first" in moved.json()["detail"]
    assert "reopen it first" in promise.json()["detail"]
    assert len(await api.leaving("notification.requested")) == mails


async def test_after_an_outage_longer_than_the_apology_the_customer_is_told_late_with_a_time_from_now_once(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await promised(api, {"minutes": 90, **ALWAYS})
    await settle(api, new(1))
    await age(api, timedelta(minutes=60 + 91))
    await fire_all(api)

    assert len(await mails_of(api, "apology")) == 1
    due_at = at((await update_of(ana))["due_at"])
    assert timedelta(minutes=89) < due_at - datetime.now(UTC) <= timedelta(minutes=90)
    [line] = [line for line in await history(ana, 1) if line["action"] == "update.promised"]
    assert line["why"] == "the time for this had passed: nobody was there to say it"
    assert await state(api) == as_data(await folded(api))

    await age(api, timedelta(minutes=500))
    await fire_all(api)
    assert len(await mails_of(api, "apology")) == 1, "from now on a person must"


async def test_a_row_of_an_earlier_release_apologises_late_too(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await promised(api, {"minutes": 90, **ALWAYS})
    await settle(api, new(1))
    await age(api, timedelta(minutes=60 + 91))
    await api.database.execute("update due set detail = detail - 'apology' where kind = 'clock'")
    await fire_all(api)

    assert len(await mails_of(api, "apology")) == 1
    assert timedelta(minutes=89) < at((await update_of(ana))["due_at"]) - datetime.now(UTC) <= timedelta(minutes=90)


def apologising(minutes: int = 60) -> dict[str, Any]:
    update = {"update": {"normal": {"minutes": 60, **ALWAYS}}}
    return {"targets": update, "apology": {"minutes": minutes, "calendar": "every-day"}, "warn_at": []}


async def new_time(api: ApiDesk) -> tuple[timedelta, list[str]]:
    """How long after the missed update the next one would be promised, and by which version of a calendar."""
    row = await api.database.fetchrow("select due_at, detail from due where kind = 'clock'")
    detail = orjson.loads(row["detail"])
    return at(detail["new_time"]) - row["due_at"], detail["apology"]["calendar"]


async def two_versions(api: ApiDesk) -> httpx.AsyncClient:
    """A calendar that was open around the clock, and is now open for the first five minutes of each hour of a day."""
    boss = await api.client("read", "write", "admin", name="boss")
    await put(boss, "calendars/every-day", AROUND)
    await put(boss, "policies/standard", apologising())
    five = [f"{hour:02}:00-{hour:02}:05" for hour in range(24)]
    await put(boss, "calendars/every-day", {"zone": "UTC", "week": dict.fromkeys(EVERY_DAY, five)})
    await refresh(api)
    return boss


async def test_an_apology_counts_by_the_version_of_its_calendar_that_is_in_force(api: ApiDesk) -> None:
    boss = await two_versions(api)
    await settle(api, new(1))
    length, calendar = await new_time(api)
    assert calendar == ["every-day", "2"]
    assert length > timedelta(hours=11), "an hour of it takes twelve"

    await put(boss, "calendars/every-day", {**AROUND, "names": {"2026-12-25": "Navidad"}})
    await refresh(api)
    await fire_all(api)

    assert await new_time(api) == (timedelta(hours=1), ["every-day", "3"])
    recalculated = [line for line in await history(boss, 1) if line["action"] == "service_level.recalculated"]
    assert [line["detail"] for line in recalculated] == [{"calendars": {"every-day": "3"}}]
    assert (await boss.delete("/api/v1/desk/calendars/every-day")).status_code == 409


async def test_a_ticket_whose_log_does_not_know_the_calendar_apologises_by_that_of_today(api: ApiDesk) -> None:
    await two_versions(api)
    await settle(api, new(1))
    await api.database.execute(
        "update history set detail = detail #- '{level,calendars,every-day}' where action = 'ticket.created'"
    )

    await age(api, timedelta())  # works the rows out from what the histories say

    assert (await state(api))["calendars"] == {}
    assert (await new_time(api))[1] == ["every-day", "2"]


async def test_the_calendar_that_every_desk_has_is_nobodys_to_change(api: ApiDesk) -> None:
    boss = await api.client("read", "write", "admin", name="boss")
    made = await boss.put("/api/v1/desk/calendars/always", json=AROUND)
    gone = await boss.delete("/api/v1/desk/calendars/always")
    assert (made.status_code, gone.status_code) == (409, 409)
    assert "every desk has the calendar always" in made.json()["detail"]


async def test_a_desk_that_has_such_a_document_promises_by_the_real_one_and_keeps_what_it_promised(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    hour_a_week = {"zone": "UTC", "week": {"mon": ["09:00-10:00"]}}
    await document(api, "calendar", "always", 1, hour_a_week)
    await promised(api)
    await settle(api, new(1), new(2, sender="otra@cliente.example"))
    # As a release wrote it that did not refuse it: the log says nothing, and version 1 is meant.
    await api.database.execute(
        "update history set detail = detail #- '{level,calendars,always}'"
        " where action = 'ticket.created' and ticket_number = 1"
    )
    await age(api, timedelta())

    old, fresh = await update_of(ana, 1), await update_of(ana, 2)

    assert at(fresh["due_at"]) - datetime.now(UTC) <= timedelta(hours=1)
    assert at(old["due_at"]).strftime("%a %H:%M") == "Mon 10:00"
    assert await healthy(api)
    until = in_hours(5)
    await ana.post("/api/v1/tickets/2/promise", json={"until": until.isoformat()})
    assert at((await update_of(ana, 2))["due_at"]) == until, "by the clock on the wall"
    assert await healthy(api)
    await api.database.execute("update team set calendar = 'always'")
    assert await zones_of(["first-line"], api.database) == {}, "those who name it tell times as the desk does"


async def test_another_answer_starts_the_timers_of_a_status_anew(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await answered(ana, 1, status="pending")
    await api.database.execute("update due set due_at = due_at - interval '6 days 23 hours'")

    await ana.post("/api/v1/tickets/1/replies", json={"text": "Mira esto", "internal": True})
    noted = await api.database.fetch("select due_at from due order by due_at")
    await answered(ana, 1, status="pending", text="Una segunda pregunta.")

    assert noted[0]["due_at"] < datetime.now(UTC), "a note changes nothing"
    rows = await api.database.fetch("select key, due_at from due order by due_at")
    assert [(row["key"], round((row["due_at"] - datetime.now(UTC)) / timedelta(days=1), 2)) for row in rows] == [
        ("pending/0", 3), ("pending/1", 7),
    ]  # fmt: skip


async def test_an_answer_to_others_hurries_the_customer_no_less_and_a_snooze_stays(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await settle(api, new(1), new(2, sender="otra@cliente.example"))
    await answered(ana, 1, status="pending")
    await ana.post("/api/v1/tickets/2/snooze", json={"until": in_hours(48).isoformat()})
    before = await api.database.fetch("select ticket_number, kind, key, due_at from due order by 1, 2, 3")

    await answered(ana, 1, to=["ventas@proveedor.example"], cc=[], text="¿Cuándo llega la pieza?")
    await answered(ana, 2, text="La pieza llega el jueves.")

    assert await api.database.fetch("select ticket_number, kind, key, due_at from due order by 1, 2, 3") == before
