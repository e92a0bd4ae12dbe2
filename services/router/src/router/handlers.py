"""Routing a batch of received messages: read, decide, explain, publish together."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pydantic import ValidationError

from router.adapters.routed_event import CARRIER_LIMIT_BYTES, Decided, write_routed
from router.domain.decide import decide
from router.domain.explain import Catalogue, Explainer
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from router.domain.surroundings import Surroundings
from router.errors import MessageRefused
from router.metrics import RULE_FAILURES, RULE_MATCHES
from router.ports import KnownFacts, PublishAll, RulesInForce
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import Outgoing

BODY_LIMIT_BYTES = 512 * 1024
"""Twice what an event may have: with the decision it stays below a usual payload limit of 1 MiB."""
TELL_EVERY: Final = timedelta(minutes=1)
"""So often an event carries the texts of the rules."""

log = structlog.get_logger()


class Router:
    """Handler of INTAKE. Routing a message again publishes the same id again, which changes nothing."""

    def __init__(
        self,
        *,
        rules: RulesInForce,
        facts: KnownFacts,
        publish_all: PublishAll,
        catalogues: Mapping[str, Catalogue],
        prefix: str,
        now: Callable[[], datetime],
    ) -> None:
        """`now` gives the aware time of a decision."""
        self._rules = rules
        self._facts = facts
        self._publish_all = publish_all
        self._explainer = Explainer(catalogues)
        self._prefix = prefix
        self._now = now
        self._reported: set[tuple[str, str]] = set()
        self._told: tuple[RuleSet | None, datetime] = None, datetime.min.replace(tzinfo=UTC)
        """The set whose texts were told last, and when."""

    async def handle(self, batch: Batch) -> None:
        """Decide each message with the rule set in force at the start, and publish all decisions.

        Raises:
            Temporary: the broker did not take them.
        """
        rules = self._rules.current
        decided_at = self._now()
        readable = self._read_all(batch)
        around = await self._facts.look_up([received for _, received in readable], decided_at) if readable else []
        outgoing: list[Outgoing] = []
        matches: Counter[str] = Counter()
        untold = self._texts_are_due(rules, decided_at)
        carried = False
        for (delivery, received), known in zip(readable, around, strict=True):
            decided = self._decide(delivery, received, known, rules, decided_at)
            carries = untold and not carried and len(delivery.body) <= CARRIER_LIMIT_BYTES
            try:
                outgoing.append(write_routed(decided, rules, self._prefix, with_texts=carries))
            except MessageRefused as error:
                batch.reject(delivery, error)
                continue
            carried = carried or carries
            self._report(decided, rules, matches)
        if outgoing:
            await self._publish_all(outgoing)
            if carried:
                self._told = rules, decided_at
        for rule, count in matches.items():
            RULE_MATCHES.labels(rule).inc(count)

    def _read_all(self, batch: Batch) -> list[tuple[Delivery, MessageReceived]]:
        """The messages of a batch that can be read; the others are rejected."""
        readable = []
        for delivery in batch.deliveries:
            try:
                readable.append((delivery, _read(delivery)))
            except MessageRefused as error:
                batch.reject(delivery, error)
        return readable

    def _decide(
        self, delivery: Delivery, received: MessageReceived, known: Surroundings, rules: RuleSet, decided_at: datetime
    ) -> Decided:
        facts = Facts(received, decided_at, rules.zone, known.context, rules.calendar)
        with tracing.span("decide", parent=delivery.headers.get(tracing.HEADER, ""), rules_hash=rules.hash):
            outcome = decide(facts, rules)
        sentence = self._explainer.explain(outcome)
        return Decided(delivery, received, facts, outcome, sentence, decided_at, known.revision)

    def _texts_are_due(self, rules: RuleSet, now: datetime) -> bool:
        """Whether it is time to tell what the rules ask: for a new set, and again for whoever has lost it."""
        told, at = self._told
        return told is not rules or not timedelta(0) <= now - at < TELL_EVERY

    def _report(self, decided: Decided, rules: RuleSet, matches: Counter[str]) -> None:
        matches.update([rule.name for rule in decided.outcome.matched])
        log.debug("message.routed", sequence=decided.delivery.sequence, channel=decided.received.channel)
        for rule, error in decided.outcome.failures:
            RULE_FAILURES.labels(rule).inc()
            if (rules.hash, rule) not in self._reported:  # once for each rule of a set: the metric counts them all
                self._reported.add((rules.hash, rule))
                log.error("rule.failed", rule=rule, error=error, hash=rules.hash, sequence=decided.delivery.sequence)


def _read(delivery: Delivery) -> MessageReceived:
    """The message in a delivery.

    Raises:
        MessageRefused: there is none.
    """
    if (written := delivery.headers.get("ce-type", MessageReceived.type)) != MessageReceived.type:
        raise MessageRefused(f"the ce-type {written[:80]!r} is not {MessageReceived.type}")
    if len(delivery.body) > BODY_LIMIT_BYTES:
        raise MessageRefused(f"the event has {len(delivery.body)} bytes, {BODY_LIMIT_BYTES} are allowed")
    try:
        return MessageReceived.model_validate_json(delivery.body)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise MessageRefused(f"not a {MessageReceived.type}: {place}: {problem['msg']}") from error
