"""Rules that can never match, values that never survive, and names that the desk does not have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.adapters.rule_file import read_rules
from router.domain.claims import exclude_each_other, implies
from router.domain.conditions import Condition, compare, known, negate
from router.domain.facts import Facts
from router.domain.review import review, unknown_names
from tests.unit.router.samples import DEFAULT_RULES, HEAD, NOON, message, rule_text
from tests.unit.router.test_groups import called, for_answers, group, rule_set
from ventanilla_contracts.routing import DeskFacts

SMS = "{message.channel: sms}"


def found(*groups: str) -> list[str]:
    return [str(problem) for problem in review(rule_set(*groups), "r.yaml")]


def test_the_shipped_rules_have_nothing_against_them() -> None:
    assert review(DEFAULT_RULES, "default.yaml") == []


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "right/Europe/Madrid"])
def test_a_zone_that_is_another_one_on_each_machine_is_told_and_holds_up_no_set_in_force(zone: str) -> None:
    groups = group("main", rule_text())
    problems = review(read_rules(f"zone: {zone}\n{HEAD}{groups}", "r.yaml"), "r.yaml")

    assert [(one.line, one.column, one.warning) for one in problems] == [(1, 7, False)]
    assert f"the zone {zone} is another one on each machine" in problems[0].reason
    assert review(read_rules(f"zone: Europe/Madrid\n{HEAD}{groups}", "r.yaml"), "r.yaml") == []


@pytest.mark.parametrize(
    "when",
    [
        "[{message.channel: sms}, {message.channel: email}]",
        "[{message.channel: sms}, {message.channel: [email, voice]}]",
        "[{message.channel: sms}, {message.channel: {is_not: sms}}]",
        "[{message.channel: sms}, {not: {message.channel: sms}}]",
        "{message.channel: {in: [sms, voice], not_in: [voice, sms, email]}}",
        "{attachments.count: {at_least: 5, at_most: 4}}",
        "[{attachments.count: {at_least: 5}}, {not: {attachments.count: {at_least: 3}}}]",
        "[{attachments.count: 2}, {attachments.count: {at_least: 3}}]",
        "[{message.automatic: true}, {message.automatic: false}]",
        "[{message.automatic: true}, {not: {message.automatic: true}}]",
        "[{auth.dmarc: {known: false}}, {auth.dmarc: fail}]",
        "[{auth.dmarc: {known: false}}, {not: {auth.dmarc: {known: false}}}]",
        "[{sender.domain: {starts_with: acme}}, {sender.domain: {starts_with: zulu}}]",
        "[{sender.domain: {ends_with: .es}}, {sender.domain: acme.example}]",
        "[{attachments.types: text/csv}, {not: {attachments.types: {has_any: [text/csv, image/png]}}}]",
        "[{cel: attachments.count > 1}, {not: {cel: attachments.count > 1}}]",
        "[{message.text: {mentions: {list: down}}}, {not: {message.text: {mentions: {list: down}}}}]",
        "[{message.channel: sms}, {any: [{message.channel: email}, {message.channel: voice}]}]",
        "{any: [{message.channel: sms}, {message.channel: email}], message.channel: voice}",
    ],
)
def test_two_questions_that_exclude_each_other_are_found(when: str) -> None:
    (problem,) = found(group("main", rule_text("never", when=when), rule_text("other")))

    assert problem.startswith("r.yaml:22:")
    assert "rule never: the rule can never match: “" in problem
    assert "exclude each other; ask for one of them" in problem


def test_a_rule_for_answers_that_asks_for_no_answer_is_found() -> None:
    (problem,) = found(
        group("main", rule_text("a")), for_answers("answers", rule_text("b", when="{message.reply: false}"))
    )

    assert (
        "“message.reply is true” and “message.reply is false” exclude each other; the group is for answers" in problem
    )


def test_a_lost_acknowledgement_is_one_problem() -> None:
    always = "      - {name: always, title: {es: a, en: b}, then: {acknowledge: thanks}}\n"

    (problem,) = found(group("main", rule_text("lost", then="{acknowledge: false}"), always))

    assert "rule lost: dead end: the acknowledge never survives" in problem


@pytest.mark.parametrize(
    "when",
    [
        "[{message.channel: {is_not: sms}}, {message.channel: {is_not: email}}]",
        "{any: [{message.channel: sms}, {message.channel: email}]}",
        "{attachments.count: {at_least: 4, at_most: 4}}",
        "[{attachments.names: a.pdf}, {attachments.names: b.pdf}]",
        "[{attachments.types: text/csv}, {not: {attachments.types: image/png}}]",
        "[{sender.domain: {starts_with: acme}}, {sender.domain: {starts_with: acme.ex}}]",
        "[{sender.domain: {starts_with: acme}}, {sender.domain: {ends_with: .example}}]",
        "[{message.subject: {contains: a}}, {not: {message.subject: {contains: b}}}]",
        "[{auth.dmarc: {known: true}}, {auth.dmarc: pass}]",
        "[{message.channel: sms}, {any: [{message.channel: email}, {message.cut: true}]}]",
        "[{message.text: {mentions: [a]}}, {not: {message.text: {mentions: [b]}}}]",
        "[{message.channel: sms}, {sender.name: email}]",
    ],
)
def test_questions_that_can_go_together_are_left_alone(when: str) -> None:
    assert found(group("main", rule_text("fine", when=when))) == []


def test_what_stands_behind_a_rule_without_conditions_is_found() -> None:
    (problem,) = found(
        group(
            "main",
            "      - {name: always, title: {es: a, en: b}, then: {team: technical}}\n",
            rule_text("late"),
            match="first",
        )
    )

    assert problem == (
        "r.yaml:21:9: rule late: the rule can never match: always before it always does, and the group ends with it; "
        "put always last"
    )


def test_a_rule_that_asks_more_than_an_earlier_one_is_found_in_a_first_group_only() -> None:
    rules = (rule_text("wide", when=SMS), rule_text("narrow", when="{message.channel: sms, message.cut: true}"))

    (problem,) = found(group("main", *rules, match="first"))

    assert "rule narrow: the rule can never match: whatever it matches, wide has matched before" in problem
    assert found(group("main", *rules, match="all")) == []
    assert found(group("main", *reversed(rules), match="first")) == []


def test_a_called_group_that_nobody_calls_is_found() -> None:
    (problem,) = found(group("main", rule_text("a")), called("alone", rule_text("b")))

    assert problem.startswith("r.yaml:24:5: no rule that is ever tried continues with the group alone; write `continue")


def test_groups_that_only_call_each_other_from_nowhere_are_found() -> None:
    problems = found(
        group("main", rule_text("a")),
        called("one", rule_text("b", then="{continue: two}")),
        called("two", rule_text("c")),
    )

    assert ["the group one" in problems[0], "the group two" in problems[1]] == [True, True]


ALWAYS = "      - {name: always, title: {es: a, en: b}, then: {team: first-line, tags: x}}\n"


@pytest.mark.parametrize(
    "groups",
    [
        [group("main", rule_text("lost")), group("last", ALWAYS)],
        [group("main", rule_text("lost"), ALWAYS)],
        [group("main", rule_text("lost"), match="first"), group("last", ALWAYS, match="first")],
        [group("main", rule_text("caller", then="{continue: deep}")), called("deep", rule_text("lost")),
         group("last", ALWAYS)],
    ],
)  # fmt: skip
def test_a_value_that_is_always_replaced_is_a_dead_end(groups: list[str]) -> None:
    (problem,) = found(*groups)

    assert "rule lost: dead end: the team never survives, always always sets it afterwards" in problem


@pytest.mark.parametrize(
    "groups",
    [
        [group("main", ALWAYS), group("last", rule_text("after"))],
        [group("main", ALWAYS, rule_text("after"))],
        [group("main", rule_text("same", then="{team: first-line}")), group("last", ALWAYS)],
        [group("main", rule_text("tags", then="{tags: y}")), group("last", ALWAYS)],
        [group("main", rule_text("fine")), group("last", rule_text("sometimes", when=SMS), ALWAYS, match="first")],
        [group("main", rule_text("fine")), for_answers("answers", ALWAYS)],
        [group("main", rule_text("fine", then="{continue: deep}")), called("deep", ALWAYS)],
    ],
)
def test_a_value_that_may_survive_is_no_dead_end(groups: list[str]) -> None:
    assert found(*groups) == []


def test_names_that_the_desk_does_not_have_are_found_where_they_are_used() -> None:
    desk = DeskFacts(
        teams=("first-line",), policies=("standard",), categories=("other",), skills=("french",), templates=("thanks",),
        hours={"night": ()},
    )  # fmt: skip
    source = HEAD.replace("name: small", "name: small\ncalendar: office") + group(
        "main",
        rule_text("a", then="{team: technical, policy: vip, category: outage, skills: [french, networks]}"),
        rule_text("b", then="{acknowledge: night}"),
        rule_text("c", then="{acknowledge: true, team: first-line}"),
    )

    problems = list(map(str, unknown_names(read_rules(source, "r.yaml"), desk, "r.yaml")))

    assert [problem.partition(";")[0] for problem in problems] == [
        "r.yaml:24:22: rule a: the desk has no team technical",
        "r.yaml:24:41: rule a: the desk has no policy vip",
        "r.yaml:24:56: rule a: the desk has no category outage",
        "r.yaml:24:72: rule a: the desk has no skill networks",
        "r.yaml:28:29: rule b: the desk has no acknowledgement template night",
        "r.yaml:3:11: the desk has no calendar office",
    ]


def test_the_calendar_that_every_desk_has_need_not_be_made() -> None:
    desk = DeskFacts(teams=("first-line",), hours={"night": ()})
    source = HEAD.replace("name: small", "name: small\ncalendar: always") + group(
        "main", rule_text("c", then="{team: first-line}")
    )

    assert unknown_names(read_rules(source, "r.yaml"), desk, "r.yaml") == []


def test_a_default_that_the_desk_does_not_have_is_found_at_its_place() -> None:
    (problem,) = unknown_names(rule_set(group("main", rule_text())), DeskFacts(teams=("technical",)), "r.yaml")

    assert str(problem) == "r.yaml:8:87: the desk has no team first-line; it has technical"


def test_a_desk_that_tells_nothing_is_not_held_against_the_rules() -> None:
    assert unknown_names(DEFAULT_RULES, DeskFacts(), "x") == []


NUMBERS = st.integers(-3, 6)
COMPARISONS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not", "at_least", "at_most"]), NUMBERS),
    st.tuples(st.sampled_from(["in", "not_in"]), st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)),
)


def condition(comparison: tuple[str, object], negated: bool) -> Condition:
    operator, operand = comparison
    found = compare("attachments.count", operator, operand, "x")  # type: ignore[arg-type]  # numbers and tuples of them
    made = negate(found) if negated else found
    assert isinstance(made, Condition)
    return made


@given(COMPARISONS, st.booleans(), COMPARISONS, st.booleans())
def test_numbers_exclude_each_other_exactly_if_none_satisfies_both(
    one: tuple[str, object], not_one: bool, other: tuple[str, object], not_other: bool
) -> None:
    a, b = condition(one, not_one), condition(other, not_other)

    def both(value: int) -> bool:
        facts = Facts(message(), NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware
        facts["attachments.count"] = value
        return a.ask(facts) is True and b.ask(facts) is True

    assert exclude_each_other(a, b) is not any(map(both, range(-12, 16)))


WORDS = st.text("ab", min_size=1, max_size=3)
TEXT_COMPARISONS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not", "starts_with", "ends_with", "contains"]), WORDS),
    st.tuples(st.sampled_from(["in", "not_in"]), st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just("known"), st.booleans()),
)


VALUES = st.one_of(st.none(), st.text("ab", max_size=5))


@given(TEXT_COMPARISONS, st.booleans(), TEXT_COMPARISONS, st.booleans(), VALUES)
def test_texts_are_never_said_to_exclude_each_other_where_one_satisfies_both(
    one: tuple[str, object], not_one: bool, other: tuple[str, object], not_other: bool, value: str | None
) -> None:
    def made(comparison: tuple[str, object], negated: bool) -> Condition:
        operator, operand = comparison
        found = (
            known("sender.name", bool(operand))
            if operator == "known"
            else compare("sender.name", operator, operand, "x")  # type: ignore[arg-type]  # texts and tuples of them
        )
        node = negate(found) if negated else found
        assert isinstance(node, Condition)
        return node

    a, b = made(one, not_one), made(other, not_other)
    facts = Facts(message(), NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware
    facts["sender.name"] = value

    if a.ask(facts) and b.ask(facts):
        assert not exclude_each_other(a, b)
    if a.ask(facts) and not b.ask(facts):
        assert not implies(a, b)


@given(COMPARISONS, st.booleans(), COMPARISONS, st.booleans())
def test_one_question_about_a_number_means_another_exactly_if_every_number_says_so(
    one: tuple[str, object], not_one: bool, other: tuple[str, object], not_other: bool
) -> None:
    a, b = condition(one, not_one), condition(other, not_other)

    def told(value: int) -> bool:
        facts = Facts(message(), NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware
        facts["attachments.count"] = value
        return a.ask(facts) is not True or b.ask(facts) is True

    assert implies(a, b) is all(map(told, range(-12, 16)))
