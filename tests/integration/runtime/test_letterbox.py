from datetime import UTC, datetime, timedelta

import pytest

from tests.support.broker import Desk
from tests.support.streams import stored
from ventanilla_contracts.events import DeadLetter, Redrive
from ventanilla_runtime import letterbox
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

SERVICES = ("router", "tickets", "intake-email")


def letter(number: int, service: str) -> Outgoing:
    content = DeadLetter(
        id=f"l{number}",
        service=service,
        stream="INTAKE",
        created_at="2026-01-01T00:00:00Z",
        sequence=number,
        reason="permanent",
        body_base64="aGk=",
        failed_at=datetime.now(UTC),
    )
    return Outgoing(
        "DEADLETTER", f"desk.deadletter.{service}", content.model_dump_json().encode(), {MSG_ID: content.id}
    )


@pytest.fixture
async def operator(fresh_desk: Desk) -> Broker:
    return await fresh_desk.connect()


@pytest.fixture
async def publisher(operator: Broker) -> Publisher:
    made = Publisher(operator)
    await made.start()
    return made


async def test_letters_are_found_over_many_pages_and_gaps(operator: Broker, publisher: Publisher) -> None:
    await publisher.publish_all([letter(n, SERVICES[n % 3]) for n in range(150)])
    for sequence in (*range(1, 6), *range(40, 110, 2), 150):
        await operator.api("STREAM.MSG.DELETE.DEADLETTER", {"seq": sequence, "no_erase": True})

    everything = await letterbox.newest(operator, limit=1000)
    routers = await letterbox.newest(operator, service="router", limit=1000)

    left = [n for n in range(6, 150) if n not in range(40, 110, 2)]
    assert [found.sequence for found in everything.letters] == left
    assert everything.complete
    assert [found.sequence for found in routers.letters] == [n for n in left if (n - 1) % 3 == 0]
    assert not any(found.content and found.content.body_base64 for found in everything.letters)


async def test_a_limit_takes_the_newest_and_says_that_there_may_be_more(operator: Broker, publisher: Publisher) -> None:
    await publisher.publish_all([letter(n, "router") for n in range(10)])
    listing = await letterbox.newest(operator, limit=3)
    assert [found.sequence for found in listing.letters] == [8, 9, 10]
    assert (listing.complete, listing.before) == (False, 8)
    rest = await letterbox.newest(operator, before=listing.before)
    assert [found.sequence for found in rest.letters] == [1, 2, 3, 4, 5, 6, 7]
    assert (rest.complete, rest.before) == (True, None)


async def test_a_listing_that_finds_nothing_ends_after_so_many_and_says_where_to_go_on(
    operator: Broker, publisher: Publisher
) -> None:
    await publisher.publish_all([letter(n, "tickets" if n == 0 else "router") for n in range(70)])

    first = await letterbox.newest(operator, service="tickets", most_looked_at=40)
    rest = await letterbox.newest(operator, service="tickets", before=first.before)

    assert (first.letters, first.complete, first.before) == ([], False, 7)
    assert [found.sequence for found in rest.letters] == [1]


async def test_a_listing_stops_at_the_time_that_was_asked_for(operator: Broker, publisher: Publisher) -> None:
    await publisher.publish_all([letter(n, "router") for n in range(10)])
    middle = (await letterbox.one(operator, 6)) or pytest.fail("no letter 6")
    listing = await letterbox.newest(operator, since=middle.stored_at)
    assert [found.sequence for found in listing.letters][-5:] == [6, 7, 8, 9, 10]
    assert (await letterbox.newest(operator, since=datetime.now(UTC) + timedelta(hours=1))).letters == []


async def test_what_is_no_letter_is_listed_as_unreadable(operator: Broker, publisher: Publisher) -> None:
    await publisher.publish(Outgoing("DEADLETTER", "desk.deadletter.router", b"nonsense"))
    [found] = (await letterbox.newest(operator)).letters
    assert (found.service, found.content) == ("router", None)


async def test_a_replay_in_the_same_second_is_the_same_order_and_a_later_one_is_not(
    operator: Broker, publisher: Publisher
) -> None:
    await publisher.publish(letter(1, "router"))
    [found] = (await letterbox.newest(operator)).letters
    now = 1_795_000_000.25
    replayer = letterbox.Replayer(operator, publisher, "desk", clock=lambda: now)

    assert await replayer.replay(found)
    assert not await replayer.replay(found)
    now += 1
    assert await replayer.replay(found)

    orders = [Redrive.model_validate_json(message.body) for message in await stored(operator, "REDRIVE")]
    assert [order.attempt for order in orders] == [1_795_000_000, 1_795_000_001]
    assert max(order.attempt for order in orders) < 2**31


async def test_a_service_that_takes_no_orders_is_refused(operator: Broker, publisher: Publisher) -> None:
    await publisher.publish(letter(1, "nobody"))
    [found] = (await letterbox.newest(operator)).letters
    with pytest.raises(ValueError, match="takes no orders"):
        await letterbox.Replayer(operator, publisher, "desk").replay(found)
