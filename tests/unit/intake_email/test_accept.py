"""Accepting a mail: one durable write for each mailbox, tried for a while, and never a yes without it."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from intake_email.domain.envelope import Envelope
from intake_email.errors import DeskFull, NotAccepted
from intake_email.handlers.accept import Addressed, accept
from ventanilla_contracts.events import BlobRef
from ventanilla_contracts.ids import mail_source_id
from ventanilla_runtime.errors import BrokerAway, StreamFull
from ventanilla_runtime.publish import Outgoing, PubAck

RAW = b"From: ana@cliente.example\r\nMessage-ID: <1@x>\r\n\r\nhola\r\n"


class FakeBroker:
    """Publisher and blob store in memory; fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.published: list[Outgoing] = []
        self.blobs: list[bytes] = []
        self.owners: list[str] = []

    async def publish(self, message: Outgoing) -> PubAck:
        if self.failures:
            raise self.failures.pop(0)
        self.published.append(message)
        return PubAck(message.stream, len(self.published))

    async def publish_all(self, messages: Sequence[Outgoing]) -> list[PubAck]:
        return [await self.publish(message) for message in messages]

    async def put(self, bucket: str, data: bytes, *, content_type: str = "", owners: Sequence[str] = ()) -> BlobRef:
        self.owners = list(owners)
        self.blobs.append(data)
        return BlobRef(size_bytes=len(data), sha256=sha256(data).hexdigest(), bucket=bucket, name="n")

    async def get(self, ref: BlobRef) -> bytes:
        raise AssertionError(ref)


async def offer(
    broker: FakeBroker, *accounts: str, raw: bytes = RAW, deadline: float = 5.0, inline: int = 10_000
) -> str:
    mailboxes = [Addressed(account, Envelope("ana@cliente.example", (account,))) for account in accounts]
    return await accept(
        raw,
        mailboxes,
        publisher=broker,
        blobs=broker,
        prefix="desk",
        inline_limit_bytes=inline,
        deadline_seconds=deadline,
    )


async def test_the_bytes_are_stored_unchanged_under_the_id_of_the_mail() -> None:
    broker = FakeBroker()
    assert await offer(broker, "soporte@desk.example") == mail_source_id("soporte@desk.example", RAW)
    (message,) = broker.published
    assert (message.stream, message.subject, message.body) == ("ACCEPTED", "desk.mail.accepted.v1", RAW)
    assert message.headers["Nats-Msg-Id"] == f"mail.accepted.v1:{mail_source_id('soporte@desk.example', RAW)}"
    assert message.headers["vnt-account"] == "soporte@desk.example"
    assert all(value.isprintable() for value in message.headers.values())


async def test_each_mailbox_gets_its_own_acceptance_with_its_own_id() -> None:
    broker = FakeBroker()
    await offer(broker, "a@desk.example", "b@desk.example")
    assert [message.headers["vnt-account"] for message in broker.published] == ["a@desk.example", "b@desk.example"]
    assert len({message.headers["Nats-Msg-Id"] for message in broker.published}) == 2


async def test_the_same_mail_over_another_relay_keeps_its_id() -> None:
    traced = (
        b"Return-Path: <ana@cliente.example>\r\nReceived: from mx2 by mx1; Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        b"DKIM-Signature: v=1; d=cliente.example; b=abc\r\n\tdef\r\nX-Spam-Score: 1.0\r\n"
        b"Authentication-Results: mx1; spf=pass\r\n" + RAW.replace(b"From: ana", b"From:   ana")
    )
    account = "soporte@desk.example"
    assert await offer(FakeBroker(), account, raw=traced) == await offer(FakeBroker(), account, raw=RAW)
    assert await offer(FakeBroker(), account, raw=RAW + b"\r\n\r\n") == await offer(FakeBroker(), account, raw=RAW)


async def test_two_mails_that_share_a_message_id_are_two() -> None:
    account = "soporte@desk.example"
    other = RAW.replace(b"hola", b"adios")
    assert await offer(FakeBroker(), account, raw=other) != await offer(FakeBroker(), account, raw=RAW)


async def test_a_broker_that_is_away_for_a_moment_is_waited_for_with_the_same_id() -> None:
    broker = FakeBroker(BrokerAway("x"), BrokerAway("x"))
    await offer(broker, "soporte@desk.example")
    assert len(broker.published) == 1


async def test_a_broker_that_stays_away_is_a_no() -> None:
    broker = FakeBroker(*[BrokerAway("x")] * 100)
    with pytest.raises(NotAccepted):
        await offer(broker, "soporte@desk.example", deadline=0.3)
    assert not broker.published


async def test_a_full_stream_is_a_no_at_once() -> None:
    broker = FakeBroker(StreamFull("x"))
    with pytest.raises(DeskFull):
        await offer(broker, "soporte@desk.example")
    assert not broker.failures


async def test_a_large_mail_is_stored_once_and_named() -> None:
    broker = FakeBroker(BrokerAway("x"))
    await offer(broker, "a@desk.example", "b@desk.example", inline=10)
    assert broker.blobs == [RAW]
    # Kept as long as either mailbox needs it.
    accounts = ("a@desk.example", "b@desk.example")
    assert broker.owners == [f"message.received.v1:{mail_source_id(account, RAW)}" for account in accounts]
    references = [BlobRef.model_validate_json(message.body) for message in broker.published]
    assert all(reference.bucket == "raw" for reference in references)
    assert all(message.headers["vnt-ref"] == "1" for message in broker.published)
