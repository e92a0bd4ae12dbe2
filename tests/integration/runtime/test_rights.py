"""What each broker user may do: against the real server, with the users that the topology generates."""

import json

import pytest

from tests.support.broker import Desk
from tests.support.streams import intake_message
from ventanilla_contracts.broker_rights import RIGHTS, inbox_prefix
from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.topology import BUCKETS, CONSUMERS, STREAMS, stream_of
from ventanilla_runtime.broker import Broker, BrokerRefuses
from ventanilla_runtime.errors import NotPermitted
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.settings import ServiceSettings

SERVICES = [rights.service for rights in RIGHTS]
RIGHTS_OF = {rights.service: rights for rights in RIGHTS}
ALL_SUBJECTS = sorted({subject for stream in STREAMS for subject in stream.subjects})


def concrete(subject: str) -> str:
    """One subject that a pattern allows."""
    return ".".join(
        "created" if word == "*" and subject.startswith("ticket.") else "email" if word == "*" else word
        for word in subject.split(".")
    )


def allowed(service: str, subject: str) -> bool:
    """Whether the rights name a pattern that the concrete subject matches."""
    words = subject.split(".")
    return any(
        len(pattern.split(".")) == len(words)
        and all(one in ("*", other) for one, other in zip(pattern.split("."), words, strict=True))
        for pattern in RIGHTS_OF[service].publishes
    )


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def broker(nats: Desk, service: str) -> Broker:
    return await nats.connect(service)


async def refused(broker: Broker, subject: str, reply: str = "") -> bool:
    """Whether the server refuses a publish; it says so, and answers a ping after that."""
    broker._denied = None
    await broker.send(subject, b"{}", reply)
    await broker.round_trip()
    return broker.denied is not None and subject.lower() in broker.denied


async def test_a_service_stores_every_event_that_it_writes(nats: Desk, broker: Broker, service: str) -> None:
    publisher = Publisher(broker)
    await publisher.start()
    for subject in map(concrete, RIGHTS_OF[service].publishes):
        ack = await publisher.publish(Outgoing(stream_of(subject), f"desk.{subject}", b"{}"))
        assert ack.stream == stream_of(subject)
    assert broker.denied is None


async def test_a_service_cannot_write_what_another_writes(broker: Broker, service: str) -> None:
    others = {concrete(subject) for subject in ALL_SUBJECTS} | {f"deadletter.{name}" for name in SERVICES}
    for subject in sorted(others):
        assert await refused(broker, f"desk.{subject}") != allowed(service, subject), subject


async def test_a_service_binds_to_its_own_durables_and_settles_messages(
    nats: Desk, broker: Broker, service: str
) -> None:
    for consumer in CONSUMERS:
        if consumer.service == service:
            await broker.consumer_state(consumer.stream, consumer.durable)
            assert not await refused(broker, f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.durable}")
            assert not await refused(broker, f"$JS.ACK.{consumer.stream}.{consumer.durable}.1.1.1.1.0")


async def test_a_service_cannot_pull_or_settle_for_another(broker: Broker, service: str) -> None:
    for consumer in CONSUMERS:
        if consumer.service != service:
            assert await refused(broker, f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.durable}")
            assert await refused(broker, f"$JS.ACK.{consumer.stream}.{consumer.durable}.1.1.1.1.0")


async def test_a_service_reads_single_messages_of_its_streams_only(broker: Broker, service: str) -> None:
    for stream in STREAMS:
        may = stream.name in RIGHTS_OF[service].reads
        assert await refused(broker, f"$JS.API.DIRECT.GET.{stream.name}", f"{broker.inbox}.x") != may, stream.name


async def test_a_service_asks_where_its_streams_and_watched_durables_stand(broker: Broker, service: str) -> None:
    for stream in RIGHTS_OF[service].reads:
        await broker.stream_state(stream)
    for stream, durable in RIGHTS_OF[service].watches:
        await broker.consumer_state(stream, durable)
    assert broker.denied is None


async def test_a_service_writes_and_reads_its_buckets_only(broker: Broker, service: str) -> None:
    rights = RIGHTS_OF[service]
    for bucket in BUCKETS:
        writes, reads = bucket.name in rights.writes_buckets, bucket.name in rights.reads_buckets
        for subject in bucket.subjects:
            assert await refused(broker, subject.replace(">", "key")) != writes, subject
        for subject in (f"$JS.API.DIRECT.GET.{bucket.stream}", f"$JS.API.DIRECT.GET.{bucket.stream}.$KV.x.key"):
            assert await refused(broker, subject, f"{broker.inbox}.x") != reads, subject


async def test_a_service_that_may_write_a_key_cannot_replace_all_others_by_it(broker: Broker, service: str) -> None:
    publisher = Publisher(broker)
    await publisher.start()
    for bucket in BUCKETS:
        if bucket.kind != "kv" or bucket.name not in RIGHTS_OF[service].writes_buckets:
            continue
        for reach in ("all", "sub"):
            key = Outgoing(bucket.stream, f"$KV.{bucket.name}.key", b"x", {"Nats-Rollup": reach})
            with pytest.raises(ContractError, match="rollup"):
                await publisher.publish(key)


@pytest.mark.parametrize(
    "subject",
    [
        *(
            f"$JS.API.{verb}.INTAKE"
            for verb in ("STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.DELETE",
                         "STREAM.MSG.GET", "STREAM.SNAPSHOT", "STREAM.RESTORE", "CONSUMER.CREATE", "CONSUMER.NAMES",
                         "CONSUMER.LIST", "STREAM.LEADER.STEPDOWN", "STREAM.PEER.REMOVE")
        ),
        "$JS.API.CONSUMER.CREATE.INTAKE.spy",
        "$JS.API.CONSUMER.CREATE.INTAKE.spy.desk.message.received.v1.email",
        "$JS.API.CONSUMER.DURABLE.CREATE.INTAKE.spy",
        "$JS.API.CONSUMER.DELETE.INTAKE.router",
        "$JS.API.CONSUMER.PAUSE.INTAKE.router",
        "$JS.API.CONSUMER.RESET.INTAKE.router",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.PURGE.KV_outbound_state",
        "$JS.API.STREAM.DELETE.OBJ_raw",
        "$JS.API.ACCOUNT.PURGE.x",
        "$SYS.REQ.SERVER.PING",
        "_INBOX.somebody.1",
    ],
)  # fmt: skip
async def test_a_service_cannot_shape_empty_or_listen_behind_the_streams(
    broker: Broker, service: str, subject: str
) -> None:
    erasing, _, stream = subject.partition(".MSG.DELETE.")
    may = erasing == "$JS.API.STREAM" and stream in RIGHTS_OF[service].erases
    assert await refused(broker, subject) != may


async def test_who_erases_people_deletes_single_messages_and_empties_nothing(nats: Desk) -> None:
    operator, privacy = await nats.connect(), await nats.connect("privacy")
    publisher = Publisher(operator)
    await publisher.start()
    ack = await publisher.publish(intake_message("theirs", **{"Nats-Msg-Id": "theirs-of-privacy"}))

    answer = await privacy.api("STREAM.MSG.DELETE.INTAKE", {"seq": ack.sequence})

    assert answer["success"]
    assert await operator.stored_message("INTAKE", ack.sequence) is None
    for bucket in BUCKETS:
        erases = bucket.stream in RIGHTS_OF["privacy"].erases
        assert await refused(privacy, f"$JS.API.STREAM.MSG.DELETE.{bucket.stream}") != erases, bucket.name
    for stream in (*(one.name for one in STREAMS), *(one.stream for one in BUCKETS)):
        assert await refused(privacy, f"$JS.API.STREAM.PURGE.{stream}"), stream
    assert not [rights.service for rights in RIGHTS if rights.erases and rights.service != "privacy"]


async def test_a_service_cannot_write_into_the_inbox_of_another(broker: Broker, service: str) -> None:
    for other in [*SERVICES, "operator", "topology"]:
        assert await refused(broker, f"{inbox_prefix(other)}.ack.1")


async def test_a_service_cannot_listen_to_anything_but_its_own_inbox(broker: Broker, service: str) -> None:
    foreign = [f"{inbox_prefix(other)}.>" for other in [*SERVICES, "operator"] if other != service]
    for subject in ["_INBOX.>", "desk.>", "$KV.>", "$JS.EVENT.>", "_inbox.>", ">", *foreign]:
        broker._denied = None
        subscription = await broker.client.subscribe(subject)
        await broker.round_trip()
        assert "subscription" in (broker.denied or ""), subject
        await subscription.unsubscribe()


async def test_what_is_refused_is_told_apart_from_a_broker_that_is_away(
    nats: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventanilla_runtime.broker.API_TIMEOUT_SECONDS", 0.5)
    broker = await nats.connect("router")
    with pytest.raises(NotPermitted, match="permissions violation"):
        await broker.ask("$JS.API.STREAM.DELETE.INTAKE", {})
    assert broker.denied


async def test_only_topology_may_shape_streams_and_it_may_not_read_or_write_messages(nats: Desk) -> None:
    broker = await nats.connect("topology")
    answer = await broker.api("STREAM.INFO.INTAKE")
    assert answer["config"]["name"] == "INTAKE"
    for subject in ("desk.message.received.v1.email", "$JS.API.DIRECT.GET.INTAKE", "$KV.outbound_state.x"):
        assert await refused(broker, subject), subject


@pytest.mark.parametrize(("user", "password"), [(None, None), ("router", "wrong"), ("nobody", "x")])
async def test_nobody_gets_in_without_a_password(nats: Desk, user: str | None, password: str | None) -> None:
    settings = ServiceSettings(nats_url=nats.address, nats_user=user, nats_password=password)
    broker = Broker("router", settings)
    with pytest.raises(BrokerRefuses, match="user and password"):
        await broker.connect()
    await broker.close()


async def test_a_message_in_the_stream_survives_what_a_service_tries(nats: Desk, broker: Broker) -> None:
    operator = await nats.connect()
    publisher = Publisher(operator)
    await publisher.start()
    ack = await publisher.publish(intake_message("kept", **{"Nats-Msg-Id": json.dumps(id(broker))}))

    for name in ("STREAM.PURGE.INTAKE", "STREAM.MSG.DELETE.INTAKE", "STREAM.DELETE.INTAKE"):
        await refused(broker, f"$JS.API.{name}", f"{broker.inbox}.x")

    assert await operator.stored_message("INTAKE", ack.sequence) is not None
