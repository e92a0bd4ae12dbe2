"""A desk with people, rotas and ladders, for tests of who is told what when nobody reacts."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.desk_people import people
from tests.integration.tickets.routed_mails import settle
from tests.integration.tickets.test_clocks import new
from tickets.adapters.postgres.due_store import DueStore
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.handlers.timers.climb import raise_tier
from tickets.handlers.timers.fire_due import DueWorker
from tickets.handlers.timers.fires import FIRES
from tickets.handlers.working.move_by_rule import move_by_rule

ROTA = {"zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2026-01-05"}]}
ALWAYS_DAY = {
    "zone": "UTC",
    "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}
NOTIFY = {"after_minutes": 5, "do": "notify_team"}
RAISE = {"after_minutes": 5, "do": "raise_tier"}
PAGE = {"after_minutes": 5, "do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 2}


async def put(client: httpx.AsyncClient, path: str, content: Any, status: int = 201) -> dict[str, Any]:
    """What putting a document answers."""
    answer = await client.put(f"/api/v1/desk/{path}", json=content)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def climbing(api: ApiDesk, *steps: Mapping[str, Any], day: bool = True, **more: Any) -> httpx.AsyncClient:
    """Make the desk one whose default ladder has these steps; returns a client that may do anything.

    Args:
        day: the team of the tickets works around the clock, so that nobody is paged at night.
        more: of the ladder.
    """
    await people(api)
    boss = await api.client("read", "write", "admin", "portal", name="boss")
    if day:
        await put(boss, "calendars/day", ALWAYS_DAY)
        await api.database.execute("update team set calendar = 'day'")
    await put(boss, "rotas/nights", ROTA)
    await put(boss, "ladders/default", {"starts": [{"on": "arrival"}], "steps": list(steps), **more})
    await refresh(api)
    return boss


async def refresh(api: ApiDesk) -> None:
    """Let this process know what documents there are."""
    async with api.database.connection() as connection:
        await api.levels.refresh(connection)


async def arrive(api: ApiDesk, *sequences: int, **received: Any) -> None:
    """Tickets of the first line come in, one for each."""
    await settle(api, *[new(n, sender=f"c{n}@cliente.example", **received) for n in sequences or (1,)])


def worker(api: ApiDesk) -> DueWorker:
    """A worker as the service has it."""
    raising = partial(raise_tier, deps=api.deps, caps=AcknowledgementCaps(), mails_per_minute=1000)
    store = DueStore(api.database, api.desk.signer, api.levels)
    moving = partial(move_by_rule, deps=api.deps, caps=AcknowledgementCaps(), mails_per_minute=1000)
    return DueWorker(store, api.deps, FIRES, {"raise_tier": raising, "rule_move": moving})


async def pass_time(api: ApiDesk, minutes: float = 5) -> None:
    """Let everything that waits have waited so long, and do what is due."""
    await api.database.execute("update due set due_at = due_at - $1::interval", timedelta(minutes=minutes))
    await fire_all(api)


async def fire_all(api: ApiDesk) -> None:
    """Do what is due now."""
    while await worker(api).fire_once():
        pass


async def lines(api: ApiDesk, number: int = 1) -> list[dict[str, Any]]:
    """What ladders and pages have written into a ticket's history, oldest first."""
    rows = await api.database.fetch(
        "select action, actor, detail, why from history where ticket_number = $1"
        " and (action like 'ladder.%' or action like 'page.%') order by id",
        number,
    )
    return [{**row, "detail": json.loads(row["detail"])} for row in rows]


async def told(api: ApiDesk, number: int = 1) -> list[tuple[str, str]]:
    """The same in short: (action without its beginning, what was done or why)."""
    shown = []
    for line in await lines(api, number):
        action = line["action"].partition(".")[2]
        shown.append((action, line["detail"].get("do") or line["why"]))
    return shown


async def runs(api: ApiDesk, number: int = 1) -> list[dict[str, Any]]:
    """Rows of runs under way."""
    rows = await api.database.fetch(
        "select key, due_at, detail from due where kind = 'ladder' and ticket_number = $1", number
    )
    return [{"key": row["key"], "due_at": row["due_at"], **json.loads(row["detail"])} for row in rows]


async def pages(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """Pages, oldest first."""
    answer = await client.get("/api/v1/desk/pages", params=filters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found[::-1]


async def mails_to(api: ApiDesk, handle: str) -> list[dict[str, Any]]:
    """Mails to somebody of the desk."""
    leaving = await api.leaving("notification.requested")
    return [mail for mail in leaving if mail["to"]["address"] == f"{handle}@desk.example"]
