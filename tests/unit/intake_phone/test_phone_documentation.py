"""docs/phone-flows.md: its example is read, its tables have every field, and it names every fault."""

import re
from pathlib import Path

import pytest

from intake_phone.adapters.flow_file import read_flow_text
from intake_phone.domain.flows.node_fields import NODE_KINDS, STANDARD_USES, Field
from intake_phone.domain.flows.read_flow import TOP_KEYS
from tests.unit.intake_phone.test_flow_faults import FAULTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "phone-flows.md").read_text(encoding="utf-8")
TOLD = [told for _, told in FAULTS if "YAML" not in told and "anchors" not in told]
"""What YAML itself refuses is told in one sentence below the table."""


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_example_is_a_flow_without_faults() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", section("An example, line by line"), re.DOTALL)

    assert read_flow_text(example, "example.yaml", first_year=2026).name == "acme"


def test_the_file_s_keys_have_a_row_each() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("The file"), re.MULTILINE) == list(TOP_KEYS)


@pytest.mark.parametrize("kind", list(NODE_KINDS))
def test_each_field_has_a_row_with_its_meaning_and_default(kind: str) -> None:
    rows = section("Nodes").partition(f"### `do: {kind}`\n")[2].partition("\n### ")[0]

    for name, field in NODE_KINDS[kind][1].items():
        assert re.search(
            rf"^\| `{name}` \| .* \| {re.escape(without(field))} \| {re.escape(field.meaning)} \|$", rows, re.M
        )


def without(field: Field) -> str:
    if field.default is None:
        return "needed"
    return "" if field.default == "" else f"`{str(field.default).lower()}`"


def test_each_prompt_that_is_said_by_itself_is_named() -> None:
    for name in STANDARD_USES:
        assert f"`{name}`" in section("Prompts")


@pytest.mark.parametrize("complaint", TOLD)
def test_each_fault_has_a_row(complaint: str) -> None:
    rows = re.findall(r"^\| `?(.*?)`? \| ", section("What is refused, and what to do"), re.MULTILINE)[1:]
    reason = complaint.split(": ", 2)[-1].partition("; ")[0]

    fitting = [row for row in rows if re.fullmatch(re.escape(row).replace("…", ".+"), reason)]
    # Anything that is something fits a number's row: only a number may need it.
    assert fitting if " is 5" in reason else set(fitting) - {"… is …"}, reason
