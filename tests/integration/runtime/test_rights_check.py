"""A doctor tries every right of its user on the real broker, and leaves nothing behind."""

from typing import Any

import pytest

from tests.integration.runtime.test_rights_matrix import allowed
from tests.support.broker import Desk
from ventanilla_contracts.broker_rights import RIGHTS, permissions
from ventanilla_contracts.topology import BUCKETS, CONSUMERS, STREAMS
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.broker_check import broker_findings
from ventanilla_runtime.rights_check import lacking

USERS = {user.user: user.publish for user in permissions()}
SERVICES = [rights.service for rights in RIGHTS]


async def test_every_service_has_all_its_rights_and_trying_them_changes_nothing(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    for stream in STREAMS:
        for subject in stream.subjects:
            await operator.send(f"desk.{subject.replace('*', 'x').replace('>', 'x')}", b"{}")
    for bucket in BUCKETS:
        for subject in bucket.subjects:
            await operator.send(subject.replace(">", "key"), b"{}")
    await operator.round_trip()
    before = await _everything(operator)
    assert all(state["state"]["messages"] for state in before if "state" in state)

    for service in SERVICES:
        assert await lacking(await fresh_desk.connect(service), service) == ((), (), ()), service

    assert await _everything(operator) == before


async def _everything(operator: Broker) -> list[dict[str, Any]]:
    """What every stream holds, and how far every consumer has come."""
    names = [stream.name for stream in STREAMS] + [bucket.stream for bucket in BUCKETS]
    streams = [await operator.api(f"STREAM.INFO.{name}") for name in names]
    consumers = [await operator.api(f"CONSUMER.INFO.{one.stream}.{one.durable}") for one in CONSUMERS]
    return [
        {name: value for name, value in state.items() if name not in ("ts", "cluster")}
        for state in (*streams, *consumers)
    ]


@pytest.mark.parametrize("service", SERVICES)
async def test_whatever_a_user_may_not_do_is_named(nats: Desk, service: str) -> None:
    user = "router" if service != "router" else "tickets"
    broker = Broker(user, nats.settings(user))
    await broker.connect()
    try:
        found = await lacking(broker, service)
    finally:
        await broker.close()
    wanted = [pattern for pattern in USERS[service] if not allowed(user, pattern.replace(">", "x").replace("*", "x"))]
    assert list(found.publish) == wanted
    assert len(wanted) > 3


async def test_a_missing_right_to_publish_is_a_finding_of_the_doctor(fresh_desk: Desk) -> None:
    [well] = await broker_findings("router", fresh_desk.settings("router"), "ROUTER_", ("routing_rules",))
    assert well.says.endswith(": every right, and all 3 consumers and buckets")
    settings = fresh_desk.settings("router").model_copy(update={"prefix": "other"})

    found = await broker_findings("router", settings, "ROUTER_", ())

    rights = [one for one in found if "may not" in one.says]
    assert [one.says for one in rights] == [
        "user router may not publish to other.message.routed.v1.*, other.deadletter.router"
    ]
    assert "topology users" in rights[0].do


async def test_a_subject_that_no_stream_takes_is_a_finding_of_the_doctor(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.ROUTED")

    [found] = await broker_findings("router", fresh_desk.settings("router"), "ROUTER_", ("routing_rules",))

    assert found.says == "no stream takes desk.message.routed.v1.*"
    assert found.do.endswith("ROUTER_PREFIX must be the same for all")
