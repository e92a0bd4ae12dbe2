"""The published schema: fresh, and of one mind with the reader."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from router.adapters.rule_file import default_rules_text, read_rules
from router.errors import RulesRefused
from router.rule_schema import rule_schema, schema_text
from tests.unit.router.samples import HEAD, file_with, rule_text
from tests.unit.router.test_groups import called, for_answers, group

FILE = Path(__file__).parents[3] / "services" / "router" / "rules.schema.json"
VALIDATOR = jsonschema.Draft7Validator(rule_schema())


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as the editors' language server reads it: `on` and a date are texts."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("int", "float", "null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver(  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it untyped
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


def schema_problems(source: str) -> list[str]:
    """What the schema has against a rule file."""
    content: Any = yaml.load(source, EditorLoader)
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in VALIDATOR.iter_errors(content)]


def test_the_committed_schema_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: router schema > services/router/rules.schema.json"


def test_it_is_a_schema_itself() -> None:
    jsonschema.Draft7Validator.check_schema(rule_schema())


def test_the_shipped_rules_hold_against_it() -> None:
    assert schema_problems(default_rules_text()) == []


GOOD = [
    file_with(rule_text(when=when))
    for when in (
        "{message.channel: [email, sms]}",
        "{attachments.count: {at_least: 1, at_most: 3}}",
        "{attachments.count: [1, 2]}",
        "{message.text: {mentions: [no, 12, on]}}",
        "{message.text: {mentions: {list: [down, friends]}, matches: x}}",
        "[{time.date: 2026-11-23}, {not: {any: [{cel: 'true'}, {message.cut: false}]}}]",
        "{auth.dmarc: {known: false}}",
    )
] + [
    file_with(rule_text(then="{tier: 2, priority: {at_least: high}, acknowledge: night, skills: french}")),
    file_with(rule_text(then="{tags: [a, 1]}")),
    HEAD + group("a", rule_text(then="{continue: b}")) + called("b", rule_text("x")),
    HEAD + for_answers("a", rule_text(then="{tier: 2, priority: high}")),
]
BAD = [
    file_with(rule_text(when=when))
    for when in (
        "{sender.domian: x}",
        "{message.channel: emial}",
        "{message.channel: {starts: a}}",
        "{attachments.count: many}",
        "{message.automatic: maybe}",
        "{attachments.types: {mentions: [a]}}",
        "{any: []}",
        "{}",
        "hello",
    )
] + [
    file_with(rule_text(then="{type: bug}")),
    file_with(rule_text(then="{urgency: {at_leest: high}}")),
    file_with(rule_text(then="{}")),
    HEAD + group("a", rule_text(), more="    on: tuesday\n"),
    HEAD + for_answers("a", rule_text(then="{impact: high}")),
    HEAD + for_answers("a", rule_text(then="{priority: {at_least: loud}}")),
    file_with(rule_text()).replace("tier: 1, ", ""),
    file_with(rule_text()).replace("name: small", "name: Small One"),
    file_with(rule_text()).replace("en: Title", "de: Titel"),
]


@pytest.mark.parametrize("source", GOOD)
def test_what_the_reader_takes_the_schema_takes(source: str) -> None:
    read_rules(source, "a")

    assert schema_problems(source) == []


@pytest.mark.parametrize("source", BAD)
def test_a_mistake_of_form_is_one_for_both(source: str) -> None:
    with pytest.raises(RulesRefused):
        read_rules(source, "a")

    assert schema_problems(source) != []
