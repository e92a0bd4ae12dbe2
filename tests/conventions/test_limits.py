"""The page of limits and the code say the same."""

import importlib
import re
from pathlib import Path

import pytest

from tests.integration.runtime.test_secrets_stay import SETTINGS, settings_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
UNITS = {"": 1, "s": 1, "B": 1, "KiB": 1024, "MiB": 1024 * 1024}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "`" in line
]


def value_of(where: str) -> float:
    """What the code says: a constant `module:NAME`, or the default of a setting."""
    if ":" in where:
        module, _, name = where.partition(":")
        return float(getattr(importlib.import_module(module), name))
    for service in SETTINGS:
        prefix = service.upper().replace("-", "_") + "_"
        if where.startswith(prefix):
            return float(settings_of(service).model_fields[where.removeprefix(prefix).lower()].default)
    raise AssertionError(f"no service has {where}")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_a_limit_is_what_the_page_says(row: list[str]) -> None:
    number, _, unit = row[2].partition(" ")
    assert value_of(row[3].strip("`")) == float(number) * UNITS[unit]


def test_every_limit_that_an_operator_can_set_is_on_the_page() -> None:
    wanted = re.compile(r"^max_|_limit_bytes$|^budget_bytes$|_per_(hour|minute|sender)$|^accept_seconds$")
    settable = {
        f"{service.upper().replace('-', '_')}_{name.upper()}"
        for service in SETTINGS
        for name, field in settings_of(service).model_fields.items()
        if wanted.search(name) and field.default
    }
    assert settable - {row[3].strip("`") for row in ROWS} == set()
