from pathlib import Path

import pytest

from router.adapters.rule_file import default_rules_text, load_rules, read_rules
from router.errors import RulesRefused
from tests.unit.router.samples import DEFAULT_RULES, HEAD, file_with, rule_text


def problems(source: str) -> list[str]:
    with pytest.raises(RulesRefused) as refused:
        read_rules(source, "r.yaml")
    return str(refused.value).splitlines()


def test_a_good_file_becomes_a_rule_set_in_the_order_of_the_file() -> None:
    rules = read_rules(file_with(rule_text("one"), rule_text("two"), match="first"), "r.yaml")

    assert rules.name == "small"
    assert [rule.name for rule in rules.rules] == ["one", "two"]
    assert rules.groups[0].first
    assert rules.rules[0].line == 20
    assert rules.matrix["high"]["low"] == "normal"
    assert rules.recorded == ("message.channel",)


@pytest.mark.parametrize(
    ("when", "place", "reason"),
    [
        ("{sender.domian: x}", "26:16", "unknown fact sender.domian; did you mean sender.domain?"),
        ("{cel: 'sender.domian == \"x\"'}", "26:22", "unknown fact sender.domian; did you mean sender.domain?"),
        ("{cel: attachments.count > 1.5}", "26:39", "found no matching overload for '_>_' applied to '(int, double)'"),
        ("{cel: attachments.count}", "26:21", "the expression is a int, not true or false"),
        ("{cel: 'attachments.count >'}", "26:41", "Syntax error"),
        ("{cel: 'message.text.matches(\"(a\")'}", "26:43", "invalid regular expression: missing ): (a"),
        ("{cel: 'message.text.matches(\"(?=a)\")'}", "26:43", "invalid regular expression"),
        ("{cel: 'message.text.matches(message.subject)'}", "26:22", "matches() wants a pattern in quotes"),
        ("{message.text: {matches: '(a'}}", "26:40", "invalid regular expression: missing ): (a"),
        (
            "{attachments.types: {mentions: [a]}}",
            "26:36",
            "unknown key mentions in the comparison of attachments.types",
        ),
        ("{message.channel: emial}", "26:33", "emial is no value of message.channel; did you mean email?"),
        ("{message.channel: [email, emial]}", "26:33", "emial is no value of message.channel; did you mean email?"),
        ("{attachments.count: many}", "26:35", "what attachments.count is compared with must be a whole number"),
        ("{message.automatic: yes}", "26:35", "what message.automatic is compared with must be true or false"),
        ("{sender.domain: {in: {list: freinds}}}", "26:43", "freinds is no named list; did you mean friends?"),
        ("{attachments.count: {in: {list: friends}}}", "26:40", "attachments.count is a number, and named lists hold"),
        ("{message.text: {mentions: ['*']}}", "26:41", "'*' holds no letter and no digit"),
        ("{any: []}", "26:21", "any must be a list with at least one entry"),
        ("hello", "26:15", "a condition must be a mapping"),
        ("{}", "26:15", "a condition must be a mapping"),
    ],
)
def test_a_mistake_in_a_condition_is_reported_with_place_rule_and_reason(when: str, place: str, reason: str) -> None:
    (problem,) = problems(file_with(rule_text("first"), rule_text("wrong", when=when)))

    assert problem.startswith(f"r.yaml:{place}: rule wrong: ")
    assert reason in problem


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("{team: tecnical}", "tecnical is no team; did you mean technical?"),
        ("{policy: gold}", "gold is no policy; known are standard, vip"),
        ("{category: outrage}", "outrage is no category; did you mean outage?"),
        ("{type: bug}", "bug is no type"),
        ("{tier: 4}", "4 is no tier; known are 1, 2, 3"),
        ("{priority: hihg}", "hihg is no priority; did you mean high?"),
        ("{urgency: {at_leest: high}}", "unknown key at_leest in urgency; did you mean at_least?"),
        ("{acknowledge: no}", "acknowledge must be true, false or the name of a template; known are thanks, night"),
        ("{quarantine: true}", "true is no reason for quarantine; write why in words"),
        ("{quarantine: No}", "No is no reason for quarantine; write why in words"),
        ("{quarantine: }", "nothing is no reason for quarantine; write why in words"),
        ("{skills: [german]}", "german is no skill; known are french, networks"),
        ("{}", "then sets nothing"),
    ],
)
def test_a_mistake_in_an_action_is_reported_with_line_and_reason(then: str, reason: str) -> None:
    (problem,) = problems(file_with(rule_text("wrong", then=then)))

    assert problem.startswith("r.yaml:23:")
    assert f"rule wrong: {reason}" in problem


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    found = problems(
        file_with(
            rule_text("one", when="{a.b: 1}", then="{team: nobody}"),
            rule_text("one"),
            rule_text("two", when="{cel: 'a.b'}"),
        )
    )

    assert [problem.split(": rule")[0] for problem in found] == [
        "r.yaml:22:16",
        "r.yaml:23:22",
        "r.yaml:24:15",
        "r.yaml:30:22",
    ]
    assert "the name one is taken" in found[2]


def test_a_mistake_in_a_block_of_cel_is_found_in_its_line() -> None:
    block = "\n          cel: |\n            message.automatic &&\n              atachments.count > 1"

    (problem,) = problems(file_with(rule_text("wrong", when=block)))

    assert problem.startswith(
        "r.yaml:25:15: rule wrong: unknown fact atachments.count; did you mean attachments.count?"
    )


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ("\n          cel: >\n            message.automatic &&\n            atachments.count > 1", "25:13"),
        ("\n          cel: >-\n\n            message.automatic &&\n\n            atachments.count > 1", "27:13"),
        ("\n          cel: |2 # why\n              message.automatic\n            && atachments.count > 1", "25:16"),
        ("\n          cel: message.automatic &&\n            atachments.count > 1", "24:13"),
        ("\n          cel: 'message.subject != ''a'' &&\n            atachments.count > 1'", "24:13"),
        ('\n          cel: "message.subject != \\"\\u00e1\\" && atachments.count > 1"', "23:50"),
        ('\n          cel: "message.automatic \\\n            && atachments.count > 1"', "24:16"),
    ],
)
def test_a_mistake_in_cel_over_several_lines_is_found_where_it_stands(block: str, place: str) -> None:
    (problem,) = problems(file_with(rule_text("wrong", when=block)))

    assert problem.startswith(f"r.yaml:{place}: rule wrong: unknown fact atachments.count; did you mean")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "1:1: the file is empty or not a mapping"),
        ("[1]", "1:1: the file is empty or not a mapping"),
        ("a: [", "1:5: not YAML"),
        ("a: 1\n\tb: 2", "2:1: not YAML"),
        ("a: \x00", "1:4: not YAML"),
        ("a: &x 1\nb: *x", "anchors and aliases are not allowed"),
        (
            "a: !!python/name:os.system 1\nname: x",
            "1:4: the tag tag:yaml.org,2002:python/name:os.system is not allowed",
        ),
        ("a: !thing 1", "the tag !thing is not allowed"),
        ("[" * 5_000, "1:32: more than 30 levels deep"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("a: " + "{a: " * 40 + "1" + "}" * 40, "more than 30 levels deep"),
        ("x" * 1_000_001, "the file has more than 1000000 characters"),
        (HEAD.replace("name: small", "name: Small One"), "2:7: Small One is no name of the rule set"),
        (HEAD.replace("rules: 1", "rules: 2"), "1:8: 2 is no version of the rule language"),
        (HEAD.replace("tier: 1, ", ""), "8:11: tier is missing in defaults"),
        (
            HEAD.replace("low: {high: normal, medium: low, low: low}", "low: {high: normal, medium: low}"),
            "for urgency low",
        ),
        (HEAD.replace("  high: {high: urgent, medium: high, low: normal}\n", ""), "no row for impact high"),
        (HEAD.replace("name: small", "name: small\nzone: Europe/Madird"), "3:7: Europe/Madird is no time zone"),
        (HEAD.replace("name: small", "name: small\nname: twice"), "3:1: name stands twice in the file"),
        (HEAD.replace("name: small", "name: small\ngruops: 1"), "unknown key gruops in the file; did you mean groups?"),
        (HEAD.replace("groups:\n", ""), "1:1: groups is missing"),
        (HEAD, "16:8: groups must be a list"),
    ],
)
def test_a_file_that_is_no_rule_file_is_refused_with_its_reason(source: str, reason: str) -> None:
    assert any(reason in problem for problem in problems(source))


@pytest.mark.parametrize(
    "expression",
    [
        "attachments.types.all(a, attachments.types.all(b, attachments.types.all(c, true)))",
        "attachments.types.map(a, a + a).size() > 0",
        "(" * 40 + "message.automatic" + ")" * 40,
        "message.automatic && " * 200 + "true",
        f"[{','.join('1' * 400)}].all(a, [{','.join('1' * 400)}].all(b, a == b))",
    ],
)
def test_an_expression_that_could_cost_too_much_is_refused(expression: str) -> None:
    (problem,) = problems(file_with(rule_text("bomb", when=f"{{cel: '{expression}'}}")))

    assert "rule bomb: " in problem


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: \xf1")

    for name, reason in (("absent.yaml", "cannot be read"), ("latin.yaml", "not UTF-8"), (".", "cannot be read")):
        with pytest.raises(RulesRefused, match=reason):
            load_rules(tmp_path / name)


def test_comments_spacing_and_quotes_do_not_change_the_hash_but_content_does() -> None:
    source = file_with(rule_text("one"), rule_text("two"))
    respelt = "# a comment\n\n" + source.replace("name: one", "name:   'one'  # why").replace(
        "{team: technical}", '{"team": technical}'
    )

    assert read_rules(source, "a").hash == read_rules(respelt, "b").hash
    assert read_rules(source, "a").hash != read_rules(source.replace("caído", "caida"), "a").hash
    assert read_rules(source, "a").hash != read_rules(file_with(rule_text("two"), rule_text("one")), "a").hash


def test_the_order_of_keys_does_not_change_the_hash() -> None:
    source = file_with(rule_text(then="{team: technical, impact: high}"))
    reordered = file_with(rule_text(then="{impact: high, team: technical}"))

    assert read_rules(source, "a").hash == read_rules(reordered, "a").hash


def test_words_that_yaml_takes_for_something_else_stay_words() -> None:
    rules = read_rules(file_with(rule_text(when="{message.text: {mentions: [no, 12, on]}}")), "a")

    assert rules.rules[0].conditions[0].text == "message.text mentions no, 12, on"


def test_the_default_rules_are_valid_and_their_text_can_be_printed() -> None:
    assert read_rules(default_rules_text(), "x").hash == DEFAULT_RULES.hash
    assert len(DEFAULT_RULES.rules) >= 10
