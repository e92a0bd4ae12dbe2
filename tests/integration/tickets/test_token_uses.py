"""When a token was last used: gathered with each request, written once a minute, and never by the request itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.tokens import TokenStore
from tickets.errors import DatabaseAway


class Counting:
    """A database that counts what is asked of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asked: list[str] = []
        self.away = False

    async def fetch(self, query: str, *arguments: object) -> list[object]:
        self.asked.append("update" if "update api_token" in query else "select")
        if self.away:
            raise DatabaseAway("no")
        return await self.database.fetch(query, *arguments)

    async def fetchrow(self, query: str, *arguments: object) -> object:
        self.asked.append("update" if "update api_token" in query else "select")
        return await self.database.fetchrow(query, *arguments)


async def last_use(database: Database) -> datetime | None:
    (token,) = await TokenStore(database).all()
    return token.last_used_at


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Database]:
    opened = await open_database(database)
    yield opened
    await opened.close()


@pytest.fixture
def now() -> list[float]:
    return [1_000.0]


async def test_a_use_is_written_apart_from_the_request_and_at_most_once_a_minute(
    desk: Database, now: list[float]
) -> None:
    counting = Counting(desk)
    store = TokenStore(counting, lambda: now[0])
    token, _ = await store.create("ana", ["read"], None)
    counting.asked.clear()
    assert await store.check("vnt_" + "x" * 40) is None
    await store.note_uses()
    assert (counting.asked, await last_use(desk)) == (["select"], None)

    counting.asked.clear()
    for _ in range(3):
        assert await store.check(token) is not None
    assert counting.asked == ["select"] * 3
    now[0] += 30
    await store.note_uses()
    await store.note_uses()
    assert counting.asked[3:] == ["update"]
    first = await last_use(desk)
    assert first is not None
    assert timedelta(seconds=29) < datetime.now(UTC) - first < timedelta(seconds=60)

    await store.check(token)
    await store.note_uses()
    assert await last_use(desk) == first, "less than a minute later nothing is written"


async def test_two_replicas_write_a_use_once_and_never_an_older_one(desk: Database, now: list[float]) -> None:
    one, other = (TokenStore(desk, lambda: now[0]) for _ in range(2))
    token, _ = await one.create("ana", ["read"], None)
    await other.check(token)
    now[0] += 600
    await one.check(token)
    await one.note_uses()
    newest = await last_use(desk)
    await other.note_uses()
    assert await last_use(desk) == newest


async def test_what_could_not_be_written_is_kept_for_the_next_time(desk: Database, now: list[float]) -> None:
    counting = Counting(desk)
    store = TokenStore(counting, lambda: now[0])
    token, _ = await store.create("ana", ["read"], None)
    await store.check(token)
    counting.away = True
    with pytest.raises(DatabaseAway):
        await store.note_uses()
    counting.away = False
    await store.note_uses()
    assert await last_use(desk) is not None
