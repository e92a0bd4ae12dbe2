from dataclasses import dataclass, replace

import pytest

from router.domain.conditions import expression
from router.domain.facts import Facts
from router.domain.rules import Group, Rule, RuleSet
from tests.unit.router.samples import NOON, decided, file_with, message, rule_text, rules_of, sentence, trace, tried
from ventanilla_contracts.words import LEVELS

MATRIX = {
    ("high", "high"): "urgent",
    ("high", "medium"): "high",
    ("high", "low"): "normal",
    ("medium", "high"): "high",
    ("medium", "medium"): "normal",
    ("medium", "low"): "low",
    ("low", "high"): "normal",
    ("low", "medium"): "low",
    ("low", "low"): "low",
}


@dataclass
class Broken:
    """A program that fails whenever it is run."""

    text: str = "broken"
    facts: tuple[str, ...] = ("message.channel",)
    constant: bool | str | None = None

    def evaluate(self, facts: Facts) -> bool | str:
        return "divide by zero"


def with_broken(rules: RuleSet, name: str) -> RuleSet:
    """The same rules, of which one cannot be evaluated."""

    def broken(rule: Rule) -> Rule:
        return Rule(rule.name, rule.title, expression(Broken()), rule.changes) if rule.name == name else rule

    return replace(
        rules, groups=tuple(Group(group.name, group.first, tuple(map(broken, group.rules))) for group in rules.groups)
    )


@pytest.mark.parametrize(("impact", "urgency"), [(impact, urgency) for impact in LEVELS for urgency in LEVELS])
def test_the_priority_comes_from_the_matrix_of_impact_and_urgency(impact: str, urgency: str) -> None:
    outcome = decided(message(), rules_of(rule_text(then=f"{{impact: {impact}, urgency: {urgency}}}")))

    assert outcome.values["priority"] == MATRIX[impact, urgency]
    assert outcome.set_by["priority"] == "matrix"


def test_without_a_match_the_defaults_decide() -> None:
    outcome = decided(message(), rules_of(rule_text(when="{message.channel: sms}")))

    assert outcome.values == {
        "ticket_type": "question",
        "category": "other",
        "impact": "low",
        "urgency": "low",
        "priority": "low",
        "tier": "1",
        "team": "first-line",
        "service_level_policy": "standard",
        "tags": (),
        "quarantine": None,
        "acknowledge": True,
        "acknowledgement": None,
        "skills": (),
    }
    assert outcome.on_reply is None
    assert outcome.winners() == []


def test_a_later_rule_wins_and_what_it_replaced_is_recorded() -> None:
    rules = rules_of(
        rule_text("one", then="{team: technical, impact: high}"),
        rule_text("two", then="{team: first-line}"),
        rule_text("three", then="{team: technical}"),
    )

    outcome = decided(message(), rules)

    assert outcome.values["team"] == "technical"
    assert outcome.set_by["team"] == "three"
    assert outcome.set_by["impact"] == "one"
    assert outcome.overridden == {"team": ("one", "two")}


def test_a_later_rule_that_says_the_same_takes_nothing_over() -> None:
    outcome = decided(
        message(), rules_of(rule_text("one", then="{team: technical}"), rule_text("two", then="{team: technical}"))
    )

    assert outcome.set_by["team"] == "one"
    assert outcome.overridden == {}


def test_in_a_first_group_the_rules_after_the_match_are_not_tried() -> None:
    rules = rules_of(
        rule_text("never", when="{message.channel: sms}"), rule_text("hit"), rule_text("late"), match="first"
    )

    outcome = decided(message(), rules)

    assert trace(outcome, rules) == [
        ("never", "not_matched", ""),
        ("hit", "matched", ""),
        ("late", "not_tried", "hit"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "value", "setter"),
    [
        ("{urgency: high}", "{urgency: {at_least: medium}}", "high", "one"),
        ("{urgency: low}", "{urgency: {at_least: medium}}", "medium", "two"),
        ("{urgency: high}", "{urgency: {at_most: medium}}", "medium", "two"),
        ("{urgency: low}", "{urgency: {at_most: medium}}", "low", "one"),
    ],
)
def test_bounds_move_a_value_only_as_far_as_needed(first: str, second: str, value: str, setter: str) -> None:
    outcome = decided(message(), rules_of(rule_text("one", then=first), rule_text("two", then=second)))

    assert outcome.values["urgency"] == value
    assert outcome.set_by["urgency"] == setter


@pytest.mark.parametrize(
    ("thens", "priority", "setter"),
    [
        (["{priority: urgent}"], "urgent", "r0"),
        (["{priority: {at_least: high}}"], "high", "r0"),
        (["{priority: {at_least: low}}"], "low", "matrix"),
        (["{priority: {at_least: high}}", "{impact: high, urgency: high}"], "urgent", "matrix"),
        (["{priority: {at_most: normal}}", "{impact: high, urgency: high}"], "normal", "r0"),
        (["{priority: urgent}", "{priority: low}"], "low", "r1"),
    ],
)
def test_a_priority_that_rules_set_stands_over_the_matrix(thens: list[str], priority: str, setter: str) -> None:
    rules = rules_of(*(rule_text(f"r{number}", then=then) for number, then in enumerate(thens)))

    outcome = decided(message(), rules)

    assert outcome.values["priority"] == priority
    assert outcome.set_by["priority"] == setter


def test_tags_add_up_without_repeats() -> None:
    outcome = decided(
        message(), rules_of(rule_text("one", then="{tags: [a, b]}"), rule_text("two", then="{tags: [b, c]}"))
    )

    assert outcome.values["tags"] == ("a", "b", "c")
    assert outcome.set_by["tags.b"] == "one"
    assert outcome.set_by["tags.c"] == "two"


def test_quarantine_and_silence_can_be_set() -> None:
    outcome = decided(message(), rules_of(rule_text(then="{quarantine: looks odd, acknowledge: false}")))

    assert outcome.values["quarantine"] == "looks odd"
    assert outcome.values["acknowledge"] is False
    assert sentence(outcome, "es").startswith("Retenido hasta")


def test_a_rule_that_fails_is_skipped_reported_and_the_others_decide() -> None:
    rules = with_broken(
        rules_of(rule_text("bad", then="{team: technical}"), rule_text("good", then="{urgency: high}"), match="first"),
        "bad",
    )

    outcome = decided(message(), rules)

    assert [entry.outcome for entry in tried(outcome)] == ["failed", "matched"]
    assert tried(outcome)[0].detail == "broken: divide by zero"
    assert outcome.failures == [("bad", "broken: divide by zero")]
    assert outcome.values["team"] == "first-line"
    assert "“bad” could not be evaluated" in sentence(outcome, "en")
    assert "«bad» no se pudo evaluar" in sentence(outcome, "es")


@pytest.mark.parametrize(
    "expression",
    [
        "1 / attachments.count > 0",
        "message.subject.matches('x') && 1 / attachments.count > 0 || 1 % attachments.count == 1",
    ],
)
def test_a_cel_error_while_running_is_a_failure_and_not_a_match(expression: str) -> None:
    outcome = decided(message("x"), rules_of(rule_text(when=f'{{cel: "{expression}"}}')))

    assert tried(outcome)[0].outcome == "failed"
    assert "zero" in outcome.failures[0][1]


def test_an_exhausted_budget_is_a_failure_and_not_a_crash() -> None:
    many = f"[{','.join('1' * 400)}]"
    bomb = f"message.subject == 'boom' && {many}.all(a, {many}.all(b, a == b))"
    rules = rules_of(rule_text(when=f'{{cel: "{bomb}"}}'))

    quiet, loud = decided(message("hello"), rules), decided(message("boom"), rules)

    assert tried(quiet)[0].outcome == "not_matched"
    assert tried(loud)[0].outcome == "failed"
    assert "budget exceeded" in loud.failures[0][1]


def test_the_same_message_rules_and_time_give_the_same_decision_and_trace() -> None:
    received = message("Factura y caída", "urgente, no funciona, factura, pago, cobro, recibo, duda")

    first, second = decided(received), decided(received)

    assert first == second
    assert first.set_by == second.set_by


def test_time_facts_follow_the_zone_of_the_rules() -> None:
    source = file_with(rule_text(when="{time.hour: 12}")).replace("name: small", "name: small\nzone: Europe/Madrid")
    from router.adapters.rule_file import read_rules

    assert tried(decided(message(), read_rules(source, "a"), NOON))[0].outcome == "matched"
