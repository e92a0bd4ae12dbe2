"""Servers inside a test: when their block ends, so have their connections, which a server's own close() leaves open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

HOST = "127.0.0.1"


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], port: int = 0, **more: Any
) -> AsyncIterator[int]:
    """Serve each connection in a task of its own; the port, a free one if none is given."""
    tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks[task] = writer
        try:
            await serve(reader, writer)
        finally:
            del tasks[task]
            writer.close()
            await asyncio.wait({asyncio.ensure_future(writer.wait_closed())}, timeout=5)

    server = await asyncio.start_server(tracked, HOST, port, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in tasks.items():
            writer.transport.abort()  # whoever does not read any more would hold the close up
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def listening_as(protocol: Callable[[], asyncio.Protocol], port: int = 0) -> AsyncIterator[int]:
    """Serve each connection by a protocol of its own, such as aiosmtpd's; the port."""
    made: list[Any] = []

    def tracked() -> asyncio.Protocol:
        made.append(protocol())
        found: asyncio.Protocol = made[-1]
        return found

    server = await asyncio.get_running_loop().create_server(tracked, HOST, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in made:
            if one.transport and not one.transport.is_closing():
                one.transport.abort()
        await asyncio.sleep(0)  # aborting ends with the loop's next turn
