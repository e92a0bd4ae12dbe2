"""What was begun and finished is remembered, whoever stumbles in between."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from intake_email.domain.outbound import Progress
from intake_email.handlers.send import Sender
from tests.integration.intake_email.conftest import Connected, connected
from tests.integration.intake_email.relays import open_relay
from tests.integration.intake_email.sending import handed_out, relay_to, reports, request, sender_of
from tests.support.broker import Desk
from ventanilla_contracts.dropped import state_key, written_dropped
from ventanilla_contracts.events import Party
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.state import StateBucket


class BreakingPublisher:
    """Fails the first publishes of reports, as a broker does that goes away after the mail has left."""

    def __init__(self, publisher: Publisher, failures: int) -> None:
        self._publisher = publisher
        self._failures = failures

    async def publish(self, message: Outgoing) -> Any:
        return await self._publisher.publish(message)

    async def publish_all(self, messages: Sequence[Outgoing]) -> Any:
        if self._failures:
            self._failures -= 1
            raise BrokerAway("for the test")
        return await self._publisher.publish_all(messages)


@pytest.mark.parametrize("automatic", [True, False])
async def test_a_broker_that_goes_away_after_the_sending_does_not_make_it_two(
    fresh_desk: Desk, automatic: bool
) -> None:
    service = await connected(fresh_desk)
    delivery = handed_out(request(automatic=automatic))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        sender = sender_of(service, transport, publisher=BreakingPublisher(service.publisher, 2))
        for _ in range(2):
            with pytest.raises(BrokerAway):
                await sender.handle(Batch([delivery]))
        await sender.handle(Batch([delivery]))
        await transport.close()
    assert await reports(fresh_desk, 1) == {"n:1": "delivered"}
    assert len(relay.taken) == 1


@pytest.mark.parametrize("before", [None, Progress(left=("b@x.example",), owner="dead").encode()])
async def test_what_an_operator_dropped_is_not_sent_and_reported_as_dropped(
    fresh_desk: Desk, service: Connected, before: bytes | None
) -> None:
    state = StateBucket(service.broker, service.publisher, "outbound_state")
    await state.put_all([state_key("n:1")], written_dropped(before, "eva"))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        await sender_of(service, transport).handle(Batch([handed_out(request())]))
        await transport.close()
    assert await reports(fresh_desk, 1) == {"n:1": "dropped"}
    assert relay.taken == []


async def test_a_request_that_comes_twice_in_one_batch_is_sent_once(fresh_desk: Desk, service: Connected) -> None:
    twice = [handed_out(request(), sequence) for sequence in (1, 2)]
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        batch = Batch(twice)
        await sender_of(service, transport).handle(batch)
        await transport.close()
    assert len(relay.taken) == 1
    assert list(batch.postponed) == twice[1:]


async def test_what_another_replica_is_sending_now_is_left_to_it(fresh_desk: Desk, service: Connected) -> None:
    state = StateBucket(service.broker, service.publisher, "outbound_state")
    claim = Progress(owner="another process", claimed_at=datetime.now(UTC).timestamp())
    await state.create_all([sha256(b"n:1").hexdigest()], claim.encode())
    delivery = handed_out(request(automatic=True))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        batch = Batch([delivery])
        await sender_of(service, transport).handle(batch)
        assert batch.postponed[delivery] > 100
        assert (await service.broker.stream_state("DELIVERY")).messages == 0
        delivery.deliveries = 2  # whoever had it has lost it
        again = Batch([delivery])
        await sender_of(service, transport).handle(again)
        assert not again.postponed
        await transport.close()
    assert await reports(fresh_desk, 1) == {"n:1": "uncertain"}
    assert not relay.taken


async def test_recipients_that_have_it_are_not_forgotten_when_the_broker_stumbles(fresh_desk: Desk) -> None:
    service = await connected(fresh_desk)
    copies = (Party(address="luis@cliente.example"), Party(address="eva@cliente.example"))
    delivery = handed_out(request(cc=copies))
    state = StumblingState(service.broker, service.publisher, "outbound_state")
    state.failures = 0
    async with open_relay() as relay:
        relay.recipient_replies = {"luis@cliente.example": "450 Later", "eva@cliente.example": "450 Later"}
        transport = relay_to(relay.port)
        sender = sender_of(service, transport, state=state)
        await sender.handle(Batch([delivery]))
        relay.will_answer("MAIL", "451 Busy")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sender, "_put", _stumble_after(sender, 1))
            with pytest.raises(BrokerAway):
                await sender.handle(Batch([delivery]))
        await sender.handle(Batch([delivery]))
        relay.recipient_replies = {}
        await sender.handle(Batch([delivery]))
        await transport.close()
    assert await reports(fresh_desk, 1) == {"n:1": "delivered"}
    assert [recipients for _, recipients, _ in relay.taken] == [
        ["ana1@cliente.example"],
        ["luis@cliente.example", "eva@cliente.example"],
    ]


async def tried_twice_and_sent_once(desk: Desk, memory: type[StateBucket], *, automatic: bool) -> None:
    """With such a memory the first try ends in `BrokerAway`, and the second one sends nothing twice."""
    service = await connected(desk)
    delivery = handed_out(request(automatic=automatic))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        state = memory(service.broker, service.publisher, "outbound_state")
        sender = sender_of(service, transport, state=state)
        with pytest.raises(BrokerAway):
            await sender.handle(Batch([delivery]))
        await sender.handle(Batch([delivery]))
        await transport.close()
    assert await reports(desk, 1) == {"n:1": "delivered"}
    assert len(relay.taken) == 1


def _stumble_after(sender: Sender, good: int) -> Any:
    """Writes progress down so many times, and then cannot."""
    put, left = sender._put, iter([True] * good)

    async def stumble(changes: Any) -> None:
        if not next(left, False):
            raise BrokerAway("for the test")
        await put(changes)

    return stumble


class StumblingState(StateBucket):
    """Cannot write down the first outcome."""

    failures = 1

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        if self.failures:
            self.failures -= 1
            raise BrokerAway("for the test")
        await super().put_all(keys, value)


@pytest.mark.parametrize("automatic", [True, False])
async def test_an_outcome_that_could_not_be_written_down_is_not_forgotten(fresh_desk: Desk, automatic: bool) -> None:
    await tried_twice_and_sent_once(fresh_desk, StumblingState, automatic=automatic)


class ForgetfulState(StateBucket):
    """Creates keys and loses the acknowledgement the first time."""

    lost = False

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        made = await super().create_all(keys, value)
        if not self.lost:
            self.lost = True
            raise BrokerAway("for the test")
        return made


async def test_a_claim_whose_acknowledgement_got_lost_is_no_attempt(fresh_desk: Desk) -> None:
    await tried_twice_and_sent_once(fresh_desk, ForgetfulState, automatic=True)
