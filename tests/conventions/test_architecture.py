"""docs/architecture.md leads through the code: every room it names is there, and every room that is there is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILES = [
    path.relative_to(ROOT).as_posix()
    for top in ("libs", "services", "deploy")
    for path in (ROOT / top).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
]
NAMED = sorted(set(re.findall(r"`([\w./-]+\.(?:py|sql|yaml))`", PAGE)))


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_the_page_names_is_there(name: str) -> None:
    assert any(f"/{path}".endswith(f"/{name}") for path in FILES)


def test_every_library_service_and_folder_of_a_service_is_a_room_of_the_page() -> None:
    rooms = {f"{top}/{path.name}" for top in ("libs", "services") for path in (ROOT / top).iterdir() if path.is_dir()}
    inside = {path.split("/")[4] for path in FILES if path.startswith("services/") and path.count("/") > 4}

    assert {room for room in rooms if f"`{room}`" not in PAGE} == set()
    assert {folder for folder in inside if f"`{folder}/`" not in PAGE} == set()
