"""Each claim of the threat model names code and a test that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "docs" / "threat-model.md",
    ROOT / "docs" / "tokens.md",
    ROOT / "docs" / "tracing.md",
    ROOT / "SECURITY.md",
]
_PATH = re.compile(r"`((?:services|libs|tests|deploy|docs)/[^`\s]+)`")
_LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [path for path in _PATH.findall(text) if not (ROOT / path).exists()]
    missing += [link for link in _LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_each_threat_has_code_and_a_test() -> None:
    rows = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in PAGES[0].read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "`tests/" in line
    ]
    assert len(rows) > 30
    for row in rows:
        assert len(row) == 4, row
        assert row[2].startswith(("`services/", "`libs/", "`deploy/")), row
        assert row[3].startswith("`tests/"), row
