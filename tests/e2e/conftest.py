"""One running desk for all end-to-end tests of a module, and one whose agents answer from cards in Slack."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.card_desk import SEED, CardDesk, card_desk
from tests.support.desk import RunningDesk
from tests.support.slack import BOTH_DOORS
from ventanilla_devstack.slack.server import LocalSlack


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
        await running.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BOTH_DOORS)
async def at(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[CardDesk]:
    """A desk whose agents answer customers from cards in a local Slack, over both of its doors.

    The module says in `UNDO_SECONDS` how long an answer waits before it goes.
    """
    folder = servers_folder / f"{request.module.__name__.rpartition('.')[2]}-{request.param_index}"
    http, more = request.param == "http", {"INTAKE_CHAT_SLACK_UNDO_SECONDS": str(request.module.UNDO_SECONDS)}
    try:
        async with LocalSlack(seed=SEED) as slack, card_desk(folder, slack, http=http, more=more) as desk:
            chat = await desk.add_chat()
            if http:
                assert await slack.set_request_url(f"{chat.url}/slack/events")
            yield desk
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def alone(at: CardDesk) -> AsyncIterator[None]:
    """Nothing that another test has opened or broken is left."""
    yield
    at.slack.faults.clear()
    for who in ("eva", "tom", "nora"):
        while at.slack.hands.modals(who):
            await at.slack.hands.close(who, all_of_them=True)
