"""What docs/rules.md says is true: its lists are complete and its examples are valid."""

import re
from pathlib import Path

import pytest

from router.__main__ import cli
from router.adapters.case_file import read_cases
from router.adapters.rule_conditions import OPERATORS
from router.adapters.rule_file import read_rules
from router.domain.cases import judge
from router.domain.facts import CATALOGUE
from router.domain.review import review
from router.domain.rules import FIELDS
from tests.unit.router.samples import DEFAULT_RULES, HEAD, rule_text
from tests.unit.router.test_rule_schema import schema_problems

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = [block for block in BLOCKS if block.startswith("      - name:")]
GROUPS = [block for block in BLOCKS if block.startswith("  - name:")]
WHOLE_FILE = next(block for block in BLOCKS if block.startswith("rules: 1"))
DOCUMENTED_HEAD = (
    HEAD.replace("teams: [", "teams: [facilities, billing, ")
    .replace("categories: [", "categories: [parking, billing, ")
    .replace("lists:\n", "lists:\n  vip-domains: [vip.example]\n")
    .replace("name: small", "name: small\ncalendar: office")
)


def test_every_fact_operator_and_action_is_described() -> None:
    for name in CATALOGUE:
        _, _, last = name.partition(".")
        assert f"`{name}`" in PAGE or f"`…{last}`" in PAGE, name
    for operators in OPERATORS.values():
        assert all(f"`{operator}`" in PAGE for operator in operators)
    assert all(f"`{field}`" in PAGE for field in FIELDS)


def file_of(example: str) -> str:
    """A whole file around rules or groups of the page."""
    if example in GROUPS:
        return DOCUMENTED_HEAD + example
    return f"{DOCUMENTED_HEAD}  - name: examples\n    match: all\n    rules:\n{example}"


@pytest.mark.parametrize("example", [*EXAMPLES, *GROUPS])
def test_every_example_is_valid_and_can_match(example: str) -> None:
    rules = read_rules(file_of(example), "rules.md")

    assert review(rules, "rules.md") == []
    assert len(rules.rules) == (example.count("title:") if example in GROUPS else 1)


@pytest.mark.parametrize("example", [*EXAMPLES, *GROUPS])
def test_every_example_holds_against_the_schema(example: str) -> None:
    assert schema_problems(file_of(example)) == []


def test_the_shown_file_is_one_but_for_its_rules() -> None:
    source = WHOLE_FILE.replace("rules: []", f"rules:\n{rule_text()}")

    assert read_rules(source.replace("# at least one", ""), "rules.md").calendar == "office"
    assert schema_problems(source) == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 7
    assert len(GROUPS) >= 2


def test_the_shown_cases_are_valid_and_hold_for_the_shipped_rules() -> None:
    (block,) = [block for block in BLOCKS if block.startswith("cases:")]

    for case in read_cases(block, "rules.md"):
        assert judge(case, DEFAULT_RULES).misses == ()


def test_every_command_is_described_in_the_readme() -> None:
    readme = (Path(__file__).parents[3] / "services" / "router" / "README.md").read_text(encoding="utf-8")

    for command in cli.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert re.search(rf"(router|·) {name}\b", readme), name
