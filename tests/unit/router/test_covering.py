"""Rules that can never match because of rules before them that ask something else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.claims import implies
from router.domain.conditions import Condition, mentions, negate
from router.domain.facts import Facts
from router.domain.review import review
from router.domain.wording import Phrases
from tests.unit.router.samples import NOON, message, rule_text
from tests.unit.router.test_groups import group, rule_set
from tests.unit.router.test_review import found


def warned(*whens: str) -> list[str]:
    """What is said of rules with these questions in a `first` group."""
    rules = [rule_text(name, when=when) for name, when in zip("abcd", whens, strict=False)]
    return found(group("main", *rules, match="first"))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{message.channel: [email, sms]}", "{message.channel: email}"),
        ("{message.channel: {is_not: sms}}", "{message.channel: [email, voice]}"),
        ("{message.channel: {not_in: [sms]}}", "{message.channel: {not_in: [voice, sms]}}"),
        ("{attachments.count: {at_least: 1}}", "{attachments.count: {at_least: 3}}"),
        ("{attachments.count: {at_least: 1}}", "{attachments.count: 2}"),
        ("{not: {attachments.count: {at_most: 0}}}", "{attachments.count: {at_least: 1}}"),
        ("{message.content: {mentions: [uno, dos]}}", "{message.content: {mentions: [uno]}}"),
        ("{message.content: {mentions: [Caído]}}", "{message.content: {mentions: [está caido, caído del todo]}}"),
        ("{message.content: {mentions: [hack*]}}", "{message.content: {mentions: [hackead*, te hackean]}}"),
        ("{message.content: {mentions: [no val*]}}", "{message.content: {mentions: [ya no vale nada]}}"),
        ("{not: {message.content: {mentions: [uno]}}}", "{not: {message.content: {mentions: [uno, dos]}}}"),
        ("{any: [{message.html: true}, {message.cut: true}]}", "{message.html: true}"),
        ("{any: [{message.html: true}, {message.cut: true}]}", "{any: [{message.cut: true}, {message.html: true}]}"),
        ("{message.channel: [email, sms]}", "{any: [{message.channel: email}, {message.channel: sms}]}"),
        ("{auth.dmarc: {known: true}}", "{auth.dmarc: fail}"),
        ("{sender.domain: {ends_with: .example}}", "{sender.domain: acme.example}"),
        ("{sender.domain: {ends_with: .example}}", "{sender.domain: {ends_with: acme.example}}"),
        ("{message.subject: {contains: fact}}", "{message.subject: {starts_with: factura}}"),
        ("{attachments.types: {has_any: [text/csv, image/png]}}", "{attachments.types: text/csv}"),
        ("{message.automatic: {is: false}}", "{not: {message.automatic: true}}"),
        ("{cel: 'true'}", "{message.channel: email}"),
        ("{not: {cel: 'false'}}", "{message.channel: email}"),
        ("{message.channel: [email, sms], message.html: true}", "{message.html: true, message.channel: sms}"),
        ("{message.channel: [email, sms]}", "{message.channel: sms, any: [{message.cut: true}, {message.html: true}]}"),
    ],
)
def test_a_rule_that_another_question_before_leaves_nothing_to_is_warned_of(earlier: str, later: str) -> None:
    problem = warned(earlier, later)[-1]

    assert problem.startswith(
        "r.yaml:24:9: warning: rule b: the rule can never match: whatever it matches, a has matched"
    )
    assert problem.endswith("; put it before a")


def test_a_rule_that_several_before_leave_nothing_to_names_them() -> None:
    one, other = "{message.channel: email}", "{message.channel: sms}"

    (problem,) = warned(one, other, f"{{any: [{one}, {other}]}}")

    assert (
        "rule c: the rule can never match: whatever it matches, a or b has matched before; put it before a or b"
        in problem
    )


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{message.channel: email}", "{message.channel: [email, sms]}"),
        ("{attachments.count: {at_least: 3}}", "{attachments.count: {at_least: 1}}"),
        ("{message.content: {mentions: [uno]}}", "{message.content: {mentions: [uno, dos]}}"),
        ("{message.content: {mentions: [está caído]}}", "{message.content: {mentions: [caído]}}"),
        ("{message.content: {mentions: [hackead]}}", "{message.content: {mentions: [hackead*]}}"),
        ("{message.content: {mentions: [hackea*]}}", "{message.content: {mentions: [hack*]}}"),
        ("{message.content: {mentions: [a b]}}", "{message.content: {mentions: [a x b]}}"),
        ("{message.subject: {mentions: [uno]}}", "{message.text: {mentions: [uno]}}"),
        ("{message.html: true}", "{any: [{message.html: true}, {message.cut: true}]}"),
        ("{auth.dmarc: {is_not: fail}}", "{auth.dmarc: {known: false}}"),
        ("{auth.dmarc: {is_not: fail}}", "{auth.dmarc: {known: true}}"),
        ("{sender.domain: {ends_with: acme.example}}", "{sender.domain: {ends_with: .example}}"),
        ("{message.subject: {starts_with: fact}}", "{message.subject: {contains: factura}}"),
        ("{attachments.types: text/csv}", "{attachments.types: {has_any: [text/csv, image/png]}}"),
        ("{cel: message.length > 3}", "{cel: message.length > 4}"),
        ("{message.channel: [email, sms], message.html: true}", "{message.channel: sms}"),
    ],
)
def test_a_rule_that_may_still_match_is_not_warned_of(earlier: str, later: str) -> None:
    assert warned(earlier, later) == []


def test_what_covers_a_rule_counts_in_a_first_group_only() -> None:
    wide, narrow = rule_text("a", when="{message.channel: [email, sms]}"), rule_text("b")

    assert found(group("main", wide, narrow, match="all")) == []
    assert len(found(group("main", wide, narrow, match="first"))) == 1


def test_five_hundred_rules_are_compared_in_a_moment() -> None:
    when = (
        "{{any: [{{message.subject: {{contains: x{n}}}}}, {{message.cut: true}}],"
        " message.content: {{mentions: [alpha{n}, beta{n}]}}, message.length: {{at_least: {n}}}}}"
    )
    rules = [rule_text(f"r{n}", when=when.format(n=n)) for n in range(500)]
    rules_read = rule_set(group("main", *rules, match="first"))

    started = time.process_time()
    assert review(rules_read, "r.yaml") == []
    assert time.process_time() - started < 12  # it takes two to three; with the cube of the rules, minutes


PHRASES = st.lists(st.text("ab c", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=3)
STEMS = st.lists(st.sampled_from(["aab*", "abc*", "a b abc*", "cab bac*"]), max_size=2)


@given(PHRASES, STEMS, PHRASES, STEMS, st.text("ab c", max_size=12), st.booleans())
def test_phrases_are_never_said_to_mean_others_that_a_text_lacks(
    one: list[str], one_stems: list[str], other: list[str], other_stems: list[str], text: str, negated: bool
) -> None:
    a, b = (
        mentions("message.text", Phrases([*words, *stems]), "x")
        for words, stems in ((one, one_stems), (other, other_stems))
    )
    c, d = (negate(a), negate(b)) if negated else (a, b)
    assert isinstance(c, Condition)
    assert isinstance(d, Condition)
    facts = Facts(message("", text), NOON, NOON.tzinfo)  # type: ignore[arg-type]  # NOON is aware

    if c.ask(facts) and not d.ask(facts):
        assert not implies(c, d)
