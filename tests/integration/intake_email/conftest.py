"""A door of the test's own, clients that speak SMTP byte by byte, and the connections a service has to the broker."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
import uvloop

from intake_email.adapters.smtp.limits import Limits
from intake_email.adapters.smtp.server import Accept, Door
from intake_email.domain import outbound
from intake_email.domain.addresses import Mailboxes
from intake_email.handlers.accept import Addressed
from tests.support.broker import Desk, new_nats_server
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Publisher

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories() -> dict[str, LoopFactory]:
    """The loop that the service runs on: uvloop's transports are not of asyncio's classes."""
    return {"uvloop": uvloop.new_event_loop}


MAILBOXES = ("soporte@desk.example", "ventas@desk.example")


@dataclass
class Counter:
    """Accepts everything at once and keeps it; or does what the test says."""

    mails: list[tuple[bytes, Sequence[Addressed]]] = field(default_factory=list)
    failure: Exception | None = None
    gate: asyncio.Event | None = None
    waiting: int = 0

    async def __call__(self, raw: bytes, mailboxes: Sequence[Addressed]) -> str:
        self.waiting += 1
        if self.gate:
            await self.gate.wait()
        if self.failure:
            raise self.failure
        self.mails.append((raw, mailboxes))
        return "f" * 64


class Client:
    """One SMTP connection, spoken by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """The next reply, its lines joined; empty when the server has closed."""
        lines = []
        async with asyncio.timeout(10):
            while line := (await self.reader.readline()).decode():
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    break
        return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        """Send a line and return the reply."""
        self.send(line if isinstance(line, bytes) else line.encode() + b"\r\n")
        return await self.reply()

    def send(self, raw: bytes) -> None:
        self.writer.write(raw)

    async def begin(self, recipient: str = "soporte@desk.example", parameters: str = "") -> str:
        """From EHLO to RCPT; the last reply."""
        await self.say("EHLO client.example")
        assert (await self.say(f"MAIL FROM:<ana@cliente.example>{parameters}")).startswith("250")
        return await self.say(f"RCPT TO:<{recipient}>")

    async def mail(self, raw: bytes, recipient: str = "soporte@desk.example") -> str:
        """A whole mail on a greeted connection; the reply to its final dot."""
        await self.begin(recipient)
        assert (await self.say("DATA")).startswith("354")
        return await self.say(raw + b".\r\n")

    async def ended(self) -> bool:
        """Whether the server closes the connection and says nothing more."""
        async with asyncio.timeout(10):
            return await self.reader.read() == b""

    async def start_tls(self, authority: trustme.CA) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        await self.writer.start_tls(context, server_hostname="mx.desk.example")


OpenDoor = Callable[..., Awaitable[Door]]
Connect = Callable[[Door], Awaitable[Client]]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def open_door(stack: AsyncExitStack) -> OpenDoor:
    """Opens a door on a free port, with the limits that the test names."""

    async def open_it(accept: Accept, *, tls_context: ssl.SSLContext | None = None, **limits: float) -> Door:
        door = Door(
            accept=accept,
            mailboxes=Mailboxes(MAILBOXES),
            limits=Limits(**limits),  # type: ignore[arg-type]  # limits are checked by the class itself
            hostname="mx.desk.example",
            tls_context=tls_context,
        )
        await door.listen("127.0.0.1", 0)
        watching = asyncio.create_task(door.watch())
        stack.callback(watching.cancel)
        stack.push_async_callback(door.close, 2.0)
        return door

    return open_it


@pytest.fixture
def connect(stack: AsyncExitStack) -> Connect:
    """Connects to a door and reads nothing yet."""

    async def connect_to(door: Door) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port, limit=1 << 20)

        async def close() -> None:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

        stack.push_async_callback(close)
        return Client(reader, writer)

    return connect_to


@dataclass
class Connected:
    """What the service's handlers need of the broker."""

    broker: Broker
    publisher: Publisher
    blobs: Blobs


async def connected(desk: Desk) -> Connected:
    """A connection with the rights of the service."""
    broker = await desk.connect("intake-email")
    publisher = Publisher(broker)
    await publisher.start()
    return Connected(broker, publisher, Blobs(broker, publisher))


@pytest.fixture
async def service(fresh_desk: Desk) -> Connected:
    return await connected(fresh_desk)


@pytest.fixture
async def own_desk(server_folder: Path) -> AsyncIterator[Desk]:
    """A broker that this test may kill and start again."""
    server = new_nats_server(server_folder / "nats")
    server.start()
    desk = Desk(server)
    await desk.apply_topology()
    yield desk
    await desk.close()
    server.stop()


@pytest.fixture
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "FIRST_DELAY_SECONDS", 0.05)
    monkeypatch.setattr("intake_email.handlers.send.delay_seconds", lambda *_: 0.1)
    monkeypatch.setattr("intake_email.adapters.relay.AWAY_SECONDS", 0.05)
