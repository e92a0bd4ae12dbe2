"""Calendars, policies and lifecycles as versions: refused with words, followed by the clocks of open tickets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import answered, items, settle
from tests.integration.tickets.test_clocks import folded, new, state, worker
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.domain.service_levels.state import as_data
from tickets.handlers.timers.recompute import differences

OFFICE = {"zone": "Europe/Madrid", "week": {day: ["09:00-14:00", "16:00-19:00"] for day in ("mon", "tue", "wed")}}
STANDARD = {"targets": {"first_response": {"normal": {"minutes": 60, "calendar": "office"}}}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def admin(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="eva")


async def put(admin: httpx.AsyncClient, path: str, content: Any, status: int = 201) -> dict[str, Any]:
    answer = await admin.put(f"/api/v1/desk/{path}", json=content)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def promise(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    """A calendar and a policy, as this process knows them."""
    await put(admin, "calendars/office", OFFICE)
    await put(admin, "policies/standard", STANDARD)
    await refresh(api)


async def refresh(api: ApiDesk) -> None:
    async with api.database.connection() as connection:
        await api.levels.refresh(connection)


async def test_the_same_content_again_is_no_new_version(admin: httpx.AsyncClient) -> None:
    first = await put(admin, "calendars/office", OFFICE)
    again = await put(admin, "calendars/office", OFFICE, 200)
    other = await put(admin, "calendars/office", {**OFFICE, "days": {"2026-12-25": []}})

    assert (first["version"], again["version"], other["version"]) == (1, 1, 2)
    versions = await items(admin, "/desk/calendars/office")
    assert [(one["version"], one["created_by"]) for one in versions] == [(2, "agent:eva"), (1, "agent:eva")]


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("calendars/x", {"zone": "Europe/Nowhere", "week": {}}, "Europe/Nowhere"),
        ("calendars/x", {**OFFICE, "week": {"mon": ["09:00-14:00", "13:00-15:00"]}}, "/week/mon/1"),
        ("calendars/x", {**OFFICE, "week": {"mon": ["9-14"]}}, "09:00-14:00"),
        ("calendars/x", {**OFFICE, "weak": {}}, "weak"),
        ("calendars/x", {**OFFICE, "days": {"2026-02-30": []}}, "2026-02-30"),
        ("policies/x", STANDARD, "office"),
        ("policies/x", {"targets": {"first_reply": {}}}, "first_reply"),
        ("policies/x", {"targets": {"resolution": {"asap": {"minutes": 5, "calendar": "always"}}}}, "asap"),
        ("policies/x", {"targets": {"resolution": {"low": {"minutes": 0, "calendar": "always"}}}}, "minutes"),
        ("policies/x", {"warn_at": [0.8, 0.5]}, "warn_at"),
        ("lifecycles/default", {"pending": [{"after_days": -1, "do": "remind"}]}, "after_days"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_words(
    admin: httpx.AsyncClient, path: str, content: Any, words: str
) -> None:
    answer = await admin.put(f"/api/v1/desk/{path}", json=content)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert not await items(admin, f"/desk/{path.partition('/')[0]}")


async def pointers(admin: httpx.AsyncClient, path: str, content: Any) -> list[str]:
    """Where a document that is refused has its mistakes."""
    answer = await admin.put(f"/api/v1/desk/{path}", json=content)
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_each_mistake_of_a_document_is_told_with_its_place(admin: httpx.AsyncClient) -> None:
    broken = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261332\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    week = {"mon": ["09:75-12:00"], "tue": ["14:00-13:00"]}
    calendar = {"zone": "localtime", "week": week, "holidays": {"country": "ES", "language": "klingon"}, "ics": broken}
    minutes = {"normal": {"minutes": True, "calendar": "nope"}, "hgih": {"minutes": 5, "calendar": "nope"}}

    assert await pointers(admin, "calendars/x", calendar) == [
        "/holidays/language", "/ics", "/week/tue/0", "/zone", "/week/mon/0",
    ]  # fmt: skip
    assert await pointers(admin, "policies/x", {"targets": {"first_response": minutes}, "warn_at": [2]}) == [
        "/targets/first_response/normal/minutes", "/targets/first_response/hgih",
        "/targets/first_response/hgih/calendar", "/warn_at",
    ]  # fmt: skip
    assert await pointers(admin, "lifecycles/default", {"pending": [{"after_days": 0, "do": "dance"}]}) == [
        "/pending/0/do", "/pending/0/after_days",
    ]  # fmt: skip


async def test_a_desk_has_one_lifecycle(admin: httpx.AsyncClient) -> None:
    answer = await admin.put("/api/v1/desk/lifecycles/other", json={"pending": []})

    assert answer.status_code == 409
    assert "called default" in answer.json()["detail"]
    assert not await items(admin, "/desk/lifecycles")


async def test_a_version_that_an_earlier_release_took_still_counts(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await put(admin, "calendars/office", OFFICE)
    await api.database.execute(
        "update desk_document set content = $1 where name = 'office'",
        '{"zone": "UTC", "week": {"mon": ["09:75-12:00"]}, "days": {"20261224": []}}',
    )

    await put(admin, "policies/standard", STANDARD)
    await refresh(api)
    await settle(api, new(1))

    assert (await state(api))["calendars"] == {"office": "1"}


async def test_a_calendar_that_a_policy_counts_by_cannot_go(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await promise(api, admin)
    answer = await admin.delete("/api/v1/desk/calendars/office")
    assert answer.status_code == 409
    assert "standard" in answer.json()["detail"]
    assert (await admin.delete("/api/v1/desk/policies/standard")).status_code == 204
    assert (await admin.delete("/api/v1/desk/calendars/office")).status_code == 204


async def test_open_tickets_follow_a_new_version_and_their_histories_say_so(
    api: ApiDesk, admin: httpx.AsyncClient
) -> None:
    await promise(api, admin)
    await settle(api, new(1), new(2, sender="luis@cliente.example"))
    await admin.patch("/api/v1/tickets/2", json={"status": "solved", "resolution": "restarted"})

    shorter = {"targets": {"first_response": {"normal": {"minutes": 30, "calendar": "office"}}}}
    await put(admin, "policies/standard", shorter)
    await put(admin, "calendars/office", {**OFFICE, "days": {"2026-12-25": []}})
    while await worker(api).fire_once():
        pass

    first = await state(api, 1)
    assert (first["policy"], first["calendars"]) == (["standard", "2"], {"office": "2"})
    assert first["clocks"]["first_response"]["target"] == 30 * 60 * 1_000_000
    assert (await state(api, 2))["policy"] == ["standard", "1"]
    told = [entry["why"] for entry in await items(admin, "/tickets/1/history") if "recalculated" in entry["action"]]
    assert sorted(told) == ["calendar/office", "policy/standard"]
    assert await state(api, 1) == as_data(await folded(api, 1))
    assert [found async for _, found in differences(ClockReads(api.database, api.levels))] == [[]]


async def test_a_ticket_is_promised_what_is_in_force_though_this_process_has_not_read_it_yet(
    api: ApiDesk, admin: httpx.AsyncClient
) -> None:
    await put(admin, "calendars/office", OFFICE)
    await put(admin, "policies/standard", STANDARD)
    assert not api.levels.policies

    await settle(api, new(1))

    assert (await state(api))["policy"] == ["standard", "1"]


async def test_no_ticket_is_left_with_an_older_promise_when_a_policy_changes_while_mail_comes_in(
    api: ApiDesk, admin: httpx.AsyncClient
) -> None:
    await promise(api, admin)

    async def change() -> None:
        for minutes in range(61, 71):
            target = {"minutes": minutes, "calendar": "office"}
            await put(admin, "policies/standard", {"targets": {"first_response": {"normal": target}}})

    async def open_tickets() -> None:
        for number in range(1, 41):
            await settle(api, new(number))

    await asyncio.gather(change(), open_tickets())
    while await worker(api).fire_once():
        pass

    versions = [(await state(api, number))["policy"] for number in range(1, 41)]
    assert versions == [["standard", "11"]] * 40


async def test_what_was_met_by_an_older_promise_stays_met(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await promise(api, admin)
    await settle(api, new(1))
    await answered(admin, 1)
    before = (await state(api))["clocks"]["first_response"]

    shorter = {"targets": {"first_response": {"normal": {"minutes": 1, "calendar": "always"}}}}
    await put(admin, "policies/standard", shorter)
    while await worker(api).fire_once():
        pass

    assert (await state(api))["clocks"]["first_response"] == before


async def test_only_who_may_change_the_desk_changes_its_promises(api: ApiDesk) -> None:
    agent = await api.client("read", "write", name="luis")
    assert (await agent.put("/api/v1/desk/calendars/office", json=OFFICE)).status_code == 403


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261226
SUMMARY:Cierre de Navidad
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
DTSTART:20261228T090000Z
DTEND:20261228T100000Z
SUMMARY:Reunión
END:VEVENT
END:VCALENDAR
"""


async def test_holidays_of_a_region_and_days_of_an_ics_file_are_written_into_the_version(
    admin: httpx.AsyncClient,
) -> None:
    wanted = {"country": "ES", "subdivision": "MD", "language": "es"}
    own = {"2026-12-24": ["09:00-12:00"]}
    content = {**OFFICE, "holidays": wanted, "ics": ICS, "days": own}

    made = (await put(admin, "calendars/office", content))["content"]

    assert made["names"]["2027-01-06"] == "Epifanía del Señor"
    assert made["days"]["2027-01-06"] == []
    assert (made["days"]["2026-12-24"], made["days"]["2026-12-25"]) == (own["2026-12-24"], [])
    assert "2026-12-28" not in made["days"]
    assert "holidays" not in made
    assert (await put(admin, "calendars/office", content, 200))["version"] == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"holidays": {"country": "XX"}}, "XX"),
        ({"holidays": {"country": "ES", "subdivision": "ZZ"}}, "ZZ"),
        ({"holidays": "ES"}, "country"),
        ({"ics": "hello"}, "ICS"),
        ({"ics": ICS.replace("DTEND;VALUE=DATE:20261226", "RRULE:FREQ=DAILY")}, "repeats"),
    ],
)
async def test_special_days_that_cannot_be_found_out_are_refused(
    admin: httpx.AsyncClient, more: dict[str, Any], words: str
) -> None:
    answer = await admin.put("/api/v1/desk/calendars/office", json={**OFFICE, **more})
    assert answer.status_code == 422, answer.text
    assert words in answer.text


async def test_a_tier_that_may_take_longer_than_the_customer_was_promised_is_warned_of(
    admin: httpx.AsyncClient,
) -> None:
    target = {"minutes": 240, "calendar": "always"}
    longer = {"1": {"normal": {**target, "minutes": 300}}}

    warned = await put(admin, "policies/x", {"targets": {"resolution": {"normal": target}}, "tiers": longer})
    fine = await put(admin, "policies/x", {"targets": {"resolution": {"normal": target}}})

    assert warned["warnings"] == ["tier 1, normal: 300 minutes are more than the 240 in which it is to be solved"]
    assert fine["warnings"] == []
