"""The router against a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from router.adapters.catalogues import load_catalogues
from router.handlers import Router
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes
from tests.unit.router.samples import DEFAULT_RULES, NothingKnown, file_with, message, rule_text
from ventanilla_contracts.events import MessageRouted, Redrive
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.redrive import Redriver

SPECS = {spec.durable: spec for spec in consumers_of("router")}


class Shipped:
    current = DEFAULT_RULES


async def publisher_as(desk: Desk, user: str) -> tuple[Broker, Publisher]:
    broker = await desk.connect(user)
    publisher = Publisher(broker)
    await publisher.start()
    return broker, publisher


def received(number: int, text: str = "Una duda") -> Outgoing:
    event = message("Asunto", text, id=f"message.received.v1:m{number}")
    return incoming(event.model_dump_json().encode(), f"m{number}")


def incoming(body: bytes, message_id: str, **headers: str) -> Outgoing:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outgoing("INTAKE", "desk.message.received.v1.email", body, {MSG_ID: message_id, **names})


@asynccontextmanager
async def routing(desk: Desk) -> AsyncIterator[Consumer]:
    """A router inside the test, with the rights of the service's own user."""
    broker, publisher = await publisher_as(desk, "router")
    router = Router(
        rules=Shipped(),
        facts=NothingKnown(),
        publish_all=publisher.publish_all,
        catalogues=load_catalogues(),
        prefix="desk",
        now=lambda: datetime.now(UTC),
    )
    dead_letters = DeadLetters(publisher, "desk", "router")
    consumers = [
        Consumer(broker, SPECS["router"], router.handle, dead_letters, batch_size=100),
        Consumer(
            broker, SPECS["router-redrive"], Redriver(broker, dead_letters, {"INTAKE": router.handle}).handle, None
        ),
    ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    try:
        yield consumers[0]
    finally:
        for consumer in consumers:
            consumer.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)


async def stored(broker: Broker, stream: str) -> list[StoredMessage]:
    state = await broker.stream_state(stream)
    found = [await broker.stored_message(stream, number) for number in range(1, state.last_sequence + 1)]
    return [one for one in found if one is not None]


async def routed_count(broker: Broker, count: int) -> bool:
    return (await broker.stream_state("ROUTED")).messages == count


async def settled(broker: Broker, stream: str, durable: str, sequence: int) -> bool:
    return (await broker.consumer_state(stream, durable)).ack_floor >= sequence


async def test_one_poison_among_a_hundred_becomes_a_dead_letter_and_the_rest_is_routed(fresh_desk: Desk) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    sent = [received(number) for number in range(100)]
    sent[57] = incoming(b'{"id": "poison"}', "poison", vnt_channel="email", vnt_acceptance="ACCEPTED/x/58")
    acks = await publisher.publish_all(sent)

    async with routing(fresh_desk):
        await eventually(lambda: settled(operator, "INTAKE", "router", 100), 15)

    routed = await stored(operator, "ROUTED")
    letters = await stored(operator, "DEADLETTER")
    assert [one.headers["ce-id"] for one in routed] == [f"message.routed.v1:m{n}" for n in range(100) if n != 57]
    assert sent[0].body in routed[0].body
    assert MessageRouted.model_validate_json(routed[0].body).decision.category == "question"
    letter = json.loads(letters[0].body)
    assert len(letters) == 1
    assert (letter["sequence"], letter["reason"], letter["acceptance"]) == (
        acks[57].sequence, "malformed_event", "ACCEPTED/x/58"
    )  # fmt: skip


async def test_a_message_of_a_newer_version_waits_while_the_others_are_settled(fresh_desk: Desk) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    sent = [received(number) for number in range(50)]
    sent[0] = incoming(b"of the future", "v2", ce_type="message.received.v2")
    await publisher.publish_all(sent)

    async def state() -> dict[str, Any]:
        return dict(await operator.api("CONSUMER.INFO.INTAKE.router"))

    async with routing(fresh_desk) as consumer:
        await eventually(lambda: routed_count(operator, 49), 10)

        async def came_back_and_alone() -> bool:
            info = await state()
            return info["delivered"]["consumer_seq"] > 51 and info["num_ack_pending"] == 1

        await eventually(came_back_and_alone, 15)
        await publisher.publish(received(99))
        await eventually(lambda: routed_count(operator, 50), 5)
        assert consumer.problem is None

    assert (await operator.stream_state("DEADLETTER")).messages == 0


async def test_a_message_that_is_routed_twice_is_published_once(fresh_desk: Desk) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    await publisher.publish_all([received(number) for number in range(20)])
    async with routing(fresh_desk):
        await eventually(lambda: settled(operator, "INTAKE", "router", 20), 15)

    topology = await fresh_desk.connect("topology")
    await topology.api("CONSUMER.DELETE.INTAKE.router")
    await fresh_desk.apply_topology()
    async with routing(fresh_desk):
        await eventually(lambda: settled(operator, "INTAKE", "router", 20), 15)

    assert (await operator.stream_state("ROUTED")).messages == 20


async def test_two_routers_share_one_durable_and_publish_each_message_once(fresh_desk: Desk) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    async with routing(fresh_desk) as first, routing(fresh_desk) as second:
        await eventually(lambda: first.problem is None and second.problem is None, 10)
        for start in range(0, 600, 60):
            await publisher.publish_all([received(number) for number in range(start, start + 60)])
        await eventually(lambda: settled(operator, "INTAKE", "router", 600), 20)

    routed = await stored(operator, "ROUTED")
    assert sorted(one.headers["ce-id"] for one in routed) == sorted(f"message.routed.v1:m{n}" for n in range(600))
    assert (await operator.stream_state("DEADLETTER")).messages == 0


async def test_a_redrive_routes_again_under_an_id_with_the_attempt(fresh_desk: Desk) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    await publisher.publish_all([received(1), received(2)])
    created_at = (await operator.stream_state("INTAKE")).created_at
    async with routing(fresh_desk):
        await eventually(lambda: settled(operator, "INTAKE", "router", 2), 15)
        for attempt in (1, 2, 2):
            order = Redrive(stream="INTAKE", created_at=created_at, sequence=2, attempt=attempt)
            await publisher.publish(Outgoing("REDRIVE", "desk.redrive.v1.router", order.model_dump_json().encode()))
        await eventually(lambda: settled(operator, "REDRIVE", "router-redrive", 3), 15)

    plain = f"message.routed.v1:m2@INTAKE/{created_at}/2"
    routed = await stored(operator, "ROUTED")
    assert [one.headers[MSG_ID] for one in routed[1:]] == [plain, f"{plain}.r1", f"{plain}.r2"]
    assert {one.headers["vnt-intake"] for one in routed[1:]} == {f"INTAKE/{created_at}/2"}
    assert len({MessageRouted.model_validate_json(one.body).id for one in routed[1:]}) == 1


async def test_the_service_routes_takes_new_rules_over_while_running_and_refuses_broken_ones(
    fresh_desk: Desk, processes: Processes
) -> None:
    operator, publisher = await publisher_as(fresh_desk, "operator")
    rules = processes.folder / "rules.yaml"
    rules.write_text(file_with(rule_text("old")))
    service = await processes.start(
        "router", {**fresh_desk.environment("router"), "ROUTER_RULES_FILE": str(rules), "ROUTER_LOG_LEVEL": "info"}
    )

    async def rule_of_next_message(number: int) -> str:
        ack = await publisher.publish(received(number))
        await eventually(lambda: settled(operator, "INTAKE", "router", ack.sequence), 10)
        last = (await stored(operator, "ROUTED"))[-1]
        return MessageRouted.model_validate_json(last.body).set_by["team"]

    assert await rule_of_next_message(1) == "old"

    rules.write_text(file_with(rule_text("new")))
    await eventually(lambda: "rules.changed" in service.log.read_text(), 10)
    assert await rule_of_next_message(2) == "new"

    rules.write_text(file_with(rule_text("broken", then="{team: nobody}")))
    await eventually(lambda: "rules.refused" in service.log.read_text(), 10)
    async with httpx.AsyncClient() as client:
        ready = await client.get(f"{service.url}/readyz")
        metrics = (await client.get(f"{service.url}/metrics")).text
    assert ready.status_code == 200
    assert "router_rules_refused_total 1.0" in metrics
    assert await rule_of_next_message(3) == "new"
    (line,) = [json.loads(line) for line in service.log.read_text().splitlines() if "rules.refused" in line]
    assert (line["line"], line["rule"], line["reason"]) == (23, "broken", "nobody is no team")


async def test_the_service_does_not_start_with_broken_rules_and_says_why(
    fresh_desk: Desk, processes: Processes
) -> None:
    rules = processes.folder / "rules.yaml"
    rules.write_text(file_with(rule_text("one", when="{a.b: 1}"), rule_text("two", then="{team: nobody}")))
    service = processes.add("router", {**fresh_desk.environment("router"), "ROUTER_RULES_FILE": str(rules)})
    await service.start(ready_within_seconds=0)
    await eventually(lambda: not service.pid, 20)

    first, second = [line for line in service.log.read_text().splitlines() if not line.startswith("{")]
    assert await service.stop() == 1
    assert first.startswith(f"router: {rules}:22:16: rule one: unknown fact a.b; ")
    assert second == f"{rules}:27:22: rule two: nobody is no team; known are first-line, technical"
