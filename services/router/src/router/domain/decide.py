"""The decision: a pure function of the facts of a message and a rule set.

Groups are gone through in order, and in each the rules; what a later rule sets replaces what an earlier one set, and
that is recorded. A group that a matched rule continues with comes right after that rule's own. The priority comes from
the matrix unless a rule sets it; `at_least` and `at_most` hold on top of both. What the groups for answers set is kept
apart: it changes a ticket that exists, and nothing in a new one. A call begins with the team that its caller chose, not
with the default.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from router.domain.conditions import Answer, Failure, Found, Truth, truth_of
from router.domain.facts import Facts
from router.domain.reply_changes import Wanted, with_reply_rules
from router.domain.rules import CALLER, LISTS, MATRIX, SCALES, Change, Group, Rule, RuleSet, Setting
from ventanilla_contracts.traces import DIGITS, FAILED, LETTERS, MATCHED, NOT_MATCHED, UNKNOWN

_CAME_TO: Final[dict[Truth, str]] = {True: MATCHED, False: NOT_MATCHED, None: UNKNOWN}
_KNOWN_OUTCOMES: Final = 1_000
"""Of one rule; most have fewer than ten."""


class RuleOutcome(NamedTuple):
    """What happened to one rule that was tried.

    Attributes:
        outcome: `matched`, `not_matched`, `unknown` (a fact is missing), `failed`.
        truths: one for each condition of the rule.
        found: number of a condition and the phrases that it found, for those that did.
        detail: for a failure the error.
        word: outcome and truths as `MessageRouted.outcomes` writes them.
        tells: it matched, failed, or found phrases.
    """

    rule: Rule
    outcome: str
    truths: tuple[Truth, ...] = ()
    found: tuple[tuple[int, Found], ...] = ()
    detail: str = ""
    word: str = ""
    tells: bool = False


@dataclass(slots=True)
class Outcome:
    """A decision and how it came about.

    Attributes:
        values: field of the decision → value, complete but for `on_reply`.
        set_by: field → rule that set it, `matrix` or `call.team`; tags as `tags.<tag>`, skills likewise. No defaults.
        overridden: field → rules (or `call.team`) whose value was replaced by a later one.
        on_reply: what changes in a ticket that the message joins, as `ReplyChanges` names it; None: nothing.
        matched: the rules that matched, in the order of happening.
        tried: groups with what became of their rules as far as they were tried, in the order of happening.
        telling: of these the matched rules, and those that found phrases or failed.
        failures: rule and error of each condition that could not be evaluated.
    """

    values: dict[str, Setting]
    set_by: dict[str, str] = field(default_factory=dict)
    overridden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    on_reply: Wanted | None = None
    matched: list[Rule] = field(default_factory=list)
    tried: list[tuple[Group, list[RuleOutcome]]] = field(default_factory=list)
    telling: list[RuleOutcome] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def winners(self) -> list[RuleOutcome]:
        """The matched rules that something of the decision comes from, in order."""
        setters = set(self.set_by.values())
        return [entry for entry in self.telling if entry.outcome == MATCHED and entry.rule.name in setters]


_TryGroup = Callable[[Group, Facts, Outcome], list[Rule]]
"""The rules of a group that match."""


def decide(facts: Facts, rules: RuleSet) -> Outcome:
    """Decide where a message goes. The same facts and rules always give the same decision; nothing is raised."""
    outcome = _begin(facts, rules)
    _go_through(facts, rules, outcome, _trace_group)
    return outcome


def decide_only(facts: Facts, rules: RuleSet) -> Outcome:
    """The same decision with the same failures and without a trace; looks at no more conditions than it must."""
    outcome = _begin(facts, rules)
    _go_through(facts, rules, outcome, _ask_group)
    return outcome


def _begin(facts: Facts, rules: RuleSet) -> Outcome:
    """What holds before any rule: the defaults, and what a caller chose by a key."""
    outcome = Outcome(dict(rules.defaults))
    call = facts.received.call
    if call is not None and call.team in rules.teams:
        outcome.values["team"] = call.team
        outcome.set_by["team"] = CALLER
    return outcome


def _go_through(facts: Facts, rules: RuleSet, outcome: Outcome, try_group: _TryGroup) -> None:
    """Apply what matches, group by group."""
    priority_changes: list[tuple[str, Change]] = []
    tried: set[str] = set()
    waiting = list(rules.entries)
    while waiting:
        group = waiting.pop()
        if group.name in tried or (group.on_reply and not facts["message.reply"]):
            continue
        tried.add(group.name)
        matched = try_group(group, facts, outcome)
        if not matched:
            continue
        outcome.matched += matched
        if group.on_reply:
            outcome.on_reply = with_reply_rules(outcome.on_reply, matched)
        else:
            for rule in matched:
                for change in rule.changes:
                    if change.field == "priority":
                        priority_changes.append((rule.name, change))
                    else:
                        _apply(rule.name, change, outcome)
        # The first one called is the next to be popped; each group is gone through once.
        waiting += [rules.named[rule.continues] for rule in reversed(matched) if rule.continues]
    outcome.values["priority"] = rules.matrix[str(outcome.values["impact"])][str(outcome.values["urgency"])]
    outcome.set_by["priority"] = MATRIX
    for name, change in priority_changes:
        _apply(name, change, outcome)


def _trace_group(group: Group, facts: Facts, outcome: Outcome) -> list[Rule]:
    matched: list[Rule] = []
    entries: list[RuleOutcome] = []
    for rule in group.rules:
        entry = _try_rule(rule, facts, outcome)
        entries.append(entry)
        if entry.tells:
            outcome.telling.append(entry)
            if entry.outcome == MATCHED:
                matched.append(rule)
                if group.first:
                    break
    outcome.tried.append((group, entries))
    return matched


def _ask_group(group: Group, facts: Facts, outcome: Outcome) -> list[Rule]:
    asked = (rule for rule in group.rules if _matches(rule, facts, outcome))
    return list(islice(asked, 1)) if group.first else list(asked)


def _matches(rule: Rule, facts: Facts, outcome: Outcome) -> Truth:
    """Whether a rule matches. Of one that may fail each condition is asked, as with a trace: none fails unseen."""
    return _try_rule(rule, facts, outcome).outcome == MATCHED if rule.may_fail else rule.ask(facts)


def _try_rule(rule: Rule, facts: Facts, outcome: Outcome) -> RuleOutcome:
    # The same few answers come again and again: what they amount to is worked out once for each rule.
    answers = tuple([test(facts) for test in rule.tests])
    return rule.outcomes.get(answers) or _work_out(rule, answers, outcome)


def _work_out(rule: Rule, answers: tuple[Answer, ...], outcome: Outcome) -> RuleOutcome:
    truths: tuple[Truth, ...] = tuple([_truth(answer) for answer in answers])
    found = tuple([(number, answer) for number, answer in enumerate(answers) if isinstance(answer, Found)])
    errors = [
        f"{condition.text}: {answer.error}"
        for condition, answer in zip(rule.conditions, answers, strict=True)
        if isinstance(answer, Failure)
    ]
    outcome.failures.extend((rule.name, error) for error in errors)
    truth = truth_of(rule.when, truths)
    came_to = _CAME_TO[truth] if truth is not None or not errors else FAILED
    word = LETTERS[came_to] + "".join([DIGITS[truth] for truth in truths])
    tells = came_to == MATCHED or bool(errors or found)
    entry = RuleOutcome(rule, came_to, truths, found, "; ".join(errors), word, tells)
    if not errors and not found and len(rule.outcomes) < _KNOWN_OUTCOMES:
        rule.outcomes[answers] = entry
    return entry


def _truth(answer: Answer) -> Truth:
    if isinstance(answer, Found):
        return answer.truth
    return None if isinstance(answer, Failure) else answer


def _apply(rule: str, change: Change, outcome: Outcome) -> None:
    name = change.field
    old, new = outcome.values[name], change.value
    if change.how == "add":
        _add(rule, name, new, outcome)
        return
    if change.how != "set":
        scale = SCALES[name]
        pick = max if change.how == "at_least" else min
        new = pick(str(old), str(new), key=scale.index)
    setter = outcome.set_by.get(name)
    if new == old and (new is None or setter not in (None, MATRIX) or change.how != "set"):
        return  # the first who said so keeps the merit
    if setter not in (None, MATRIX):
        outcome.overridden[name] = (*outcome.overridden.get(name, ()), str(setter))
    outcome.values[name] = new
    outcome.set_by[name] = rule


def _add(rule: str, name: str, added: Setting, outcome: Outcome) -> None:
    have, limit = outcome.values[name], LISTS[name]
    assert isinstance(have, tuple)
    assert isinstance(added, tuple)
    for item in added:
        if item not in have and len(have) < limit:
            have = (*have, item)
            outcome.set_by[f"{name}.{item}"] = rule
    outcome.values[name] = have
