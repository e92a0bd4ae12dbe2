from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from router.adapters.routed_event import CARRIER_LIMIT_BYTES
from router.adapters.rule_texts import texts_of
from router.domain.rules import RuleSet
from router.domain.surroundings import Surroundings
from router.handlers import BODY_LIMIT_BYTES, Router
from router.metrics import RULE_FAILURES, RULE_MATCHES
from router.ports import KnownFacts
from tests.unit.router.samples import (
    CATALOGUES,
    DEFAULT_RULES,
    NOON,
    NothingKnown,
    delivery,
    message,
    rule_text,
    rules_of,
)
from tests.unit.router.test_decide import with_broken
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.routing import RoutingContext
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.publish import Outgoing, PubAck


@dataclass
class Broker:
    """Takes what is published; `away` makes it refuse."""

    published: list[Outgoing] = field(default_factory=list)
    calls: int = 0
    away: bool = False

    async def publish_all(self, messages: Sequence[Outgoing], /) -> list[PubAck]:
        self.calls += 1
        if self.away:
            raise Temporary("away")
        self.published.extend(messages)
        return [PubAck("ROUTED", number) for number, _ in enumerate(messages, 1)]


@dataclass
class Rules:
    current: RuleSet = DEFAULT_RULES


@dataclass
class Clock:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time


def router(
    broker: Broker, rules: Rules | None = None, facts: KnownFacts | None = None, clock: Clock | None = None
) -> Router:
    return Router(
        rules=rules or Rules(),
        facts=facts or NothingKnown(),
        publish_all=broker.publish_all,
        catalogues=CATALOGUES,
        prefix="desk",
        now=(clock or Clock()).now,
    )


async def test_a_batch_is_published_together_in_its_order() -> None:
    broker = Broker()
    batch = Batch([delivery(message(id=f"message.received.v1:m{number}"), sequence=number) for number in range(1, 101)])

    await router(broker).handle(batch)

    assert broker.calls == 1
    assert [one.headers["ce-id"] for one in broker.published] == [f"message.routed.v1:m{n}" for n in range(1, 101)]
    assert not batch.rejected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"id":"x","channel":"email"}',
        b"\xff\xfe",
        b'{"id":"x","channel":"email","account":"a","sender":{"address":"a"},"text":"' + b"x" * 40_000 + b'"}',
        b'{"id":"x","channel":"email","account":"a","sender":{"address":"a"},"x":"' + b"x" * BODY_LIMIT_BYTES + b'"}',
        b'{"id":"x","channel":"no such.channel","account":"a","sender":{"address":"a"}}',
    ],
)
async def test_poison_is_rejected_and_its_batch_mates_get_through(body: bytes) -> None:
    broker = Broker()
    poison = delivery(body, sequence=2)
    batch = Batch([delivery(message(), sequence=1), poison, delivery(message(), sequence=3)])

    await router(broker).handle(batch)

    assert set(batch.rejected) == {poison}
    assert batch.rejected[poison].slug == "malformed_event"
    assert "xxxx" not in str(batch.rejected[poison])
    assert [one.headers["vnt-intake"].rpartition("/")[2] for one in broker.published] == ["1", "3"]


async def test_a_batch_of_poison_only_publishes_nothing() -> None:
    broker = Broker()
    batch = Batch([delivery(b"x")])

    await router(broker).handle(batch)

    assert broker.calls == 0
    assert len(batch.rejected) == 1


async def test_another_type_than_a_received_message_is_poison() -> None:
    batch = Batch([delivery(message(), ce_type="ticket.created.v1")])

    await router(Broker()).handle(batch)

    assert len(batch.rejected) == 1


async def test_a_broker_that_is_away_is_the_callers_to_wait_for() -> None:
    with pytest.raises(Temporary):
        await router(Broker(away=True)).handle(Batch([delivery(message())]))


async def test_the_rules_are_taken_anew_for_each_batch() -> None:
    broker, rules = Broker(), Rules()
    handler = router(broker, rules)

    await handler.handle(Batch([delivery(message())]))
    rules.current = rules_of(rule_text())
    await handler.handle(Batch([delivery(message())]))

    first, second = (one.body for one in broker.published)
    assert DEFAULT_RULES.hash.encode() in first
    assert rules.current.hash.encode() in second


async def test_matches_and_failures_are_counted() -> None:
    rules = Rules(with_broken(rules_of(rule_text("counted"), rule_text("counted-bad")), "counted-bad"))

    await router(Broker(), rules).handle(Batch([delivery(message()), delivery(message())]))

    assert RULE_MATCHES.labels("counted")._value.get() == 2
    assert RULE_FAILURES.labels("counted-bad")._value.get() == 2


VIP = RoutingContext.model_validate({"customer": {"vip": True, "tags": ["press"]}, "open_now": {"office": False}})


@dataclass
class Vips:
    """Knows one thing, of whoever writes from vip.example."""

    asked: list[int] = field(default_factory=list)

    async def look_up(self, received: Sequence[MessageReceived], now: datetime, /) -> Sequence[Surroundings]:
        self.asked.append(len(received))
        return [
            Surroundings(VIP, 41) if one.sender.address.endswith("@vip.example") else Surroundings() for one in received
        ]


async def test_what_is_known_of_each_sender_is_asked_once_for_a_batch_decides_and_travels_whole() -> None:
    broker, facts = Broker(), Vips()
    proven = {"grade": "verified"}
    batch = Batch(
        [
            delivery(message("Hola", authentication=proven), sequence=1),
            delivery(b"poison", sequence=2),
            delivery(message("Hola", sender="eva@vip.example", authentication=proven), sequence=3),
        ]
    )

    await router(broker, Rules(rules_of(rule_text(when="{customer.vip: true}"))), facts).handle(batch)

    first, second = (MessageRouted.model_validate_json(one.body) for one in broker.published)
    assert facts.asked == [2]
    assert (first.decision.team, first.context, first.facts_revision) == ("first-line", None, 0)
    assert (second.decision.team, second.context, second.facts_revision) == ("technical", VIP, 41)
    assert len(batch.rejected) == 1


async def test_for_a_batch_of_poison_only_nothing_is_asked() -> None:
    facts = Vips()

    await router(Broker(), facts=facts).handle(Batch([delivery(b"x")]))

    assert facts.asked == []


def told(broker: Broker) -> list[str]:
    """Ids of the texts that were told, in their order; empty for an event without."""
    events = [MessageRouted.model_validate_json(one.body) for one in broker.published]
    return [event.rule_texts.id if event.rule_texts else "" for event in events]


async def test_what_the_rules_ask_is_told_with_the_first_message_and_then_once_a_minute() -> None:
    broker, clock = Broker(), Clock()
    handler = router(broker, clock=clock)

    for seconds in (0, 1, 58, 1, 1):
        clock.time += timedelta(seconds=seconds)
        await handler.handle(Batch([delivery(message()), delivery(message(), sequence=2)]))

    texts = texts_of(DEFAULT_RULES).id
    assert told(broker) == [texts, "", "", "", "", "", texts, "", "", ""]


async def test_a_new_set_is_told_at_once_and_so_is_one_whose_publication_failed() -> None:
    broker, rules = Broker(), Rules()
    handler = router(broker, rules)
    await handler.handle(Batch([delivery(message())]))
    rules.current = rules_of(rule_text())
    broker.away = True
    with pytest.raises(Temporary):
        await handler.handle(Batch([delivery(message())]))
    broker.away = False

    await handler.handle(Batch([delivery(message())]))

    assert told(broker) == [texts_of(DEFAULT_RULES).id, texts_of(rules.current).id]


async def test_a_large_message_does_not_carry_the_texts_of_the_rules() -> None:
    broker = Broker()
    large = delivery(message(text="ñ" * 32_000, html_body="x" * CARRIER_LIMIT_BYTES))

    await router(broker).handle(Batch([large, delivery(message(), sequence=2)]))

    assert told(broker) == ["", texts_of(DEFAULT_RULES).id]


async def test_a_clock_that_is_set_back_holds_no_texts_back() -> None:
    broker, clock = Broker(), Clock()
    handler = router(broker, clock=clock)
    await handler.handle(Batch([delivery(message())]))
    clock.time -= timedelta(days=1)

    await handler.handle(Batch([delivery(message())]))

    assert "" not in told(broker)
