"""From the door's durable write to the event, over the real broker."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from intake_email.adapters.authenticator import Authenticator
from intake_email.adapters.dns_names import Answer
from intake_email.domain.envelope import Envelope
from intake_email.handlers.accept import Addressed, accept
from intake_email.handlers.parse import Parser
from intake_email.ports import Publishes
from tests.integration.intake_email.conftest import Connected
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_contracts.acceptance import HEADER, AcceptanceKey
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery, nanoseconds
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Outgoing, PubAck, Publisher


class NoNames:
    """A resolver that nobody may ask."""

    async def look_up(self, name: str, kind: str, deadline_at: float) -> Answer:
        raise AssertionError("no test here needs the DNS")


RAW = (
    b"From: Ana <ana@cliente.example>\r\nTo: soporte@desk.example\r\nSubject: hola\r\nMessage-ID: <1@c.example>\r\n\r\n"
    b"No puedo entrar.\r\n"
)
SPEC = next(spec for spec in CONSUMERS if spec.durable == "intake-email-parser")


async def take_in(service: Connected, raw: bytes, *accounts: str, inline_limit_bytes: int = 512 * 1024) -> str:
    return await accept(
        raw,
        [Addressed(account, Envelope("ana@cliente.example", (account,))) for account in accounts],
        publisher=service.publisher,
        blobs=service.blobs,
        prefix="desk",
        inline_limit_bytes=inline_limit_bytes,
        deadline_seconds=10,
    )


def parser_of(service: Connected, publisher: Publishes | None = None) -> Parser:
    return Parser(
        publisher=publisher or service.publisher,
        blobs=service.blobs,
        prefix="desk",
        own_addresses=["soporte@desk.example"],
        language_of=lambda text: None,
        authenticator=Authenticator(names=NoNames(), trusted_servers=(), deadline_seconds=1, verify=False),
    )


@asynccontextmanager
async def parsing(service: Connected) -> AsyncIterator[Consumer]:
    letters = DeadLetters(service.publisher, "desk", "intake-email")
    consumer = Consumer(service.broker, SPEC, parser_of(service).handle, letters)
    running = asyncio.create_task(consumer.run())
    yield consumer
    consumer.stop()
    async with asyncio.timeout(10):
        await running


async def events(desk: Desk, count: int) -> list[tuple[StoredMessage, MessageReceived]]:
    """The events in INTAKE, when there are so many."""
    broker = await desk.connect()

    async def enough() -> bool:
        return (await broker.stream_state("INTAKE")).messages >= count

    await eventually(enough, 30)
    found = await stored(broker, "INTAKE")
    assert len(found) == count
    return [(message, MessageReceived.model_validate_json(message.body)) for message in found]


async def test_an_accepted_mail_becomes_one_event_that_names_its_acceptance(
    fresh_desk: Desk, service: Connected
) -> None:
    source_id = await take_in(service, RAW, "soporte@desk.example")
    async with parsing(service):
        ((message, event),) = await events(fresh_desk, 1)
    (accepted,) = await stored(await fresh_desk.connect(), "ACCEPTED")
    created_at = (await (await fresh_desk.connect()).stream_state("ACCEPTED")).created_at
    key = AcceptanceKey("ACCEPTED", created_at, 1)
    assert event.id == message.headers["ce-id"] == f"message.received.v1:{source_id}"
    assert message.subject == "desk.message.received.v1.email"
    assert AcceptanceKey.parse(message.headers[HEADER]) == key
    assert event.acceptance is not None
    assert (event.acceptance.stream, event.acceptance.created_at, event.acceptance.sequence) == (
        "ACCEPTED",
        created_at,
        1,
    )
    assert abs(event.acceptance.accepted_at.timestamp() - nanoseconds(accepted.stored_at) / 1e9) < 1e-3
    assert message.headers["ce-source"] == "/intake-email/soporte@desk.example"
    assert message.headers["vnt-channel"] == "email"
    assert message.headers["traceparent"][:35] == accepted.headers["traceparent"][:35]
    assert event.raw is not None
    assert await service.blobs.get(event.raw) == RAW
    assert event.text == "No puedo entrar."


async def test_a_mail_accepted_twice_is_two_rows_of_one_event(fresh_desk: Desk, service: Connected) -> None:
    await take_in(service, RAW, "soporte@desk.example")
    (first,) = await stored(await fresh_desk.connect(), "ACCEPTED")
    # Beyond the duplicate window the broker stores it again; here another id stands for the time that has passed.
    again = {**first.headers, "Nats-Msg-Id": "later"}
    await service.publisher.publish(Outgoing("ACCEPTED", first.subject, first.body, again))
    async with parsing(service):
        (one, _), (other, _) = await events(fresh_desk, 2)
    assert one.headers["ce-id"] == other.headers["ce-id"]
    assert one.headers["Nats-Msg-Id"] != other.headers["Nats-Msg-Id"]
    assert one.headers[HEADER] != other.headers[HEADER]


async def test_a_mail_offered_twice_within_minutes_is_accepted_once(fresh_desk: Desk, service: Connected) -> None:
    await asyncio.gather(*[take_in(service, RAW, "soporte@desk.example") for _ in range(20)])
    assert len(await stored(await fresh_desk.connect(), "ACCEPTED")) == 1


async def test_handling_a_batch_again_changes_nothing_and_a_redrive_gets_through(
    fresh_desk: Desk, service: Connected
) -> None:
    for number in range(10):
        await take_in(service, RAW + b"%d" % number, "soporte@desk.example")
    deliveries = await deliveries_of(fresh_desk)
    parser = parser_of(service)
    for _ in range(3):
        await parser.handle(Batch(deliveries))
    await events(fresh_desk, 10)
    deliveries[0].attempt = 1
    await parser.handle(Batch(deliveries[:1]))
    await events(fresh_desk, 11)


async def test_a_large_mail_travels_by_reference_and_its_attachment_lies_in_its_bucket(
    fresh_desk: Desk, service: Connected
) -> None:
    attachment = bytes(range(256)) * 1200
    from base64 import encodebytes

    raw = (
        RAW.split(b"\r\n\r\n")[0]
        + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nadjunto\r\n--b\r\n"
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(attachment).replace(b"\n", b"\r\n")
        + b"--b--\r\n"
    )
    await take_in(service, raw, "soporte@desk.example", "ventas@desk.example", inline_limit_bytes=100_000)
    accepted = await stored(await fresh_desk.connect(), "ACCEPTED")
    assert len(accepted) == 2
    assert all(len(message.body) < 1000 for message in accepted)
    async with parsing(service):
        found = await events(fresh_desk, 2)
    for _, event in found:
        assert event.raw is not None
        assert event.raw.bucket == "raw"
        assert await service.blobs.get(event.raw) == raw
        (file,) = event.attachments
        assert file.blob is not None
        assert file.blob.bucket == "attachments"
        assert await service.blobs.get(file.blob) == attachment
        assert file.sha256 == file.blob.sha256


class RecordingPublisher:
    """Passes everything on and notes the size of each publish; fails as often as it is told to."""

    def __init__(self, publisher: Publisher, failures: int = 0) -> None:
        self._publisher = publisher
        self.failures = failures
        self.sizes: list[int] = []

    async def publish(self, message: Outgoing) -> PubAck:
        return await self._publisher.publish(message)

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        self.sizes.append(len(messages))
        if self.failures:
            self.failures -= 1
            raise BrokerAway("for the test")
        return await self._publisher.publish_all(messages)


async def deliveries_of(desk: Desk) -> list[Delivery]:
    """What lies in ACCEPTED, as the parser gets it."""
    operator = await desk.connect()
    created_at = (await operator.stream_state("ACCEPTED")).created_at
    return [
        Delivery(m.subject, m.body, m.headers, "ACCEPTED", created_at, m.sequence, 1, nanoseconds(m.stored_at), "")
        for m in await stored(operator, "ACCEPTED")
    ]


async def test_events_go_out_before_too_many_bytes_are_held(
    fresh_desk: Desk, service: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake_email.handlers.parse.HELD_BYTES", 2.5 * len(RAW))
    for number in range(7):
        await take_in(service, RAW + b"%d" % number, "soporte@desk.example")
    publisher = RecordingPublisher(service.publisher)
    parser = parser_of(service, publisher)
    await parser.handle(Batch(await deliveries_of(fresh_desk)))
    assert publisher.sizes == [3, 3, 1]
    await events(fresh_desk, 7)


async def test_a_batch_that_is_repeated_does_not_store_its_attachments_again(
    fresh_desk: Desk, service: Connected
) -> None:
    raw = (
        RAW.split(b"\r\n\r\n")[0] + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nadjunto\r\n"
        b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nbytes\r\n--b--\r\n"
    )
    await take_in(service, raw, "soporte@desk.example")
    publisher = RecordingPublisher(service.publisher, failures=2)
    parser = parser_of(service, publisher)
    batch = Batch(await deliveries_of(fresh_desk))
    for _ in range(2):
        with pytest.raises(BrokerAway):
            await parser.handle(batch)
    await parser.handle(batch)
    ((_, event),) = await events(fresh_desk, 1)
    assert event.attachments[0].blob is not None
    assert (await service.broker.stream_state("OBJ_attachments")).messages == 2  # one chunk and its description


async def test_a_mail_on_which_our_own_code_fails_waits_for_a_person(
    fresh_desk: Desk, service: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise IndexError("a bug")

    monkeypatch.setattr("intake_email.handlers.parse.understand", fail)
    await take_in(service, RAW, "soporte@desk.example")
    async with parsing(service):
        ((_, event),) = await events(fresh_desk, 1)
    assert (event.disposition, event.disposition_reason) == ("unparseable", "reading it failed: IndexError")


async def test_a_mail_whose_blob_is_gone_is_unparseable_and_not_lost(fresh_desk: Desk, service: Connected) -> None:
    await take_in(service, RAW, "soporte@desk.example", inline_limit_bytes=10)
    operator = await fresh_desk.connect()
    await operator.api("STREAM.PURGE.OBJ_raw")
    async with parsing(service):
        ((_, event),) = await events(fresh_desk, 1)
    assert event.disposition == "unparseable"
    assert "blob" in event.disposition_reason


async def test_what_no_door_wrote_becomes_a_dead_letter_and_holds_up_nobody(
    fresh_desk: Desk, service: Connected
) -> None:
    await take_in(service, RAW, "soporte@desk.example")
    await service.publisher.publish(Outgoing("ACCEPTED", "desk.mail.accepted.v1", RAW, {}))
    await service.publisher.publish(
        Outgoing("ACCEPTED", "desk.mail.accepted.v1", RAW, {"vnt-account": "x@desk.example", "vnt-envelope": "["})
    )
    await take_in(service, RAW + b"2", "soporte@desk.example")
    operator = await fresh_desk.connect()
    async with parsing(service):
        await events(fresh_desk, 2)
        await eventually(partial(_letters, operator, 2))


async def _letters(operator, count: int) -> bool:  # type: ignore[no-untyped-def]  # any broker
    return (await operator.stream_state("DEADLETTER")).messages == count
