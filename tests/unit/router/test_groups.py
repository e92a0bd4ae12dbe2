"""Groups that are called, groups for answers, and the newer actions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.adapters.rule_file import read_rules
from router.domain.rules import RuleSet
from router.errors import RulesRefused
from tests.unit.router.samples import HEAD, decided, message, rule_text, trace
from ventanilla_contracts.decisions import Decision
from ventanilla_contracts.words import PRIORITIES

ANSWER = {"threading": {"in_reply_to": "x@desk.example"}}


def group(name: str, *rules: str, match: str = "all", more: str = "") -> str:
    return f"  - name: {name}\n    match: {match}\n{more}    rules:\n{''.join(rules)}"


def called(name: str, *rules: str, match: str = "all") -> str:
    return group(name, *rules, match=match, more="    called: true\n")


def for_answers(name: str, *rules: str, match: str = "all", more: str = "") -> str:
    return group(name, *rules, match=match, more=f"    on: reply\n{more}")


def rule_set(*groups: str) -> RuleSet:
    return read_rules(HEAD + "".join(groups), "r.yaml")


def refusal(*groups: str) -> str:
    with pytest.raises(RulesRefused) as refused:
        rule_set(*groups)
    return str(refused.value)


def test_a_called_group_is_gone_through_right_after_the_one_that_calls_it() -> None:
    rules = rule_set(
        called("details", rule_text("deep", then="{team: technical, tags: deep}")),
        group("main", rule_text("caller", then="{continue: details}"), rule_text("mate", then="{tags: mate}")),
        group("last", rule_text("end", then="{tags: end}")),
    )

    outcome = decided(message(), rules)

    assert outcome.values["tags"] == ("mate", "deep", "end")
    assert outcome.set_by["team"] == "deep"
    assert [rule.name for rule in outcome.matched] == ["caller", "mate", "deep", "end"]


def test_a_group_that_no_matching_rule_calls_is_not_tried_and_the_trace_says_so() -> None:
    rules = rule_set(
        group("main", rule_text("caller", when="{message.channel: sms}", then="{continue: details}")),
        called("details", rule_text("deep")),
    )

    outcome = decided(message(), rules)

    assert trace(outcome, rules) == [
        ("caller", "not_matched", ""),
        ("deep", "not_tried", ""),
    ]
    assert outcome.values["team"] == "first-line"


def test_a_group_that_is_called_twice_is_gone_through_once() -> None:
    rules = rule_set(
        group("main", rule_text("a", then="{continue: shared}"), rule_text("b", then="{continue: shared}")),
        group("more", rule_text("c", then="{continue: shared}")),
        called("shared", rule_text("deep")),
    )

    assert [rule.name for rule in decided(message(), rules).matched] == ["a", "b", "deep", "c"]


def test_called_groups_may_call_others() -> None:
    rules = rule_set(
        group("main", rule_text("a", then="{continue: one}")),
        called("one", rule_text("b", then="{continue: two}")),
        called("two", rule_text("c", then="{team: technical}")),
    )

    assert decided(message(), rules).set_by["team"] == "c"


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([group("main", rule_text("a", then="{continue: nowhere}"))],
         "rule a: no group is named nowhere; there is none"),
        ([group("main", rule_text("a", then="{continue: other}")), group("other", rule_text("b"))],
         "rule a: the group other is gone through anyway; write `called: true` in it"),
        ([group("main", rule_text("a", then="{continue: one}")), called("one", rule_text("b", then="{continue: two}")),
          called("two", rule_text("c", then="{continue: one}"))],
         "rule b: the group two leads back to one; a decision must come to an end: break the circle"),
        ([group("main", rule_text("a", then="{continue: self}")),
          called("self", rule_text("b", then="{continue: self}"))],
         "rule b: the group self leads back to self"),
        ([group("main", rule_text("a", then="{continue: answers}")),
          for_answers("answers", rule_text("b"), more="    called: true\n")],
         "rule a: the group answers is not for the same kind of message"),
        ([group("main", rule_text("a"), more="    called: maybe\n")], "called must be true or false"),
        ([group("main", rule_text("a"), more="    on: tuesday\n")], "tuesday is no kind of message"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_meant_is_refused_with_its_rule(groups: list[str], reason: str) -> None:
    assert reason in refusal(*groups)


def test_a_refused_call_is_reported_where_it_stands() -> None:
    assert refusal(group("main", rule_text("a", then="{continue: nowhere}"))).startswith("r.yaml:23:26: rule a: ")


def test_rules_for_answers_change_the_ticket_and_nothing_in_a_new_one() -> None:
    rules = rule_set(
        group("main", rule_text("new", then="{tags: fresh}")),
        for_answers("answers", rule_text("reopened", then="{priority: high, team: technical, tags: [back, again]}")),
    )

    answer, first = decided(message(**ANSWER), rules), decided(message(), rules)

    assert first.on_reply is None
    assert answer.on_reply == {
        "priority": "high", "team": "technical", "tags": ("back", "again"), "rules": ("reopened",),
    }  # fmt: skip
    assert answer.values == first.values
    assert answer.set_by == first.set_by
    assert [entry[1] for entry in trace(first, rules)] == ["matched", "not_tried"]
    assert Decision.model_validate({**answer.values, "on_reply": answer.on_reply}).on_reply is not None


def test_the_last_rule_for_answers_wins_and_tags_add_up() -> None:
    rules = rule_set(
        for_answers(
            "answers",
            rule_text("one", then="{type: incident, policy: vip, tags: a}"),
            rule_text("two", then="{type: request, tags: [a, b]}"),
        )
    )

    assert decided(message(**ANSWER), rules).on_reply == {
        "type": "request", "service_level_policy": "vip", "tags": ("a", "b"), "rules": ("one", "two"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("thens", "wanted"),
    [
        (["{priority: {at_least: high}}"], {"at_least": {"priority": "high"}}),
        (["{priority: {at_least: high}}", "{priority: {at_least: normal}}"], {"at_least": {"priority": "high"}}),
        (["{priority: {at_most: high}, tier: {at_least: 2}}"],
         {"at_most": {"priority": "high"}, "at_least": {"tier": "2"}}),
        (["{priority: {at_least: high}}", "{priority: {at_most: normal}}"],
         {"at_least": {"priority": "normal"}, "at_most": {"priority": "normal"}}),
        (["{priority: {at_most: normal}}", "{priority: {at_least: high}}"],
         {"at_least": {"priority": "high"}, "at_most": {"priority": "high"}}),
        (["{priority: low}", "{priority: {at_least: high}}"], {"priority": "high"}),
        (["{priority: urgent}", "{priority: {at_least: high}}"], {"priority": "urgent"}),
        (["{priority: {at_least: high}, tier: {at_least: 2}}", "{priority: low}"],
         {"priority": "low", "at_least": {"tier": "2"}}),
        (["{priority: {at_least: high}}", "{priority: low}"], {"priority": "low"}),
    ],
)  # fmt: skip
def test_a_bound_is_carried_on_where_nobody_has_set_the_value(thens: list[str], wanted: dict[str, object]) -> None:
    rules = rule_set(for_answers("answers", *[rule_text(f"r{n}", then=then) for n, then in enumerate(thens)]))

    found = decided(message(**ANSWER), rules).on_reply

    assert found is not None
    assert {name: value for name, value in found.items() if name not in ("tags", "rules")} == wanted
    assert Decision.model_validate({"on_reply": found}).on_reply is not None


@given(
    thens=st.lists(
        st.tuples(st.sampled_from(["set", "at_least", "at_most"]), st.sampled_from(PRIORITIES)), min_size=1, max_size=5
    ),
    ticket=st.sampled_from(PRIORITIES),
)
@settings(max_examples=60, deadline=None)
def test_bounds_mean_what_they_would_one_after_the_other(thens: list[tuple[str, str]], ticket: str) -> None:
    texts = [f"{{priority: {word}}}" if how == "set" else f"{{priority: {{{how}: {word}}}}}" for how, word in thens]
    rules = rule_set(for_answers("answers", *[rule_text(f"r{n}", then=text) for n, text in enumerate(texts)]))
    expected = ticket
    for how, word in thens:
        pick = {"set": lambda _, b, key: b, "at_least": max, "at_most": min}[how]
        expected = pick(expected, word, key=PRIORITIES.index)

    found = decided(message(**ANSWER), rules).on_reply

    assert found is not None
    value = found.get("priority", ticket)
    for how, pick in (("at_least", max), ("at_most", min)):
        if (bounds := found.get(how)) is not None:
            assert isinstance(bounds, dict)
            value = pick(str(value), bounds["priority"], key=PRIORITIES.index)
    assert value == expected


def test_an_answer_that_no_rule_matches_changes_nothing() -> None:
    rules = rule_set(for_answers("answers", rule_text("a", when="{message.channel: sms}")))

    assert decided(message(**ANSWER), rules).on_reply is None


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("{impact: high}", "unknown key impact in then of a rule for answers"),
        ("{acknowledge: false}", "unknown key acknowledge in then of a rule for answers"),
        ("{quarantine: odd}", "unknown key quarantine in then of a rule for answers"),
        ("{skills: french}", "unknown key skills in then of a rule for answers"),
        ("{team: {at_least: technical}}", "team must be a text"),
        ("{priority: {at_least: loud}}", "loud is no priority"),
        ("{priority: {}}", "priority says nothing; write `priority: {at_least: …}` or a value"),
        ("{tier: {at_least: 3, at_most: 2}}", "no tier is both at least 3 and at most 2"),
    ],
)
def test_what_a_rule_for_answers_cannot_set_is_refused(then: str, reason: str) -> None:
    assert reason in refusal(for_answers("answers", rule_text("a", then=then)))


def test_skills_add_up_and_each_names_its_rule() -> None:
    rules = rule_set(
        group("main", rule_text("one", then="{skills: french}"), rule_text("two", then="{skills: [french, networks]}"))
    )

    outcome = decided(message(), rules)

    assert outcome.values["skills"] == ("french", "networks")
    assert (outcome.set_by["skills.french"], outcome.set_by["skills.networks"]) == ("one", "two")


@pytest.mark.parametrize(
    ("thens", "acknowledge", "template"),
    [
        (["{acknowledge: thanks}"], True, "thanks"),
        (["{acknowledge: false}"], False, None),
        (["{acknowledge: true}"], True, None),
        (["{acknowledge: false}", "{acknowledge: night}"], True, "night"),
        (["{acknowledge: night}", "{acknowledge: false}"], False, None),
        (["{acknowledge: night}", "{acknowledge: true}"], True, None),
    ],
)
def test_an_acknowledgement_is_silence_the_desks_own_or_a_template(
    thens: list[str], acknowledge: bool, template: str | None
) -> None:
    rules = rule_set(group("main", *(rule_text(f"r{n}", then=then) for n, then in enumerate(thens))))

    values = decided(message(), rules).values

    assert (values["acknowledge"], values["acknowledgement"]) == (acknowledge, template)


def test_defaults_may_name_a_template_and_skills() -> None:
    source = HEAD.replace("policy: standard}", "policy: standard, acknowledge: thanks, skills: [french]}")

    values = decided(message(), read_rules(source + group("main", rule_text()), "r.yaml")).values

    assert (values["acknowledge"], values["acknowledgement"], values["skills"]) == (True, "thanks", ("french",))


def test_a_file_may_not_have_groups_without_end() -> None:
    assert "101 groups, 100 are allowed" in refusal(*(group(f"g{n}", rule_text(f"r{n}")) for n in range(101)))
