"""One address for several servers, as in front of replicas: each connection goes to the next one that takes it."""

import asyncio
import contextlib
from types import TracebackType

from ventanilla_devstack.ports import HOST

_CHUNK_BYTES = 64 * 1024


class Balancer:
    """Brings connections to servers on this machine, in turn; one that is dead is passed over."""

    def __init__(self, *ports: int, at: tuple[str, int] = (HOST, 0)) -> None:
        """Not open yet.

        Args:
            at: address and port of its own; 0 picks a free one.
        """
        self._ports = list(ports)
        self._at = at
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Its port on this machine."""
        assert self._server, "it is not open"
        return int(self._server.sockets[0].getsockname()[1])

    def withdraw(self, port: int) -> None:
        """Send nobody there any more, as when a pod leaves its service; connections that exist go on."""
        self._ports.remove(port)

    def offer(self, port: int) -> None:
        """Send connections there, too."""
        self._ports.append(port)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> "Balancer":
        self._server = await asyncio.start_server(self._serve, *self._at)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        writers, ways = [writer], []
        try:
            found = await self._connect()
            if found is not None:
                writers.append(found[1])
                ways = [asyncio.create_task(_pump(reader, found[1])), asyncio.create_task(_pump(found[0], writer))]
                # As soon as one side has ended, the other is to know it.
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for one in writers:
                if task.cancelling():
                    one.transport.abort()
                else:
                    one.close()  # what was read of one side still reaches the other
            await asyncio.gather(*ways, *(one.wait_closed() for one in writers), return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self._ports)):
            self._ports.append(self._ports.pop(0))
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(HOST, self._ports[-1])
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
