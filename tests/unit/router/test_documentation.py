"""What docs/rules.md says is true: its lists are complete and its examples are valid."""

import re
from pathlib import Path

import pytest

from router.adapters.rule_conditions import _OPERATORS
from router.adapters.rule_file import read_rules
from router.domain.facts import CATALOGUE
from router.domain.rules import FIELDS
from tests.unit.router.samples import HEAD

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
EXAMPLES = [
    block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if block.lstrip().startswith("- name:")
]


def test_every_fact_operator_and_action_is_described() -> None:
    for name in CATALOGUE:
        _, _, last = name.partition(".")
        assert f"`{name}`" in PAGE or f"`…{last}`" in PAGE, name
    for operators in _OPERATORS.values():
        assert all(f"`{operator}`" in PAGE for operator in operators)
    assert all(f"`{field}`" in PAGE for field in FIELDS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_valid_rule(example: str) -> None:
    head = (
        HEAD.replace("teams: [", "teams: [facilities, billing, ")
        .replace("categories: [", "categories: [parking, billing, ")
        .replace("lists:\n", "lists:\n  vip-domains: [vip.example]\n")
    )

    rules = read_rules(f"{head}  - name: examples\n    match: all\n    rules:\n{example}", "rules.md")

    assert len(rules.rules) == 1


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4
