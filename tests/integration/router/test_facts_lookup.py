"""What is known of senders, read from the real broker with the router's own rights."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from router.adapters.facts_lookup import STREAM, DeskWatch, FactsLookup, read_desk_facts
from router.metrics import FACTS_LOOKUPS
from tests.support.broker import Desk
from tests.unit.router.samples import NOON, message
from ventanilla_contracts.parts import Part
from ventanilla_contracts.routing import (
    DESK_KEY,
    CustomerFacts,
    DeskFacts,
    OpenSpan,
    OrganisationFacts,
    customer_key,
    domain_key,
)
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import Outgoing, Publisher

ACME = OrganisationFacts(name="Acme", vip=True)
ANA = CustomerFacts(vip=False, open_tickets=2, tags=("press",))


async def write(desk: Desk, /, **values: Part | bytes) -> None:
    """Write keys as the ticket service does; names with underscores for dots."""
    broker = await desk.connect("tickets")
    publisher = Publisher(broker)
    await publisher.start()
    await publisher.publish_all(
        [Outgoing(STREAM, f"$KV.routing_facts.{key}", _encoded(value)) for key, value in values.items()]
    )


def _encoded(value: Part | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.model_dump_json().encode()


async def lookup_of(desk: Desk, user: str = "router", **options: Any) -> FactsLookup:
    broker = await desk.connect(user)
    watch = DeskWatch(partial(read_desk_facts, broker))
    await watch.refresh()
    return FactsLookup(Many(broker), watch, **options)


def counted(outcome: str) -> float:
    return float(FACTS_LOOKUPS.labels(outcome)._value.get())


async def test_customer_and_organisation_are_found_whole_and_in_the_order_of_the_messages(fresh_desk: Desk) -> None:
    await write(
        fresh_desk,
        **{customer_key("email", "ana@acme.example"): ANA, domain_key("acme.example"): ACME},
    )
    lookup = await lookup_of(fresh_desk)
    senders = ["x@elsewhere.example", "Ana@ACME.example", "eva@acme.example"]

    found = await lookup.look_up([message(sender=sender) for sender in senders], NOON)

    unknown, ana, eva = found
    assert unknown.context is None
    assert ana.context is not None
    assert (ana.context.customer, ana.context.organisation, ana.revision) == (ANA, ACME, 1)
    assert eva.context is not None
    assert (eva.context.customer, eva.context.organisation, eva.revision) == (None, ACME, 0)


async def test_the_same_address_on_another_channel_is_somebody_else(fresh_desk: Desk) -> None:
    await write(fresh_desk, **{customer_key("email", "ana@acme.example"): ANA})
    lookup = await lookup_of(fresh_desk)

    (found,) = await lookup.look_up([message(channel="webchat")], NOON)

    assert found.context is None


async def test_a_thousand_messages_of_as_many_senders_are_looked_up_together(fresh_desk: Desk) -> None:
    addresses = [f"ana{number}@acme{number}.example" for number in range(1_000)]
    await write(
        fresh_desk,
        **{customer_key("email", address): ANA for address in addresses},
        **{domain_key(address.partition("@")[2]): ACME for address in addresses},
    )
    lookup = await lookup_of(fresh_desk, within_seconds=5)

    found = await lookup.look_up([message(sender=address) for address in addresses], NOON)

    assert all(one.context and one.context.customer == ANA and one.context.organisation == ACME for one in found)


async def test_the_desks_hours_are_part_of_what_is_known(fresh_desk: Desk) -> None:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    desk = DeskFacts(hours={"office": (OpenSpan(opens_at=now - hour, closes_at=now + hour),), "night": ()})
    await write(fresh_desk, **{DESK_KEY: desk})
    lookup = await lookup_of(fresh_desk)

    (found,) = await lookup.look_up([message()], now)
    (late,) = await lookup.look_up([message()], now + timedelta(days=15))

    assert found.context is not None
    assert found.context.open_now == {"office": True, "night": False}
    assert late.context is None


async def test_hours_are_known_as_long_as_the_desk_says_and_no_longer(fresh_desk: Desk) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(hours=2)
    await write(fresh_desk, **{DESK_KEY: DeskFacts(hours={"office": ()}, hours_until=until)})
    lookup = await lookup_of(fresh_desk)

    (before,) = await lookup.look_up([message()], until - timedelta(seconds=1))
    (after,) = await lookup.look_up([message()], until)

    assert before.context is not None
    assert before.context.open_now == {"office": False}
    assert after.context is None


@pytest.mark.parametrize(
    "content",
    [
        b'{"hours": {"office": []}, "hours_until": "2026-12-01T00:00:00"}',
        b'{"hours": {"office": [{"opens_at": "2026-12-01T00:00:00", "closes_at": "2026-12-02T00:00:00"}]}}',
    ],
)
async def test_a_desk_whose_times_have_no_zone_is_not_known_and_stops_nobody(fresh_desk: Desk, content: bytes) -> None:
    await write(fresh_desk, **{DESK_KEY: content})
    before = counted("unreadable")

    with capture_logs() as logged:
        lookup = await lookup_of(fresh_desk)
    (found,) = await lookup.look_up([message()], NOON)

    assert found.context is None
    assert counted("unreadable") == before + 1
    assert logged[0]["error"] == "a time without its zone"


async def test_a_changed_desk_is_seen_at_the_next_look(fresh_desk: Desk) -> None:
    broker = await fresh_desk.connect("router")
    watch = DeskWatch(partial(read_desk_facts, broker))
    await watch.refresh()
    assert watch.current is None

    await write(fresh_desk, **{DESK_KEY: DeskFacts(teams=("a",))})
    await watch.refresh()

    assert watch.current is not None
    assert watch.current.facts.teams == ("a",)


@pytest.mark.parametrize("value", [b"no", b"[]", b'{"vip": "perhaps"}'])
async def test_a_value_that_cannot_be_read_is_not_known_and_is_reported(fresh_desk: Desk, value: bytes) -> None:
    await write(fresh_desk, **{customer_key("email", "ana@acme.example"): value, domain_key("acme.example"): ACME})
    lookup, before = await lookup_of(fresh_desk), counted("unreadable")

    with capture_logs() as logged:
        (found,) = await lookup.look_up([message()], NOON)

    assert found.context is not None
    assert (found.context.customer, found.context.organisation) == (None, ACME)
    assert counted("unreadable") == before + 1
    assert [line["event"] for line in logged] == ["facts.unreadable"]
    assert "perhaps" not in str(logged)


async def test_a_broker_that_is_away_leaves_the_facts_unknown_in_time_and_is_told_once(own_broker: Desk) -> None:
    await write(own_broker, **{customer_key("email", "ana@acme.example"): ANA})
    lookup = await lookup_of(own_broker)
    (known,) = await lookup.look_up([message()], NOON)
    own_broker.server.kill()
    before = counted("failed")

    with capture_logs() as logged:
        found = [await lookup.look_up([message(), message()], NOON) for _ in range(3)]

    assert known.context is not None
    assert [[one.context for one in batch] for batch in found] == [[None, None]] * 3
    assert counted("failed") == before + 3
    assert [line["event"] for line in logged if line["event"].startswith("facts.")] == ["facts.unknown"]


async def test_a_late_answer_leaves_the_facts_unknown(fresh_desk: Desk) -> None:
    await write(fresh_desk, **{customer_key("email", "ana@acme.example"): ANA})
    lookup = await lookup_of(fresh_desk, within_seconds=0)

    (found,) = await lookup.look_up([message()], NOON)

    assert found.context is None
