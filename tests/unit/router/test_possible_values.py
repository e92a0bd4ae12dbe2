"""Questions about what a fact never is."""

import pytest

from router.domain.facts import CATALOGUE, Kind
from router.domain.possible_values import FORMS, RANGES
from tests.unit.router.samples import rule_text
from tests.unit.router.test_groups import group
from tests.unit.router.test_review import found


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{time.weekday: 8}", "time.weekday is never 8; it is from 1 to 7"),
        ("{time.weekday: [6, 7, 8]}", "time.weekday is never 8; it is from 1 to 7"),
        ("{time.hour: {at_least: 25}}", "time.hour is never at least 25; it is from 0 to 23"),
        ("{not: {time.hour: {at_least: 24}}}", "time.hour is never at least 24; it is from 0 to 23"),
        ("{attachments.count: {at_most: -1}}", "attachments.count is never at most -1; it is at least 0"),
        ("{auth.dmarc: failed}", "auth.dmarc is never failed; it is one of pass, fail, softfail"),
        ("{auth.spf: {not_in: [pass, good]}}", "auth.spf is never good; it is one of pass, fail, softfail"),
        ("{sender.domain: '@acme.example'}", "sender.domain is never @acme.example; it is what stands behind the @"),
        ("{sender.domain: {ends_with: '@acme.example'}}", "sender.domain is never @acme.example"),
        ("{time.date: 2026-13-45}", "time.date is never 2026-13-45; it is a date such as `2026-12-24`"),
        ("{time.date: 20261224}", "time.date is never 20261224; it is a date such as `2026-12-24`"),
        ("{message.language: french}", "message.language is never french; it is a code such as `es`"),
        ("{cel: 'false'}", "“cel: false” is never true, whatever the message"),
        ("{cel: 1/0 == 1}", "“cel: 1/0 == 1” fails whatever the message: divide by zero"),
        ("{not: {cel: 1/0 == 1}}", "“not: cel: 1/0 == 1” fails whatever the message: divide by zero"),
        ("{not: {cel: 'true'}}", "“not: cel: true” is never true, whatever the message"),
        ("{any: [{message.cut: true}, {time.weekday: 0}]}", "time.weekday is never 0; it is from 1 to 7"),
    ],
)
def test_what_a_fact_never_is_is_a_mistake(when: str, reason: str) -> None:
    (problem,) = found(group("main", rule_text("wrong", when=when)))

    assert problem.startswith("r.yaml:22:")
    assert f": rule wrong: {reason}" in problem


@pytest.mark.parametrize(
    "when",
    [
        "{time.hour: {at_least: 0, at_most: 24}}",
        "{time.weekday: [1, 7]}",
        "{auth.dmarc: [pass, temperror]}",
        "{auth.dkim: {contains: x}}",
        "{sender.domain: {ends_with: .example, starts_with: ac}}",
        "{time.date: {starts_with: 2026-12}}",
        "{message.language: [es, zh-hant]}",
        "{message.bounce_status: {starts_with: 5.}}",
        "{cel: 'true'}",
        "{cel: attachments.count > 1}",
    ],
)
def test_what_a_fact_may_be_is_left_alone(when: str) -> None:
    assert found(group("main", rule_text("fine", when=when))) == []


def test_facts_with_a_range_or_a_form_are_facts() -> None:
    assert {*RANGES, *FORMS} <= set(CATALOGUE)
    assert all(CATALOGUE[name].kind is Kind.NUMBER for name in RANGES)
    assert all(CATALOGUE[name].kind is Kind.TEXT for name in FORMS)
