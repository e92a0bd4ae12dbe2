"""The fixtures that all other tests stand on."""

from typing import Any

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


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("STREAM.UPDATE.ROUTED", {"max_bytes": 4096}),
        ("STREAM.UPDATE.ROUTED", {"max_msgs": 1}),
        ("STREAM.PURGE.ROUTED", {"seq": 7}),
        ("CONSUMER.PAUSE.ROUTED.tickets", {"pause_until": "2100-01-01T00:00:00Z"}),
        ("CONSUMER.DELETE.ROUTED.tickets", {}),
        ("CONSUMER.CREATE.ROUTED.more", {"stream_name": "ROUTED", "config": {"durable_name": "more"}}),
    ],
)
async def test_what_was_done_to_an_empty_stream_is_undone(
    fresh_desk: Desk, question: str, body: dict[str, Any]
) -> None:
    broker = await fresh_desk.connect("operator")
    made = await broker.api("STREAM.INFO.ROUTED")
    if question.startswith("STREAM.UPDATE"):
        body = {**made["config"], **body}
    done = await broker.api(question, body)
    assert "error" not in done, done

    await fresh_desk.wipe()

    now = await broker.api("STREAM.INFO.ROUTED")
    assert (now["config"], now["state"]) == (made["config"], made["state"])
    consumer = await broker.api("CONSUMER.INFO.ROUTED.tickets")
    assert not consumer.get("paused")


async def test_a_stream_that_nobody_used_is_left_alone(fresh_desk: Desk) -> None:
    broker = await fresh_desk.connect("operator")
    made = {name: (await broker.api(f"STREAM.INFO.{name}"))["created"] for name in ("INTAKE", "ROUTED")}
    await _publish_one(fresh_desk)

    await fresh_desk.wipe()

    now = {name: (await broker.api(f"STREAM.INFO.{name}"))["created"] for name in made}
    assert now["INTAKE"] == made["INTAKE"]
    assert now["ROUTED"] > made["ROUTED"]


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
