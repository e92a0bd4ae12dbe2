"""The decision: a pure function of the facts of a message and a rule set.

Groups are gone through in order, and in each the rules; what a later rule sets replaces what an earlier one set, and
that is recorded. The priority comes from the matrix unless a rule sets it; `at_least` and `at_most` hold on top of
both.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from router.domain.conditions import Seen, Truth, truth_of
from router.domain.facts import Facts
from router.domain.rules import MATRIX, SCALES, TAG_LIMIT, Change, Rule, RuleSet, Setting


class RuleOutcome(NamedTuple):
    """What happened to one rule.

    Attributes:
        outcome: `matched`, `not_matched`, `unknown` (a fact is missing), `failed`, `not_tried`.
        seen: one for each condition of the rule; empty if it was not tried.
        detail: for a failure the error; for a rule not tried the one that matched before it.
    """

    rule: Rule
    outcome: str
    seen: tuple[Seen, ...] = ()
    detail: str = ""


@dataclass(slots=True)
class Outcome:
    """A decision and how it came about.

    Attributes:
        values: field of the decision → value, complete.
        set_by: field → rule that set it, or `matrix`; tags as `tags.<tag>`. Defaults are not named.
        overridden: field → rules whose value was replaced by a later one.
        failures: rule and error of each condition that could not be evaluated.
    """

    values: dict[str, Setting]
    set_by: dict[str, str] = field(default_factory=dict)
    overridden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trace: list[RuleOutcome] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def winners(self) -> list[RuleOutcome]:
        """The matched rules that something of the decision comes from, in order."""
        setters = set(self.set_by.values())
        return [entry for entry in self.trace if entry.outcome == "matched" and entry.rule.name in setters]


def decide(facts: Facts, rules: RuleSet) -> Outcome:
    """Decide where a message goes. The same facts and rules always give the same decision; nothing is raised."""
    outcome = Outcome(dict(rules.defaults))
    priority_changes: list[tuple[str, Change]] = []
    for group in rules.groups:
        matched = ""
        for rule in group.rules:
            if matched and group.first:
                outcome.trace.append(RuleOutcome(rule, "not_tried", (), matched))
                continue
            entry = _try_rule(rule, facts, outcome)
            outcome.trace.append(entry)
            if entry.outcome == "matched":
                matched = rule.name
                for change in rule.changes:
                    if change.field == "priority":
                        priority_changes.append((rule.name, change))
                    else:
                        _apply(rule.name, change, outcome)
    outcome.values["priority"] = rules.matrix[str(outcome.values["impact"])][str(outcome.values["urgency"])]
    outcome.set_by["priority"] = MATRIX
    for name, change in priority_changes:
        _apply(name, change, outcome)
    return outcome


def _try_rule(rule: Rule, facts: Facts, outcome: Outcome) -> RuleOutcome:
    seen = tuple([condition.test(facts) for condition in rule.conditions])
    all_hold, all_known, denied, failed = True, True, False, False
    for one in seen:
        if not one.truth:
            all_hold = False
            if one.truth is None:
                all_known = False
                failed = failed or bool(one.error)
            else:
                denied = True
    if all_known or (rule.simple and not failed):
        if rule.simple:  # all of them must hold: one that does not settles it, one that nobody knows leaves it open
            return RuleOutcome(rule, "matched" if all_hold else "not_matched" if denied else "unknown", seen)
        truth: Truth = truth_of(rule.when, [one.truth for one in seen])
        return RuleOutcome(rule, "matched" if truth else "not_matched", seen)
    truth = truth_of(rule.when, [one.truth for one in seen])
    errors = [
        f"{condition.text}: {one.error}" for condition, one in zip(rule.conditions, seen, strict=True) if one.error
    ]
    outcome.failures.extend((rule.name, error) for error in errors)
    detail = "; ".join(errors)
    if truth is None:
        return RuleOutcome(rule, "failed" if errors else "unknown", seen, detail)
    return RuleOutcome(rule, "matched" if truth else "not_matched", seen, detail)


def _apply(rule: str, change: Change, outcome: Outcome) -> None:
    name = change.field
    old, new = outcome.values[name], change.value
    if change.how == "add":
        _add_tags(rule, new, outcome)
        return
    if change.how != "set":
        scale = SCALES[name]
        pick = max if change.how == "at_least" else min
        new = pick(str(old), str(new), key=scale.index)
    setter = outcome.set_by.get(name)
    if new == old and (setter not in (None, MATRIX) or change.how != "set"):
        return  # the first who said so keeps the merit
    if setter not in (None, MATRIX):
        outcome.overridden[name] = (*outcome.overridden.get(name, ()), str(setter))
    outcome.values[name] = new
    outcome.set_by[name] = rule


def _add_tags(rule: str, tags: Setting, outcome: Outcome) -> None:
    have = outcome.values["tags"]
    assert isinstance(have, tuple)
    assert isinstance(tags, tuple)
    for tag in tags:
        if tag not in have and len(have) < TAG_LIMIT:
            have = (*have, tag)
            outcome.set_by[f"tags.{tag}"] = rule
    outcome.values["tags"] = have
