"""Faults need servers of their own, to be killed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def desk_folder(servers_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for one desk, which Postgres may enter."""
    folder = servers_folder / request.node.name[:60]
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
