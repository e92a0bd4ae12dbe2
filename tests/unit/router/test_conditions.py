import itertools

import pytest

from router.domain.conditions import Combined, Condition, Found, Truth, asker, conditions_of, negate, paths_of, truth_of
from router.domain.facts import Facts
from tests.unit.router.samples import NOON, decided, message, rule_text, rules_of, tried

TRUTHS: tuple[Truth, ...] = (True, False, None)


def constant(truth: Truth) -> Condition:
    return Condition(str(truth), (), lambda facts: truth, lambda facts: truth)


@pytest.mark.parametrize(("left", "right"), list(itertools.product(TRUTHS, TRUTHS)))
def test_all_and_any_combine_unknown_as_sql_does(left: Truth, right: Truth) -> None:
    both = Combined(True, (constant(left), constant(right)))
    either = Combined(False, (constant(left), constant(right)))

    assert truth_of(both, [left, right]) is (
        False if False in (left, right) else None if None in (left, right) else True
    )
    assert truth_of(either, [left, right]) is (
        True if True in (left, right) else None if None in (left, right) else False
    )


@pytest.mark.parametrize("truths", list(itertools.product(TRUTHS, repeat=3)))
def test_not_of_a_tree_is_the_opposite_of_the_tree(truths: tuple[Truth, ...]) -> None:
    first, second, third = map(constant, truths)
    tree = Combined(True, (first, Combined(False, (second, third))))
    facts = Facts(message(), NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware
    opposite = negate(tree)

    answers = [condition.ask(facts) for condition in conditions_of(opposite)]

    assert answers == [condition.test(facts) for condition in conditions_of(opposite)]
    truth = truth_of(tree, truths)
    assert asker(tree)(facts) is truth
    assert asker(opposite)(facts) is (None if truth is None else not truth)
    assert truth_of(opposite, answers) is (None if truth is None else not truth)


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ("{message.channel: email}", True),
        ("{message.channel: sms}", False),
        ("{message.channel: {is_not: sms}}", True),
        ("{message.channel: [sms, email]}", True),
        ("{message.channel: {not_in: [sms, email]}}", False),
        ("{sender.domain: ACME.example}", True),
        ("{sender.domain: {in: {list: friends}}}", True),
        ("{sender.address: {starts_with: ana@}}", True),
        ("{sender.domain: {ends_with: .example, contains: acme}}", True),
        ("{sender.domain: {ends_with: .example, contains: other}}", False),
        ("{message.subject: {contains: Down}}", False),
        ("{message.subject: {matches: '(?i)SERVER +is'}}", True),
        ("{message.content_folded: {matches: '\\bcaido\\b'}}", True),
        ("{message.text: {mentions: {list: down}}}", True),
        ("{message.subject: {mentions: [caído]}}", False),
        ("{message.content: {mentions: {list: [down, friends]}}}", True),
        ("{attachments.count: 2}", True),
        ("{attachments.count: {at_least: 2, at_most: 2}}", True),
        ("{attachments.count: {at_least: 3}}", False),
        ("{attachments.count: [1, 2, 3]}", True),
        ("{attachments.types: application/PDF}", True),
        ("{attachments.types: {has_any: [image/png, text/csv]}}", True),
        ("{attachments.names: fáctura.pdf}", True),
        ("{message.automatic: false}", True),
        ("{message.automatic: true}", False),
        ("{message.reply: true}", True),
        ("{auth.dmarc: {known: false}}", True),
        ("{auth.spf: pass, auth.dmarc: {known: false}}", True),
        ("{time.hour: 11, time.weekday: 1, time.date: 2026-11-23}", True),
        ("{not: {message.channel: sms}}", True),
        ("{not: {any: [{message.channel: sms}, {attachments.count: 2}]}}", False),
        ("{any: [{message.channel: sms}, {all: [{attachments.count: 2}, {message.channel: email}]}]}", True),
        ("[{message.channel: email}, {attachments.count: 3}]", False),
        ("{cel: 'message.channel == \"email\" && attachments.count > 1'}", True),
        ("{cel: 'attachments.types.exists(t, t.startsWith(\"image/\"))'}", True),
        ("{cel: 'auth.dmarc == \"fail\" || attachments.count == 2'}", True),
    ],
)
def test_each_way_to_ask_gives_the_expected_answer(when: str, matches: bool) -> None:
    received = message(
        "Server is down",
        "El servidor está CAÍDO, is down",
        authentication={"spf": "pass"},
        threading={"in_reply_to": "x@acme.example"},
        attachments=[
            {"filename": "Fáctura.pdf", "content_type": "application/pdf", "size_bytes": 10, "sha256": "0" * 64},
            {"filename": "b.png", "content_type": "image/png", "size_bytes": 10, "sha256": "0" * 64},
        ],
    )

    outcome = decided(received, rules_of(rule_text(when=when)))

    assert outcome.failures == []
    assert tried(outcome)[0].outcome == ("matched" if matches else "not_matched")


@pytest.mark.parametrize(
    "when",
    [
        "{auth.dmarc: fail}",
        "{auth.dmarc: {is_not: fail}}",
        "{not: {auth.dmarc: fail}}",
        "{auth.dmarc: {matches: fail}}",
        "{cel: 'auth.dmarc == \"fail\"'}",
        "{not: {cel: 'auth.dmarc == \"fail\"'}}",
    ],
)
def test_a_fact_that_is_not_known_is_neither_true_nor_false(when: str) -> None:
    outcome = decided(message(), rules_of(rule_text(when=when)))

    assert tried(outcome)[0].outcome == "unknown"
    assert tried(outcome)[0].truths == (None,)
    assert outcome.failures == []
    assert outcome.values["team"] == "first-line"


def test_rules_see_the_beginning_of_a_long_text() -> None:
    rules = rules_of(rule_text(when="{message.text: {mentions: {list: down}}}"))

    assert tried(decided(message(text="a " * 3_000 + "caído"), rules))[0].outcome == "matched"
    assert tried(decided(message(text="a " * 10_000 + "caído"), rules))[0].outcome == "not_matched"


def test_a_condition_tells_what_was_asked_and_what_was_found() -> None:
    rules = rules_of(
        rule_text(when="{message.text: {mentions: {list: down}}, not: {sender.domain: {in: {list: friends}}}}")
    )

    first, second = rules.rules[0].conditions

    assert first.text == "message.text mentions down"
    assert second.text == "not: sender.domain is one of friends"
    entry = tried(decided(message(text="it is down"), rules))[0]
    assert entry.truths == (True, False)
    assert entry.found == ((0, Found(True, ("is down",))),)


def test_a_condition_tells_what_it_stands_in_and_an_all_around_everything_goes_without_saying() -> None:
    a, b, c, d, e = map(constant, [True] * 5)
    tree = Combined(True, (a, Combined(False, (b, Combined(True, (c, d)))), Combined(False, (e,))))

    assert paths_of(tree) == ((), ("any 1",), ("any 1", "all 2"), ("any 1", "all 2"), ("any 3",))
    assert paths_of(Combined(False, (a, b))) == (("any 1",), ("any 1",))
    assert paths_of(a) == ((),)
