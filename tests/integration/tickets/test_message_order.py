"""A conversation is read from its beginning or from its end, page by page, with the same messages either way."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import opened


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def pages(client: httpx.AsyncClient, number: int, **parameters: Any) -> list[list[str]]:
    found: list[list[str]] = []
    cursor: str | None = None
    for _ in range(10):
        given = {"limit": 3, **parameters, **({"cursor": cursor} if cursor else {})}
        answer = await client.get(f"/api/v1/tickets/{number}/messages", params=given)
        assert answer.status_code == 200, answer.text
        found.append([one["text"] for one in answer.json()["items"]])
        cursor = answer.json()["next"]
        if cursor is None:
            break
    return found


async def test_the_end_comes_first_where_it_is_asked_for(api: ApiDesk) -> None:
    client = await api.client("read", "write")
    number = await opened(client, text="Primero.")
    for position in range(7):
        await client.post(f"/api/v1/tickets/{number}/replies", json={"text": f"Nota {position}", "internal": True})

    forwards, backwards = await pages(client, number), await pages(client, number, newest_first=True)

    assert [len(page) for page in forwards] == [3, 3, 2]
    assert [len(page) for page in backwards] == [3, 3, 2]
    assert forwards[0][0] == "Primero."
    assert [text for page in backwards for text in page] == [text for page in forwards for text in page][::-1]


async def test_a_cursor_goes_on_in_its_own_direction_only(api: ApiDesk) -> None:
    client = await api.client("read", "write")
    number = await opened(client)
    for position in range(3):
        await client.post(f"/api/v1/tickets/{number}/replies", json={"text": f"Nota {position}", "internal": True})
    path = f"/api/v1/tickets/{number}/messages"
    cursor = (await client.get(path, params={"limit": 1, "newest_first": True})).json()["next"]

    turned = await client.get(path, params={"limit": 1, "cursor": cursor})

    assert turned.status_code == 422
    assert turned.json()["errors"][0]["parameter"] == "cursor"
