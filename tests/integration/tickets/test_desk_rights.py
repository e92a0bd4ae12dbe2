"""What doctors ask the real API about their tokens: it says what they lack, and nothing is changed by the asking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.support.polling import eventually
from ventanilla_runtime.desk_rights import DeskToken, desk_rights
from ventanilla_runtime.health import http_server

ALL = ("read", "write", "act", "portal", "probe")


@asynccontextmanager
async def serving(desk: ApiDesk) -> AsyncIterator[str]:
    server = http_server(desk.application, "127.0.0.1", 0)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def test_a_scope_that_a_token_lacks_is_told_and_one_that_it_has_is_not(database: str) -> None:
    async with open_api_desk(database) as desk, serving(desk) as url:
        for scope in ALL:
            secret, _ = await desk.tokens.create("few", [one for one in ALL if one != scope], None, None)
            few = await desk_rights(url, secret, DeskToken("few", "FEW_TOKEN", "FEW_URL", ALL))
            # Whoever acts for somebody asks for something beside.
            just = [scope, "read"] if scope == "act" else [scope]
            secret, _ = await desk.tokens.create("one", just, None, None)
            one = await desk_rights(url, secret, DeskToken("one", "ONE_TOKEN", "ONE_URL", (scope,)))

            assert few.says == f"FEW_TOKEN lacks {scope}"
            assert one.state == "ok", (scope, one.says)
        assert await desk.database.fetch("select 1 from ticket") == []
