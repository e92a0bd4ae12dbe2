"""One running desk for all end-to-end tests of a module."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.desk import RunningDesk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningDesk]:
    """A desk with all its services, portal included."""
    folder = servers_folder / request.module.__name__.rpartition(".")[2]
    running = RunningDesk(folder)
    try:
        await running.start()
        await running.add_portal()
        yield running
    finally:
        await running.close()
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
