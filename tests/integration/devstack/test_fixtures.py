"""The fixtures that all other tests stand on."""

import asyncpg
import pytest

from tests.support.broker import Desk
from tests.support.polling import eventually
from ventanilla_runtime.publish import Outgoing, Publisher


async def _publish_one(desk: Desk) -> None:
    broker = await desk.connect("router")
    publisher = Publisher(broker)
    await publisher.start()
    await publisher.publish_all([Outgoing("ROUTED", "desk.message.routed.v1.email", b"{}")])


@pytest.mark.parametrize("round_number", [1, 2])
async def test_a_fresh_desk_holds_nothing_of_the_test_before(fresh_desk: Desk, round_number: int) -> None:
    broker = await fresh_desk.connect("operator")
    assert (await broker.stream_state("ROUTED")).last_sequence == 0

    await _publish_one(fresh_desk)

    assert (await broker.stream_state("ROUTED")).last_sequence == 1


async def test_a_user_of_the_desk_has_only_its_own_rights(fresh_desk: Desk) -> None:
    broker = await fresh_desk.connect("router")

    await broker.send("desk.mail.accepted.v1", b"not mine")

    await eventually(lambda: "desk.mail.accepted.v1" in (broker.denied or ""), 5)


@pytest.mark.parametrize("round_number", [1, 2])
async def test_each_test_has_a_database_of_its_own(database: str, round_number: int) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE TABLE only_here ()")
    finally:
        await connection.close()


async def test_a_database_has_what_search_needs(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        names = {row["name"] for row in await connection.fetch("SELECT name FROM pg_available_extensions")}
        assert {"pg_trgm", "unaccent"} <= names
        assert await connection.fetchval("SELECT lower('ÁÉÑ') = 'áéñ' AND 'ñandú' ILIKE 'ÑAN%'")
    finally:
        await connection.close()
