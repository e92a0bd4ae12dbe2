"""Writes `MessageRouted` with the received bytes unchanged in it, and the headers it travels with.

The body is put together from bytes: taking the received event apart and encoding it again would cost more than the
decision, and could change it. Tests hold the result against the model of the contracts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from router.adapters.rule_texts import texts_of
from router.domain.decide import Outcome
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from router.errors import MessageRefused
from ventanilla_contracts.acceptance import CHANNEL_HEADER, AcceptanceKey
from ventanilla_contracts.acceptance import HEADER as ACCEPTANCE_HEADER
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_contracts.traces import FAILED, whole
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM: Final = "ROUTED"
INTAKE: Final = "INTAKE"
INTAKE_HEADER: Final = "vnt-intake"
SOURCE: Final = "/router"
DESCRIBED_LIMIT_BYTES: Final = 128 * 1024
"""What is written beside the message. With the largest message it stays far below what a broker takes (1 MiB)."""
CARRIER_LIMIT_BYTES: Final = 64 * 1024
"""A message up to this size may carry the texts of the rules on top."""
_CUT_RULES: Final = 20
_CUT_DETAIL_CHARS: Final = 100
_DETAIL_LIMIT_CHARS: Final = 500
_CHANNEL: Final = re.compile(r"[a-z0-9_-]{1,32}\Z")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]{1,400}\Z")


@dataclass(frozen=True, slots=True)
class Decided:
    """A message and what was decided about it."""

    delivery: Delivery
    received: MessageReceived
    facts: Facts
    outcome: Outcome
    sentence: Mapping[str, str]
    decided_at: datetime
    facts_revision: int = 0


def write_routed(decided: Decided, rules: RuleSet, prefix: str, *, with_texts: bool = False) -> Outgoing:
    """The event that carries a decision on, ready to be published.

    Args:
        with_texts: it also tells what the rules ask, for the traces of all that name these texts.

    Raises:
        MessageRefused: channel or id of the received event cannot stand in a subject or header.
    """
    received, delivery = decided.received, decided.delivery
    if not _CHANNEL.match(received.channel):
        raise MessageRefused(f"the channel {received.channel[:40]!r} cannot be part of a subject")
    source_id = received.id.removeprefix(f"{MessageReceived.type}:")
    if not _HEADER_VALUE.match(source_id):
        raise MessageRefused("the id of the event is empty, too long, or holds characters that a header cannot carry")
    routed_id = event_id(MessageRouted.type, source_id)
    intake = str(AcceptanceKey(INTAKE, delivery.created_at, delivery.sequence))
    acceptance = _acceptance(received, delivery, intake)
    decided_at = decided.decided_at.isoformat().replace("+00:00", "Z")
    headers = {
        # By the place in INTAKE: what is re-driven from further back comes as another message, and must get through.
        MSG_ID: redrive_id(f"{routed_id}@{intake}", delivery.attempt),
        "ce-id": routed_id,
        "ce-type": MessageRouted.type,
        "ce-source": SOURCE,
        "ce-specversion": "1.0",
        "ce-time": decided_at,
        tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
        ACCEPTANCE_HEADER: acceptance,
        INTAKE_HEADER: intake,
        CHANNEL_HEADER: received.channel,
    }
    subject = f"{prefix}.{MessageRouted.type}.{received.channel}"
    body = _body(decided, rules, routed_id, decided_at, with_texts=with_texts)
    return Outgoing(STREAM, subject, body, headers)


def _acceptance(received: MessageReceived, delivery: Delivery, intake: str) -> str:
    """The key that the ledger counts by: of the door's own stream, or the message's place in INTAKE."""
    if copied := delivery.headers.get(ACCEPTANCE_HEADER):
        return copied
    if (door := received.acceptance) is not None:
        return str(AcceptanceKey(door.stream, door.created_at, door.sequence))
    return intake


def _body(decided: Decided, rules: RuleSet, routed_id: str, decided_at: str, *, with_texts: bool) -> bytes:
    rest = describe(decided.outcome, decided.facts, rules, decided.sentence)
    rest["id"] = routed_id
    rest["facts_revision"] = decided.facts_revision
    rest["decided_at"] = decided_at
    encoded = orjson.dumps(rest)
    if len(encoded) > DESCRIBED_LIMIT_BYTES:
        encoded = orjson.dumps({**rest, **_cut(decided.outcome)})
    if with_texts:
        encoded = b'{"rule_texts":%b,%b' % (
            texts_of(rules).model_dump_json(exclude_defaults=True).encode(),
            encoded[1:],
        )
    return b'{"received":%b,%b' % (decided.delivery.body, encoded[1:])


def describe(outcome: Outcome, facts: Facts, rules: RuleSet, sentence: Mapping[str, str]) -> dict[str, object]:
    """The fields of `MessageRouted` that say what was decided and why, to be encoded with orjson."""
    described: dict[str, object] = {
        "decision": {**outcome.values, "on_reply": outcome.on_reply},
        "set_by": outcome.set_by,
        "overridden": outcome.overridden,
        "facts": facts.shown(rules.recorded),
        "facts_revision": 0,
        "outcomes": {group.name: " ".join([entry.word for entry in entries]) for group, entries in outcome.tried},
        "sentence": sentence,
        "rule_set": {"name": rules.name, "hash": rules.hash, "texts": texts_of(rules).id},
    }
    if outcome.failures:
        described["failed"] = {
            entry.rule.name: entry.detail[:_DETAIL_LIMIT_CHARS] for entry in outcome.telling if entry.outcome == FAILED
        }
    if found := _found(outcome):
        described["found"] = found
    if facts.context is not None:
        described["context"] = orjson.Fragment(facts.context.model_dump_json())
    return described


def explained(outcome: Outcome, facts: Facts, rules: RuleSet, sentence: Mapping[str, str]) -> dict[str, object]:
    """The same with the trace whole, as the ticket service tells it."""
    folded = orjson.loads(orjson.dumps(describe(outcome, facts, rules, sentence)))
    return whole(folded, texts_of(rules))


def _found(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    return {f"{entry.rule.name}/{number}": found.phrases for entry in outcome.telling for number, found in entry.found}


def _cut(outcome: Outcome) -> dict[str, object]:
    """What stands in the place of what is too large: who won and what became of each rule, without what they saw.

    With a set of this size nobody would read it, and `router explain` tells it anew.
    """
    return {
        "trace_cut": True,
        "facts": {},
        "found": {},
        "failed": {rule: text[:_CUT_DETAIL_CHARS] for rule, text in outcome.failures[:_CUT_RULES]},
        "overridden": {name: losers[-_CUT_RULES:] for name, losers in outcome.overridden.items()},
    }
