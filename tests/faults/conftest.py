"""Faults need servers of their own, to be killed."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.desk import RunningDesk


@pytest.fixture
def desk_folder(servers_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for one desk, which Postgres may enter."""
    folder = servers_folder / request.node.name[:60]
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def desk(desk_folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk of the test's own, as an operator would start it."""
    async with RunningDesk(desk_folder).running() as desk:
        yield desk
