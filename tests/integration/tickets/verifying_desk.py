"""What tests of verifying do at a desk: somebody asks, has ways on file, is sent a code and gives it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.desk_people import agent
from tests.integration.tickets.routed_mails import ANA, routed, settle

MOBILE, DESK = "+34600111222", "+34910000000"


async def on_file(api: ApiDesk, *ways: str, who: str = f"email/{ANA}", minutes_ago: int = 5) -> None:
    admin = await api.client("admin")
    answer = await admin.put(f"/api/v1/customers/{who}", json={"ways": list(ways)})
    assert answer.status_code in (200, 201), answer.text
    await api.database.execute(
        "update customer_way set added_at = added_at - $1::interval where added_at > now() - interval '1 minute'",
        timedelta(minutes=minutes_ago),
    )


async def asks(api: ApiDesk, number: int = 1, **received: Any) -> None:
    """Somebody asks now: ticket `number`."""
    await settle(api, routed(number, at=datetime.now(UTC), **received))


async def known(api: ApiDesk, *ways: str) -> httpx.AsyncClient:
    """Ana has these ways on file, and asks in ticket 1; the client is an agent's of its team."""
    await on_file(api, *(ways or (MOBILE,)))
    await asks(api)
    return await agent(api, "ana")


async def standing(client: httpx.AsyncClient, number: int = 1) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/tickets/{number}/verification")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def send(
    client: httpx.AsyncClient, number: int = 1, *, medium: str = "sms", own: bool = False, key: str = "", **body: Any
) -> httpx.Response:
    factors = (await standing(client, number))["factors"]
    chosen = next(one for one in factors if one["medium"] == medium and one["own"] == own)
    headers = {"idempotency-key": key} if key else {}
    return await client.post(
        f"/api/v1/tickets/{number}/verification", json={"factor": chosen["id"], **body}, headers=headers
    )


async def check(client: httpx.AsyncClient, code: str, number: int = 1, key: str = "") -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post(f"/api/v1/tickets/{number}/verification/check", json={"code": code}, headers=headers)


async def sent(api: ApiDesk) -> dict[str, Any]:
    """The last notification that takes a code."""
    return [one for one in await api.leaving("notification.requested") if "one-time-code/" in one["id"]][-1]


async def told(api: ApiDesk) -> str:
    """The code that was sent last."""
    return re.findall(r"\b\d{6}\b", (await sent(api))["text"])[0]


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def years_pass(api: ApiDesk) -> None:
    """All that is there lies a year further back."""
    for table, column in (("ticket", "created_at"), ("customer_way", "added_at"), ("identity", "first_seen_at")):
        await api.database.execute(f"update {table} set {column} = {column} - interval '1 year'")


async def minutes_pass(api: ApiDesk, minutes: int) -> None:
    await api.database.execute(
        "update one_time_code set sent_at = sent_at - $1::interval, expires_at = expires_at - $1::interval",
        timedelta(minutes=minutes),
    )


def why(answer: httpx.Response) -> str:
    assert answer.status_code == 409, answer.text
    detail: str = answer.json()["detail"]
    return detail
