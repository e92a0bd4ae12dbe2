"""What is old enough and what is kept: merged tickets, holds, and that a dry run says what the run does."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.test_retention import closed_tickets, retaining
from tickets.adapters.postgres.retention_store import RetentionStore
from tickets.handlers.privacy.retain import forget_once

_OLD, _YOUNG = 100.0, 5.0


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def merged(api: ApiDesk, one: int, into: int) -> None:
    await api.database.execute("update ticket set merged_into = $2 where number = $1", one, into)


async def set_closed(api: ApiDesk, number: int, days: float) -> None:
    await api.database.execute(
        "update ticket set closed_at = now() - $2::interval where number = $1", number, timedelta(days=days)
    )


async def due_and_done(api: ApiDesk, **kept: Any) -> tuple[dict[str, int], dict[str, int]]:
    """What a dry run says, and what the run after it does."""
    parts = retaining(api, **kept)
    due = await RetentionStore(api.database).due(parts.retention)
    due.pop("held")
    return due, await forget_once(parts)


async def test_a_ticket_merged_into_an_open_one_keeps_files_and_words(api: ApiDesk) -> None:
    old, survivor = await closed_tickets(api, 2, _OLD)
    await merged(api, old, survivor)
    await api.database.execute("update ticket set status = 'open', closed_at = null where number = $1", survivor)

    assert await due_and_done(api, files_days=30) == ({"files": 0}, {"files": 0})
    assert await due_and_done(api, closed_days=30) == ({"closed": 0}, {"closed": 0})

    row = await api.database.fetchrow("select raw, attachments from message where ticket_number = $1 limit 1", old)
    assert json.loads(row["attachments"])[0]["blob"]["name"] == "abc"


async def test_a_merged_ticket_goes_when_the_one_it_went_on_in_is_old_enough(api: ApiDesk) -> None:
    old, survivor = await closed_tickets(api, 2, _OLD)
    await merged(api, old, survivor)
    await set_closed(api, survivor, _YOUNG)

    assert await due_and_done(api, files_days=30) == ({"files": 0}, {"files": 0})
    await set_closed(api, survivor, 31)
    assert await due_and_done(api, files_days=30) == ({"files": 2}, {"files": 2})
    assert await due_and_done(api, closed_days=30) == ({"closed": 2}, {"closed": 2})


async def test_a_ticket_merged_into_one_that_is_held_stays_with_it(api: ApiDesk) -> None:
    old, survivor = await closed_tickets(api, 2, _OLD)
    await merged(api, old, survivor)
    officer = await api.client("privacy", name="dpo")
    await officer.put(f"/api/v1/privacy/holds/{survivor}", json={"why": "case 12"})

    assert await due_and_done(api, files_days=30) == ({"files": 0}, {"files": 0})
    assert await due_and_done(api, closed_days=30) == ({"closed": 0}, {"closed": 0})


async def test_each_ticket_is_counted_once_and_as_what_it_goes(api: ApiDesk) -> None:
    spam, tagged, *_ = await closed_tickets(api, 4, _OLD)
    await api.database.execute("update ticket set category = 'spam' where number = $1", spam)
    await api.database.execute("update ticket set tags = '{spam}' where number = $1", tagged)

    due, done = await due_and_done(api, closed_days=30, spam_days=30, files_days=20)

    assert due == done == {"spam": 2, "closed": 2, "files": 0}


async def test_spam_that_is_kept_longer_than_others_loses_its_words_with_them(api: ApiDesk) -> None:
    [spam] = await closed_tickets(api, 1, _OLD)
    await api.database.execute("update ticket set category = 'spam' where number = $1", spam)

    due, done = await due_and_done(api, closed_days=30, spam_days=200)

    assert due == done == {"closed": 1, "spam": 0}


async def test_what_goes_whole_is_not_due_before_its_day_nor_before_those_merged_into_it(api: ApiDesk) -> None:
    old, survivor = await closed_tickets(api, 2, _OLD)
    await merged(api, old, survivor)

    assert await due_and_done(api, closed_days=30, deletes=True) == ({"closed": 2}, {"closed": 2})
    assert await due_and_done(api, closed_days=30, deletes=True) == ({"closed": 0}, {"closed": 0}), "a day later"
    await api.database.execute("update ticket set anonymised_at = now() - interval '2 days'")
    assert await due_and_done(api, closed_days=30, deletes=True) == ({"closed": 1}, {"closed": 1})
    assert await due_and_done(api, closed_days=30, deletes=True) == ({"closed": 1}, {"closed": 1})
    assert await api.database.fetch("select number from ticket") == []


async def test_another_reason_of_a_hold_is_noted_with_the_one_before_and_a_blank_one_refused(api: ApiDesk) -> None:
    [number] = await closed_tickets(api, 1)
    dpo, eva = await api.client("privacy", name="dpo"), await api.client("privacy", name="eva")
    place = f"/api/v1/privacy/holds/{number}"

    await dpo.put(place, json={"why": "case 12"})
    await dpo.put(place, json={"why": "case 12"})
    await eva.put(place, json={"why": "case 13"})

    refused = await eva.put(place, json={"why": "  "})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/why")
    [hold] = (await dpo.get("/api/v1/privacy/holds")).json()["items"]
    assert (hold["placed_by"], hold["why"]) == ("agent:eva", "case 13")
    placed, changed = await api.database.fetch(
        "select actor, action, detail from desk_decision where action like 'legal_hold.%' order by id"
    )
    assert (placed["actor"], placed["action"]) == ("agent:dpo", "legal_hold.placed")
    assert (changed["actor"], changed["action"]) == ("agent:eva", "legal_hold.changed")
    assert {"field": "why", "old": "case 12", "new": "case 13"} in json.loads(changed["detail"])["changes"]
