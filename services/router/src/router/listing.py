"""A decision spelled out for the terminal: every rule, each of its conditions, what it saw, what won."""

from collections.abc import Mapping

import orjson

from router.adapters.routed_event import explained
from router.domain.decide import Outcome
from router.domain.facts import Facts
from router.domain.rules import RuleSet
from ventanilla_contracts.trace_text import Explained, trace_lines


def listing(outcome: Outcome, facts: Facts, rules: RuleSet, sentence: Mapping[str, str], language: str) -> str:
    """The whole explanation, with lines for people and without colours: what the API tells of a ticket, and places."""
    described = Explained.model_validate_json(orjson.dumps(explained(outcome, facts, rules, sentence)))
    return "\n".join(trace_lines(described, language, {rule.name: rule.line for rule in rules.rules}))
