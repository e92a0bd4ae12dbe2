"""Writes `MessageRouted` with the received bytes unchanged in it, and the headers it travels with.

The body is put together from bytes: taking the received event apart and encoding it again would cost more than the
decision, and could change it. Tests hold the result against the model of the contracts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson

from router.domain.conditions import Truth
from router.domain.decide import Outcome, RuleOutcome
from router.domain.facts import Facts
from router.domain.rules import Rule, RuleSet
from router.errors import MessageRefused
from ventanilla_contracts.acceptance import CHANNEL_HEADER, AcceptanceKey
from ventanilla_contracts.acceptance import HEADER as ACCEPTANCE_HEADER
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM: Final = "ROUTED"
INTAKE: Final = "INTAKE"
INTAKE_HEADER: Final = "vnt-intake"
SOURCE: Final = "/router"
DESCRIBED_LIMIT_BYTES: Final = 256 * 1024
"""What is written beside the message. With the largest message it stays far below what a broker takes (1 MiB)."""
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


def write_routed(decided: Decided, rules: RuleSet, prefix: str) -> Outgoing:
    """The event that carries a decision on, ready to be published.

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
    return Outgoing(STREAM, subject, _body(decided, rules, routed_id, decided_at), headers)


def _acceptance(received: MessageReceived, delivery: Delivery, intake: str) -> str:
    """The key that the ledger counts by: of the door's own stream, or the message's place in INTAKE."""
    if copied := delivery.headers.get(ACCEPTANCE_HEADER):
        return copied
    if (door := received.acceptance) is not None:
        return str(AcceptanceKey(door.stream, door.created_at, door.sequence))
    return intake


def _body(decided: Decided, rules: RuleSet, routed_id: str, decided_at: str) -> bytes:
    described = describe(decided.outcome, decided.facts, rules, decided.sentence)
    described["facts_revision"] = decided.facts_revision
    rest = {"id": routed_id, **described, "decided_at": decided_at}
    encoded = orjson.dumps(rest)
    if len(encoded) > DESCRIBED_LIMIT_BYTES:
        encoded = orjson.dumps({**rest, **_cut(decided.outcome)})
    return b'{"received":%b,%b' % (decided.delivery.body, encoded[1:])


def describe(outcome: Outcome, facts: Facts, rules: RuleSet, sentence: Mapping[str, str]) -> dict[str, object]:
    """The fields of `MessageRouted` that say what was decided and why, to be encoded with orjson."""
    described: dict[str, object] = {
        "decision": {**outcome.values, "on_reply": outcome.on_reply},
        "set_by": outcome.set_by,
        "overridden": outcome.overridden,
        "facts": {name: value for fact in rules.recorded for name, value in facts.shown(fact).items()},
        "facts_revision": 0,
        "groups": _groups(rules),
        "trace": list(map(_rule_trace, outcome.trace)),
        "sentence": sentence,
        "rule_set": {"name": rules.name, "hash": rules.hash},
    }
    if facts.context is not None:
        described["context"] = orjson.Fragment(facts.context.model_dump_json())
    return described


@lru_cache(maxsize=8)
def _groups(rules: RuleSet) -> orjson.Fragment:
    """The groups of a set with their rules: the same for every message, so encoded once."""
    groups = [
        {
            "name": group.name,
            "match": "first" if group.first else "all",
            **({"on": "reply"} if group.on_reply else {}),
            **({"called": True} if group.called else {}),
            "rules": [rule.name for rule in group.rules],
        }
        for group in rules.groups
    ]
    return orjson.Fragment(orjson.dumps(groups))


def _cut(outcome: Outcome) -> dict[str, object]:
    """What stands in the place of a trace that is too large: every rule, but conditions only of those that matched.

    Their values, and the facts, are left out: with a set of this size nobody would read them, and `router explain`
    tells them anew.
    """
    matched = {rule.name for rule in outcome.matched[:_CUT_RULES]}
    return {
        "trace": [
            _bare_rule(entry.rule, entry.outcome, entry.detail[:_CUT_DETAIL_CHARS], ())
            if entry.rule.name not in matched
            else {
                "rule": entry.rule.name,
                "outcome": entry.outcome,
                "conditions": [
                    {"condition": condition.text[:_CUT_DETAIL_CHARS], "truth": seen.truth}
                    for condition, seen in zip(entry.rule.conditions, entry.seen, strict=True)
                ],
            }
            for entry in outcome.trace
        ],
        "trace_cut": True,
        "facts": {},
        "overridden": {name: losers[-_CUT_RULES:] for name, losers in outcome.overridden.items()},
    }


def _rule_trace(entry: RuleOutcome) -> object:
    for one in entry.seen:
        if one.saw:
            break
    else:
        return _bare_rule(entry.rule, entry.outcome, entry.detail, tuple([one.truth for one in entry.seen]))
    trace: dict[str, object] = {"rule": entry.rule.name, "outcome": entry.outcome}
    trace["conditions"] = [
        _condition(condition.text, within, seen.truth, seen.saw)
        for condition, within, seen in zip(entry.rule.conditions, entry.rule.within, entry.seen, strict=True)
    ]
    if entry.detail:
        trace["detail"] = entry.detail[:_DETAIL_LIMIT_CHARS]
    return trace


def _condition(text: str, within: tuple[str, ...], truth: Truth, saw: Mapping[str, object] | None) -> dict[str, object]:
    found: dict[str, object] = {"condition": text, "truth": truth}
    if saw:
        found["saw"] = saw
    if within:
        found["within"] = within
    return found


@lru_cache(maxsize=4096)
def _bare_rule(rule: Rule, outcome: str, detail: str, truths: tuple[Truth, ...]) -> orjson.Fragment:
    """The commonest entry by far, encoded once: a rule none of whose conditions saw anything worth recording."""
    trace: dict[str, object] = {"rule": rule.name, "outcome": outcome}
    if truths:
        trace["conditions"] = [
            _condition(condition.text, within, truth, None)
            for condition, within, truth in zip(rule.conditions, rule.within, truths, strict=True)
        ]
    if detail:
        trace["detail"] = detail[:_DETAIL_LIMIT_CHARS]
    return orjson.Fragment(orjson.dumps(trace))
