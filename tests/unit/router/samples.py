"""Messages and rule files that the router's tests start from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from router.adapters.catalogues import load_catalogues
from router.adapters.rule_file import load_default_rules, read_rules
from router.adapters.rule_texts import texts_of
from router.domain.decide import Outcome, RuleOutcome, decide, decide_only
from router.domain.explain import Explainer
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from router.domain.surroundings import NOTHING_KNOWN, Surroundings
from ventanilla_contracts.events import MessageReceived, Party
from ventanilla_contracts.routing import RoutingContext
from ventanilla_contracts.traces import unfolded
from ventanilla_runtime.delivery import Delivery

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
CREATED_AT = "2026-11-22T10:00:00.123456789Z"
DEFAULT_RULES = load_default_rules()
CATALOGUES = load_catalogues()

HEAD = """\
rules: 1
name: small
teams: [first-line, technical]
policies: [standard, vip]
categories: [outage, other]
skills: [french, networks]
templates: [thanks, night]
defaults: {type: question, category: other, impact: low, urgency: low, tier: 1, team: first-line, policy: standard}
matrix:
  high: {high: urgent, medium: high, low: normal}
  medium: {high: high, medium: normal, low: low}
  low: {high: normal, medium: low, low: low}
lists:
  friends: [acme.example, vip.example]
  down: [is down, caído]
groups:
"""
"""Everything that a rule file needs but the rules; 16 lines."""


def rule_text(
    name: str = "sample", when: str = "{message.channel: email}", then: str = "{team: technical}", indent: int = 6
) -> str:
    """One rule as it stands in a file."""
    space = " " * indent
    return (
        f"{space}- name: {name}\n{space}  title: {{es: Título de {name}, en: Title of {name}}}\n"
        f"{space}  when: {when}\n{space}  then: {then}\n"
    )


def file_with(*rules: str, match: str = "all") -> str:
    """A rule file with one group of the given rules; the first rule's name stands in line 20."""
    return f"{HEAD}  - name: main\n    match: {match}\n    rules:\n{''.join(rules)}"


def rules_of(*rules: str, match: str = "all") -> RuleSet:
    """A rule set with one group of the given rules."""
    return read_rules(file_with(*rules, match=match), "small.yaml")


def message(subject: str = "", text: str = "", *, sender: str = "ana@acme.example", **fields: Any) -> MessageReceived:
    """A received mail."""
    return MessageReceived.model_validate(
        {
            "id": "message.received.v1:abc",
            "channel": "email",
            "account": "soporte@desk.example",
            "sender": Party(address=sender, name="Ana"),
            "subject": subject,
            "text": text,
            **fields,
        }
    )


def decided(
    received: MessageReceived,
    rules: RuleSet = DEFAULT_RULES,
    now: datetime = NOON,
    context: RoutingContext | None = None,
) -> Outcome:
    """The decision about a message. The short way to it comes to the same, each time."""
    outcome = decide(Facts(received, now, rules.zone, context, rules.calendar), rules)
    short = decide_only(Facts(received, now, rules.zone, context, rules.calendar), rules)
    assert (short.values, short.set_by, short.on_reply) == (outcome.values, outcome.set_by, outcome.on_reply)
    assert [rule.name for rule in short.matched] == [rule.name for rule in outcome.matched]
    assert short.failures == outcome.failures
    return outcome


def tried(outcome: Outcome) -> list[RuleOutcome]:
    """What became of the rules that were tried, in the order of happening."""
    return [entry for _, entries in outcome.tried for entry in entries]


def trace(outcome: Outcome, rules: RuleSet) -> list[tuple[str, str, str]]:
    """(rule, outcome, detail) of each rule, as the ticket service makes it of the event."""
    folded = {"outcomes": {group.name: " ".join(entry.word for entry in entries) for group, entries in outcome.tried}}
    return [(entry.rule, entry.outcome, entry.detail) for entry in unfolded(folded, texts_of(rules))]


def sentence(outcome: Outcome, language: str) -> str:
    """The decision in one sentence."""
    return Explainer(CATALOGUES).explain(outcome)[language]


class NothingKnown:
    """Knows nothing outside the messages."""

    async def look_up(self, received: Sequence[MessageReceived], now: datetime, /) -> Sequence[Surroundings]:
        return [NOTHING_KNOWN] * len(received)


def delivery(body: bytes | MessageReceived, *, sequence: int = 7, attempt: int = 0, **headers: str) -> Delivery:
    """A message as the consumer hands it out; header names with underscores for hyphens."""
    return Delivery(
        "desk.message.received.v1.email",
        body if isinstance(body, bytes) else body.model_dump_json().encode(),
        {name.replace("_", "-"): value for name, value in headers.items()},
        "INTAKE",
        CREATED_AT,
        sequence,
        1,
        1_700_000_000_000_000_000,
        "",
        attempt,
    )
