"""Rules under test: a message with what is known around it, and what is expected of the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from router.domain.decide import Outcome, decide
from router.domain.facts import Facts
from router.domain.reply_changes import BOUNDS, Wanted
from router.domain.rules import FIELDS, REPLY_FIELDS, REPLY_NAMES, RuleSet
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.routing import RoutingContext

MATCHED: Final = "matched"
"""Expects that these rules match, whatever they decide."""
NOT_MATCHED: Final = "not_matched"
EXPECTED_FIELDS: Final = (*FIELDS, "on_reply", MATCHED, NOT_MATCHED)
REPLY_EXPECTED: Final = {name: REPLY_NAMES[FIELDS[name]] for name in REPLY_FIELDS}
"""Name in a case → field of `ReplyChanges`."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `expect` holds names as rules write them, `on_reply` as a mapping of such or None: nothing changes.

    Attributes:
        decided_at: without a zone it is a time in the zone of the rules.
    """

    name: str
    received: MessageReceived
    context: RoutingContext | None
    decided_at: datetime
    expect: Mapping[str, Any]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that came out otherwise, and the rule it came from."""

    field: str
    expected: object
    actual: object
    by: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a case came to.

    Attributes:
        failures: rule and error of each condition that failed while it ran. The desk would skip such a rule and go on;
            here it is a mistake of the rules, whatever was expected.
    """

    case: Case
    misses: tuple[Miss, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Everything came out as expected, and no rule failed."""
        return not self.misses and not self.failures


def judge(case: Case, rules: RuleSet) -> Verdict:
    """Decide a case's message and compare."""
    at = case.decided_at if case.decided_at.tzinfo else case.decided_at.replace(tzinfo=rules.zone)
    facts = Facts(case.received, at, rules.zone, case.context, rules.calendar)
    outcome = decide(facts, rules)
    misses: list[Miss] = []
    for name, expected in case.expect.items():
        if name in (MATCHED, NOT_MATCHED):
            misses += _rule_misses(name, expected, outcome, rules)
        elif name == "on_reply":
            misses += _reply_misses(expected, outcome)
        else:
            misses += _value_misses(name, expected, outcome)
    return Verdict(case, tuple(misses), tuple(outcome.failures))


def _value_misses(name: str, expected: object, outcome: Outcome) -> Sequence[Miss]:
    actual: object = outcome.values[FIELDS[name]]
    if name == "acknowledge" and outcome.values["acknowledgement"] is not None:
        actual = outcome.values["acknowledgement"]
    if isinstance(actual, tuple):
        wanted = set(expected) if isinstance(expected, (list, tuple)) else set()
        return [] if wanted == set(actual) else [Miss(name, expected, list(actual), _setters(name, outcome))]
    return [] if actual == expected else [Miss(name, expected, actual, outcome.set_by.get(FIELDS[name], ""))]


def _setters(name: str, outcome: Outcome) -> str:
    rules = dict.fromkeys(rule for key, rule in outcome.set_by.items() if key.startswith(f"{name}."))
    return ", ".join(rules)


def _reply_misses(expected: Mapping[str, Any] | None, outcome: Outcome) -> Sequence[Miss]:
    found = outcome.on_reply
    by = ", ".join(_texts(found.get("rules"))) if found else ""
    if expected is None:
        return [] if found is None else [Miss("on_reply", None, _told(found), by)]
    misses = []
    for name, wanted in expected.items():
        actual = _reply_value(found or {}, REPLY_EXPECTED[name])
        if name == "tags":
            if set(_texts(actual)) != set(wanted):
                misses.append(Miss("on_reply.tags", wanted, list(_texts(actual)), by))
        elif actual != wanted:
            misses.append(Miss(f"on_reply.{name}", wanted, actual, by))
    return misses


def _reply_value(found: Wanted, name: str) -> object:
    """The value that a field gets, or its bounds."""
    if name in found:
        return found[name]
    bounds = {how: one[name] for how in BOUNDS if isinstance(one := found.get(how), dict) and name in one}
    return bounds or None


def _told(found: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if value and name != "rules"}


def _rule_misses(name: str, expected: Sequence[str], outcome: Outcome, rules: RuleSet) -> Sequence[Miss]:
    """Rules that matched or did not as they should; one that is not there would never be missed otherwise."""
    there = {rule.name for rule in rules.rules}
    if absent := [rule for rule in expected if rule not in there]:
        return [Miss(name, absent, "no such rule")]
    matched = [rule.name for rule in outcome.matched]
    wrong = [rule for rule in expected if (rule in matched) is not (name == MATCHED)]
    return [Miss(name, wrong, matched)] if wrong else []


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
